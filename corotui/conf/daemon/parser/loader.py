"""From lines to the daemon's map: sections, states, typed values, as in exec/coroparse.c of corosync 2.x and 3.x.

The daemon stops at the first error. The loader notes it and goes on, in the way that gives the fewest errors for one
mistake.
"""

from __future__ import annotations

from collections.abc import Iterable

from corotui.conf.daemon.cmap import (
    MAX_KEY_LENGTH,
    TYPE_RANGES,
    Cmap,
    ValueType,
    leading_integer,
    parse_integer,
    parse_wrapping,
)
from corotui.conf.daemon.crashes import SIGABRT_EXIT
from corotui.conf.daemon.parser import value_types
from corotui.conf.daemon.parser.map_builder import MapBuilder
from corotui.conf.daemon.parser.section_buffers import InterfaceBuffer, LoggerBuffer, store_uidgid
from corotui.conf.host.facts import Host
from corotui.conf.syntax import PROBLEM_CODES, TEXT_AFTER_OPEN_BRACE, ConfLine, to_display
from corotui.conf.version import Version

_STATES = {
    "totem": "totem",
    "totem.interface": "interface",
    "totem.interface.member": "member",
    "quorum": "quorum",
    "quorum.device": "device",
    "nodelist": "nodelist",
    "nodelist.node": "node",
    "logging.logger_subsys": "logger",
    "logging.logging_daemon": "daemon",
    "uidgid": "uidgid",
    "resources": "resources",
    "resources.system": "poll",
    "resources.system.memory_used": "poll",
    "resources.process": "poll",
    "resources.process.memory_used": "poll",
}
MAX_PATH_LENGTH = 600
REPEATABLE_SECTIONS_V1 = ("service", "uidgid")
_STATES_1 = ("totem", "interface", "member", "quorum", "logger", "daemon")
_RANGES_CHECKED = Version(2, 3, 4)
_STRAY_BRACE_REFUSED_1 = Version(1, 4, 6)
_STRAY_BRACE_REFUSED = Version(2, 3, 1)


class Loader:
    """Reads one file. `path` is the path of the open section, `state` decides which values are typed."""

    def __init__(self, version: Version, host: Host | None) -> None:
        self.version = version
        self.builder = MapBuilder(version, host)
        self.is_v3 = self.builder.is_v3
        self.is_v1 = self.builder.is_v1
        self.matches_full_path = self.builder.matches_full_path
        self.path = ""
        self.state = ""
        self.stack: list[tuple[str, str, int]] = []
        self.states = {**_STATES, ("system" if self.is_v3 else "qb"): "system"}
        if not self.is_v3:
            self.states |= {"resources.system": "rest", "resources.process": "rest"}
        if self.is_v1:
            self.states = {path: state for path, state in _STATES.items() if state in _STATES_1}
        self.number_types = value_types.number_types(version)
        self.allowed_values = {} if self.is_v1 else value_types.allowed_values(version, host or Host())
        self.opened: set[str] = set()
        self.node_index = 0
        self.node_has_ring0 = False
        self.interface = InterfaceBuffer()
        self.logger = LoggerBuffer()

    def load(self, lines: Iterable[ConfLine]) -> Cmap:
        """Read all lines. The map's errors are empty if the daemon's parser accepts them."""
        number = 0
        for line in lines:
            number = line.number
            kind = line.kind
            if kind == "item":
                self.add_option(line)
            elif kind == "open":
                self.open(line)
            elif kind == "close":
                if not self.stack and self.version < (_STRAY_BRACE_REFUSED_1 if self.is_v1 else _STRAY_BRACE_REFUSED):
                    break  # the daemon takes it for the end of the file
                self.close(line)
            elif kind == "bad":
                self.builder.report_error(PROBLEM_CODES[line.problem], line.problem, line.number)
        if self.stack and (self.is_v3 or any((self.path, *(path for path, _, _ in self.stack)))):
            self.builder.report_error("brace-missing", "Missing closing brace", number)
        self.builder.cmap.node_count = self.node_index
        return self.builder.cmap

    def open(self, line: ConfLine) -> None:
        """Open a section."""
        name, number = line.key, line.number
        if line.problem:
            self.builder.report_error(PROBLEM_CODES[line.problem], line.problem, number)
            if line.problem == TEXT_AFTER_OPEN_BRACE and line.value.endswith("}"):
                return
        if len(self.path) + len(name) + 1 >= MAX_KEY_LENGTH and not self.is_v1:
            self.builder.report_error("path-too-long", "Start of section makes total cmap path too long", number)
        if self.is_v1 and not self.stack:
            # 1.x reads only the first section of a name, except for those that may be repeated.
            again = name in self.opened and name not in REPEATABLE_SECTIONS_V1
            self.opened.add(name)
            name += "+" if again else ""
        path = self.path if len(self.path) > MAX_PATH_LENGTH else f"{self.path}.{name}" if self.path else name
        self.stack.append((self.path, self.state, number))
        if not path and not self.is_v3:
            self.state, self.node_index = "", 0  # the daemon takes it for the start of the file
        if path in self.states:
            self.state = self.states[path]
            if path == "totem.interface":
                self.interface.reset()
            elif path == "nodelist":
                self.node_index = 0
            elif path == "nodelist.node":
                self.node_has_ring0 = False
            elif self.state in ("logger", "daemon"):
                self.logger.reset()
        elif self.matches_full_path and self.state == "uidgid":
            self.builder.report_error("nested-refused", "Subsections are not allowed within uidgid section", number)
        elif self.matches_full_path and self.state == "member":
            self.builder.report_error(
                "nested-refused", "Subsections are not allowed within totem.interface.member section", number
            )
        self.path = path

    def close(self, line: ConfLine) -> None:
        """Close a section, and store what it kept until its end."""
        number = line.number
        if line.problem:
            self.builder.report_error(PROBLEM_CODES[line.problem], line.problem, number)
        if not self.stack:
            self.builder.report_error("brace-extra", "Unexpected closing brace", number)
            return
        state, path = self.state, self.path
        if state in ("node", "interface", "logger", "daemon") and not (
            self.matches_full_path and self.states.get(path) != state
        ):
            if state == "node":
                if not self.is_v3 and not self.node_has_ring0:
                    self.builder.report_error("node-address-missing", "No ring0_addr specified for node", number)
                self.node_index += 1
            elif state == "interface":
                self.interface.flush(self.builder, number, nested=path != "totem.interface")
            else:
                self.logger.flush(self.builder, number, state, nested=self.states.get(path) != state)
        self.path, self.state, _ = self.stack.pop()

    def add_option(self, line: ConfLine) -> None:
        """Store an option of the open section, or keep it until the section closes."""
        key, number = line.key, line.number
        if not key and self.matches_full_path:
            self.builder.report_error("name-refused", "Key name can't be empty", number)
            return
        if len(self.path) + len(key) + 1 >= MAX_KEY_LENGTH and not self.is_v1:
            self.builder.report_error("path-too-long", "New key makes total cmap path too long", number)
            return
        path = f"{self.path}.{key}" if self.path else key
        state = self.state
        if state == "node":
            self._node_item(key, path, line)
        elif state == "interface":
            self._interface_item(path, line)
        elif state in ("logger", "daemon"):
            self.logger.add_option(self.builder, key, path, line, state)
        elif state == "uidgid":
            store_uidgid(self.builder, path if self.matches_full_path else f"uidgid.{key}", line)
        elif state == "member":
            self.interface.add_member(
                self.builder, path if self.matches_full_path else f"totem.interface.member.{key}", line
            )
        else:
            type_: ValueType | None = None
            if state in self.number_types:
                type_ = self.number_types[state].get(path)
            elif state == "resources" and key == "watchdog_timeout":
                type_ = "u32"
            elif state == "poll" and key == "poll_period":
                type_ = "u64"
            allowed = self.allowed_values.get(path) if state in ("totem", "system") else None
            if allowed is not None and line.value not in allowed.values:
                self.builder.report_error("choice", allowed.error, number)
            self.store(path, line.value, number, type_)

    def _node_item(self, key: str, path: str, line: ConfLine) -> None:
        name = path.removeprefix("nodelist.node.") if self.matches_full_path else key
        if not self.is_v3 and key == "ring0_addr":
            self.node_has_ring0 = True
        type_: ValueType | None = "u32" if name in ("nodeid", "quorum_votes") else None
        # The daemon's buffer for the name has 255 bytes, the last one for the NUL.
        self.store(
            f"nodelist.node.{self.node_index}.{name}"[: MAX_KEY_LENGTH - 1], line.value, line.number, type_, path
        )

    def _interface_item(self, path: str, line: ConfLine) -> None:
        types = self.number_types["interface"]
        if path in types:
            value = self.parse_number(path, line.value, line.number, types[path], path)
            if value is not None:
                self.interface.put(path, value, line.number)
        elif path in self.interface.TEXTS and (self.is_v3 or path != "totem.interface.knet_transport"):
            self.interface.put(path, line.value, line.number)
        else:
            self.store(path, line.value, line.number)

    def parse_number(self, key: str, text: str, number: int, type_: ValueType, shown: str) -> int | None:
        """A number of that type; None, with an error reported, if it is none. 1.x reads it as atoi does."""
        if self.is_v1:
            return leading_integer(text) & TYPE_RANGES["u32"][1]
        if self.version < _RANGES_CHECKED:
            return self._wrapped(key, text, number, type_)
        value = value_types.dscp(text) if key == "totem.ip_dscp" else parse_integer(text, type_)
        if value is not None:
            return value
        if type_ == "u64":
            if self.matches_full_path:
                message = f'Value of key "{key}" is expected to be unsigned integer, but "{to_display(text)}" was given'
                self.builder.report_error("number", message, number)
            else:
                message = "safe_atoq_range(val_type, &min_val, &max_val) == 0"
                self.builder.report_error("number", f"Assertion `{message}' failed.", number, SIGABRT_EXIT)
        elif key == "totem.ip_dscp":
            message = f'Value of key "{key}" is expected to be number (0..63) or symbolical dscp value, '
            self.builder.report_error("number", f'{message}but "{to_display(text)}" was given', number)
        else:
            low, high = TYPE_RANGES[type_]
            name = key if self.is_v3 else shown.rsplit(".", 1)[-1]
            message = f'Value of key "{name}" is expected to be integer in range ({low}..{high})'
            self.builder.report_error("number", f'{message}, but "{to_display(text)}" was given', number)
        return None

    def _wrapped(self, key: str, text: str, number: int, type_: ValueType) -> int | None:
        name = key.rsplit(".", 1)[-1]
        value = parse_wrapping(text, "u64" if type_ == "u64" else "u32")
        if value is None:
            self.builder.report_error(
                "number", f'Value of key "{name}" must be integer, but "{to_display(text)}" was given', number
            )
        elif name in ("mcastport", "ttl") and value > TYPE_RANGES[type_][1]:
            what = "multicast port" if name == "mcastport" else "TTL"
            self.builder.report_error("number", f"Invalid {what} (should be 0..{TYPE_RANGES[type_][1]})", number)
        else:
            return value if type_ == "u64" else value & TYPE_RANGES[type_][1]
        return None

    def store(self, key: str, value: str, number: int, type_: ValueType | None = None, shown: str = "") -> None:
        """Put a value into the map, typed if it has a type; report an error if the value or the key is refused."""
        stored: str | int = value
        if type_ is not None:
            parsed = self.parse_number(key, value, number, type_, shown or key)
            if parsed is None:
                return
            stored = parsed
        self.builder.put(key, stored, type_ or "str", number)


def load_lines(lines: Iterable[ConfLine], version: Version, host: Host | None = None) -> Cmap:
    """The map that corosync of that version makes of these lines."""
    return Loader(version, host).load(lines)
