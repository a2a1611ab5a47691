"""What the panes of all steps have in common."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical

from corotui.cluster.finding import Finding
from corotui.console.actions import ConsoleActions
from corotui.console.key_bindings import KeyBinding, do_nothing
from corotui.console.pane_command import PaneCommand
from corotui.console.render.context import RenderContext
from corotui.console.render.findings import find_selected
from corotui.console.render.help import HELP_TOPICS, HelpTopic
from corotui.console.render.layout import Row, StyledLine
from corotui.console.render.row_ids import RowId
from corotui.console.render.step_list import TITLES, render_title, step_status
from corotui.console.style.context import StyleContext
from corotui.console.widgets.row_list import RowList
from corotui.console.widgets.status_line import StatusLine
from corotui.workflow.next_action import Action, ActionKind, main_action
from corotui.workflow.run_action import run_action
from corotui.workflow.state import Step, WorkflowState

BUSY_REASON = "Wait until the running work has ended, or press Esc to stop it."
READONLY_REASON = "This console is read-only. Start it without --readonly to change things."
_NARROW_WIDTH = 70  # cells of the screen below which the title shows the number of the step


class StepPane(Vertical):
    """Title, an empty line, and a list of rows. A subclass renders the rows and offers keys."""

    DEFAULT_CSS = """
    StepPane { height: 1fr; }
    StepPane .gap { height: 1; }
    """
    step: ClassVar[Step]

    def __init__(self, style_context: StyleContext, console: ConsoleActions) -> None:
        super().__init__()
        self.style_context = style_context
        self.console = console

    @property
    def state(self) -> WorkflowState:
        """The current state of the workflow."""
        return self.console.state

    @property
    def row_list(self) -> RowList:
        """The list of rows under the title."""
        return self.query_one("#page", RowList)

    @property
    def selected(self) -> RowId | None:
        """The item under the cursor; None if there is none."""
        return self.row_list.selected

    @property
    def is_typing(self) -> bool:
        """Whether a text editor has the focus and takes most keys."""
        return False

    def compose(self) -> ComposeResult:
        yield StatusLine(self.style_context, id="title")
        yield StatusLine(self.style_context, classes="gap")
        yield from self.compose_body()

    def compose_body(self) -> ComposeResult:
        """Yields the widgets below the title."""
        yield RowList(self.style_context, id="page")

    def on_resize(self) -> None:
        if self.display:
            self.update_content()

    def activate(self) -> None:
        """Called each time the pane is shown."""

    def on_exit(self) -> None:
        """Called when the console closes, if the pane was ever shown."""

    def title(self) -> str:
        """Returns the title of the pane."""
        return TITLES[self.step]

    def summary(self, state: WorkflowState) -> str:
        """Returns what stands beside the title while no work is running."""
        return step_status(state, self.step).summary

    def help_topic(self) -> HelpTopic:
        """Returns the help that `?` shows."""
        return HELP_TOPICS[self.step]

    def render_rows(self, state: WorkflowState, context: RenderContext) -> Sequence[Row]:
        """Returns the rows of the pane."""
        raise NotImplementedError

    def key_bindings(self, state: WorkflowState) -> Sequence[KeyBinding]:
        """Returns the pane's own keys, the most important first. The screen adds Enter, `?` and `:`.

        A binding of "escape" takes the place of going back: Esc runs it once no filter is left to clear.
        """
        return ()

    def run_command(self, command: PaneCommand) -> None:
        """Runs a command that was typed after `:`. Panes ignore commands of other panes."""

    def action(self, state: WorkflowState) -> Action:
        """Returns what Enter does."""
        return main_action(state)

    def update_content(self) -> None:
        """Renders title and rows for the current state and size."""
        state = self.state
        context = self.style_context.render_context(self.row_list.content_width)
        title = self.query_one("#title", StatusLine)
        number = list(Step).index(self.step) + 1
        narrow = self.app.size.width < _NARROW_WIDTH
        name = f"{number}/{len(Step)} {self.title()}" if narrow else self.title()
        line = render_title(state, name, self.summary(state), context)
        title.show(StyledLine(" ", line))
        self.row_list.set_rows(self.render_rows(state, context))

    def enter(self) -> None:
        """Enter: runs the step's main action, after asking if the action says so."""
        console, action = self.console, self.action(self.state)
        if self.state.busy:
            console.say(f"Still running: {self.state.busy}. It has to end first.")
        elif not action.enabled:
            console.say(action.reason)
        elif console.readonly and action.kind not in (ActionKind.NEXT, ActionKind.DISCOVER, ActionKind.NONE):
            console.say(READONLY_REASON)
        elif action.confirmation or action.commands:
            run = partial(console.background.start, partial(run_action, console.workflow, action))
            console.confirm(action.label, run, text=action.confirmation, commands=action.commands)
        else:
            console.background.start(partial(run_action, console.workflow, action))

    def text_to_copy(self) -> tuple[str, str]:
        """Returns the text that `y` copies, and what it is in a few words."""
        lines = [row.line.plain.rstrip() for row in self.row_list.rows if row.id and row.id == self.selected]
        return ("\n".join(lines), "the item") if lines else (self.page_text(), "the page")

    def page_text(self) -> str:
        """Returns all rows as text."""
        return "\n".join(row.line.plain.rstrip() for row in self.row_list.rows)

    def disabled_reason(self, state: WorkflowState, *, changes: bool = True) -> str:
        """Returns why a key does nothing now, "" if it works. `changes`: the key changes something."""
        if changes and self.console.readonly:
            return READONLY_REASON
        return BUSY_REASON if state.busy else ""

    def selected_finding(self, findings: Sequence[Finding]) -> Finding | None:
        """Returns the finding under the cursor."""
        return find_selected(findings, self.selected)

    def discover_key(self, state: WorkflowState, *, unavailable: str = "") -> KeyBinding:
        """Returns the binding of `r`, which asks the nodes again. `unavailable`: why it makes no sense here."""
        reason = self.disabled_reason(state, changes=False) or unavailable
        return KeyBinding("r", "check again", self.console.discover, reason, "connect and ask all nodes again")

    def fix_key(self, findings: Sequence[Finding], state: WorkflowState) -> KeyBinding:
        """Returns the binding of `m`, which fixes the finding under the cursor."""
        finding = self.selected_finding(findings)
        reason = self.disabled_reason(state)
        help_text = "fix the selected finding; shows the commands first"
        if finding is None:
            reason = reason or "Move the cursor to a finding first."
            return KeyBinding("m", "fix", do_nothing, reason, help_text)
        label = "fix"
        if not any(remedy.is_automatic for remedy in finding.remedies):
            reason = reason or "There is no command that fixes this."
        elif finding.node:
            label = f"fix on {finding.node}"
        return KeyBinding("m", label, partial(self.fix, finding), reason, help_text)

    def fix(self, finding: Finding) -> None:
        """Shows the commands of a finding's remedy and runs them if the operator agrees."""
        remedy = next((remedy for remedy in finding.remedies if remedy.is_automatic), None)
        console = self.console
        if remedy is None:
            manual = next((remedy.manual for remedy in finding.remedies if remedy.manual), "")
            console.say(manual or "corotui has no command that fixes this.")
            return
        node = remedy.node or finding.node or ""
        title = remedy.title[:1].upper() + remedy.title[1:] if remedy.title else "Fix it"
        text = "\n".join(filter(None, (finding.what, remedy.consequence)))
        commands = [(node, command) for command in remedy.commands]
        run = partial(console.background.start, partial(self.run_fix, finding))
        console.confirm(title, run, text=text, commands=commands)

    async def run_fix(self, finding: Finding) -> None:
        """Runs the remedy of a finding. Subclasses add what follows it."""
        await self.console.workflow.fix([finding])
