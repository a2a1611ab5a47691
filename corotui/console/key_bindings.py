"""Key bindings, and the last line of the screen that shows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from corotui.console.render.layout import StyledLine
from corotui.console.style.glyphs import Glyphs

MAX_HINTS = 6  # keys in the last line


@dataclass(frozen=True, slots=True)
class KeyBinding:
    """A key, what it does, and what the console says about it."""

    key: str
    """The key as Textual names it: "ctrl+s", "question_mark"."""
    label: str
    """What happens, in a word or two, for the last line of the screen."""
    action: Callable[[], object]
    """Called when the key is pressed, unless it is disabled."""
    disabled_reason: str = ""
    """Why the key does nothing now; "" if it works. Shown when the key is pressed."""
    help: str = ""
    """More about it, for the help; "" if the label says it all."""


def do_nothing() -> None:
    """The action of a key that is disabled because there is nothing it could act on."""


_KEY_NAMES = {
    "escape": "Esc",
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "space": "Space",
    "tab": "Tab",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
}


def display_key(key: str, glyphs: Glyphs) -> str:
    """Returns how a key is written on the screen: "↵", "Esc", "^s", "F8", "p"."""
    if key == "enter":
        return glyphs.enter
    if key.startswith("ctrl+"):
        return f"^{key[5:]}"
    if len(key) > 1 and key[0] == "f" and key[1:].isdigit():
        return key.upper()
    if glyphs.ascii_only and key in ("left", "right", "up", "down"):
        return key.capitalize()
    return _KEY_NAMES.get(key, key)


def render_key_hints(
    keys: Sequence[KeyBinding], always: Sequence[KeyBinding], width: int, glyphs: Glyphs
) -> tuple[StyledLine, list[tuple[int, int, str]]]:
    """Renders the last line: the first of `keys`, then those of `always`, which give way last.

    At most `MAX_HINTS` keys, and only as many as fit into `width` cells. Also returns where each key stands, for the
    mouse: (first cell, cell after the last, key).
    """
    shown = [*keys[: MAX_HINTS - len(always)], *always]
    while len(shown) > 1 and _width(shown, glyphs) > width:
        del shown[-len(always) - 1 if len(shown) > len(always) + 1 else -1]
    line = StyledLine(" ")
    spans: list[tuple[int, int, str]] = []
    for key in shown:
        line = StyledLine(line, "   ") if spans else line
        start = line.width
        disabled = bool(key.disabled_reason)
        name = display_key(key.key, glyphs)
        line = StyledLine(
            line, (name, "context" if disabled else "key"), (f" {key.label}", "context" if disabled else "")
        )
        spans.append((start, line.width, key.key))
    return line.truncate(width), spans


def _width(keys: Sequence[KeyBinding], glyphs: Glyphs) -> int:
    return sum(len(display_key(key.key, glyphs)) + len(key.label) + 4 for key in keys) - 2
