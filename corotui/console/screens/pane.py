"""What the panes of all steps have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.containers import Vertical

from corotui.cluster.finding import Finding
from corotui.console.keys import Key
from corotui.console.paint.findings import by_key
from corotui.console.paint.frame import Frame
from corotui.console.paint.help import CHAPTERS, Chapter
from corotui.console.paint.line import Line, Row
from corotui.console.paint.walk_list import TITLES, status, title_line
from corotui.console.surface import Surface
from corotui.console.widgets.one_line import OneLine
from corotui.console.widgets.page import Page
from corotui.walk.action import Action, Kind, main_action
from corotui.walk.model import Picture, Step

if TYPE_CHECKING:
    from corotui.console.console_app import ConsoleApp

WAITS = "Wait until what is under way has ended, or Esc stops it."
READONLY = "This console only looks. Start it without --readonly to change things."


class StepPane(Vertical):
    """Title, one empty line, page. A subclass paints rows and offers keys; a key's deed is its method `do_<deed>`."""

    DEFAULT_CSS = """
    StepPane { height: 1fr; }
    StepPane .gap { height: 1; }
    """
    step: ClassVar[Step]

    def __init__(self, surface: Surface) -> None:
        super().__init__()
        self.surface = surface

    @property
    def console_app(self) -> ConsoleApp:
        """The app, with all that the panes call."""
        return cast("ConsoleApp", self.app)

    @property
    def picture(self) -> Picture:
        """What there is to paint now."""
        return self.console_app.picture

    @property
    def page(self) -> Page:
        """The pane's page."""
        return self.query_one("#page", Page)

    @property
    def selected(self) -> str:
        """Key of the item under the cursor."""
        return self.page.selected

    @property
    def typing(self) -> bool:
        """Whether the operator writes in a text, which then takes most keys for itself."""
        return False

    def compose(self) -> ComposeResult:
        yield OneLine(self.surface, id="title")
        yield OneLine(self.surface, classes="gap")
        yield from self.compose_body()

    def compose_body(self) -> ComposeResult:
        """What is below the title."""
        yield Page(self.surface, id="page")

    def on_resize(self) -> None:
        if self.display:
            self.repaint()

    def entered(self) -> None:
        """The operator came here."""

    def title(self) -> str:
        """The pane's title."""
        return TITLES[self.step]

    def summary(self, picture: Picture) -> str:
        """What stands beside the title while nothing is under way."""
        return status(picture, self.step).summary

    def chapter(self) -> Chapter:
        """What `?` says."""
        return CHAPTERS[self.step]

    def rows(self, picture: Picture, frame: Frame) -> Sequence[Row]:
        """The page."""
        raise NotImplementedError

    def keys(self, picture: Picture) -> Sequence[Key]:
        """The step's own keys, the most important first; Enter, `?` and `:` come from the screen."""
        return ()

    def action(self, picture: Picture) -> Action:
        """What Enter does."""
        return main_action(picture)

    def repaint(self) -> None:
        """Paints title and page for the picture and the room there is."""
        picture = self.picture
        width, height = self.page.room
        title = self.query_one("#title", OneLine)
        number = list(Step).index(self.step) + 1
        narrow = self.app.size.width < 70
        name = f"{number}/{len(Step)} {self.title()}" if narrow else self.title()
        line = title_line(picture, name, self.summary(picture), self.surface.frame(width, 1))
        title.show(Line(" ", line))
        self.page.show(self.rows(picture, self.surface.frame(width, height)))

    def enter(self) -> None:
        """Enter: does the step's main thing, asks first where the action says so."""
        console, action = self.console_app, self.action(self.picture)
        if self.picture.busy:
            console.say(f"Under way: {self.picture.busy}. It has to end first.")
        elif not action.enabled:
            console.say(action.reason)
        elif console.readonly and action.kind not in (Kind.NEXT, Kind.LOOK, Kind.NONE):
            console.say(READONLY)
        elif action.asks or action.commands:
            console.confirm(action.label, lambda: console.act(action), words=action.asks, commands=action.commands)
        else:
            console.act(action)

    def escape(self) -> bool:
        """Esc within the pane; False where it means one step back."""
        if self.page.wanted:
            self.page.filter("")
            return True
        return False

    def yank(self) -> tuple[str, str]:
        """What `y` takes: the text, and what it is in a word."""
        lines = [row.line.plain.rstrip() for row in self.page.rows if row.key and row.key == self.selected]
        return ("\n".join(lines), "the item") if lines else (self.text(), "the page")

    def text(self) -> str:
        """The whole page."""
        return "\n".join(row.line.plain.rstrip() for row in self.page.rows)

    def why_not(self, picture: Picture, *, changes: bool = True) -> str:
        """Why a key that changes something does nothing now, "" when it does."""
        if changes and self.console_app.readonly:
            return READONLY
        return WAITS if picture.busy else ""

    def finding(self, findings: Sequence[Finding]) -> Finding | None:
        """The finding under the cursor."""
        return by_key(findings, self.selected)

    def mend(self, finding: Finding) -> None:
        """Shows the commands of a finding's remedy and runs them when told to."""
        remedy = next((remedy for remedy in finding.remedies if remedy.commands or remedy.action), None)
        console = self.console_app
        if remedy is None:
            console.say(
                next((r.manual for r in finding.remedies if r.manual), "corotui has no command that mends this.")
            )
            return
        node = remedy.node or finding.node or ""
        title = remedy.title[:1].upper() + remedy.title[1:] if remedy.title else "Mend it"
        words = "\n".join(filter(None, (finding.what, remedy.consequence)))
        run: Callable[[], None] = lambda: console.work(self.mended(finding))  # noqa: E731
        console.confirm(title, run, words=words, commands=[(node, command) for command in remedy.commands])

    async def mended(self, finding: Finding) -> None:
        """The mending itself, and what follows it."""
        await self.console_app.walk.mend([finding])

    def mend_key(self, findings: Sequence[Finding], picture: Picture) -> Key:
        """`m`, for the finding under the cursor."""
        finding = self.finding(findings)
        why = self.why_not(picture)
        label = "mend"
        if finding is None:
            why = why or "Move the cursor to a finding first."
        elif not any(remedy.commands or remedy.action for remedy in finding.remedies):
            why = why or "There is no command that mends this."
        elif finding.node:
            label = f"mend on {finding.node}"
        return Key("m", label, "mend", why, "mend the finding under the cursor; shows its commands first")
