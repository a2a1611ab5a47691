"""The log of exact commands under the step."""

from __future__ import annotations

from corotui.cluster.phrasing import format_node_names
from corotui.console.activity_log import ActivityLog, LogEntry
from corotui.console.render.log import render_log_entry
from corotui.console.style.context import StyleContext
from corotui.console.widgets.row_list import RowList

MIN_HEIGHT = 3  # lines
_MAX_SMALL_ENTRIES = 50  # entries of which commands are picked while the pane is small


class LogPane(RowList):
    """Small, it shows commands without their output; `grow` makes it half the screen, nearly all of it, small again."""

    DEFAULT_CSS = "LogPane { height: 3; }"

    def __init__(self, style_context: StyleContext, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(style_context, id=id, follow=True)
        self._size_level = 0
        self._entries: dict[str, LogEntry] = {}

    @property
    def is_enlarged(self) -> bool:
        """Whether it is larger than it was at first."""
        return self._size_level > 0

    @property
    def selected_entry(self) -> LogEntry | None:
        """What the cursor stands on."""
        return self._entries.get(self.selected)

    def cycle_size(self) -> None:
        """One stage on."""
        self._size_level = (self._size_level + 1) % 3

    def set_screen_height(self, height: int) -> None:
        """Takes its share of a screen of `height` lines."""
        small = max(MIN_HEIGHT, (height - 12) // 4)
        lines = (small, max(small, height // 2), max(small, height - 8))[self._size_level]
        self.styles.height = max(1, min(lines, height - 5))
        self.styles.scrollbar_size_vertical = 1 if self.is_enlarged else 0

    def update_entries(self, activity_log: ActivityLog, node_count: int) -> None:
        """The newest entries. `everybody`: how many nodes there are."""
        if not self.display:
            return
        width, height = self.viewport
        context = self.style_context.render_context(width if self.is_enlarged else width - 1, height)
        entries = (
            activity_log.entries
            if self.is_enlarged or self.has_focus
            else activity_log.commands()[-_MAX_SMALL_ENTRIES:]
        )
        column = min(max([4, *(len(format_node_names(entry.nodes, node_count)) for entry in entries[-200:])]), 16)
        self._entries = {f"log:{id(entry)}": entry for entry in entries}
        rows = [
            render_log_entry(e, context, node_count=node_count, key=key, name_width=column)
            for key, e in self._entries.items()
        ]
        self.set_rows(rows)
