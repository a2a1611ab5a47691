"""A scrolling page of painted rows with a cursor that goes from item to item."""

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
from corotui.console.style.context import StyleContext


@dataclass(frozen=True, slots=True)
class RowItem:
    """Neighbouring rows with one key: from `start` up to, not with, `end`."""

    key: str
    start: int
    end: int


def group_rows(rows: Sequence[Row]) -> list[RowItem]:
    """The items among rows, in order."""
    items: list[RowItem] = []
    for index, row in enumerate(rows):
        if not row.key:
            continue
        if items and items[-1].key == row.key and items[-1].end == index:
            items[-1] = RowItem(row.key, items[-1].start, index + 1)
        else:
            items.append(RowItem(row.key, index, index + 1))
    return items


def filter_rows(rows: Sequence[Row], filter_text: str) -> list[Row]:
    """Rows without key, and the items that hold `wanted` in any of their rows; "!text": those that do not."""
    inverse = filter_text.startswith("!")
    text = filter_text[1:].casefold() if inverse else filter_text.casefold()
    if not text:
        return list(rows)
    hits = {row.key for row in rows if row.key and text in row.line.plain.casefold()}
    return [row for row in rows if not row.key or (row.key in hits) is not inverse]


class RowList(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows come by `show`; only lines that changed are written to the terminal. The first column is for the cursor."""

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
        Binding("pageup", "leaf(-1)", show=False),
        Binding("pagedown", "leaf(1)", show=False),
        Binding("home,g", "edge(-1)", show=False),
        Binding("end,G", "edge(1)", show=False),
    ]

    class Moved(Message):
        """The cursor stands on another item."""

    def __init__(
        self,
        style_context: StyleContext,
        *,
        id: str | None = None,  # noqa: A002
        follow: bool = False,
        focusable: bool = True,
    ) -> None:
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
    def viewport(self) -> tuple[int, int]:
        """Cells and lines that painters may fill."""
        return max(1, self.scrollable_content_region.width - 1), max(1, self.size.height)

    @property
    def selected(self) -> str:
        """Key of the item under the cursor, "" where there is none."""
        return self._items[self._cursor_index].key if self._items else ""

    @property
    def filter_text(self) -> str:
        """The filter, "" for none."""
        return self._filter_text

    @property
    def rows(self) -> Sequence[Row]:
        """What is shown, filter applied."""
        return self._rows

    def set_filter(self, filter_text: str) -> None:
        """Shows only items with this text."""
        if filter_text != self._filter_text:
            self._filter_text = filter_text
            self.set_rows(self._all_rows)

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Replaces the rows. The cursor stays on its item, or where that was."""
        self._all_rows = rows
        old, key = self._rows, self.selected
        self._rows = filter_rows(rows, self._filter_text)
        if self._filter_text and not any(row.key for row in self._rows):
            self._rows = [
                *self._rows,
                Row(StyledLine((f"Nothing here has “{self._filter_text}”. Esc shows all.", "context"))),
            ]
        at_end = self._follow and (self._cursor_index >= len(self._items) - 1 or not self.has_focus)
        self._items = group_rows(self._rows)
        places = {item.key: place for place, item in enumerate(self._items)}
        last = max(0, len(self._items) - 1)
        self._cursor_index = last if at_end else places.get(key, min(self._cursor_index, last))
        self._update_virtual_size()
        for y in range(max(len(old), len(self._rows))):
            before = old[y] if y < len(old) else None
            after = self._rows[y] if y < len(self._rows) else None
            if before != after:
                self._refresh_row(y)
        if key != self.selected:
            self._refresh_item()
        if at_end:
            self.scroll_to(y=max(0, len(self._rows) - self.size.height), animate=False, force=True)

    def select_key(self, key: str) -> None:
        """Puts the cursor on an item, where it is there."""
        for place, item in enumerate(self._items):
            if item.key == key:
                self._move_cursor(place)
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
        shown = y - self.scroll_offset.y
        if 0 <= shown < self.size.height:
            self.refresh(Region(0, shown, self.size.width, 1))

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
        """One item on; a line where there are no items or the item is longer than the page."""
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

    def action_leaf(self, pages: int) -> None:
        """A page on."""
        height = max(1, self.size.height - 1)
        target = self.scroll_offset.y + pages * height
        self.scroll_to(y=target, animate=False)
        if self._items:
            middle = self._items[self._cursor_index].start + pages * height
            self._move_cursor(min(range(len(self._items)), key=lambda place: abs(self._items[place].start - middle)))

    def action_edge(self, direction: int) -> None:
        """To the first or the last row."""
        if self._items:
            self._move_cursor(0 if direction < 0 else len(self._items) - 1)
        self.scroll_to(y=0 if direction < 0 else len(self._rows), animate=False)

    def on_click(self, event: events.Click) -> None:
        y = event.y + self.scroll_offset.y
        for place, item in enumerate(self._items):
            if item.start <= y < item.end:
                self._move_cursor(place)
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
            # What stands above the first item is its heading: show it, too.
            self.scroll_to(y=0 if index == 0 else item.start, animate=False)
        elif item.end > top + height:
            self.scroll_to(y=min(item.start, item.end - height), animate=False)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        index = y + self.scroll_offset.y
        if index >= len(self._rows):
            return self.style_context.to_strip(EMPTY_LINE, width)
        row = self._rows[index]
        if not row.key or not self.can_focus or row.key != self.selected:
            return self.style_context.to_strip(StyledLine(" ", row.line), width)
        palette = self.style_context.palette
        if self.has_focus:
            bar = StyledLine((self.style_context.glyphs.bar, "accent"))
            return self.style_context.to_strip(StyledLine(bar, row.line), width, background=palette.cursor)
        ground = None if self._follow else palette.cursor_elsewhere
        return self.style_context.to_strip(StyledLine(" ", row.line), width, background=ground)
