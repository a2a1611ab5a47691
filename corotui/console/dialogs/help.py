"""`?`: what this step is, why it is there, and how to do it in the shell."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.console.dialogs.sheet import Sheet
from corotui.console.keys import EVERYWHERE, Key, shown
from corotui.console.paint.frame import BLANK, Frame
from corotui.console.paint.help import Chapter
from corotui.console.paint.line import Line, Row, wrapped
from corotui.console.surface import Surface
from corotui.console.widgets.choices import Choice


class Help(Sheet[None]):
    """A chapter, then the keys of the step and those that work everywhere, then the signs."""

    def __init__(self, surface: Surface, chapter: Chapter, keys: Sequence[Key]) -> None:
        super().__init__(surface)
        self._chapter = chapter
        self._keys = keys

    def heading(self) -> str:
        return self._chapter.title

    def body(self, frame: Frame) -> Sequence[Row]:
        rows: list[Row] = []
        for name, text in (("what", self._chapter.what), ("why", self._chapter.why), ("shell", self._chapter.shell)):
            for number, paragraph in enumerate(text.split("\n")):
                first = Line((f"{name if number == 0 else '':<7}", "context"))
                rows += [Row(line) for line in wrapped(paragraph, frame.width, first=first, hang=7)]
        rows += [BLANK, *(self._key(key, frame) for key in self._keys)]
        rows += [BLANK, *(self._key(key, frame) for key in EVERYWHERE)]
        g = frame.glyphs
        signs = (
            (g.done, "done"),
            (g.here, "here"),
            (g.todo, "to do"),
            (g.needs, "needs you"),
            (g.failed, "failed"),
            (g.stale, "stale"),
            (g.up, "up"),
            (g.down, "down"),
            (g.partly, "partly, or under way"),
        )
        rows += [BLANK, *frame.note("   ".join(f"{sign} {word}" for sign, word in signs))]
        rows += frame.note("With the mouse captured, Shift and drag selects text in most terminals.")
        return rows

    def _key(self, key: Key, frame: Frame) -> Row:
        words = key.help or key.label
        if key.why_not:
            words = f"{words} (not now: {key.why_not})"
        return Row(Line((f"{shown(key.key, self.surface.glyphs):<7}", "key"), words).fit(frame.width))

    def choices(self) -> Sequence[Choice]:
        return (Choice("q", "back", "back"),)

    def taken(self, value: str) -> None:
        self.answer(None)
