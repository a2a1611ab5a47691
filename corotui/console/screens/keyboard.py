"""Which deed a key means: first the pane's own keys, then those that work everywhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from corotui.console.dialogs.read import Read
from corotui.console.keys import Key
from corotui.console.paint.log import entry_rows
from corotui.console.words import names
from corotui.walk.action import Kind
from corotui.walk.model import Step

if TYPE_CHECKING:
    from corotui.console.screens.main import MainScreen

LOG_KEYS = (
    Key("enter", "read", "read"),
    Key("l", "larger", "log"),
    Key("y", "yank", "yank"),
    Key("w", "save", "save_log"),
    Key("escape", "to the step", "back"),
)


class Keyboard:
    """The keys of one screen."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen

    def offered(self) -> tuple[Key, ...]:
        """What the last line shows: Enter first, keys that do nothing now last."""
        screen, console = self._screen, self._screen.console_app
        pane = screen.pane
        if pane is None:
            return ()
        if screen.log_pane.has_focus:
            return LOG_KEYS
        keys = tuple(pane.keys(console.picture))
        if pane.typing:
            return keys
        action = pane.action(console.picture)
        enter: tuple[Key, ...] = ()
        if not console.picture.busy and action.kind is not Kind.NONE:
            label = action.label[:1].lower() + action.label[1:]
            enter = (Key("enter", label, "enter", "" if action.enabled else action.reason),)
        escape = tuple(key for key in keys if key.key == "escape")
        if not escape and console.stoppable:
            escape = (Key("escape", "stop here", "back"),)
        rest = sorted((key for key in keys if key.key != "escape"), key=lambda key: bool(key.why_not))
        return (*enter, *escape, *rest)

    def press(self, name: str) -> bool:
        """Does what a key means here; False where it means nothing at all."""
        screen = self._screen
        pane = screen.pane
        if pane is None:
            return False
        if pane.typing:
            return self._own(name)
        if name == "enter":
            (self.read if screen.log_pane.has_focus else pane.enter)()
            return True
        if not screen.log_pane.has_focus and name != "escape" and self._own(name):
            return True
        deed = self._everywhere().get(name)
        if deed is None:
            return False
        deed()
        return True

    def click(self, name: str) -> None:
        """A key of the last line was clicked: also those that the text takes for itself when they are pressed."""
        pane = self._screen.pane
        if pane is None or not (pane.typing and self._own(name)):
            self.press(name)

    def _own(self, name: str) -> bool:
        pane, console = self._screen.pane, self._screen.console_app
        assert pane is not None
        key = next((key for key in pane.keys(console.picture) if key.key == name), None)
        if key is None:
            return False
        if key.why_not:
            console.say(key.why_not)
        else:
            getattr(pane, f"do_{key.deed}")()
            self._screen.paint()
        return True

    def _everywhere(self) -> dict[str, Callable[[], None]]:
        screen, console = self._screen, self._screen.console_app
        deeds: dict[str, Callable[[], None]] = {
            "escape": self.back,
            "left": lambda: console.step(-1),
            "right": lambda: console.step(1),
            "question_mark": console.help,
            "colon": lambda: screen.ask_line(":"),
            "slash": lambda: screen.ask_line("/"),
            "y": self.yank,
            "u": console.undo,
            "l": console.grow_log,
            "w": console.save_log,
            "q": console.leave,
            "ctrl+l": console.redraw,
            "ctrl+c": console.leave,
            "ctrl+q": console.leave,
        }
        for number, step in enumerate(Step, 1):
            deeds[str(number)] = lambda step=step: console.go(step)  # type: ignore[misc]
        return deeds

    def back(self) -> None:
        """Esc: out of the log, out of a filter, stops what runs, else one step back."""
        screen, console = self._screen, self._screen.console_app
        pane = screen.pane
        if pane is None:
            return
        if screen.log_pane.has_focus:
            if screen.log_pane.wanted:
                screen.log_pane.filter("")
            else:
                pane.page.focus()
                screen.paint()
        elif not pane.escape():
            if console.stoppable:
                console.stop()
            elif console.picture.step is Step.NODES:
                console.say("This is the first step. q leaves.")
            else:
                console.step(-1)

    def read(self) -> None:
        """Enter in the log: the whole of what stands there in a line."""
        screen, console = self._screen, self._screen.console_app
        entry = screen.log_pane.entry
        if entry is not None:
            where = names(entry.nodes, len(console.picture.cluster.nodes)) or "this machine"
            console.push_screen(Read(screen.surface, f"On {where}", partial(entry_rows, entry)))

    def yank(self) -> None:
        """`y`: the item under the cursor, or the command in the log."""
        screen, console = self._screen, self._screen.console_app
        if screen.log_pane.has_focus:
            entry = screen.log_pane.entry
            if entry is not None:
                console.yank(entry.full or entry.text, "the command" if entry.full else "the line")
        elif screen.pane is not None:
            console.yank(*screen.pane.yank())
