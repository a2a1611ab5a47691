"""Which deed a key means: first the pane's own keys, then those that work everywhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from corotui.cluster.phrasing import format_node_names
from corotui.console.dialogs.text_viewer import TextViewer
from corotui.console.key_bindings import KeyBinding
from corotui.console.render.log import render_entry_text
from corotui.workflow.next_action import ActionKind
from corotui.workflow.state import Step

if TYPE_CHECKING:
    from corotui.console.panes.main_screen import MainScreen

LOG_KEYS = (
    KeyBinding("enter", "read", "read"),
    KeyBinding("l", "larger", "log"),
    KeyBinding("y", "yank", "yank"),
    KeyBinding("w", "save", "save_log"),
    KeyBinding("escape", "to the step", "back"),
)


class KeyDispatcher:
    """The keys of one screen."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen

    def available_keys(self) -> tuple[KeyBinding, ...]:
        """What the last line shows: Enter first, keys that do nothing now last."""
        screen, console = self._screen, self._screen.console_app
        pane = screen.pane
        if pane is None:
            return ()
        if screen.log_pane.has_focus:
            return LOG_KEYS
        keys = tuple(pane.key_bindings(console.state))
        if pane.is_typing:
            return keys
        action = pane.action(console.state)
        enter: tuple[KeyBinding, ...] = ()
        if not console.state.busy and action.kind is not ActionKind.NONE:
            label = action.label[:1].lower() + action.label[1:]
            enter = (KeyBinding("enter", label, "enter", "" if action.enabled else action.reason),)
        escape = tuple(key for key in keys if key.key == "escape")
        if not escape and console.stoppable:
            escape = (KeyBinding("escape", "stop here", "back"),)
        rest = sorted((key for key in keys if key.key != "escape"), key=lambda key: bool(key.disabled_reason))
        return (*enter, *escape, *rest)

    def press(self, key_name: str) -> bool:
        """Does what a key means here; False where it means nothing at all."""
        screen = self._screen
        pane = screen.pane
        if pane is None:
            return False
        if pane.is_typing:
            return self._press_pane_key(key_name)
        if key_name == "enter":
            (self.show_log_entry if screen.log_pane.has_focus else pane.enter)()
            return True
        if not screen.log_pane.has_focus and key_name != "escape" and self._press_pane_key(key_name):
            return True
        deed = self._global_actions().get(key_name)
        if deed is None:
            return False
        deed()
        return True

    def click(self, key_name: str) -> None:
        """A key of the last line was clicked: also those that the text takes for itself when they are pressed."""
        pane = self._screen.pane
        if pane is None or not (pane.is_typing and self._press_pane_key(key_name)):
            self.press(key_name)

    def _press_pane_key(self, key_name: str) -> bool:
        pane, console = self._screen.pane, self._screen.console_app
        assert pane is not None
        key = next((key for key in pane.key_bindings(console.state) if key.key == key_name), None)
        if key is None:
            return False
        if key.disabled_reason:
            console.say(key.disabled_reason)
        else:
            getattr(pane, f"do_{key.action}")()
            self._screen.render_all()
        return True

    def _global_actions(self) -> dict[str, Callable[[], None]]:
        screen, console = self._screen, self._screen.console_app
        deeds: dict[str, Callable[[], None]] = {
            "escape": self.go_back,
            "left": lambda: console.move_step(-1),
            "right": lambda: console.move_step(1),
            "question_mark": console.show_help,
            "colon": lambda: screen.open_command_input(":"),
            "slash": lambda: screen.open_command_input("/"),
            "y": self.copy_selection,
            "u": console.undo,
            "l": console.cycle_log_size,
            "w": console.save_log,
            "q": console.request_quit,
            "ctrl+l": console.redraw,
            "ctrl+c": console.request_quit,
            "ctrl+q": console.request_quit,
        }
        for number, step in enumerate(Step, 1):
            deeds[str(number)] = lambda step=step: console.go_to_step(step)  # type: ignore[misc]
        return deeds

    def go_back(self) -> None:
        """Esc: out of the log, out of a filter, stops what runs, else one step back."""
        screen, console = self._screen, self._screen.console_app
        pane = screen.pane
        if pane is None:
            return
        if screen.log_pane.has_focus:
            if screen.log_pane.filter_text:
                screen.log_pane.set_filter("")
            else:
                pane.row_list.focus()
                screen.render_all()
        elif not pane.escape():
            if console.stoppable:
                console.stop()
            elif console.state.step is Step.NODES:
                console.say("This is the first step. q leaves.")
            else:
                console.move_step(-1)

    def show_log_entry(self) -> None:
        """Enter in the log: the whole of what stands there in a line."""
        screen, console = self._screen, self._screen.console_app
        entry = screen.log_pane.selected_entry
        if entry is not None:
            where = format_node_names(entry.nodes, len(console.state.cluster.nodes)) or "this machine"
            console.push_screen(TextViewer(screen.style_context, f"On {where}", partial(render_entry_text, entry)))

    def copy_selection(self) -> None:
        """`y`: the item under the cursor, or the command in the log."""
        screen, console = self._screen, self._screen.console_app
        if screen.log_pane.has_focus:
            entry = screen.log_pane.selected_entry
            if entry is not None:
                console.copy_text(entry.full_command or entry.text, "the command" if entry.full_command else "the line")
        elif screen.pane is not None:
            console.copy_text(*screen.pane.text_to_copy())
