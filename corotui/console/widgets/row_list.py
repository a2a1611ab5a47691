"""A scrolling list of rendered rows, with a cursor that moves from item to item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from corotui.console.render.layout import EMPTY_LINE, Row, StyledLine
from corotui.console.render.row_ids import RowId
from corotui.console.style.context import StyleContext


@dataclass(frozen=True, slots=True)
class RowItem:
    """Neighbouring rows with the same identity."""

    id: RowId
    """What the rows stand for."""
    start: int
    """Number of the first row, from 0."""
    end: int
    """Number of the row after the last."""


def group_rows(rows: Sequence[Row]) -> list[RowItem]:
    """Returns the items among rows, in order."""
    items: list[RowItem] = []
    for index, row in enumerate(rows):
        if row.id is None:
            continue
        if items and items[-1].id == row.id and items[-1].end == index:
            items[-1] = RowItem(row.id, items[-1].start, index + 1)
        else:
            items.append(RowItem(row.id, index, index + 1))
    return items


def filter_rows(rows: Sequence[Row], filter_text: str) -> list[Row]:
    """Returns the items that contain the text in any of their rows, or do not, for "!text"; and all rows of no item."""
    inverse = filter_text.startswith("!")
    text = filter_text[1:].casefold() if inverse else filter_text.casefold()
    if not text:
        return list(rows)
    hits = {row.id for row in rows if row.id is not None and text in row.line.plain.casefold()}
    return [row for row in rows if row.id is None or (row.id in hits) is not inverse]


class RowList(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows rows. Only those that changed are written to the terminal. The first column is for the cursor."""

    DEFAULT_CSS = """
    RowList {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home,g", "edge(-1)", show=False),
        Binding("end,G", "edge(1)", show=False),
    ]

    class Moved(Message):
        """The cursor has moved to another item."""

    def __init__(
        self,
        style_context: StyleContext,
        *,
        id: str | None = None,  # noqa: A002
        follow: bool = False,
        focusable: bool = True,
    ) -> None:
        """`follow`: the cursor stays on the last item while rows are added, as in a log."""
        super().__init__(id=id)
        self.style_context = style_context
        self.can_focus = focusable
        self._follow = follow
        self._all_rows: Sequence[Row] = ()
        self._rows: Sequence[Row] = ()
        self._items: list[RowItem] = []
        self._cursor_index = 0
        self._filter_text = ""

    @property
    def content_width(self) -> int:
        """Cells that a row may take."""
        return max(1, self.scrollable_content_region.width - 1)

    @property
    def selected(self) -> RowId | None:
        """The id of the item under the cursor; None if the list is empty."""
        return self._items[self._cursor_index].id if self._items else None

    @property
    def filter_text(self) -> str:
        """The text that items must contain; "" for all, "!text" for those without it."""
        return self._filter_text

    @property
    def rows(self) -> Sequence[Row]:
        """The rows that are shown, filtered."""
        return self._rows

    def set_filter(self, filter_text: str) -> None:
        """Shows only items with this text; see `filter_rows`."""
        if filter_text != self._filter_text:
            self._filter_text = filter_text
            self.set_rows(self._all_rows)

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Replaces the rows. The cursor stays on its item, or at its position if the item is gone."""
        self._all_rows = rows
        old, selected = self._rows, self.selected
        self._rows = filter_rows(rows, self._filter_text)
        if self._filter_text and all(row.id is None for row in self._rows):
            self._rows = [
                *self._rows,
                Row(StyledLine((f"Nothing here contains “{self._filter_text}”. Esc shows everything.", "context"))),
            ]
        at_end = self._follow and (self._cursor_index >= len(self._items) - 1 or not self.has_focus)
        self._items = group_rows(self._rows)
        indexes: dict[RowId | None, int] = {item.id: index for index, item in enumerate(self._items)}
        last = max(0, len(self._items) - 1)
        self._cursor_index = last if at_end else indexes.get(selected, min(self._cursor_index, last))
        self._update_virtual_size()
        for y in range(max(len(old), len(self._rows))):
            before = old[y] if y < len(old) else None
            after = self._rows[y] if y < len(self._rows) else None
            if before != after:
                self._refresh_row(y)
        if selected != self.selected:
            self._refresh_item()
        if at_end:
            self.scroll_to(y=max(0, len(self._rows) - self.size.height), animate=False, force=True)

    def select(self, row_id: RowId) -> None:
        """Moves the cursor to an item, if it is there."""
        for index, item in enumerate(self._items):
            if item.id == row_id:
                self._move_cursor(index)
                return

    def _update_virtual_size(self) -> None:
        size = Size(self.scrollable_content_region.width, len(self._rows))
        if size == self.virtual_size:
            return
        # Without the watcher: that would lay out the whole screen anew (17 to 39 kB), and a list keeps its place
        # whatever it holds.
        self.set_reactive(RowList.virtual_size, size)
        if self.show_vertical_scrollbar and self.styles.scrollbar_size_vertical:
            self.vertical_scrollbar.window_virtual_size = size.height
            self.vertical_scrollbar.window_size = self.container_size.height
        self.scroll_y = self.validate_scroll_y(self.scroll_y)

    def _refresh_row(self, y: int) -> None:
        line = y - self.scroll_offset.y
        if 0 <= line < self.size.height:
            self.refresh(Region(0, line, self.size.width, 1))

    def _refresh_item(self) -> None:
        if self._items:
            item = self._items[min(self._cursor_index, len(self._items) - 1)]
            for y in range(item.start, item.end):
                self._refresh_row(y)

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def action_move(self, offset: int) -> None:
        """Moves the cursor by one item. Scrolls by a line if there are no items or the item is not wholly in view."""
        if not self._items:
            self.scroll_to(y=self.scroll_offset.y + offset, animate=False)
            return
        item = self._items[self._cursor_index]
        top, height = self.scroll_offset.y, self.size.height
        if offset > 0 and item.end > top + height:
            self.scroll_to(y=min(top + height - 1, item.end - height), animate=False)
        elif offset < 0 and item.start < top:
            self.scroll_to(y=max(top - height + 1, item.start), animate=False)
        elif 0 <= self._cursor_index + offset < len(self._items):
            self._move_cursor(self._cursor_index + offset)
        else:
            self.scroll_to(y=top + offset, animate=False)

    def action_page(self, pages: int) -> None:
        """Scrolls by a page and takes the cursor along."""
        height = max(1, self.size.height - 1)
        target = self.scroll_offset.y + pages * height
        self.scroll_to(y=target, animate=False)
        if self._items:
            row = self._items[self._cursor_index].start + pages * height
            self._move_cursor(min(range(len(self._items)), key=lambda index: abs(self._items[index].start - row)))

    def action_edge(self, direction: int) -> None:
        """Goes to the first row, or to the last if `direction` is positive."""
        if self._items:
            self._move_cursor(0 if direction < 0 else len(self._items) - 1)
        self.scroll_to(y=0 if direction < 0 else len(self._rows), animate=False)

    def on_click(self, event: events.Click) -> None:
        y = event.y + self.scroll_offset.y
        for index, item in enumerate(self._items):
            if item.start <= y < item.end:
                self._move_cursor(index)
                return

    def _move_cursor(self, index: int) -> None:
        if index != self._cursor_index:
            self._refresh_item()
            self._cursor_index = index
            self._refresh_item()
            self.post_message(self.Moved())
        item = self._items[index]
        top, height = self.scroll_offset.y, self.size.height
        if item.start < top:
            # The rows above the first item are its heading: show them, too.
            self.scroll_to(y=0 if index == 0 else item.start, animate=False)
        elif item.end > top + height:
            self.scroll_to(y=min(item.start, item.end - height), animate=False)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        index = y + self.scroll_offset.y
        if index >= len(self._rows):
            return self.style_context.to_strip(EMPTY_LINE, width)
        row = self._rows[index]
        if row.id is None or not self.can_focus or row.id != self.selected:
            return self.style_context.to_strip(StyledLine(" ", row.line), width)
        palette = self.style_context.palette
        if self.has_focus:
            bar = StyledLine((self.style_context.glyphs.bar, "accent"))
            return self.style_context.to_strip(StyledLine(bar, row.line), width, background=palette.cursor)
        background = None if self._follow else palette.cursor_elsewhere
        return self.style_context.to_strip(StyledLine(" ", row.line), width, background=background)
