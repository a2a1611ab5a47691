"""The log of exact commands under the step."""

from __future__ import annotations

from corotui.console.feed import Entry, Feed
from corotui.console.paint.log import log_row
from corotui.console.surface import Surface
from corotui.console.widgets.page import Page
from corotui.console.words import names

LEAST = 3  # lines
_NEWEST = 50  # entries of which commands are picked while the pane is small


class LogPane(Page):
    """Small, it shows commands without their output; `grow` makes it half the screen, nearly all of it, small again."""

    DEFAULT_CSS = "LogPane { height: 3; }"

    def __init__(self, surface: Surface, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(surface, id=id, follow=True)
        self._stage = 0
        self._entries: dict[str, Entry] = {}

    @property
    def grown(self) -> bool:
        """Whether it is larger than it was at first."""
        return self._stage > 0

    @property
    def entry(self) -> Entry | None:
        """What the cursor stands on."""
        return self._entries.get(self.selected)

    def grow(self) -> None:
        """One stage on."""
        self._stage = (self._stage + 1) % 3

    def fit(self, height: int) -> None:
        """Takes its share of a screen of `height` lines."""
        small = max(LEAST, (height - 12) // 4)
        lines = (small, max(small, height // 2), max(small, height - 8))[self._stage]
        self.styles.height = max(1, min(lines, height - 5))
        self.styles.scrollbar_size_vertical = 1 if self.grown else 0

    def paint(self, feed: Feed, everybody: int) -> None:
        """The newest entries. `everybody`: how many nodes there are."""
        if not self.display:
            return
        width, height = self.room
        frame = self.surface.frame(width if self.grown else width - 1, height)
        entries = feed.entries if self.grown or self.has_focus else feed.commands()[-_NEWEST:]
        column = min(max([4, *(len(names(entry.nodes, everybody)) for entry in entries[-200:])]), 16)
        self._entries = {f"log:{id(entry)}": entry for entry in entries}
        rows = [log_row(e, frame, everybody=everybody, key=key, column=column) for key, e in self._entries.items()]
        self.show(rows)
