"""What the screen, its panes and the typed commands ask of the app."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from textual.screen import Screen

from corotui.console.activity_log import ActivityLog
from corotui.console.dialogs.confirm import NodeCommands
from corotui.console.editor.draft import Draft
from corotui.console.latency_history import LatencyHistory
from corotui.console.lifecycle.background import BackgroundTasks
from corotui.console.pane_command import PaneCommand
from corotui.workflow.state import Step, WorkflowState
from corotui.workflow.workflow import Workflow

T = TypeVar("T")


class ConsoleActions(Protocol):
    """The app as the parts of its screen see it.

    They get it in their constructor and never import the app, so that there is no import cycle.
    """

    @property
    def workflow(self) -> Workflow:
        """The engine that does the work."""

    @property
    def state(self) -> WorkflowState:
        """The current state of the workflow."""

    @property
    def readonly(self) -> bool:
        """Whether the console was started with --readonly and must change nothing."""

    @property
    def activity_log(self) -> ActivityLog:
        """Commands, output and messages of this session."""

    @property
    def latency_history(self) -> LatencyHistory:
        """Link latencies seen since the console was opened."""

    @property
    def draft(self) -> Draft:
        """The unsaved text of corosync.conf, kept on disk."""

    @property
    def background(self) -> BackgroundTasks:
        """Starts work on nodes, which goes on even if the screen closes."""

    @property
    def stoppable(self) -> bool:
        """Whether this process does work that can be told to stop."""

    # Saying and asking

    def say(self, text: str) -> None:
        """Shows a sentence until the next key, and adds it to the log."""

    def confirm(
        self, title: str, on_confirm: Callable[[], object], *, text: str = "", commands: NodeCommands = ()
    ) -> None:
        """Shows what will run and calls `on_confirm` if the operator agrees."""

    def push_dialog(self, dialog: Screen[T], answered: Callable[[T | None], None] | None = None) -> None:
        """Opens a dialog; `answered` gets its result."""

    def copy_text(self, text: str, description: str) -> None:
        """Sends text to the terminal's clipboard and to a file. `description` names it in a few words."""

    # Work

    def attempt(self, operation: Callable[[], object]) -> bool:
        """Runs something quick. Returns False and says why if it raises a CorotuiError."""

    def discover(self) -> None:
        """Connects to all nodes and gathers their facts again."""

    def plan_if_needed(self) -> None:
        """Plans the rollout if there is no plan and no other work is running."""

    def watch_ring(self) -> None:
        """Starts watching the ring, unless it is being watched."""

    def stop(self) -> None:
        """Asks the running work to end at its next safe point."""

    def push_undo(self, description: str, revert: Callable[[], object]) -> None:
        """Remembers how to undo a change. `description` completes "Undone: ..." ("node2 was removed")."""

    def undo(self) -> None:
        """Undoes the last change of this session to the cluster directory."""

    # Moving around

    def go_to_step(self, step: Step) -> None:
        """Shows the pane of a step."""

    def move_step(self, offset: int) -> None:
        """Moves to the step `offset` places later, or earlier if negative."""

    def run_pane_command(self, step: Step, command: PaneCommand) -> None:
        """Shows the pane of a step and gives it a command."""

    def run_typed_command(self, text: str) -> None:
        """Runs a command typed after `:`."""

    def open_doctor(self) -> None:
        """Shows the doctor instead of the current step."""

    def close_doctor(self) -> None:
        """Shows the current step again."""

    def show_help(self) -> None:
        """Opens the help of the current pane."""

    def request_quit(self) -> None:
        """Leaves the console. Asks first if work is running."""

    # The screen itself

    def cycle_log_size(self) -> None:
        """Makes the log larger, or small again after the largest size."""

    def save_log(self) -> None:
        """Writes the log to a file."""

    def use_theme(self, name: str) -> None:
        """Switches to another theme for this session."""

    def update_key_hints(self) -> None:
        """Updates the line of keys, when what they do has changed."""

    def redraw(self) -> None:
        """Repaints the whole screen."""
