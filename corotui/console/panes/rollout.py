"""The Rollout step."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from corotui.console.key_bindings import KeyBinding
from corotui.console.pane_command import PaneCommand
from corotui.console.panes.base import StepPane
from corotui.console.render.context import RenderContext
from corotui.console.render.layout import Row
from corotui.console.render.panes.rollout import render_rollout
from corotui.workflow.state import Step, WorkflowState


class RolloutPane(StepPane):
    """Enter rolls the configuration out, after asking. Esc stops at the next safe point."""

    step = Step.ROLLOUT

    def activate(self) -> None:
        self.console.plan_if_needed()

    def render_rows(self, state: WorkflowState, context: RenderContext) -> Sequence[Row]:
        return render_rollout(state, context)

    def key_bindings(self, state: WorkflowState) -> Sequence[KeyBinding]:
        progress = state.rollout_progress
        if progress is not None and progress.running:
            stop = KeyBinding("escape", "stop", self.console.stop, help="stop at the next safe point")
            return (stop,) if self.console.stoppable else ()
        reason = self.disabled_reason(state)
        not_interrupted = "" if state.interrupted else "No rollout was interrupted."
        restore = KeyBinding(
            "b", "roll back", self._confirm_restore, reason, "roll the previous configuration out again"
        )
        undo = KeyBinding(
            "x",
            "undo rollout",
            self._confirm_undo_interrupted,
            reason or not_interrupted,
            "undo an interrupted rollout on all nodes",
        )
        forget = KeyBinding(
            "f",
            "forget",
            self._ask_what_is_left,
            reason,
            "close an interrupted rollout that can be neither finished nor undone",
        )
        return (undo, forget, restore) if state.interrupted else (restore, undo)

    def run_command(self, command: PaneCommand) -> None:
        match command:
            case PaneCommand.RECOVER:
                self.enter()
            case PaneCommand.FORGET:
                self._ask_what_is_left()
            case PaneCommand.RESTORE:
                self._confirm_restore()

    def _confirm_undo_interrupted(self) -> None:
        text = f"{self.state.interrupted} was interrupted. All nodes get back what they had before it."
        self.console.confirm("Undo the interrupted rollout", self._undo_interrupted, text=text)

    def _undo_interrupted(self) -> None:
        self.console.background.start(partial(self.console.workflow.recover, undo=True))

    def _ask_what_is_left(self) -> None:
        if self.console.readonly or self.state.busy or not self.state.interrupted:
            self.console.say(self.disabled_reason(self.state) or "No rollout was interrupted.")
            return
        self.console.background.start(self._confirm_forget)

    async def _confirm_forget(self) -> None:
        preview = await self.console.workflow.preview_forget()
        if preview is not None:
            text = "\n".join(
                (f"{preview.title} was interrupted. It is closed, and this stays on the nodes:", *preview.sentences)
            )
            self.console.confirm("Forget the interrupted rollout", self._forget, text=text)

    def _forget(self) -> None:
        self.console.background.start(partial(self.console.workflow.forget, "from the console"))

    def _confirm_restore(self) -> None:
        node_count = len(self.state.cluster.nodes)
        text = (
            f"The newest corosync.conf that differs from this one goes to {node_count} nodes again: to all or to none."
        )
        self.console.confirm("Roll back", self._restore, text=text)

    def _restore(self) -> None:
        self.console.background.start(partial(self.console.workflow.restore, None))
