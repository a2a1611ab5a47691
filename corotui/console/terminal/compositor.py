"""Putting the faster compositor into a screen, where this release of Textual allows it."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen


def use_clipped_compositor(screen: Screen[Any]) -> None:  # Any: what the screen returns does not matter
    """Lets a screen render only what is seen. Leaves the screen as it is where Textual has no such compositor."""
    try:
        from textual._compositor import Compositor

        from corotui.console.terminal.clipped_compositor import ClippedCompositor
    except ImportError:
        return
    if type(getattr(screen, "_compositor", None)) is Compositor and hasattr(Compositor, "_render_chops"):
        screen._compositor = ClippedCompositor()
