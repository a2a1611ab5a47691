"""The Textual app: what its screen can ask for, and when it is updated. It shows the screen first, then connects."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from textual.binding import BindingType
from textual.screen import Screen

from corotui.cluster.events import Event
from corotui.console.activity_log import ActivityLog, EntryKind
from corotui.console.command_line import run_command
from corotui.console.dialogs.confirm import ConfirmDialog, NodeCommands
from corotui.console.dialogs.quit import QuitDialog
from corotui.console.editor.draft import Draft
from corotui.console.latency_history import LatencyHistory
from corotui.console.lifecycle.app import LifecycleApp
from corotui.console.lifecycle.background import BackgroundTasks
from corotui.console.lifecycle.frame_scheduler import FrameScheduler
from corotui.console.pane_command import PaneCommand
from corotui.console.panes.base import BUSY_REASON
from corotui.console.prompts import ConsolePrompter
from corotui.console.screen.main_screen import MainScreen
from corotui.console.style.context import StyleContext
from corotui.console.style.theme import PALETTES
from corotui.console.terminal.clipboard import Clipboard
from corotui.console.undo import UndoStack
from corotui.console.widgets import scrollbar
from corotui.errors import CorotuiError
from corotui.workflow.run_action import connect_and_discover
from corotui.workflow.state import Step, WorkflowState
from corotui.workflow.workflow import Workflow

_FRAME_INTERVAL = 0.08  # seconds between two frames while things change fast
_SLOW_FRAME_INTERVAL = 1.0  # the same with --slow

T = TypeVar("T")


class ConsoleApp(LifecycleApp):
    """Holds the workflow. Public members without a docstring are described in `ConsoleActions`."""

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
        state_dir = Path(self.state.directory) / ".corotui"
        self.draft = Draft(state_dir)
        self.background = BackgroundTasks(partial(self._show_message, kind="bad"), state_dir / "console.log")
        self._prompter = prompter
        self._frames = FrameScheduler(
            lambda: self.call_later(self._render_frame), _SLOW_FRAME_INTERVAL if slow else _FRAME_INTERVAL
        )
        self._shown_step = self.state.step
        self._undo_stack = UndoStack()
        self._copier = Clipboard(self.write_to_terminal, state_dir)
        self._unsubscribe: Callable[[], None] | None = None
        self._main_screen = MainScreen(style_context, self)
        self.animation_level = "none"
        for palette in PALETTES.values():
            self.register_theme(palette.theme)
        self.theme = style_context.palette.theme.name

    @property
    def state(self) -> WorkflowState:
        return self.workflow.state

    @property
    def stoppable(self) -> bool:
        progress = self.state.progress
        return progress is not None and progress.running and progress.in_this_process

    # Opening and closing

    def get_default_screen(self) -> Screen[Any]:  # Any: as in Textual
        return self._main_screen

    def on_mount(self) -> None:
        self._unsubscribe = self.workflow.subscribe(self._state_changed, self._event_received)
        if self._prompter is not None:
            self._prompter.attach(self.style_context, self.push_dialog)
        self.set_interval(1.0, self._tick)
        self.background.start_watch("external rollout", self.workflow.follow)
        self.call_after_refresh(self._reconnect)

    def _reconnect(self) -> None:
        """Connects by itself if the directory was in use before. A new one waits for Enter."""
        if any(node.facts is not None for node in self.state.nodes) and not self.state.busy:
            self.discover()

    def detach(self) -> None:
        if self._prompter is not None:
            self._prompter.detach()
        self._main_screen.exit_panes()
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def record_defect(self, error: Exception) -> str:
        return self.background.record_defect(error)

    def request_quit(self) -> None:
        if not self.background.running and not self.stoppable:
            self._quit("leave")
        else:
            dialog = QuitDialog(self.style_context, self.state.busy or "work on the nodes")
            self.push_dialog(dialog, self._quit)

    def _quit(self, choice: str | None) -> None:
        if choice not in ("stop", "leave"):
            return
        if choice == "stop":
            self.workflow.stop()
        self.detach()
        self.exit(0)

    async def action_quit(self) -> None:
        self.request_quit()

    def action_help_quit(self) -> None:
        self.request_quit()

    # Updating the screen

    def _tick(self) -> None:
        if not self.exit_if_terminal_gone():
            self._frames.request()

    def _state_changed(self, state: WorkflowState) -> None:
        self.latency_history.add(state.ring)
        if state.step is not self._shown_step:
            self._shown_step = state.step
            self.call_later(self._main_screen.show_current_pane)
        self._frames.request()

    def _event_received(self, event: Event) -> None:
        self.activity_log.add_event(event)
        self._frames.request()

    def _render_frame(self) -> None:
        if self.behind:
            self.redraw()
        self._frames.frame_rendered()
        self.render_now()

    def render_now(self) -> None:
        """Updates everything on the screen at once."""
        if self._main_screen.is_mounted:
            self._main_screen.render_all()

    def update_key_hints(self) -> None:
        self._main_screen.update_key_hints()

    def cycle_log_size(self) -> None:
        self._main_screen.cycle_log_size()

    def use_theme(self, name: str) -> None:
        self.style_context.palette = PALETTES[name]
        self.theme = name
        self._main_screen.refresh_theme(name)

    # Saying and asking

    def say(self, text: str) -> None:
        self._show_message(text)

    def _show_message(self, text: str, kind: EntryKind = "note") -> None:
        if text:
            self.activity_log.add_message(text, self.style_context.now(), kind)
            self._main_screen.show_message(text)
            self._frames.request()

    def confirm(
        self, title: str, on_confirm: Callable[[], object], *, text: str = "", commands: NodeCommands = ()
    ) -> None:
        def answered(confirmed: bool | None) -> None:
            if confirmed:
                on_confirm()

        node_count = len(self.state.cluster.nodes)
        dialog = ConfirmDialog(self.style_context, title, text=text, commands=commands, node_count=node_count)
        self.push_dialog(dialog, answered)

    def push_dialog(self, dialog: Screen[T], answered: Callable[[T | None], None] | None = None) -> None:
        self.push_screen(dialog, answered)

    def copy_text(self, text: str, description: str) -> None:
        self.say(self._copier.copy(text, description))

    def save_log(self) -> None:
        self.say(self._copier.save_log(self.activity_log.entries))

    # Work

    def attempt(self, operation: Callable[[], object]) -> bool:
        try:
            operation()
        except CorotuiError as error:
            self.say(str(error))
            return False
        self._frames.request()
        return True

    def discover(self) -> None:
        if self.state.busy:
            self.say(BUSY_REASON)
        else:
            self.background.start(self._discover)

    async def _discover(self) -> None:
        await connect_and_discover(self.workflow)
        if self.state.step in (Step.REVIEW, Step.ROLLOUT):
            self.call_later(self.plan_if_needed)

    def plan_if_needed(self) -> None:
        state = self.state
        ready = state.conf is not None and not state.interrupted and all(node.live for node in state.nodes)
        if ready and state.plan is None and not state.busy:
            self.background.start(self.workflow.plan)

    def watch_ring(self) -> None:
        self.background.start_watch("ring", self.workflow.watch)

    def stop(self) -> None:
        self.workflow.stop()
        self.say("It stops at the next safe point.")

    def push_undo(self, description: str, revert: Callable[[], object]) -> None:
        self._undo_stack.push(description, revert)

    def undo(self) -> None:
        change = self._undo_stack.pop()
        if change is None:
            self.say("There is nothing to undo.")
        elif self.attempt(change.revert):
            self.say(f"Undone: {change.description}.")

    # Moving around

    def go_to_step(self, step: Step) -> None:
        if self._main_screen.pane is not None and self.attempt(lambda: self.workflow.go_to(step)):
            self.close_doctor()

    def move_step(self, offset: int) -> None:
        steps = list(Step)
        target = steps.index(self.state.step) + offset
        if 0 <= target < len(steps):
            self.go_to_step(steps[target])
        else:
            self.say("This is the first step." if target < 0 else "This is the last step.")

    def run_pane_command(self, step: Step, command: PaneCommand) -> None:
        def run() -> None:
            pane = self._main_screen.pane
            if pane is not None and pane.step is step:
                pane.run_command(command)

        self.go_to_step(step)
        self.call_after_refresh(run)

    def run_typed_command(self, text: str) -> None:
        run_command(self, text)

    def open_doctor(self) -> None:
        self.call_later(self._main_screen.open_doctor)

    def close_doctor(self) -> None:
        self.call_later(self._main_screen.close_doctor)

    def show_help(self) -> None:
        self._main_screen.show_help()
