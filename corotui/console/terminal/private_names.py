"""The private names of Textual that corotui uses, and what the console does in a release without one of them.

Each is used in this folder only, has its measured reason where it is used, and has no public equivalent in Textual
8.2.8. pyproject.toml pins Textual to the minor release; a test renames each of them in turn and opens the console.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PrivateName:
    """A private module, method or attribute of Textual."""

    name: str
    """A module by its full name, anything else by the bare name."""
    without: str
    """What the console does where the name does not exist."""


PRIVATE_NAMES: tuple[PrivateName, ...] = (
    PrivateName("_display", "writes whole widgets and does not wait for a slow terminal"),
    PrivateName("_handle_exception", "ends with Textual's traceback on a defect"),
    PrivateName("_compositor", "writes whole widgets; as without _render_chops"),
    PrivateName("_render_chops", "a key in the editor takes 2 ms more; an input shows any character"),
    PrivateName("textual._compositor", "a key in the editor takes 2 ms more; an input shows any character"),
)
