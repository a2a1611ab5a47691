"""What every part of the parser does with its result: store a value, report an error, note an assumption."""

from __future__ import annotations

from corotui.conf.daemon.cmap import Cmap, CmapEntry, DaemonError, ValueType, is_valid_key
from corotui.conf.host.facts import Host
from corotui.conf.syntax import to_display
from corotui.conf.version import Version

_FULL_PATH_SINCE = Version(3, 1, 10)


class MapBuilder:
    """The map while it is filled, with the differences between releases that all sections share."""

    __slots__ = ("cmap", "host", "is_v1", "is_v3", "matches_full_path")

    def __init__(self, version: Version, host: Host | None) -> None:
        self.cmap = Cmap()
        self.host = host
        """The machine the verdict is for, None when it is not known."""
        self.is_v1 = version.grammar == 1
        self.is_v3 = version.grammar >= 3
        self.matches_full_path = version >= _FULL_PATH_SINCE
        """Whether sections and options are recognised by their full path. Before 3.1.10 a section inside another is
        taken for the outer one."""

    def report_error(self, code: str, text: str, line: int, exit_code: int = 8) -> None:
        """Note why the daemon stops."""
        self.cmap.errors.append(DaemonError(code, text, line, exit_code))

    def assume(self, assumption: str) -> None:
        """Note what is assumed of a host that is not known; a phrase without a final period."""
        self.cmap.assumed.append(assumption)

    def put(self, key: str, value: str | int, type_: ValueType, number: int, reported_line: int = 0) -> None:
        """Store a value from line `number`; a key that icmap refuses is an error in 3.x and dropped in 2.x."""
        entries = self.cmap.entries
        if not is_valid_key(key) and not self.is_v1:
            if self.is_v3:
                message = f'Can\'t store key "{to_display(key)}" into icmap, returned error is CS_ERR_NAME_TOO_LONG'
                self.cmap.errors.append(DaemonError("name-refused", message, number, reported_line=reported_line))
            return
        if key in entries:
            self.cmap.duplicates.append((key, entries[key].line, number))
        entries[key] = CmapEntry(value, type_, number)
