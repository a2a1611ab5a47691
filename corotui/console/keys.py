"""Keys: what each does, which of them the last line shows, why one does nothing now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from corotui.console.glyphs import Glyphs
from corotui.console.paint.line import Line

MOST = 6  # keys in the last line


@dataclass(frozen=True, slots=True)
class Key:
    """`key` as Textual names it. `deed`: the step's method `do_<deed>`. `why_not`: why it does nothing now, "" when it
    does. `label` says what happens; `help` says more, for `?`."""

    key: str
    label: str
    deed: str
    why_not: str = ""
    help: str = ""


_SHOWN = {
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


def shown(key: str, glyphs: Glyphs) -> str:
    """How a key is written: "↵", "Esc", "^s", "F8", "p"."""
    if key == "enter":
        return glyphs.enter
    if key.startswith("ctrl+"):
        return f"^{key[5:]}"
    if len(key) > 1 and key[0] == "f" and key[1:].isdigit():
        return key.upper()
    if glyphs.ascii_only and key in ("left", "right", "up", "down"):
        return key.capitalize()
    return _SHOWN.get(key, key)


HELP = Key("question_mark", "help", "help", help="what this step is, why, and the shell's way")
COMMAND = Key("colon", "commands", "command", help="type a command: a step's name, doctor, theme, save, quit …")

EVERYWHERE: tuple[Key, ...] = (
    Key("escape", "back", "back", help="back, also out of a filter or the log; stops work that runs at a safe point"),
    Key("left", "step before", "previous"),
    Key("right", "step after", "next"),
    Key("tab", "other pane", "pane", help="between the step and the log"),
    HELP,
    COMMAND,
    Key("slash", "filter", "filter", help="show only items with this text; !text: without it"),
    Key("y", "yank", "yank", help="send the item under the cursor to the terminal's clipboard, and to a file"),
    Key("u", "undo", "undo", help="take the last change of this session to the cluster directory back"),
    Key("1", "step", "step", help="to 8: to that step at once"),
    Key("l", "log", "log", help="make the log larger, and small again"),
    Key("ctrl+l", "redraw", "redraw", help="paint the whole screen anew, when the terminal shows rubbish"),
    Key("q", "leave", "leave", help="leave; asks when work runs"),
)


def key_line(keys: Sequence[Key], width: int, glyphs: Glyphs) -> tuple[Line, list[tuple[int, int, str]]]:
    """The last line: `keys` in their order, help and commands at the end, as many as fit and at most six. Also where
    each stands: (first cell, cell after the last, key), for the mouse."""
    tail = [HELP, COMMAND]
    chosen = list(keys[: MOST - len(tail)]) + tail
    while len(chosen) > 1 and _width(chosen, glyphs) > width:
        del chosen[-3 if len(chosen) > 3 else -1]
    line = Line(" ")
    places: list[tuple[int, int, str]] = []
    for key in chosen:
        line = Line(line, "   ") if places else line
        start = line.width
        dim = bool(key.why_not)
        name = shown(key.key, glyphs)
        line = Line(line, (name, "context" if dim else "key"), (f" {key.label}", "context" if dim else ""))
        places.append((start, line.width, key.key))
    return line.fit(width), places


def _width(keys: Sequence[Key], glyphs: Glyphs) -> int:
    return sum(len(shown(key.key, glyphs)) + len(key.label) + 4 for key in keys) - 2
