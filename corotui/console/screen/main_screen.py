"""The main screen: header, list of steps, the pane of the current step, log, and line of keys."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input

from corotui.console.actions import ConsoleActions
from corotui.console.command_line import COMMANDS
from corotui.console.dialogs.help import HelpDialog
from corotui.console.editor.widget import Editor
from corotui.console.panes import PANES, DoctorPane, StepPane
from corotui.console.render.header import render_header
from corotui.console.render.step_list import render_step_list
from corotui.console.screen.key_dispatch import KeyDispatcher
from corotui.console.style.context import StyleContext
from corotui.console.terminal.compositor import use_clipped_compositor
from corotui.console.widgets.command_input import CommandInput
from corotui.console.widgets.key_hints import KeyHints
from corotui.console.widgets.log_pane import LogPane
from corotui.console.widgets.message_bar import MessageBar
from corotui.console.widgets.row_list import RowList
from corotui.console.widgets.status_line import HorizontalRule, StatusLine
from corotui.workflow.state import Step

STEP_LIST_MIN_WIDTH = 70  # cells below which the step list is hidden
LOG_MIN_HEIGHT = 14  # lines below which the log is hidden
RULES_MIN_HEIGHT = 9  # lines below which rules are hidden
HEADER_MIN_HEIGHT = 3  # lines below which the header is hidden


class MainScreen(Screen[None]):
    """Panes are mounted when their step is first entered. They are kept from then on, with their cursor and text."""

    DEFAULT_CSS = """
    MainScreen { background: $background; }
    MainScreen #middle { height: 1fr; }
    MainScreen #right { width: 1fr; }
    MainScreen #steps { width: 17; scrollbar-size-vertical: 0; }
    MainScreen #panes { height: 1fr; }
    """
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("shift+tab", "switch_focus", show=False)]

    def __init__(self, style_context: StyleContext, console: ConsoleActions) -> None:
        super().__init__()
        use_clipped_compositor(self)
        self.style_context = style_context
        self.console = console
        self._doctor_open = False
        self._current_pane: StepPane | None = None
        self._key_dispatcher = KeyDispatcher(self, console)

    @property
    def pane(self) -> StepPane | None:
        """The pane that is shown; None before the first one is."""
        return self._current_pane

    @property
    def log_pane(self) -> LogPane:
        """The log under the pane."""
        return self.query_one(LogPane)

    def compose(self) -> ComposeResult:
        style_context = self.style_context
        yield StatusLine(style_context, id="header")
        yield HorizontalRule(style_context, classes="rule")
        with Horizontal(id="middle"):
            yield RowList(style_context, id="steps", focusable=False)
            with Vertical(id="right"):
                yield Container(id="panes")
                yield MessageBar(style_context, id="message")
                yield HorizontalRule(style_context, classes="rule log")
                yield LogPane(style_context, id="log")
        yield HorizontalRule(style_context, classes="rule")
        yield KeyHints(style_context, self._key_dispatcher.always_shown, id="keys")
        yield CommandInput(style_context, COMMANDS, id="command")

    async def on_mount(self) -> None:
        self.query_one(CommandInput).display = False
        await self.show_current_pane()

    # Panes

    async def show_current_pane(self) -> None:
        """Shows the pane of the current step, or the doctor."""
        pane_type = DoctorPane if self._doctor_open else PANES[self.console.state.step]
        previous, panes = self._current_pane, self.query_one("#panes")
        if type(previous) is pane_type:
            return
        mounted = next((pane for pane in panes.children if type(pane) is pane_type), None)
        pane = mounted if isinstance(mounted, StepPane) else pane_type(self.style_context, self.console)
        self._current_pane = pane
        if previous is not None:
            previous.display = False
        if mounted is None:
            await panes.mount(pane)
        else:
            pane.display = True
        pane.row_list.focus()
        pane.update_content()
        pane.activate()
        self.render_all()

    async def open_doctor(self) -> None:
        """Shows the doctor instead of the current step."""
        self._doctor_open = True
        await self.show_current_pane()

    async def close_doctor(self) -> None:
        """Shows the current step again."""
        self._doctor_open = False
        await self.show_current_pane()

    def exit_panes(self) -> None:
        """Tells all panes that the console closes."""
        for pane in self.query(StepPane):
            pane.on_exit()

    def show_help(self) -> None:
        """Opens the help of the current pane."""
        pane = self._current_pane
        if pane is not None:
            pane_keys = pane.key_bindings(self.console.state)
            dialog = HelpDialog(self.style_context, pane.help_topic(), pane_keys, self._key_dispatcher.global_keys)
            self.console.push_dialog(dialog)

    # What is shown

    def on_resize(self, event: events.Resize) -> None:
        self.apply_breakpoints(*event.size)

    def apply_breakpoints(self, width: int, height: int) -> None:
        """Hides what a small screen has no room for: first the step list, then the log, the rules, the header."""
        self.query_one("#steps").display = width >= STEP_LIST_MIN_WIDTH
        for rule in self.query(".rule"):
            rule.display = height >= RULES_MIN_HEIGHT
        log_visible = height >= LOG_MIN_HEIGHT or self.log_pane.is_enlarged
        self.log_pane.display = log_visible
        self.query_one(".log").display = log_visible and height >= RULES_MIN_HEIGHT
        self.log_pane.set_screen_height(height)
        self.query_one("#header").display = height >= HEADER_MIN_HEIGHT
        self.call_after_refresh(self.render_all)

    def cycle_log_size(self) -> None:
        """Makes the log larger, or small again after the largest size."""
        self.log_pane.cycle_size()
        self.apply_breakpoints(*self.app.size)

    def render_all(self) -> None:
        """Updates everything that depends on state, log or time. Widgets write only what changed."""
        console, pane = self.console, self._current_pane
        if not self.is_mounted or pane is None:
            return
        header = next(iter(self.query("#header").results(StatusLine)), None)
        if header is None:  # the screen is being removed
            return
        state, style_context = console.state, self.style_context
        width = self.app.size.width
        header.show(render_header(state, style_context.render_context(width), readonly=console.readonly))
        self.query_one("#steps", RowList).set_rows(render_step_list(state, style_context.render_context(16)))
        self.query_one(MessageBar).pin(state.error)
        if pane.is_mounted:
            pane.update_content()
        self.log_pane.update_entries(console.activity_log, len(state.cluster.nodes))
        self.update_key_hints()

    def update_key_hints(self) -> None:
        """Updates the line of keys for the pane and the item under its cursor."""
        if self._current_pane is not None and self._current_pane.is_mounted:
            self.query_one(KeyHints).set_keys(self._key_dispatcher.available_keys())

    def show_message(self, text: str) -> None:
        """Shows a sentence until the next key."""
        if self.is_mounted:
            self.query_one(MessageBar).show_message(text)

    def refresh_theme(self, name: str) -> None:
        """Repaints everything in another theme."""
        for editor in self.query(Editor):
            editor.theme = name
        self.refresh(layout=True)
        for widget in self.query("*"):
            widget.refresh()

    # Keys and mouse

    def on_key(self, event: events.Key) -> None:
        if self._current_pane is None or isinstance(self.focused, Input):
            return
        self.query_one(MessageBar).clear()
        if self._key_dispatcher.press(event.key):
            event.stop()
            event.prevent_default()

    def switch_focus(self) -> None:
        """Moves the focus from the pane to the log, or back."""
        pane = self._current_pane
        if pane is None:
            return
        if self.log_pane.has_focus or not self.log_pane.display:
            pane.row_list.focus()
        else:
            self.log_pane.focus()
        self.render_all()

    def action_switch_focus(self) -> None:
        """Shift+Tab: the same as Tab, as the focus is in the pane or in the log."""
        self.switch_focus()

    def open_command_input(self, prefix: str) -> None:
        """Opens the input line for `:` or `/` instead of the line of keys."""
        self.query_one(KeyHints).display = False
        self.query_one(CommandInput).open(prefix, in_log=prefix == "/" and self.log_pane.has_focus)

    def on_command_input_closed(self, message: CommandInput.Closed) -> None:
        self.query_one(KeyHints).display = True
        pane = self._current_pane
        if pane is None:
            return
        target = self.log_pane if message.in_log else pane.row_list
        target.focus()
        if message.prefix == "/" and message.text is not None:
            target.set_filter(message.text)
        elif message.text:
            self.console.run_typed_command(message.text)
        self.render_all()

    def on_command_input_changed(self, message: CommandInput.Changed) -> None:
        pane = self._current_pane
        if message.prefix == "/" and pane is not None:
            (self.log_pane if message.in_log else pane.row_list).set_filter(message.text)

    def on_key_hints_clicked(self, message: KeyHints.Clicked) -> None:
        self.query_one(MessageBar).clear()
        self._key_dispatcher.click(message.key)

    def on_row_list_moved(self) -> None:
        self.update_key_hints()

    def on_click(self, event: events.Click) -> None:
        step_list = self.query_one("#steps", RowList)
        if event.widget is step_list:
            row = event.y + step_list.scroll_offset.y
            steps = list(Step)
            if 0 <= row < len(steps):
                self.console.go_to_step(steps[row])
