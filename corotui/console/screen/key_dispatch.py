"""What a key does: first the keys of the pane, then those that work everywhere."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from corotui.cluster.phrasing import format_node_names
from corotui.console.actions import ConsoleActions
from corotui.console.dialogs.text_viewer import TextViewer
from corotui.console.key_bindings import KeyBinding
from corotui.console.panes.base import StepPane
from corotui.console.render.log import render_entry_text
from corotui.console.style.context import StyleContext
from corotui.console.widgets.log_pane import LogPane
from corotui.workflow.next_action import ActionKind
from corotui.workflow.state import Step


class KeyTarget(Protocol):
    """The screen as the dispatcher sees it."""

    @property
    def style_context(self) -> StyleContext:
        """Glyphs and colours, for dialogs."""

    @property
    def pane(self) -> StepPane | None:
        """The pane that is shown; None before the first one is."""

    @property
    def log_pane(self) -> LogPane:
        """The log under the pane."""

    def open_command_input(self, prefix: str) -> None:
        """Opens the input line for `:` or `/`."""

    def switch_focus(self) -> None:
        """Moves the focus from the pane to the log, or back."""

    def render_all(self) -> None:
        """Updates everything that is shown."""


class KeyDispatcher:
    """Finds and runs what a key means on one screen."""

    def __init__(self, screen: KeyTarget, console: ConsoleActions) -> None:
        self._screen = screen
        self._console = console
        help_key = KeyBinding("question_mark", "help", console.show_help, help="what this step does, and why")
        command_key = KeyBinding(
            "colon",
            "commands",
            partial(screen.open_command_input, ":"),
            help="type a command: a step's name, doctor, theme, save, quit …",
        )
        self.always_shown = (help_key, command_key)
        """The keys at the end of the last line, whatever pane is shown."""
        self.global_keys = (
            KeyBinding(
                "escape", "back", self.go_back, help="go back; leave a filter or the log; stop work at a safe point"
            ),
            KeyBinding("left", "previous step", partial(console.move_step, -1)),
            KeyBinding("right", "next step", partial(console.move_step, 1)),
            KeyBinding("tab", "other pane", screen.switch_focus, help="switch between the step and the log"),
            help_key,
            command_key,
            KeyBinding(
                "slash",
                "filter",
                partial(screen.open_command_input, "/"),
                help="show only items with this text; !text: without it",
            ),
            KeyBinding(
                "y",
                "copy",
                self.copy_selection,
                help="copy the selected item to the clipboard and to a file",
            ),
            KeyBinding("u", "undo", console.undo, help="undo the last change you made to the cluster directory"),
            KeyBinding("1", "step", partial(console.go_to_step, Step.NODES), help="to 8: go to that step"),
            KeyBinding("l", "log", console.cycle_log_size, help="make the log larger, or small again"),
            KeyBinding("ctrl+l", "redraw", console.redraw, help="repaint the screen if the terminal shows garbage"),
            KeyBinding("q", "quit", console.request_quit, help="quit; asks first if work is running"),
        )
        """The keys that work in every pane, in the order of the help."""
        self._log_keys = (
            KeyBinding("enter", "read", self.show_log_entry),
            KeyBinding("l", "larger", console.cycle_log_size),
            KeyBinding("y", "copy", self.copy_selection),
            KeyBinding("w", "save", console.save_log),
            KeyBinding("escape", "to the step", self.go_back),
        )
        self._global_actions: dict[str, Callable[[], object]] = {
            **{key.key: key.action for key in self.global_keys},
            "w": console.save_log,
            "ctrl+c": console.request_quit,
            "ctrl+q": console.request_quit,
            **{str(number): partial(console.go_to_step, step) for number, step in enumerate(Step, 1)},
        }

    def available_keys(self) -> tuple[KeyBinding, ...]:
        """Returns the keys for the last line: Enter first, disabled keys last."""
        console, pane = self._console, self._screen.pane
        if pane is None:
            return ()
        if self._screen.log_pane.has_focus:
            return self._log_keys
        keys = tuple(pane.key_bindings(console.state))
        if pane.is_typing:
            return keys
        action = pane.action(console.state)
        enter: tuple[KeyBinding, ...] = ()
        if not console.state.busy and action.kind is not ActionKind.NONE:
            label = action.label[:1].lower() + action.label[1:]
            enter = (KeyBinding("enter", label, pane.enter, "" if action.enabled else action.reason),)
        escape = tuple(key for key in keys if key.key == "escape")
        if not escape and console.stoppable:
            escape = (KeyBinding("escape", "stop", self.go_back),)
        rest = sorted((key for key in keys if key.key != "escape"), key=lambda key: bool(key.disabled_reason))
        return (*enter, *escape, *rest)

    def press(self, key_name: str) -> bool:
        """Does what a key means here. Returns False if it means nothing."""
        pane = self._screen.pane
        if pane is None:
            return False
        if pane.is_typing:
            return self._press_pane_key(pane, key_name)
        log_has_focus = self._screen.log_pane.has_focus
        if key_name == "enter":
            (self.show_log_entry if log_has_focus else pane.enter)()
            return True
        # Esc leaves a filter before it is the pane's: see go_back.
        if not log_has_focus and key_name != "escape" and self._press_pane_key(pane, key_name):
            return True
        action = self._global_actions.get(key_name)
        if action is None:
            return False
        action()
        return True

    def click(self, key_name: str) -> None:
        """Does what a clicked key of the last line means.

        While the operator types, most keys go into the text; a click on one of them still runs it.
        """
        pane = self._screen.pane
        if pane is None or not (pane.is_typing and self._press_pane_key(pane, key_name)):
            self.press(key_name)

    def _press_pane_key(self, pane: StepPane, key_name: str) -> bool:
        console = self._console
        key = next((key for key in pane.key_bindings(console.state) if key.key == key_name), None)
        if key is None:
            return False
        if key.disabled_reason:
            console.say(key.disabled_reason)
        else:
            key.action()
            self._screen.render_all()
        return True

    def go_back(self) -> None:
        """Esc: leaves the log or a filter, else does what the pane's own Esc does.

        In a pane without its own, it stops running work, or goes to the previous step.
        """
        screen, console, pane = self._screen, self._console, self._screen.pane
        if pane is None:
            return
        if screen.log_pane.has_focus:
            if screen.log_pane.filter_text:
                screen.log_pane.set_filter("")
            else:
                screen.switch_focus()
        elif pane.row_list.filter_text:
            pane.row_list.set_filter("")
        elif not self._press_pane_key(pane, "escape"):
            if console.stoppable:
                console.stop()
            elif console.state.step is Step.NODES:
                console.say("This is the first step. q quits.")
            else:
                console.move_step(-1)

    def show_log_entry(self) -> None:
        """Enter in the log: opens the whole text of the selected entry."""
        entry = self._screen.log_pane.selected_entry
        if entry is not None:
            node_count = len(self._console.state.cluster.nodes)
            heading = f"On {format_node_names(entry.nodes, node_count) or 'this machine'}"
            viewer = TextViewer(self._screen.style_context, heading, partial(render_entry_text, entry))
            self._console.push_dialog(viewer)

    def copy_selection(self) -> None:
        """`y`: copies the selected item of the pane, or the selected command of the log."""
        pane, log_pane = self._screen.pane, self._screen.log_pane
        if log_pane.has_focus:
            entry = log_pane.selected_entry
            if entry is not None:
                description = "the command" if entry.full_command else "the line"
                self._console.copy_text(entry.full_command or entry.text, description)
        elif pane is not None:
            self._console.copy_text(*pane.text_to_copy())
