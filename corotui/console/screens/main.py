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

from corotui.console.narrow import NarrowCompositor
from corotui.console.paint.top import top_line
from corotui.console.paint.walk_list import walk_rows
from corotui.console.screens.configuration import ConfigurationPane
from corotui.console.screens.doctor import DoctorPane
from corotui.console.screens.install import InstallPane
from corotui.console.screens.keyboard import Keyboard
from corotui.console.screens.network import NetworkPane
from corotui.console.screens.nodes import NodesPane
from corotui.console.screens.pane import StepPane
from corotui.console.screens.prerequisites import PrerequisitesPane
from corotui.console.screens.review import ReviewPane
from corotui.console.screens.ring import RingPane
from corotui.console.screens.rollout import RolloutPane
from corotui.console.surface import Surface
from corotui.console.widgets.key_line import KeyLine
from corotui.console.widgets.log_pane import LogPane
from corotui.console.widgets.notice import Notice
from corotui.console.widgets.one_line import OneLine, Rule
from corotui.console.widgets.page import Page
from corotui.console.widgets.prompt import Prompt
from corotui.walk.model import Step

if TYPE_CHECKING:
    from corotui.console.console_app import ConsoleApp

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

LIST_FROM = 70  # columns below which the step list goes
LOG_FROM = 14  # lines below which the log goes
RULES_FROM = 9  # lines below which rules go
TOP_FROM = 3  # lines below which the top line goes


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

    def __init__(self, surface: Surface) -> None:
        super().__init__()
        self._compositor = NarrowCompositor()
        self.surface = surface
        self._doctor = False
        self._shown: StepPane | None = None
        self._keyboard = Keyboard(self)

    @property
    def console_app(self) -> ConsoleApp:
        return cast("ConsoleApp", self.app)

    @property
    def pane(self) -> StepPane | None:
        """The pane that is shown; None before the first one is."""
        return self._shown

    @property
    def log_pane(self) -> LogPane:
        """The log."""
        return self.query_one(LogPane)

    def compose(self) -> ComposeResult:
        surface = self.surface
        yield OneLine(surface, id="top")
        yield Rule(surface, classes="rule")
        with Horizontal(id="middle"):
            yield Page(surface, id="walk", focusable=False)
            with Vertical(id="right"):
                yield Container(id="panes")
                yield Notice(surface, id="notice")
                yield Rule(surface, classes="rule log")
                yield LogPane(surface, id="log")
        yield Rule(surface, classes="rule")
        yield KeyLine(surface, id="keys")
        yield Prompt(surface, id="prompt")

    async def on_mount(self) -> None:
        self.query_one("#prompt").display = False
        await self.turn()

    async def turn(self) -> None:
        """Shows the pane of the picture's step, or the doctor."""
        kind = DoctorPane if self._doctor else PANES[self.console_app.picture.step]
        if type(self._shown) is kind:
            return
        before, panes = self._shown, self.query_one("#panes")
        found = [pane for pane in panes.children if type(pane) is kind]
        pane = found[0] if found else kind(self.surface)
        self._shown = pane
        if before is not None:
            before.display = False
        if found:
            pane.display = True
        else:
            await panes.mount(pane)
        pane.page.focus()
        pane.repaint()
        pane.entered()
        self.paint()

    async def doctor(self, shown: bool) -> None:
        """Opens the doctor beside the walk, or closes it."""
        self._doctor = shown
        await self.turn()

    def on_resize(self, event: events.Resize) -> None:
        self.share_out(*event.size)

    def share_out(self, width: int, height: int) -> None:
        """Who gets room: a small terminal loses the step list, then the log, then rules, then the top line."""
        self.query_one("#walk").display = width >= LIST_FROM
        for rule in self.query(".rule"):
            rule.display = height >= RULES_FROM
        logged = height >= LOG_FROM or self.log_pane.grown
        self.log_pane.display = logged
        self.query_one(".log").display = logged and height >= RULES_FROM
        self.log_pane.fit(height)
        self.query_one("#top").display = height >= TOP_FROM
        self.call_after_refresh(self.paint)

    def grow_log(self) -> None:
        """The log larger, or small again."""
        self.log_pane.grow()
        self.share_out(*self.app.size)

    def paint(self) -> None:
        """Everything that the picture, the log and the clock say. Widgets write only what changed."""
        console, pane = self.console_app, self._shown
        if not self.is_mounted or pane is None:
            return
        tops = self.query("#top").results(OneLine)
        top = next(iter(tops), None)
        if top is None:  # the screen is being taken down
            return
        picture, surface = console.picture, self.surface
        width = self.app.size.width
        top.show(top_line(picture, surface.frame(width, 1), readonly=console.readonly))
        self.query_one("#walk", Page).show(walk_rows(picture, surface.frame(16, 8)))
        self.query_one(Notice).hold(picture.error)
        if pane.is_mounted:
            pane.repaint()
        self.log_pane.paint(console.feed, len(picture.cluster.nodes))
        self.offer_keys()

    def offer_keys(self) -> None:
        """The last line, for the pane and what its cursor stands on."""
        if self._shown is not None and self._shown.is_mounted:
            self.query_one(KeyLine).offer(self._keyboard.offered())

    def on_key(self, event: events.Key) -> None:
        if self._shown is None or isinstance(self.focused, Input):
            return
        self.query_one(Notice).hush()
        if self._keyboard.press(event.key):
            event.stop()
            event.prevent_default()

    def action_pane(self) -> None:
        """Tab: from the step to the log and back."""
        pane = self._shown
        if pane is None:
            return
        if self.log_pane.has_focus or not self.log_pane.display:
            pane.page.focus()
        else:
            self.log_pane.focus()
        self.paint()

    def ask_line(self, sign: str) -> None:
        """`:` or `/` in the place of the keys."""
        self.query_one(KeyLine).display = False
        self.query_one(Prompt).open(sign, in_log=sign == "/" and self.log_pane.has_focus)

    def on_prompt_closed(self, message: Prompt.Closed) -> None:
        self.query_one(KeyLine).display = True
        pane = self._shown
        if pane is None:
            return
        target = self.log_pane if message.in_log else pane.page
        target.focus()
        if message.sign == "/" and message.text is not None:
            target.filter(message.text)
        elif message.text:
            self.console_app.command(message.text)
        self.paint()

    def on_prompt_changed(self, message: Prompt.Changed) -> None:
        pane = self._shown
        if message.sign == "/" and pane is not None:
            (self.log_pane if message.in_log else pane.page).filter(message.text)

    def on_key_line_clicked(self, message: KeyLine.Clicked) -> None:
        self.query_one(Notice).hush()
        self._keyboard.click(message.key)

    def on_page_moved(self) -> None:
        self.offer_keys()

    def on_click(self, event: events.Click) -> None:
        walk = self.query_one("#walk", Page)
        if event.widget is walk:
            row = event.y + walk.scroll_offset.y
            steps = list(Step)
            if 0 <= row < len(steps):
                self.console_app.go(steps[row])
