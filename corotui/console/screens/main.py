"""The one screen: top line, steps, the pane of the step, log, keys. It sends keys to deeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Input

from corotui.console.keys import Key
from corotui.console.paint.line import Row
from corotui.console.paint.log import log_row
from corotui.console.paint.top import top_line
from corotui.console.paint.walk_list import walk_rows
from corotui.console.screens.configuration import ConfigurationPane
from corotui.console.screens.doctor import DoctorPane
from corotui.console.screens.install import InstallPane
from corotui.console.screens.network import NetworkPane
from corotui.console.screens.nodes import NodesPane
from corotui.console.screens.pane import StepPane
from corotui.console.screens.prerequisites import PrerequisitesPane
from corotui.console.screens.review import ReviewPane
from corotui.console.screens.ring import RingPane
from corotui.console.screens.rollout import RolloutPane
from corotui.console.surface import Surface
from corotui.console.widgets.key_line import KeyLine
from corotui.console.widgets.notice import Notice
from corotui.console.widgets.one_line import OneLine, Rule
from corotui.console.widgets.page import Page
from corotui.console.widgets.prompt import Prompt
from corotui.console.words import names
from corotui.walk.action import Kind
from corotui.walk.model import Step

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

LIST_FROM = 70  # columns below which the step list goes
LOG_FROM = 14  # lines below which the log goes
RULES_FROM = 9  # lines below which rules go
LOG_LINES = 3


class MainScreen(Screen[None]):
    """Panes are mounted when their step is first entered and then kept, with their cursor and their text."""

    DEFAULT_CSS = """
    MainScreen { background: $background; }
    MainScreen #middle { height: 1fr; }
    MainScreen #right { width: 1fr; }
    MainScreen #walk { width: 17; scrollbar-gutter: auto; }
    MainScreen #panes { height: 1fr; }
    MainScreen #log { height: 3; }
    """
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "pane", show=False),
        Binding("shift+tab", "pane", show=False),
    ]

    def __init__(self, surface: Surface) -> None:
        super().__init__()
        self.surface = surface
        self._doctor = False
        self._shown: StepPane | None = None
        self._log_size = 0
        self._log_rows: dict[int, Row] = {}

    @property
    def console_app(self) -> ConsoleApp:
        return cast("ConsoleApp", self.app)

    @property
    def pane(self) -> StepPane | None:
        """The pane that is shown; None before the first one is."""
        return self._shown

    @property
    def log_page(self) -> Page:
        """The log."""
        return self.query_one("#log", Page)

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
                yield Page(surface, id="log", follow=True)
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
        width, height = event.size
        self.query_one("#walk").display = width >= LIST_FROM
        for rule in self.query(".rule"):
            rule.display = height >= RULES_FROM
        logged = height >= LOG_FROM or self._log_size > 0
        self.log_page.display = logged
        self.query_one(".log").display = logged and height >= RULES_FROM
        small = max(LOG_LINES, (height - 12) // 4)
        lines = (small, max(small, height // 2), max(small, height - 8))[self._log_size]
        self.log_page.styles.height = max(1, min(lines, height - 5))
        self.log_page.styles.scrollbar_size_vertical = 1 if self._log_size else 0
        self.query_one("#top").display = height >= 3
        self.call_after_refresh(self.paint)

    def grow_log(self) -> None:
        """Some lines, half the screen, nearly all of it, some again."""
        self._log_size = (self._log_size + 1) % 3
        size = self.app.size
        self.on_resize(events.Resize(size, size))

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
        self.paint_log()
        self.offer_keys()

    def offer_keys(self) -> None:
        """The last line, for the pane and what its cursor stands on."""
        pane = self._shown
        if pane is None or not pane.is_mounted:
            return
        picture = self.console_app.picture
        if self.log_page.has_focus:
            self.query_one(KeyLine).offer(
                (
                    Key("l", "larger", "log"),
                    Key("y", "yank", "yank"),
                    Key("w", "save", "save_log"),
                    Key("escape", "to the step", "back"),
                )
            )
            return
        keys = pane.keys(picture)
        if any(key.deed == "unfocus" for key in keys):
            self.query_one(KeyLine).offer(keys)
            return
        action = pane.action(picture)
        label = action.label[:1].lower() + action.label[1:]
        main: tuple[Key, ...] = (Key("enter", label, "enter", "" if action.enabled else action.reason),)
        if picture.busy or action.kind is Kind.NONE:
            main = ()
        escape = tuple(key for key in keys if key.key == "escape")
        if not escape and self.console_app.stoppable:
            escape = (Key("escape", "stop here", "back"),)
        rest = sorted((key for key in keys if key.key != "escape"), key=lambda key: bool(key.why_not))
        self.query_one(KeyLine).offer((*main, *escape, *rest))

    def paint_log(self) -> None:
        """The newest entries; while the log is small, commands without their output."""
        page = self.log_page
        if not page.display:
            return
        feed = self.console_app.feed
        width, height = page.room
        frame = self.surface.frame(width, height)
        entries = feed.entries if self._log_size or page.has_focus else feed.commands()[-50:]
        everybody = len(self.console_app.picture.cluster.nodes)
        column = min(max([4, *(len(names(entry.nodes, everybody)) for entry in entries[-200:])]), 16)
        page.show(
            [log_row(entry, frame, everybody=everybody, key=f"log:{id(entry)}", column=column) for entry in entries]
        )

    # -- keys --

    def on_key(self, event: events.Key) -> None:
        pane = self._shown
        if pane is None or isinstance(self.focused, Input):
            return
        self.query_one(Notice).hush()
        if self.press(event.key):
            event.stop()
            event.prevent_default()

    def press(self, name: str) -> bool:
        """Does what a key does here; False where it does nothing at all."""
        pane, console = self._shown, self.console_app
        if pane is None:
            return False
        if name == "enter":
            (self.back if self.log_page.has_focus else pane.enter)()
            return True
        if not self.log_page.has_focus:
            for key in pane.keys(console.picture):
                if key.key == name and name != "escape":
                    if key.why_not:
                        console.say(key.why_not)
                    else:
                        getattr(pane, f"do_{key.deed}")()
                        self.paint()
                    return True
        deed = self._everywhere().get(name)
        if deed is None:
            return False
        deed()
        return True

    def _everywhere(self) -> Mapping[str, Callable[[], None]]:
        console = self.console_app
        deeds: dict[str, Callable[[], None]] = {
            "escape": self.back,
            "left": lambda: console.step(-1),
            "right": lambda: console.step(1),
            "question_mark": console.help,
            "colon": lambda: self.ask_line(":"),
            "slash": lambda: self.ask_line("/"),
            "y": self.yank,
            "u": console.undo,
            "l": self.grow_log,
            "w": console.save_log,
            "q": console.leave,
            "ctrl+c": console.leave,
            "ctrl+q": console.leave,
        }
        for number, step in enumerate(Step, 1):
            deeds[str(number)] = lambda step=step: console.go(step)  # type: ignore[misc]
        return deeds

    def back(self) -> None:
        """Esc: out of the log, out of a filter, stops what runs, else one step back."""
        pane, console = self._shown, self.console_app
        if pane is None:
            return
        if self.log_page.has_focus:
            if self.log_page.wanted:
                self.log_page.filter("")
            else:
                pane.page.focus()
                self.paint()
        elif not pane.escape():
            if console.stoppable:
                console.stop()
            elif console.picture.step is Step.NODES:
                console.say("This is the first step. q leaves.")
            else:
                console.step(-1)

    def action_pane(self) -> None:
        """Tab: from the step to the log and back; in Configuration over the text."""
        pane = self._shown
        if pane is None:
            return
        if self.log_page.has_focus or not self.log_page.display:
            pane.page.focus()
        else:
            self.log_page.focus()
        self.paint()

    def yank(self) -> None:
        """`y`: the item under the cursor, or the command in the log."""
        pane = self._shown
        if self.log_page.has_focus:
            entry = next((e for e in self.console_app.feed.entries if f"log:{id(e)}" == self.log_page.selected), None)
            if entry is not None:
                self.console_app.yank(entry.full or entry.text, "the command" if entry.full else "the line")
        elif pane is not None:
            self.console_app.yank(*pane.yank())

    def ask_line(self, sign: str) -> None:
        """`:` or `/` in the place of the keys."""
        self.query_one(KeyLine).display = False
        self.query_one(Prompt).open(sign, in_log=sign == "/" and self.log_page.has_focus)

    def on_prompt_closed(self, message: Prompt.Closed) -> None:
        self.query_one(KeyLine).display = True
        pane = self._shown
        if pane is None:
            return
        target = self.log_page if message.in_log else pane.page
        target.focus()
        if message.sign == "/" and message.text is not None:
            target.filter(message.text)
        elif message.text:
            self.console_app.command(message.text)
        self.paint()

    def on_prompt_changed(self, message: Prompt.Changed) -> None:
        pane = self._shown
        if message.sign == "/" and pane is not None:
            (self.log_page if message.in_log else pane.page).filter(message.text)

    def on_key_line_clicked(self, message: KeyLine.Clicked) -> None:
        self.query_one(Notice).hush()
        if message.key in ("ctrl+z", "ctrl+y", "escape") and self._shown is not None:
            for key in self._shown.keys(self.console_app.picture):
                if key.key == message.key:
                    getattr(self._shown, f"do_{key.deed}")()
                    return
        self.press(message.key)

    def on_page_moved(self) -> None:
        self.offer_keys()

    def on_click(self, event: events.Click) -> None:
        walk = self.query_one("#walk", Page)
        if event.widget is walk:
            row = event.y + walk.scroll_offset.y
            steps = list(Step)
            if 0 <= row < len(steps):
                self.console_app.go(steps[row])
