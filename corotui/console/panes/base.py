"""What the panes of all steps have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Vertical

from corotui.cluster.finding import Finding
from corotui.console.key_bindings import KeyBinding
from corotui.console.render.context import RenderContext
from corotui.console.render.findings import find_by_key
from corotui.console.render.help import HELP_TOPICS, HelpTopic
from corotui.console.render.layout import Row, StyledLine
from corotui.console.render.step_list import TITLES, render_title, step_status
from corotui.console.style.context import StyleContext
from corotui.console.widgets.row_list import RowList
from corotui.console.widgets.status_line import StatusLine
from corotui.workflow.next_action import Action, ActionKind, main_action
from corotui.workflow.state import Step, WorkflowState

if TYPE_CHECKING:
    from corotui.console.app import ConsoleApp

BUSY_REASON = "Wait until what is under way has ended, or Esc stops it."
READONLY_REASON = "This console only looks. Start it without --readonly to change things."


class StepPane(Vertical):
    """Title, one empty line, page. A subclass paints rows and offers keys; a key's deed is its method `do_<deed>`."""

    DEFAULT_CSS = """
    StepPane { height: 1fr; }
    StepPane .gap { height: 1; }
    """
    step: ClassVar[Step]

    def __init__(self, style_context: StyleContext) -> None:
        super().__init__()
        self.style_context = style_context

    @property
    def console_app(self) -> ConsoleApp:
        """The app, with all that the panes call."""
        return cast("ConsoleApp", self.app)

    @property
    def state(self) -> WorkflowState:
        """What there is to paint now."""
        return self.console_app.state

    @property
    def row_list(self) -> RowList:
        """The pane's page."""
        return self.query_one("#page", RowList)

    @property
    def selected(self) -> str:
        """Key of the item under the cursor."""
        return self.row_list.selected

    @property
    def is_typing(self) -> bool:
        """Whether the operator writes in a text, which then takes most keys for itself."""
        return False

    def compose(self) -> ComposeResult:
        yield StatusLine(self.style_context, id="title")
        yield StatusLine(self.style_context, classes="gap")
        yield from self.compose_body()

    def compose_body(self) -> ComposeResult:
        """What is below the title."""
        yield RowList(self.style_context, id="page")

    def on_resize(self) -> None:
        if self.display:
            self.update_content()

    def activate(self) -> None:
        """The operator came here."""

    def title(self) -> str:
        """The pane's title."""
        return TITLES[self.step]

    def summary(self, state: WorkflowState) -> str:
        """What stands beside the title while nothing is under way."""
        return step_status(state, self.step).summary

    def help_topic(self) -> HelpTopic:
        """What `?` says."""
        return HELP_TOPICS[self.step]

    def render_rows(self, state: WorkflowState, context: RenderContext) -> Sequence[Row]:
        """The page."""
        raise NotImplementedError

    def key_bindings(self, state: WorkflowState) -> Sequence[KeyBinding]:
        """The step's own keys, the most important first; Enter, `?` and `:` come from the screen."""
        return ()

    def action(self, state: WorkflowState) -> Action:
        """What Enter does."""
        return main_action(state)

    def update_content(self) -> None:
        """Paints title and page for the picture and the room there is."""
        state = self.state
        width, height = self.row_list.viewport
        title = self.query_one("#title", StatusLine)
        number = list(Step).index(self.step) + 1
        narrow = self.app.size.width < 70
        name = f"{number}/{len(Step)} {self.title()}" if narrow else self.title()
        line = render_title(state, name, self.summary(state), self.style_context.render_context(width, 1))
        title.show(StyledLine(" ", line))
        self.row_list.set_rows(self.render_rows(state, self.style_context.render_context(width, height)))

    def enter(self) -> None:
        """Enter: does the step's main thing, asks first where the action says so."""
        console, action = self.console_app, self.action(self.state)
        if self.state.busy:
            console.say(f"Under way: {self.state.busy}. It has to end first.")
        elif not action.enabled:
            console.say(action.reason)
        elif console.readonly and action.kind not in (ActionKind.NEXT, ActionKind.DISCOVER, ActionKind.NONE):
            console.say(READONLY_REASON)
        elif action.confirmation or action.commands:
            console.confirm(
                action.label, lambda: console.start_action(action), text=action.confirmation, commands=action.commands
            )
        else:
            console.start_action(action)

    def escape(self) -> bool:
        """Esc within the pane; False where it means one step back."""
        if self.row_list.filter_text:
            self.row_list.set_filter("")
            return True
        return False

    def text_to_copy(self) -> tuple[str, str]:
        """What `y` takes: the text, and what it is in a word."""
        lines = [row.line.plain.rstrip() for row in self.row_list.rows if row.key and row.key == self.selected]
        return ("\n".join(lines), "the item") if lines else (self.page_text(), "the page")

    def page_text(self) -> str:
        """The whole page."""
        return "\n".join(row.line.plain.rstrip() for row in self.row_list.rows)

    def disabled_reason(self, state: WorkflowState, *, changes: bool = True) -> str:
        """Why a key that changes something does nothing now, "" when it does."""
        if changes and self.console_app.readonly:
            return READONLY_REASON
        return BUSY_REASON if state.busy else ""

    def selected_finding(self, findings: Sequence[Finding]) -> Finding | None:
        """The finding under the cursor."""
        return find_by_key(findings, self.selected)

    def fix(self, finding: Finding) -> None:
        """Shows the commands of a finding's remedy and runs them when told to."""
        remedy = next((remedy for remedy in finding.remedies if remedy.is_automatic), None)
        console = self.console_app
        if remedy is None:
            console.say(
                next((r.manual for r in finding.remedies if r.manual), "corotui has no command that mends this.")
            )
            return
        node = remedy.node or finding.node or ""
        title = remedy.title[:1].upper() + remedy.title[1:] if remedy.title else "Mend it"
        words = "\n".join(filter(None, (finding.what, remedy.consequence)))
        run: Callable[[], None] = lambda: console.run_in_background(self.run_fix(finding))  # noqa: E731
        console.confirm(title, run, text=words, commands=[(node, command) for command in remedy.commands])

    async def run_fix(self, finding: Finding) -> None:
        """The mending itself, and what follows it."""
        await self.console_app.workflow.fix([finding])

    def fix_key(self, findings: Sequence[Finding], state: WorkflowState) -> KeyBinding:
        """`m`, for the finding under the cursor."""
        finding = self.selected_finding(findings)
        why = self.disabled_reason(state)
        label = "mend"
        if finding is None:
            why = why or "Move the cursor to a finding first."
        elif not any(remedy.is_automatic for remedy in finding.remedies):
            why = why or "There is no command that mends this."
        elif finding.node:
            label = f"mend on {finding.node}"
        return KeyBinding("m", label, "mend", why, "mend the finding under the cursor; shows its commands first")
