"""A corosync.conf as it was read: its bytes, lines and sections, and the daemon's map of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from corotui.conf.constants import DEFAULT_RELEASE
from corotui.conf.daemon.cmap import Cmap
from corotui.conf.daemon.parser.loader import MAX_PATH_LENGTH, load_lines
from corotui.conf.host.facts import Host
from corotui.conf.syntax import ConfLine, split_lines, to_display
from corotui.conf.version import Version

_NBSP_IS_BLANK = Version(3, 1, 8)


@dataclass(slots=True)
class Section:
    """A section of the file, or the file as a whole (`Document.root`). Indexes are those of the document's lines."""

    name: str
    """Name of the section, "" for the file as a whole."""
    path: str
    """The names of this section and those around it, joined by dots; "" for the root."""
    open_index: int
    """Index of the line with the opening brace, -1 for the root."""
    close_index: int | None = None
    """Index of the line with the closing brace, None if it is missing."""
    option_indexes: list[int] = field(default_factory=list)
    """Indexes of the options directly in this section."""
    sections: list[Section] = field(default_factory=list)
    """The sections directly in this one."""

    def walk(self) -> Iterator[Section]:
        """This section and all inside it, in the order of the file."""
        pending = [self]
        while pending:
            section = pending.pop()
            yield section
            pending += reversed(section.sections)


class Document:
    """A file as it was read. It never changes; edits make a new one. Reading never raises, whatever the bytes.

    Properties are computed when they are first used. Offsets are those of `text`, the file decoded as latin-1, so they
    count bytes.
    """

    __slots__ = ("_cmaps", "_lines", "_nbsp_lines", "_options", "_root", "data", "text")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.text = data.decode("latin-1")
        self._lines: tuple[ConfLine, ...] | None = None
        self._nbsp_lines: tuple[ConfLine, ...] | None = None
        self._root: Section | None = None
        self._options: dict[str, ConfLine] | None = None
        self._cmaps: dict[Version, Cmap] = {}

    @property
    def lines(self) -> tuple[ConfLine, ...]:
        """All lines, in the order of the file; together they hold every byte."""
        if self._lines is None:
            self._lines = tuple(split_lines(self.text))
        return self._lines

    def lines_for(self, release: Version) -> tuple[ConfLine, ...]:
        """The lines as that release of 3.x reads them: from 3.1.8 on the byte 0xA0 is a blank."""
        if release < _NBSP_IS_BLANK or "\xa0" not in self.text:
            return self.lines
        if self._nbsp_lines is None:
            self._nbsp_lines = tuple(split_lines(self.text, " \t\xa0"))
        return self._nbsp_lines

    @property
    def root(self) -> Section:
        """The tree of sections. A brace that closes nothing is ignored, a section that is not closed ends the file."""
        if self._root is None:
            self._root = _tree(self.lines)
        return self._root

    def sections(self, path: str) -> list[Section]:
        """All sections of that path ("nodelist.node"), in the order of the file."""
        return [section for section in self.root.walk() if section.path == path]

    @property
    def options_by_key(self) -> dict[str, ConfLine]:
        """Full key of an option ("totem.token") -> the last line that sets it, in any section of that path."""
        if self._options is None:
            lines = self.lines
            options: dict[str, ConfLine] = {}
            for section in self.root.walk():
                prefix = f"{section.path}." if section.path else ""
                for index in section.option_indexes:
                    line = lines[index]
                    key = prefix + line.key
                    if key not in options or options[key].number < line.number:
                        options[key] = line
            self._options = options
        return self._options

    def line_text(self, number: int) -> str:
        """The text of a line (counted from 1) for people, without its ending; "" beyond the end."""
        if not 1 <= number <= len(self.lines):
            return ""
        line = self.lines[number - 1]
        return to_display(self.text[line.start : line.end])

    def cmap(self, release: Version = DEFAULT_RELEASE, host: Host | None = None) -> Cmap:
        """The map that corosync of that release makes of the file."""
        if host is not None:
            return self._load(release, host)
        if release not in self._cmaps:
            self._cmaps[release] = self._load(release, None)
        return self._cmaps[release]

    def _load(self, release: Version, host: Host | None) -> Cmap:
        from corotui.conf.daemon.parser import lines_v2

        if release.grammar >= 3:
            return load_lines(self.lines_for(release), release, host)
        return lines_v2.load_text(self.text, release, host)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Document) and other.data == self.data

    def __hash__(self) -> int:
        return hash(self.data)

    def __repr__(self) -> str:
        return f"Document({len(self.data)} bytes)"


def parse(data: bytes) -> Document:
    """Read a file. Never raises; the time is linear in its size."""
    return Document(data)


def child_path(path: str, name: str) -> str:
    """The path of a section inside another. Its length is bounded, since corosync takes 254 bytes."""
    if len(path) > MAX_PATH_LENGTH:
        return path
    return f"{path}.{name}" if path else name


def _tree(lines: tuple[ConfLine, ...]) -> Section:
    root = Section("", "", -1)
    stack = [root]
    for index, line in enumerate(lines):
        kind = line.kind
        if kind == "item":
            stack[-1].option_indexes.append(index)
        elif kind == "open":
            parent = stack[-1]
            section = Section(line.key, child_path(parent.path, line.key), index)
            parent.sections.append(section)
            if line.problem and line.value.endswith("}"):
                section.close_index = index  # a section on one line, which no release reads
            else:
                stack.append(section)
        elif kind == "close" and len(stack) > 1:
            stack.pop().close_index = index
    return root
