"""Keys: what each does, which of them the last line shows, why one does nothing now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from corotui.console.render.layout import StyledLine
from corotui.console.style.glyphs import Glyphs

MAX_HINTS = 6  # keys in the last line


@dataclass(frozen=True, slots=True)
class KeyBinding:
    """`key` as Textual names it. `deed`: the step's method `do_<deed>`. `why_not`: why it does nothing now, "" when it
    does. `label` says what happens; `help` says more, for `?`."""

    key: str
    label: str
    action: str
    disabled_reason: str = ""
    help: str = ""


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
    """How a key is written: "↵", "Esc", "^s", "F8", "p"."""
    if key == "enter":
        return glyphs.enter
    if key.startswith("ctrl+"):
        return f"^{key[5:]}"
    if len(key) > 1 and key[0] == "f" and key[1:].isdigit():
        return key.upper()
    if glyphs.ascii_only and key in ("left", "right", "up", "down"):
        return key.capitalize()
    return _KEY_NAMES.get(key, key)


HELP = KeyBinding("question_mark", "help", "help", help="what this step is, why, and the shell's way")
COMMAND = KeyBinding("colon", "commands", "command", help="type a command: a step's name, doctor, theme, save, quit …")

GLOBAL_KEYS: tuple[KeyBinding, ...] = (
    KeyBinding(
        "escape", "back", "back", help="back, also out of a filter or the log; stops work that runs at a safe point"
    ),
    KeyBinding("left", "step before", "previous"),
    KeyBinding("right", "step after", "next"),
    KeyBinding("tab", "other pane", "pane", help="between the step and the log"),
    HELP,
    COMMAND,
    KeyBinding("slash", "filter", "filter", help="show only items with this text; !text: without it"),
    KeyBinding("y", "yank", "yank", help="send the item under the cursor to the terminal's clipboard, and to a file"),
    KeyBinding("u", "undo", "undo", help="take the last change of this session to the cluster directory back"),
    KeyBinding("1", "step", "step", help="to 8: to that step at once"),
    KeyBinding("l", "log", "log", help="make the log larger, and small again"),
    KeyBinding("ctrl+l", "redraw", "redraw", help="paint the whole screen anew, when the terminal shows rubbish"),
    KeyBinding("q", "leave", "leave", help="leave; asks when work runs"),
)


def render_key_hints(
    keys: Sequence[KeyBinding], width: int, glyphs: Glyphs
) -> tuple[StyledLine, list[tuple[int, int, str]]]:
    """The last line: `keys` in their order, help and commands at the end, as many as fit and at most six. Also where
    each stands: (first cell, cell after the last, key), for the mouse."""
    tail = [HELP, COMMAND]
    chosen = list(keys[: MAX_HINTS - len(tail)]) + tail
    while len(chosen) > 1 and _width(chosen, glyphs) > width:
        del chosen[-3 if len(chosen) > 3 else -1]
    line = StyledLine(" ")
    places: list[tuple[int, int, str]] = []
    for key in chosen:
        line = StyledLine(line, "   ") if places else line
        start = line.width
        dim = bool(key.disabled_reason)
        name = display_key(key.key, glyphs)
        line = StyledLine(line, (name, "context" if dim else "key"), (f" {key.label}", "context" if dim else ""))
        places.append((start, line.width, key.key))
    return line.truncate(width), places


def _width(keys: Sequence[KeyBinding], glyphs: Glyphs) -> int:
    return sum(len(display_key(key.key, glyphs)) + len(key.label) + 4 for key in keys) - 2
