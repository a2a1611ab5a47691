"""The Textual app: when it paints, what the panes call, how it is left. It paints first, then connects."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType
from textual.screen import Screen

from corotui.cluster.events import Event
from corotui.console.activity_log import ActivityLog
from corotui.console.command_line import run_command
from corotui.console.dialogs.confirm import ConfirmDialog, NodeCommands
from corotui.console.dialogs.help import HelpDialog
from corotui.console.dialogs.quit import QuitDialog
from corotui.console.editor.draft import Draft
from corotui.console.editor.widget import Editor
from corotui.console.key_bindings import KeyBinding
from corotui.console.latency_history import LatencyHistory
from corotui.console.lifecycle.app import LifecycleApp
from corotui.console.lifecycle.background import BackgroundTasks
from corotui.console.panes.base import BUSY_REASON, StepPane
from corotui.console.panes.configuration import ConfigurationPane
from corotui.console.panes.main_screen import MainScreen
from corotui.console.prompts import ConsolePrompter
from corotui.console.style.context import StyleContext
from corotui.console.style.theme import PALETTES
from corotui.console.terminal.clipboard import Clipboard
from corotui.console.undo import UndoStack
from corotui.console.widgets import scrollbar
from corotui.console.widgets.message_bar import MessageBar
from corotui.errors import CorotuiError
from corotui.workflow.next_action import Action
from corotui.workflow.state import Step, WorkflowState

if TYPE_CHECKING:
    from corotui.workflow.workflow import Workflow

_FRAME_INTERVAL = 0.08  # seconds between two paintings while things change fast
_SLOW_FRAME_INTERVAL = 1.0


class ConsoleApp(LifecycleApp):
    """Holds the walk and what all panes call. The screens know nothing else of the outside."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []
    CSS = """
    Input, Input:focus { color: $foreground; border: none; height: 1; padding: 0; background-tint: $foreground 0%; }
    * { scrollbar-color: $rule; scrollbar-color-hover: $context; scrollbar-color-active: $accent;
        scrollbar-background: $background; scrollbar-background-hover: $background;
        scrollbar-background-active: $background; }
    """

    def __init__(
        self,
        workflow: Workflow,
        style_context: StyleContext,
        *,
        prompter: ConsolePrompter | None = None,
        readonly: bool = False,
        slow: bool = False,
        diff_frames: bool = False,
    ) -> None:
        scrollbar.install_renderer(style_context.glyphs)
        terminal_colours = style_context.palette.theme.ansi
        super().__init__(diff_frames=diff_frames, ansi_color=True if terminal_colours else None)
        self.workflow = workflow
        self.style_context = style_context
        self.readonly = readonly
        self.activity_log = ActivityLog()
        self.latency_history = LatencyHistory()
        self.state: WorkflowState = workflow.state
        state_dir = Path(self.state.directory) / ".corotui"
        self.draft = Draft(state_dir)
        self.background = BackgroundTasks(self._report_failure, state_dir / "console.log")
        self._prompter = prompter
        self._frame_interval = _SLOW_FRAME_INTERVAL if slow else _FRAME_INTERVAL
        self._render_scheduled = False
        self._last_rendered = 0.0
        self._undo_stack = UndoStack()
        self._copier = Clipboard(self._write_to_terminal, state_dir)
        self._unsubscribe: Callable[[], None] | None = None
        self._main_screen = MainScreen(style_context)
        self.animation_level = "none"
        for palette in PALETTES.values():
            self.register_theme(palette.theme)
        self.theme = style_context.palette.theme.name

    def get_default_screen(self) -> Screen[Any]:
        return self._main_screen

    def on_mount(self) -> None:
        self._unsubscribe = self.workflow.subscribe(self._state_changed, self._event_received)
        if self._prompter is not None:
            self._prompter.attach(self.style_context, self._push_dialog)
        self.set_interval(1.0, self._tick)
        self.background.start_watch("elsewhere", self.workflow.follow)
        self.call_after_refresh(self._reconnect)

    def detach(self) -> None:
        """From now on nothing is painted and no question is asked."""
        if self._prompter is not None:
            self._prompter.detach()
        for pane in self._main_screen.query(ConfigurationPane):
            pane.save_draft()
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def _reconnect(self) -> None:
        """A directory that was in use before connects by itself; a new one waits for Enter."""
        state = self.state
        if any(node.facts is not None for node in state.nodes) and not state.busy:
            self.discover()

    def plan_if_needed(self) -> None:
        """Makes a plan where there is none and nothing else is under way."""
        state = self.state
        ready = state.conf is not None and not state.interrupted and all(node.live for node in state.nodes)
        if ready and state.plan is None and not state.busy:
            self.run_in_background(self.workflow.plan())

    def record_defect(self, error: Exception) -> str:
        return self.background.record_defect(error)

    def _tick(self) -> None:
        if not self.exit_if_terminal_gone():
            self._schedule_render()

    def _state_changed(self, state: WorkflowState) -> None:
        stepped = state.step is not self.state.step
        self.state = state
        self.latency_history.add(state.ring)
        if stepped:
            self.call_later(self._show_current_pane)
        self._schedule_render()

    def _event_received(self, event: Event) -> None:
        self.activity_log.add_event(event)
        self._schedule_render()

    async def _show_current_pane(self) -> None:
        await self._main_screen.show_current_pane()

    def _schedule_render(self) -> None:
        """At most one painting per frame, however much happens: keys must not wait for output."""
        if self._render_scheduled:
            return
        self._render_scheduled = True
        loop = asyncio.get_running_loop()
        wait = max(0.0, self._last_rendered + self._frame_interval - loop.time())
        loop.call_later(wait, lambda: self.call_later(self._render_frame))

    def _render_frame(self) -> None:
        self._render_scheduled = False
        if self.behind:
            self.redraw()
        self._last_rendered = asyncio.get_running_loop().time()
        if self._main_screen.is_mounted:
            self._main_screen.render_all()

    def render_now(self) -> None:
        """Paints at once."""
        self._main_screen.render_all()

    def update_key_hints(self) -> None:
        """The key line anew."""
        self._main_screen.update_key_hints()

    def say(self, text: str) -> None:
        """A sentence until the next key; it stays in the log."""
        if not text:
            return
        self.activity_log.add_message(text, self.style_context.now())
        if self._main_screen.is_mounted:
            self._main_screen.query_one(MessageBar).show_message(text)
        self._schedule_render()

    def _report_failure(self, text: str) -> None:
        self.activity_log.add_message(text, self.style_context.now(), "bad")
        if self._main_screen.is_mounted:
            self._main_screen.query_one(MessageBar).show_message(text)
        self._schedule_render()

    def run_in_background(self, operation: Coroutine[Any, Any, object]) -> None:
        """Work on nodes, in the background."""
        self.background.start(operation)

    def start_action(self, action: Action) -> None:
        """An action of the walk, in the background."""
        from corotui.workflow.run_action import run_action

        self.run_in_background(run_action(self.workflow, action))

    def attempt(self, operation: Callable[[], object]) -> bool:
        """Something quick that may be refused; what is wrong is said."""
        try:
            operation()
        except CorotuiError as error:
            self.say(str(error))
            return False
        self.state = self.workflow.state
        self._schedule_render()
        return True

    def discover(self) -> None:
        """Connects and asks all nodes again."""

        from corotui.workflow.run_action import connect_and_discover

        async def look() -> None:
            await connect_and_discover(self.workflow)
            if self.state.step in (Step.REVIEW, Step.ROLLOUT):
                self.call_later(self.plan_if_needed)

        if self.state.busy:
            self.say(BUSY_REASON)
        else:
            self.run_in_background(look())

    def watch_ring(self) -> None:
        """The ring is watched from now on."""
        self.background.start_watch("ring", self.workflow.watch)

    @property
    def stoppable(self) -> bool:
        """Work of this process that can be told to stop."""
        progress = self.state.progress
        return progress is not None and progress.running and progress.in_this_process

    def stop(self) -> None:
        """The work under way ends at its next safe point."""
        self.workflow.stop()
        self.say("It stops at the next safe point.")

    def confirm(
        self, title: str, on_confirm: Callable[[], object], *, text: str = "", commands: NodeCommands = ()
    ) -> None:
        """Shows what will run and does it when told to."""
        sheet = ConfirmDialog(
            self.style_context, title, text=text, commands=commands, node_count=len(self.state.cluster.nodes)
        )

        def answered(yes: bool | None) -> None:
            if yes:
                on_confirm()

        self.push_screen(sheet, answered)

    def _push_dialog(self, dialog: Screen[Any], answered: Callable[[Any], None]) -> None:
        self.push_screen(dialog, answered)

    @property
    def pane(self) -> StepPane | None:
        """The pane that is shown."""
        return self._main_screen.pane

    def go_to_step(self, step: Step) -> None:
        """Stands at a step."""
        if self._main_screen.pane is not None and self.attempt(lambda: self.workflow.go_to(step)):
            self.call_later(self._hide_doctor)

    async def _hide_doctor(self) -> None:
        await self._main_screen.show_doctor(False)

    def move_step(self, offset: int) -> None:
        """The step before or after."""
        steps = list(Step)
        place = steps.index(self.state.step) + offset
        if 0 <= place < len(steps):
            self.go_to_step(steps[place])
        else:
            self.say("This is the first step." if place < 0 else "This is the last step.")

    def open_doctor(self) -> None:
        """The doctor beside the walk."""
        self.call_later(self._main_screen.show_doctor, True)

    def close_doctor(self) -> None:
        """Back to the walk."""
        self.call_later(self._main_screen.show_doctor, False)

    def show_help(self) -> None:
        """What, why, the shell's way."""
        pane = self._main_screen.pane
        if pane is not None:
            keys: Sequence[KeyBinding] = pane.key_bindings(self.state)
            self.push_screen(HelpDialog(self.style_context, pane.help_topic(), keys))

    def run_typed_command(self, text: str) -> None:
        """A command typed after `:`."""
        run_command(self, text)

    def cycle_log_size(self) -> None:
        """The log larger, or small again."""
        self._main_screen.cycle_log_size()

    def use_theme(self, name: str) -> None:
        """Another theme for this session."""
        self.style_context.palette = PALETTES[name]
        self.theme = name
        for editor in self._main_screen.query(Editor):
            editor.theme = name
        self._main_screen.refresh(layout=True)
        for widget in self._main_screen.query("*"):
            widget.refresh()

    def copy_text(self, text: str, description: str) -> None:
        """To the terminal's clipboard, and to a file."""
        self.say(self._copier.copy(text, description))

    def save_log(self) -> None:
        """The log as a file."""
        self.say(self._copier.save_log(self.activity_log.entries))

    def _write_to_terminal(self, text: str) -> None:
        if self._driver is not None:
            self._driver.write(text)

    def push_undo(self, description: str, revert: Callable[[], object]) -> None:
        """Remembers how to take something back."""
        self._undo_stack.push(description, revert)

    def undo(self) -> None:
        """Takes the last change of the console back."""
        last = self._undo_stack.pop()
        if last is None:
            self.say("There is nothing to undo.")
        elif self.attempt(last[1]):
            self.say(f"Undone: {last[0]}.")

    def request_quit(self) -> None:
        """Leaves; asks when work runs."""
        if not self.background.running and not self.stoppable:
            self._quit("")
            return

        def answered(answer: str | None) -> None:
            if answer in ("stop", "leave"):
                self._quit(answer)

        self.push_screen(QuitDialog(self.style_context, self.state.busy or "work on the nodes"), answered)

    def _quit(self, choice: str) -> None:
        if choice == "stop":
            self.workflow.stop()
        self.detach()
        self.exit(0)

    async def action_quit(self) -> None:
        self.request_quit()

    def action_help_quit(self) -> None:
        self.request_quit()
