"""The Textual app: when it paints, what the panes call, how it is left. It paints first, then connects."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType
from textual.screen import Screen

from corotui.cluster.events import Event
from corotui.console.ask import ConsoleAsk
from corotui.console.clipboard import Clipboard
from corotui.console.commands import carry_out
from corotui.console.dialogs.confirm import Commands, Confirm
from corotui.console.dialogs.help import Help
from corotui.console.dialogs.leave import Leave
from corotui.console.draft import Draft
from corotui.console.ending import EndingApp
from corotui.console.feed import Feed
from corotui.console.history import History
from corotui.console.keys import Key
from corotui.console.screens.configuration import ConfigurationPane
from corotui.console.screens.main import MainScreen
from corotui.console.screens.pane import WAITS, StepPane
from corotui.console.surface import Surface
from corotui.console.theme import PALETTES
from corotui.console.undo import Undo
from corotui.console.widgets import scroll_bar
from corotui.console.widgets.editor import Editor
from corotui.console.widgets.notice import Notice
from corotui.console.work import Work
from corotui.errors import CorotuiError
from corotui.walk.action import Action
from corotui.walk.model import Picture, Step

if TYPE_CHECKING:
    from corotui.walk.walk import Walk

_FRAME = 0.08  # seconds between two paintings while things change fast
_SLOW_FRAME = 1.0


class ConsoleApp(EndingApp):
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
        walk: Walk,
        surface: Surface,
        *,
        ask: ConsoleAsk | None = None,
        readonly: bool = False,
        slow: bool = False,
        sparing: bool = False,
    ) -> None:
        scroll_bar.use(surface.glyphs)
        terminal_colours = surface.palette.theme.ansi
        super().__init__(sparing=sparing, ansi_color=True if terminal_colours else None)
        self.walk = walk
        self.surface = surface
        self.readonly = readonly
        self.feed = Feed()
        self.history = History()
        self.picture: Picture = walk.picture
        state = Path(self.picture.directory) / ".corotui"
        self.draft = Draft(state)
        self.tasks = Work(self._failed, state / "console.log")
        self._ask = ask
        self._pace = _SLOW_FRAME if slow else _FRAME
        self._paint_due = False
        self._last_paint = 0.0
        self._undo = Undo()
        self._yanked = Clipboard(self._write_to_terminal, state)
        self._unsubscribe: Callable[[], None] | None = None
        self._main = MainScreen(surface)
        self.animation_level = "none"
        for palette in PALETTES.values():
            self.register_theme(palette.theme)
        self.theme = surface.palette.theme.name

    def get_default_screen(self) -> Screen[Any]:
        return self._main

    def on_mount(self) -> None:
        self._unsubscribe = self.walk.subscribe(self._painted, self._heard)
        if self._ask is not None:
            self._ask.attach(self.surface, self._push_question)
        self.set_interval(1.0, self._tick)
        self.tasks.watch("elsewhere", self.walk.follow)
        self.call_after_refresh(self._connect_again)

    def detach(self) -> None:
        """From now on nothing is painted and no question is asked."""
        if self._ask is not None:
            self._ask.detach()
        for pane in self._main.query(ConfigurationPane):
            pane.leave()
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    def _connect_again(self) -> None:
        """A directory that was in use before connects by itself; a new one waits for Enter."""
        picture = self.picture
        if any(node.facts is not None for node in picture.nodes) and not picture.busy:
            self.look()

    def plan(self) -> None:
        """Makes a plan where there is none and nothing else is under way."""
        picture = self.picture
        ready = picture.conf is not None and not picture.interrupted and all(node.live for node in picture.nodes)
        if ready and picture.plan is None and not picture.busy:
            self.work(self.walk.plan())

    def keep_defect(self, error: Exception) -> str:
        return self.tasks.keep(error)

    def _tick(self) -> None:
        if not self.ends_with_terminal():
            self._paint_soon()

    def _painted(self, picture: Picture) -> None:
        stepped = picture.step is not self.picture.step
        self.picture = picture
        self.history.see(picture.ring)
        if stepped:
            self.call_later(self._turn)
        self._paint_soon()

    def _heard(self, event: Event) -> None:
        self.feed.hear(event)
        self._paint_soon()

    async def _turn(self) -> None:
        await self._main.turn()

    def _paint_soon(self) -> None:
        """At most one painting per frame, however much happens: keys must not wait for output."""
        if self._paint_due:
            return
        self._paint_due = True
        loop = asyncio.get_running_loop()
        wait = max(0.0, self._last_paint + self._pace - loop.time())
        loop.call_later(wait, lambda: self.call_later(self._paint))

    def _paint(self) -> None:
        self._paint_due = False
        if self.behind:
            self.redraw()
        self._last_paint = asyncio.get_running_loop().time()
        if self._main.is_mounted:
            self._main.paint()

    def paint(self) -> None:
        """Paints at once."""
        self._main.paint()

    def offer_keys(self) -> None:
        """The key line anew."""
        self._main.offer_keys()

    def say(self, text: str) -> None:
        """A sentence until the next key; it stays in the log."""
        if not text:
            return
        self.feed.say(text, self.surface.now())
        if self._main.is_mounted:
            self._main.query_one(Notice).say(text)
        self._paint_soon()

    def _failed(self, text: str) -> None:
        self.feed.say(text, self.surface.now(), "bad")
        if self._main.is_mounted:
            self._main.query_one(Notice).say(text)
        self._paint_soon()

    def work(self, deed: Coroutine[Any, Any, object]) -> None:
        """Work on nodes, in the background."""
        self.tasks.start(deed)

    def act(self, action: Action) -> None:
        """An action of the walk, in the background."""
        from corotui.walk.act import act

        self.work(act(self.walk, action))

    def attempt(self, deed: Callable[[], object]) -> bool:
        """Something quick that may be refused; what is wrong is said."""
        try:
            deed()
        except CorotuiError as error:
            self.say(str(error))
            return False
        self.picture = self.walk.picture
        self._paint_soon()
        return True

    def look(self) -> None:
        """Connects and asks all nodes again."""

        from corotui.walk.act import look_again

        async def look() -> None:
            await look_again(self.walk)
            if self.picture.step in (Step.REVIEW, Step.ROLLOUT):
                self.call_later(self.plan)

        if self.picture.busy:
            self.say(WAITS)
        else:
            self.work(look())

    def watch_ring(self) -> None:
        """The ring is watched from now on."""
        self.tasks.watch("ring", self.walk.watch)

    @property
    def stoppable(self) -> bool:
        """Work of this process that can be told to stop."""
        progress = self.picture.progress
        return progress is not None and progress.running and progress.here

    def stop(self) -> None:
        """The work under way ends at its next safe point."""
        self.walk.stop()
        self.say("It stops at the next safe point.")

    def confirm(self, deed: str, then: Callable[[], object], *, words: str = "", commands: Commands = ()) -> None:
        """Shows what will run and does it when told to."""
        sheet = Confirm(self.surface, deed, words=words, commands=commands, nodes=len(self.picture.cluster.nodes))

        def answered(yes: bool | None) -> None:
            if yes:
                then()

        self.push_screen(sheet, answered)

    def _push_question(self, screen: Screen[Any], answered: Callable[[Any], None]) -> None:
        self.push_screen(screen, answered)

    @property
    def pane(self) -> StepPane | None:
        """The pane that is shown."""
        return self._main.pane

    def go(self, step: Step) -> None:
        """Stands at a step."""
        if self._main.pane is not None and self.attempt(lambda: self.walk.go(step)):
            self.call_later(self._leave_doctor)

    async def _leave_doctor(self) -> None:
        await self._main.doctor(False)

    def step(self, by: int) -> None:
        """The step before or after."""
        steps = list(Step)
        place = steps.index(self.picture.step) + by
        if 0 <= place < len(steps):
            self.go(steps[place])
        else:
            self.say("This is the first step." if place < 0 else "This is the last step.")

    def open_doctor(self) -> None:
        """The doctor beside the walk."""
        self.call_later(self._main.doctor, True)

    def close_doctor(self) -> None:
        """Back to the walk."""
        self.call_later(self._main.doctor, False)

    def help(self) -> None:
        """What, why, the shell's way."""
        pane = self._main.pane
        if pane is not None:
            keys: Sequence[Key] = pane.keys(self.picture)
            self.push_screen(Help(self.surface, pane.chapter(), keys))

    def command(self, text: str) -> None:
        """A command typed after `:`."""
        carry_out(self, text)

    def grow_log(self) -> None:
        """The log larger, or small again."""
        self._main.grow_log()

    def use_theme(self, name: str) -> None:
        """Another theme for this session."""
        self.surface.palette = PALETTES[name]
        self.theme = name
        for editor in self._main.query(Editor):
            editor.theme = name
        self._main.refresh(layout=True)
        for widget in self._main.query("*"):
            widget.refresh()

    def yank(self, text: str, what: str) -> None:
        """To the terminal's clipboard, and to a file."""
        self.say(self._yanked.yank(text, what))

    def save_log(self) -> None:
        """The log as a file."""
        self.say(self._yanked.save_log(self.feed.entries))

    def _write_to_terminal(self, text: str) -> None:
        if self._driver is not None:
            self._driver.write(text)

    def undoable(self, words: str, back: Callable[[], object]) -> None:
        """Remembers how to take something back."""
        self._undo.remember(words, back)

    def undo(self) -> None:
        """Takes the last change of the console back."""
        last = self._undo.take()
        if last is None:
            self.say("There is nothing to undo.")
        elif self.attempt(last[1]):
            self.say(f"Undone: {last[0]}.")

    def leave(self) -> None:
        """Leaves; asks when work runs."""
        if not self.tasks.running and not self.stoppable:
            self._go_away("")
            return

        def answered(answer: str | None) -> None:
            if answer in ("stop", "leave"):
                self._go_away(answer)

        self.push_screen(Leave(self.surface, self.picture.busy or "work on the nodes"), answered)

    def _go_away(self, how: str) -> None:
        if how == "stop":
            self.walk.stop()
        self.detach()
        self.exit(0)

    async def action_quit(self) -> None:
        self.leave()

    def action_help_quit(self) -> None:
        self.leave()
