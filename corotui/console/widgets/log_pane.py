"""The log below the step: the exact commands that run on the nodes."""

from __future__ import annotations

from corotui.cluster.phrasing import format_node_names
from corotui.console.activity_log import ActivityLog, LogEntry
from corotui.console.render.log import render_log_entry
from corotui.console.render.row_ids import RowId
from corotui.console.style.context import StyleContext
from corotui.console.widgets.row_list import RowList

MIN_HEIGHT = 3  # lines of the small log, on a screen that has room for it
_MAX_SMALL_ENTRIES = 50  # newest commands that the small log holds


class LogPane(RowList):
    """The small log shows commands without their output. It can be half the screen or nearly all of it instead."""

    DEFAULT_CSS = "LogPane { height: 3; }"

    def __init__(self, style_context: StyleContext, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(style_context, id=id, follow=True)
        self._size_level = 0
        self._entries: dict[RowId | None, LogEntry] = {}

    @property
    def is_enlarged(self) -> bool:
        """Whether the log is not small."""
        return self._size_level > 0

    @property
    def selected_entry(self) -> LogEntry | None:
        """The entry under the cursor; None while the log is empty."""
        return self._entries.get(self.selected)

    def cycle_size(self) -> None:
        """Goes on to the next of the three sizes."""
        self._size_level = (self._size_level + 1) % 3

    def set_screen_height(self, height: int) -> None:
        """Takes its share of a screen of `height` lines."""
        small = max(MIN_HEIGHT, (height - 12) // 4)
        lines = (small, max(small, height // 2), max(small, height - 8))[self._size_level]
        self.styles.height = max(1, min(lines, height - 5))
        self.styles.scrollbar_size_vertical = 1 if self.is_enlarged else 0

    def update_entries(self, activity_log: ActivityLog, node_count: int) -> None:
        """Shows the newest entries. `node_count`: nodes of the cluster."""
        if not self.display:
            return
        width = self.content_width
        context = self.style_context.render_context(width if self.is_enlarged else width - 1)
        entries = (
            activity_log.entries
            if self.is_enlarged or self.has_focus
            else activity_log.commands()[-_MAX_SMALL_ENTRIES:]
        )
        name_width = min(max([4, *(len(format_node_names(entry.nodes, node_count)) for entry in entries[-200:])]), 16)
        rows = [render_log_entry(entry, context, node_count=node_count, name_width=name_width) for entry in entries]
        self._entries = {row.id: entry for row, entry in zip(rows, entries, strict=True)}
        self.set_rows(rows)
