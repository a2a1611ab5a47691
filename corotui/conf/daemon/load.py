"""From lines to the daemon's map: sections, states, typed values. As exec/coroparse.c of corosync 2.x and 3.x does.

The walk does not stop at an error as the daemon does: it notes it and goes on in the way that makes the fewest
errors of one mistake.
"""

from __future__ import annotations

from collections.abc import Iterable

from corotui.conf.daemon import typed
from corotui.conf.daemon.cmap import (
    KEY_LONGEST,
    RANGES,
    Cmap,
    Entry,
    Trouble,
    Type,
    integer,
    leading_integer,
    storable,
    wrapped,
)
from corotui.conf.daemon.sections import Interface, Logger, identity
from corotui.conf.host import Host
from corotui.conf.syntax import AFTER_OPEN, PROBLEMS, Line, show
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
DEEPEST = 600
MANY_1 = ("service", "uidgid")
_STATES_1 = ("totem", "interface", "member", "quorum", "logger", "daemon")
_PARTS_FREED = Version(3, 1, 10)
_RANGES_CHECKED = Version(2, 3, 4)
_STRAY_BRACE_REFUSED_1 = Version(1, 4, 6)
_STRAY_BRACE_REFUSED = Version(2, 3, 1)


class Loader:
    """One reading of one file. `path` is that of the section that is open, `state` decides which values are typed."""

    def __init__(self, version: Version, host: Host | None) -> None:
        self.version = version
        self.strict = version.line >= 3
        self.loose = version.line == 1
        self.scoped = version >= _PARTS_FREED
        self.host = host
        self.out = Cmap()
        self.path = ""
        self.state = ""
        self.stack: list[tuple[str, str, int]] = []
        self.states = {**_STATES, ("system" if self.strict else "qb"): "system"}
        if not self.strict:
            self.states |= {"resources.system": "rest", "resources.process": "rest"}
        if self.loose:
            self.states = {path: state for path, state in _STATES.items() if state in _STATES_1}
        self.types = typed.types(version)
        self.choices = {} if self.loose else typed.choices(version, host or Host())
        self.opened: set[str] = set()
        self.node = 0
        self.node_has_ring0 = False
        self.interface = Interface()
        self.logger = Logger()

    def trouble(self, code: str, text: str, line: int, exit_code: int = 8) -> None:
        self.out.troubles.append(Trouble(code, text, line, exit_code))

    def read(self, lines: Iterable[Line]) -> Cmap:
        """Read all lines; the result's troubles are empty when the daemon's parser would be content."""
        number = 0
        for line in lines:
            number = line.number
            kind = line.kind
            if kind == "item":
                self.item(line)
            elif kind == "open":
                self.open(line)
            elif kind == "close":
                if not self.stack and self.version < (_STRAY_BRACE_REFUSED_1 if self.loose else _STRAY_BRACE_REFUSED):
                    break  # taken for the end of the file
                self.close(line)
            elif kind == "bad":
                self.trouble(PROBLEMS[line.problem], line.problem, line.number)
        if self.stack and (self.strict or any((self.path, *(path for path, _, _ in self.stack)))):
            self.trouble("brace-missing", "Missing closing brace", number)
        self.out.nodes = self.node
        return self.out

    def open(self, line: Line) -> None:
        name, number = line.key, line.number
        if line.problem:
            self.trouble(PROBLEMS[line.problem], line.problem, number)
            if line.problem == AFTER_OPEN and line.value.endswith("}"):
                return
        if len(self.path) + len(name) + 1 >= KEY_LONGEST and not self.loose:
            self.trouble("path-too-long", "Start of section makes total cmap path too long", number)
        if self.loose and not self.stack:
            # 1.x reads the first section of a name only, but for those that may be many.
            again = name in self.opened and name not in MANY_1
            self.opened.add(name)
            name += "+" if again else ""
        path = self.path if len(self.path) > DEEPEST else f"{self.path}.{name}" if self.path else name
        self.stack.append((self.path, self.state, number))
        if not path and not self.strict:
            self.state, self.node = "", 0  # taken for the start of the file
        if path in self.states:
            self.state = self.states[path]
            if path == "totem.interface":
                self.interface.start()
            elif path == "nodelist":
                self.node = 0
            elif path == "nodelist.node":
                self.node_has_ring0 = False
            elif self.state in ("logger", "daemon"):
                self.logger.start()
        elif self.scoped and self.state == "uidgid":
            self.trouble("nested-refused", "Subsections are not allowed within uidgid section", number)
        elif self.scoped and self.state == "member":
            self.trouble("nested-refused", "Subsections are not allowed within totem.interface.member section", number)
        self.path = path

    def close(self, line: Line) -> None:
        number = line.number
        if line.problem:
            self.trouble(PROBLEMS[line.problem], line.problem, number)
        if not self.stack:
            self.trouble("brace-extra", "Unexpected closing brace", number)
            return
        state, path = self.state, self.path
        if state in ("node", "interface", "logger", "daemon") and not (self.scoped and self.states.get(path) != state):
            if state == "node":
                if not self.strict and not self.node_has_ring0:
                    self.trouble("node-address-missing", "No ring0_addr specified for node", number)
                self.node += 1
            elif state == "interface":
                self.interface.store(self, number, nested=path != "totem.interface")
            else:
                self.logger.store(self, number, state, nested=self.states.get(path) != state)
        self.path, self.state, _ = self.stack.pop()

    def item(self, line: Line) -> None:
        key, number = line.key, line.number
        if not key and self.scoped:
            self.trouble("name-refused", "Key name can't be empty", number)
            return
        if len(self.path) + len(key) + 1 >= KEY_LONGEST and not self.loose:
            self.trouble("path-too-long", "New key makes total cmap path too long", number)
            return
        path = f"{self.path}.{key}" if self.path else key
        state = self.state
        if state == "node":
            self._node_item(key, path, line)
        elif state == "interface":
            self._interface_item(path, line)
        elif state in ("logger", "daemon"):
            self.logger.item(self, key, path, line, state)
        elif state == "uidgid":
            identity(self, path if self.scoped else f"uidgid.{key}", line)
        elif state == "member":
            self.interface.member(self, path if self.scoped else f"totem.interface.member.{key}", line)
        else:
            type_: Type | None = None
            if state in self.types:
                type_ = self.types[state].get(path)
            elif state == "resources" and key == "watchdog_timeout":
                type_ = "u32"
            elif state == "poll" and key == "poll_period":
                type_ = "u64"
            choice = self.choices.get(path) if state in ("totem", "system") else None
            if choice is not None and line.value not in choice.values:
                self.trouble("choice", choice.error, number)
            self.store(path, line.value, number, type_)

    def _node_item(self, key: str, path: str, line: Line) -> None:
        name = path.removeprefix("nodelist.node.") if self.scoped else key
        if not self.strict and key == "ring0_addr":
            self.node_has_ring0 = True
        type_: Type | None = "u32" if name in ("nodeid", "quorum_votes") else None
        # snprintf cuts the name at 254 bytes.
        self.store(f"nodelist.node.{self.node}.{name}"[: KEY_LONGEST - 1], line.value, line.number, type_, path)

    def _interface_item(self, path: str, line: Line) -> None:
        types = self.types["interface"]
        if path in types:
            value = self.typed(path, line.value, line.number, types[path], path)
            if value is not None:
                self.interface.put(path, value, line.number)
        elif path in self.interface.TEXTS and (self.strict or path != "totem.interface.knet_transport"):
            self.interface.put(path, line.value, line.number)
        else:
            self.store(path, line.value, line.number)

    def typed(self, key: str, text: str, number: int, type_: Type, shown: str) -> int | None:
        """A number of that type, or None and a trouble. 1.x takes what atoi makes of it."""
        if self.loose:
            return leading_integer(text) & RANGES["u32"][1]
        if self.version < _RANGES_CHECKED:
            return self._wrapped(key, text, number, type_)
        value = typed.dscp(text) if key == "totem.ip_dscp" else integer(text, type_)
        if value is not None:
            return value
        if type_ == "u64":
            if self.scoped:
                words = f'Value of key "{key}" is expected to be unsigned integer, but "{show(text)}" was given'
                self.trouble("number", words, number)
            else:
                words = "safe_atoq_range(val_type, &min_val, &max_val) == 0"
                self.trouble("number", f"Assertion `{words}' failed.", number, 134)
        elif key == "totem.ip_dscp":
            words = f'Value of key "{key}" is expected to be number (0..63) or symbolical dscp value, '
            self.trouble("number", f'{words}but "{show(text)}" was given', number)
        else:
            low, high = RANGES[type_]
            name = key if self.strict else shown.rsplit(".", 1)[-1]
            words = f'Value of key "{name}" is expected to be integer in range ({low}..{high})'
            self.trouble("number", f'{words}, but "{show(text)}" was given', number)
        return None

    def _wrapped(self, key: str, text: str, number: int, type_: Type) -> int | None:
        name = key.rsplit(".", 1)[-1]
        value = wrapped(text, "u64" if type_ == "u64" else "u32")
        if value is None:
            self.trouble("number", f'Value of key "{name}" must be integer, but "{show(text)}" was given', number)
        elif name in ("mcastport", "ttl") and value > RANGES[type_][1]:
            what = "multicast port" if name == "mcastport" else "TTL"
            self.trouble("number", f"Invalid {what} (should be 0..{RANGES[type_][1]})", number)
        else:
            return value if type_ == "u64" else value & RANGES[type_][1]
        return None

    def store(self, key: str, value: str, number: int, type_: Type | None = None, shown: str = "") -> None:
        """Put a value into the map, typed if it has a type; a trouble when the value or the key is refused."""
        stored: str | int = value
        if type_ is not None:
            parsed = self.typed(key, value, number, type_, shown or key)
            if parsed is None:
                return
            stored = parsed
        self.put(key, stored, type_ or "str", number)

    def put(self, key: str, value: str | int, type_: Type, number: int, said_at: int = 0) -> None:
        entries = self.out.entries
        if not storable(key) and not self.loose:
            if self.strict:
                words = f'Can\'t store key "{show(key)}" into icmap, returned error is CS_ERR_NAME_TOO_LONG'
                self.out.troubles.append(Trouble("name-refused", words, number, said_at=said_at))
            return
        if key in entries:
            self.out.duplicates.append((key, entries[key].line, number))
        entries[key] = Entry(value, type_, number)


def load(lines: Iterable[Line], version: Version, host: Host | None = None) -> Cmap:
    """The map corosync `version` (2.x or 3.x) makes of these lines."""
    return Loader(version, host).read(lines)
