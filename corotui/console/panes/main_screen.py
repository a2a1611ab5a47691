"""The one screen: top line, steps, the pane of the step, log, keys. It sends keys to deeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input

from corotui.console.panes.base import StepPane
from corotui.console.panes.configuration import ConfigurationPane
from corotui.console.panes.doctor import DoctorPane
from corotui.console.panes.install import InstallPane
from corotui.console.panes.key_dispatch import KeyDispatcher
from corotui.console.panes.network import NetworkPane
from corotui.console.panes.nodes import NodesPane
from corotui.console.panes.prerequisites import PrerequisitesPane
from corotui.console.panes.review import ReviewPane
from corotui.console.panes.ring import RingPane
from corotui.console.panes.rollout import RolloutPane
from corotui.console.render.header import render_header
from corotui.console.render.step_list import render_step_list
from corotui.console.style.context import StyleContext
from corotui.console.terminal.clipped_compositor import ClippedCompositor
from corotui.console.widgets.command_input import CommandInput
from corotui.console.widgets.key_hints import KeyHints
from corotui.console.widgets.log_pane import LogPane
from corotui.console.widgets.message_bar import MessageBar
from corotui.console.widgets.row_list import RowList
from corotui.console.widgets.status_line import HorizontalRule, StatusLine
from corotui.workflow.state import Step

if TYPE_CHECKING:
    from corotui.console.app import ConsoleApp

PANES: Mapping[Step, type[StepPane]] = {
    Step.NODES: NodesPane,
    Step.PREREQUISITES: PrerequisitesPane,
    Step.INSTALL: InstallPane,
    Step.NETWORK: NetworkPane,
    Step.CONFIGURATION: ConfigurationPane,
    Step.REVIEW: ReviewPane,
    Step.ROLLOUT: RolloutPane,
    Step.RING: RingPane,
}

STEP_LIST_MIN_WIDTH = 70  # columns below which the step list goes
LOG_MIN_HEIGHT = 14  # lines below which the log goes
RULES_MIN_HEIGHT = 9  # lines below which rules go
HEADER_MIN_HEIGHT = 3  # lines below which the top line goes


class MainScreen(Screen[None]):
    """Panes are mounted when their step is first entered and then kept, with their cursor and their text."""

    DEFAULT_CSS = """
    MainScreen { background: $background; }
    MainScreen #middle { height: 1fr; }
    MainScreen #right { width: 1fr; }
    MainScreen #walk { width: 17; scrollbar-size-vertical: 0; }
    MainScreen #panes { height: 1fr; }
    """
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "pane", show=False),
        Binding("shift+tab", "pane", show=False),
    ]

    def __init__(self, style_context: StyleContext) -> None:
        super().__init__()
        self._compositor = ClippedCompositor()
        self.style_context = style_context
        self._doctor_open = False
        self._current_pane: StepPane | None = None
        self._key_dispatcher = KeyDispatcher(self)

    @property
    def console_app(self) -> ConsoleApp:
        return cast("ConsoleApp", self.app)

    @property
    def pane(self) -> StepPane | None:
        """The pane that is shown; None before the first one is."""
        return self._current_pane

    @property
    def log_pane(self) -> LogPane:
        """The log."""
        return self.query_one(LogPane)

    def compose(self) -> ComposeResult:
        style_context = self.style_context
        yield StatusLine(style_context, id="top")
        yield HorizontalRule(style_context, classes="rule")
        with Horizontal(id="middle"):
            yield RowList(style_context, id="walk", focusable=False)
            with Vertical(id="right"):
                yield Container(id="panes")
                yield MessageBar(style_context, id="notice")
                yield HorizontalRule(style_context, classes="rule log")
                yield LogPane(style_context, id="log")
        yield HorizontalRule(style_context, classes="rule")
        yield KeyHints(style_context, id="keys")
        yield CommandInput(style_context, id="prompt")

    async def on_mount(self) -> None:
        self.query_one("#prompt").display = False
        await self.show_current_pane()

    async def show_current_pane(self) -> None:
        """Shows the pane of the picture's step, or the doctor."""
        kind = DoctorPane if self._doctor_open else PANES[self.console_app.state.step]
        if type(self._current_pane) is kind:
            return
        before, panes = self._current_pane, self.query_one("#panes")
        found = [pane for pane in panes.children if type(pane) is kind]
        pane = found[0] if found else kind(self.style_context)
        self._current_pane = pane
        if before is not None:
            before.display = False
        if found:
            pane.display = True
        else:
            await panes.mount(pane)
        pane.row_list.focus()
        pane.update_content()
        pane.activate()
        self.render_all()

    async def show_doctor(self, visible: bool) -> None:
        """Opens the doctor beside the walk, or closes it."""
        self._doctor_open = visible
        await self.show_current_pane()

    def on_resize(self, event: events.Resize) -> None:
        self.apply_breakpoints(*event.size)

    def apply_breakpoints(self, width: int, height: int) -> None:
        """Who gets room: a small terminal loses the step list, then the log, then rules, then the top line."""
        self.query_one("#walk").display = width >= STEP_LIST_MIN_WIDTH
        for rule in self.query(".rule"):
            rule.display = height >= RULES_MIN_HEIGHT
        logged = height >= LOG_MIN_HEIGHT or self.log_pane.is_enlarged
        self.log_pane.display = logged
        self.query_one(".log").display = logged and height >= RULES_MIN_HEIGHT
        self.log_pane.set_screen_height(height)
        self.query_one("#top").display = height >= HEADER_MIN_HEIGHT
        self.call_after_refresh(self.render_all)

    def cycle_log_size(self) -> None:
        """The log larger, or small again."""
        self.log_pane.cycle_size()
        self.apply_breakpoints(*self.app.size)

    def render_all(self) -> None:
        """Everything that the picture, the log and the clock say. Widgets write only what changed."""
        console, pane = self.console_app, self._current_pane
        if not self.is_mounted or pane is None:
            return
        tops = self.query("#top").results(StatusLine)
        top = next(iter(tops), None)
        if top is None:  # the screen is being taken down
            return
        state, style_context = console.state, self.style_context
        width = self.app.size.width
        top.show(render_header(state, style_context.render_context(width, 1), readonly=console.readonly))
        self.query_one("#walk", RowList).set_rows(render_step_list(state, style_context.render_context(16, 8)))
        self.query_one(MessageBar).pin(state.error)
        if pane.is_mounted:
            pane.update_content()
        self.log_pane.update_entries(console.activity_log, len(state.cluster.nodes))
        self.update_key_hints()

    def update_key_hints(self) -> None:
        """The last line, for the pane and what its cursor stands on."""
        if self._current_pane is not None and self._current_pane.is_mounted:
            self.query_one(KeyHints).set_keys(self._key_dispatcher.available_keys())

    def on_key(self, event: events.Key) -> None:
        if self._current_pane is None or isinstance(self.focused, Input):
            return
        self.query_one(MessageBar).clear()
        if self._key_dispatcher.press(event.key):
            event.stop()
            event.prevent_default()

    def action_pane(self) -> None:
        """Tab: from the step to the log and back."""
        pane = self._current_pane
        if pane is None:
            return
        if self.log_pane.has_focus or not self.log_pane.display:
            pane.row_list.focus()
        else:
            self.log_pane.focus()
        self.render_all()

    def open_command_input(self, prefix: str) -> None:
        """`:` or `/` in the place of the keys."""
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
            self.console_app.run_typed_command(message.text)
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
        step_list = self.query_one("#walk", RowList)
        if event.widget is step_list:
            row = event.y + step_list.scroll_offset.y
            steps = list(Step)
            if 0 <= row < len(steps):
                self.console_app.go_to_step(steps[row])
