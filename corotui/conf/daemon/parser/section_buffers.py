"""Sections whose values are stored at their closing brace: interface, logger_subsys, logging_daemon; and uidgid."""

from __future__ import annotations

from typing import Final

from corotui.conf.daemon.cmap import TYPE_RANGES, ValueType, parse_integer
from corotui.conf.daemon.crashes import (
    BUFFER_OVERFLOW,
    DOUBLE_FREE,
    SEGMENTATION_FAULT,
    SIGABRT_EXIT,
    SIGSEGV_EXIT,
    UNDEFINED,
)
from corotui.conf.daemon.parser.map_builder import MapBuilder
from corotui.conf.syntax import ConfLine, to_display

_MESSAGE_SIZE = 512  # bytes of the daemon's buffer for the message


class InterfaceBuffer:
    """The values of the open `interface` section. As in the daemon, strings that no closing brace stored stay for the
    next section."""

    TEXTS: Final = frozenset(
        f"totem.interface.{key}" for key in ("bindnetaddr", "mcastaddr", "broadcast", "knet_transport")
    )
    _NUMBERS: Final[dict[str, ValueType]] = {
        "mcastport": "u16",
        "ttl": "u8",
        "knet_link_priority": "u8",
        "knet_ping_interval": "u32",
        "knet_ping_timeout": "u32",
        "knet_ping_precision": "u32",
        "knet_pong_count": "u32",
    }

    def __init__(self) -> None:
        self.link = 0
        self.texts: dict[str, tuple[str, int]] = {}
        self.numbers: dict[str, tuple[int, int]] = {}
        self.members: list[tuple[str, int]] = []
        self.freed: set[str] = set()
        self.stored = (0, 0, 0)
        self.started = False

    def reset(self) -> None:
        """The section opens: numbers are cleared, and of the strings only knet_transport."""
        self.link = 0
        self.numbers = {}
        self.members = []
        self.texts.pop("knet_transport", None)
        self.freed = set()
        self.started = True

    def put(self, path: str, value: str | int, number: int) -> None:
        """Keep a value until the section closes."""
        key = path.removeprefix("totem.interface.")
        if isinstance(value, str):
            self.texts[key] = (value, number)
            self.freed.discard(key)
        elif key in ("linknumber", "ringnumber"):
            self.link = value
        elif value > TYPE_RANGES["i32"][1]:
            self.numbers.pop(key, None)  # the daemon keeps it in a signed int, and negative means "not given"
        else:
            self.numbers[key] = (value, number)

    def add_member(self, builder: MapBuilder, path: str, line: ConfLine) -> None:
        """An option of a `member` section."""
        if path != "totem.interface.member.memberaddr":
            if builder.is_v1:
                return
            builder.report_error("member-option", "Only memberaddr is allowed in member section", line.number)
        elif not self.started and not builder.matches_full_path:
            builder.report_error("crash", SEGMENTATION_FAULT, line.number, SIGSEGV_EXIT)
        else:
            self.members.insert(0, (line.value, line.number))

    def flush(self, builder: MapBuilder, number: int, *, nested: bool) -> None:
        """A brace closes the section, or (before 3.1.10) one inside it: all kept values go into the map."""
        base = f"totem.interface.{self.link}"
        if self.freed:
            # Before 3.1.10 a section inside this one frees the kept values, and its own brace frees them again.
            crash = (SEGMENTATION_FAULT, SIGSEGV_EXIT) if "member" in self.freed else (DOUBLE_FREE, SIGABRT_EXIT)
            builder.report_error("crash", crash[0], number, crash[1])
            if self.stored != (len(builder.cmap.entries), len(self.numbers), len(self.texts)):
                builder.assume(UNDEFINED)
            return
        for key in ("bindnetaddr", "mcastaddr", "broadcast"):
            if key in self.texts:
                value, line = self.texts.pop(key)
                builder.put(f"{base}.{key}", value, "str", line, number)
        for key, type_ in self._NUMBERS.items():
            if key in self.numbers:
                count, line = self.numbers[key]
                builder.put(f"{base}.{key}", count, type_, line)
        if "knet_transport" in self.texts:
            value, line = self.texts["knet_transport"]
            builder.put(f"{base}.knet_transport", value, "str", line)
        for index, (value, line) in enumerate(self.members):
            builder.put(f"{base}.member.{index}", value, "str", line)
        if nested:
            self.stored = (len(builder.cmap.entries), len(self.numbers), len(self.texts))
            self.freed = {"knet_transport"} & self.texts.keys() | ({"member"} if self.members else set())
        else:
            self.texts.pop("knet_transport", None)


class LoggerBuffer:
    """The values of the open `logger_subsys` or `logging_daemon` section."""

    def __init__(self) -> None:
        self.subsys: str | None = None
        self.name: str | None = None
        self.items: list[tuple[str, str, int]] = []
        self.freed: set[str] = set()

    def reset(self) -> None:
        """The section opens."""
        self.subsys = self.name = None
        self.items = []
        self.freed = set()

    def add_option(self, builder: MapBuilder, key: str, path: str, line: ConfLine, state: str) -> None:
        """An option of the section or, before 3.1.10, of one inside it."""
        prefix = "logging.logger_subsys." if state == "logger" else "logging.logging_daemon."
        if builder.matches_full_path:
            key = path.removeprefix(prefix)
        self.freed.discard(key)
        if key == "subsys":
            self.subsys = line.value
        elif key == "name" and state == "daemon":
            self.name = line.value
        else:
            self.items.insert(0, (key, line.value, line.number))

    def flush(self, builder: MapBuilder, number: int, state: str, *, nested: bool) -> None:
        """A brace closes the section, or (before 3.1.10) one inside it."""
        if state == "logger" and self.subsys is None:
            message = "No subsys key in logger_subsys directive"
            if builder.is_v1:
                message = "subsys required for logger directive"
            builder.report_error("subsys-missing", message, number)
            return
        if state == "daemon" and self.name is None:
            message = "No name key in logging_daemon directive"
            if builder.is_v1:
                message = "name required for logging_daemon directive"
            builder.report_error("daemon-name-missing", message, number)
            return
        if self.freed:
            crash = (SEGMENTATION_FAULT, SIGSEGV_EXIT) if "item" in self.freed else (DOUBLE_FREE, SIGABRT_EXIT)
            builder.report_error("crash", crash[0], number, crash[1])
            return
        own = state == "logger" or self.name == "corosync"
        base = "logging" if own else f"logging.logging_daemon.{self.name}"
        if self.subsys is not None:
            base = f"logging.logger_subsys.{self.subsys}" if own else f"{base}.{self.subsys}"
        for key, value, line in self.items:
            builder.put(f"{base}.{key}"[:254], value, "str", line, number)
        if self.subsys is not None:
            builder.put(f"{base}.subsys"[:254], self.subsys, "str", number)
        if not own:
            builder.put(f"{base}.name"[:254], self.name or "", "str", number)
        if nested:
            kept = {"subsys": self.subsys, "name": self.name, "item": self.items or None}
            self.freed = {name for name, value in kept.items() if value is not None}


def store_uidgid(builder: MapBuilder, path: str, line: ConfLine) -> None:
    """An option of `uidgid`: a number, or a name that the host knows."""
    kind = path.removeprefix("uidgid.")
    if kind not in ("uid", "gid"):
        builder.report_error("uidgid-option", "uidgid: Only uid and gid are allowed items", line.number)
        return
    number = parse_integer(line.value, "u32")
    if number is None:
        host = builder.host
        known = None if host is None else host.users if kind == "uid" else host.groups
        if known is None:
            who = "user" if kind == "uid" else "group"
            builder.assume(f"there is a {who} {to_display(line.value)}")
            return
        number = known.get(to_display(line.value))
    if number is None:
        kind_word, file = ("user", "passwd") if kind == "uid" else ("group", "group")
        message = f"The '{line.value}' {kind_word} is not found in /etc/{file}, please read the documentation."
        if len(message) >= _MESSAGE_SIZE:
            builder.report_error("crash", BUFFER_OVERFLOW, line.number, SIGABRT_EXIT)
        else:
            builder.report_error("identity", to_display(message), line.number)
    elif number == 0xFFFFFFFF:
        builder.report_error("identity", "", line.number)
    else:
        builder.put(f"uidgid.config.{kind}.{number}", 1, "str", line.number)
