"""Parses cluster.toml. A mistake in the file is a FileError with file, line and key."""

from __future__ import annotations

import os.path
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import NoReturn, TypeVar

from corotui.cluster.model import Archive, Cluster, Install, InstallMethod, Node, Ssh
from corotui.cluster.text.bounded import one_line
from corotui.cluster.toml_positions import KeyPath, locate_keys
from corotui.cluster.validation import (
    did_you_mean,
    host_fault,
    jump_fault,
    method_fault,
    name_fault,
    path_fault,
    port_fault,
    sha256_fault,
    user_fault,
    version_fault,
)
from corotui.errors import FileError

MAX_BYTES = 1 << 20
SSH_KEYS = ("user", "port", "sudo", "jump", "key")
_SECTIONS = {
    "cluster": ("name",),
    "ssh": SSH_KEYS,
    "node": ("name", "host", "local", *SSH_KEYS),
    "install": ("method", "version", "build_node", "mirror", "archive"),
}
_TYPE_NAMES: Mapping[type, str] = {
    str: "text in quotes",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a table",
}
_T = TypeVar("_T", str, int, bool)


def parse_cluster(data: bytes, path: str) -> Cluster:
    """Returns the cluster that the content of a cluster.toml describes; it may have no node.

    `path` is the path of the file, for messages, and a relative `key` is resolved against its folder. Raises only
    FileError.
    """
    return _Reader(data, path).cluster()


def ssh_defaults(data: bytes, path: str) -> Ssh:
    """Returns the defaults of section [ssh]. Raises FileError as `parse_cluster` does."""
    return _Reader(data, path).defaults()


class _Reader:
    def __init__(self, data: bytes, path: str) -> None:
        self._path = path
        self._text = self._decode(data)
        self._lines: Mapping[KeyPath, int] | None = None
        self._root = self._load()

    def cluster(self) -> Cluster:
        self._reject_unknown_keys((), self._root, tuple(_SECTIONS), "section")
        tables = {name: self._table(name) for name in ("cluster", "install")}
        name = self._take(("cluster",), tables["cluster"], "name", str, name_fault)
        if name is None:
            self._fail(("cluster", "name"), "is missing")
        defaults = self.defaults()
        nodes = tuple(self._node(number, table, defaults) for number, table in enumerate(self._nodes()))
        self._no_duplicates(nodes)
        return Cluster(name, nodes, self._install(tables["install"], nodes))

    def defaults(self) -> Ssh:
        return self._ssh(("ssh",), self._table("ssh"), Ssh())

    def _decode(self, data: bytes) -> str:
        if len(data) > MAX_BYTES:
            raise FileError(self._path, f"is larger than {MAX_BYTES} bytes, so it is not a cluster.toml", line=1)
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            what = f"is not UTF-8 (byte 0x{data[error.start]:02x}); save the file as UTF-8"
            raise FileError(self._path, what, line=line) from None
        return text

    def _load(self) -> dict[str, object]:
        try:
            return tomllib.loads(self._text)
        except RecursionError:
            raise FileError(self._path, "is nested too deeply", line=1) from None
        except ValueError as error:
            # tomllib.TOMLDecodeError is a ValueError; a number of more than 4300 digits raises a plain ValueError.
            what, line = _syntax_error(str(error), self._text)
            raise FileError(self._path, what, line=line) from None

    def _node(self, number: int, table: dict[str, object], defaults: Ssh) -> Node:
        where: KeyPath = ("node", number)
        self._reject_unknown_keys(where, table, _SECTIONS["node"], "key of a node")
        name = self._take(where, table, "name", str, name_fault)
        if name is None:
            self._fail((*where, "name"), "is missing")
        local = self._take(where, table, "local", bool) or False
        host = self._take(where, table, "host", str, host_fault)
        if host is None and not local:
            self._fail((*where, "host"), f"is missing for node {name}; write the host that ssh connects to")
        return Node(name, host or "localhost", self._ssh(where, table, defaults), local)

    def _ssh(self, where: KeyPath, table: dict[str, object], defaults: Ssh) -> Ssh:
        user = self._take(where, table, "user", str, user_fault)
        port = self._take(where, table, "port", int, port_fault)
        sudo = self._take(where, table, "sudo", bool)
        jump = self._take(where, table, "jump", str, _unless_empty(jump_fault))
        key = self._take(where, table, "key", str, _unless_empty(path_fault))
        return Ssh(
            user=defaults.user if user is None else user,
            port=defaults.port if port is None else port,
            sudo=defaults.sudo if sudo is None else sudo,
            jump=defaults.jump if jump is None else jump.strip() or None,
            key=defaults.key if key is None else self._resolve_path(key),
        )

    def _resolve_path(self, key: str) -> str | None:
        if not key:
            return None
        return str(PurePath(self._path).parent / os.path.expanduser(key))  # noqa: PTH111 - Path raises for ~nobody

    def _install(self, table: dict[str, object], nodes: tuple[Node, ...]) -> Install:
        where: KeyPath = ("install",)
        method = self._take(where, table, "method", str, method_fault)
        version = self._take(where, table, "version", str, _unless_empty(version_fault)) or ""
        build_node = self._take(where, table, "build_node", str) or ""
        names = [node.name for node in nodes]
        if build_node and build_node not in names:
            self._fail(
                (*where, "build_node"),
                f"names {one_line(build_node)!r}, which is not a node of this file{did_you_mean(build_node, names)}",
            )
        mirror = self._take(where, table, "mirror", str, path_fault) or ""
        archives = self._archives(table)
        return Install(
            InstallMethod(method) if method else InstallMethod.PACKAGE, version, build_node, mirror, archives
        )

    def _archives(self, table: dict[str, object]) -> tuple[Archive, ...]:
        value = table.get("archive", [])
        if not isinstance(value, list):
            self._fail(("install", "archive"), "must be a list of tables: write [[install.archive]] above each")
        archives = []
        for number, item in enumerate(value):
            where: KeyPath = ("install", "archive", number)
            if not isinstance(item, dict):
                self._fail(where, "must be a table: write [[install.archive]] above each")
            self._reject_unknown_keys(where, item, ("url", "sha256"), "key of an archive")
            url = self._take(where, item, "url", str, path_fault)
            sha256 = self._take(where, item, "sha256", str, sha256_fault)
            if not url or not sha256:
                self._fail((*where, "sha256" if url else "url"), "is missing")
            archives.append(Archive(url, sha256.lower()))
        return tuple(archives)

    def _no_duplicates(self, nodes: tuple[Node, ...]) -> None:
        names: dict[str, int] = {}
        hosts: dict[tuple[str, int | None], int] = {}
        for number, node in enumerate(nodes):
            where: KeyPath = ("node", number)
            first = names.setdefault(node.name, number)
            if first != number:
                line = self._line(("node", first, "name"))
                self._fail((*where, "name"), f"{node.name!r} is already the name of the node in line {line}")
            first = hosts.setdefault((node.host.lower(), node.ssh.port), number)
            if first != number:
                line = self._line(("node", first, "host"))
                self._fail(
                    (*where, "host"), f"{node.host!r} is already the host of node {nodes[first].name} in line {line}"
                )

    def _table(self, name: str) -> dict[str, object]:
        value = self._root.get(name, {})
        if not isinstance(value, dict):
            self._fail((name,), f"must be a table: write [{name}] on a line of its own")
        self._reject_unknown_keys((name,), value, _SECTIONS[name], f"key of [{name}]")
        return value

    def _nodes(self) -> list[dict[str, object]]:
        value = self._root.get("node", [])
        if isinstance(value, dict):
            self._fail(("node",), "needs two brackets: write [[node]] above each node")
        if not isinstance(value, list):
            self._fail(("node",), "must be a list of tables: write [[node]] above each node")
        for number, item in enumerate(value):
            if not isinstance(item, dict):
                self._fail(("node", number), "must be a table: write [[node]] above each node")
        return value

    def _reject_unknown_keys(
        self, where: KeyPath, table: Mapping[str, object], known: tuple[str, ...], noun: str
    ) -> None:
        for key in table:
            if key not in known:
                self._fail(
                    (*where, key), f"is not a {noun}{did_you_mean(key, known) or '; known are ' + ', '.join(known)}"
                )

    def _take(
        self,
        where: KeyPath,
        table: Mapping[str, object],
        key: str,
        kind: type[_T],
        fault: Callable[[_T], str] | None = None,
    ) -> _T | None:
        value = table.get(key)
        if value is None:
            return None
        if type(value) is not kind:
            actual = _TYPE_NAMES.get(type(value), "a date or time")
            self._fail((*where, key), f"must be {_TYPE_NAMES[kind]}, not {actual}")
        problem = fault(value) if fault else ""
        if problem:
            self._fail((*where, key), f"{_shown(value)} {problem}")
        return value

    def _fail(self, where: KeyPath, what: str) -> NoReturn:
        key = one_line(".".join(part for part in where if isinstance(part, str)), limit=80)
        raise FileError(self._path, what, line=self._line(where), key=key)

    def _line(self, where: KeyPath) -> int:
        if self._lines is None:
            self._lines = locate_keys(self._text)
        for length in range(len(where), 0, -1):
            if where[:length] in self._lines:
                return self._lines[where[:length]]
        return 1


def _syntax_error(message: str, text: str) -> tuple[str, int]:
    """What tomllib reports, without the position, and the line of that position."""
    digits = re.search(r"[0-9_]{4000}", text)
    if digits and message.startswith("Exceeds the limit"):
        return "contains a number of more than 4000 digits", text.count("\n", 0, digits.start()) + 1
    what, _, position = message.partition(" (at ")
    match = re.match(r"line (\d+)", position)
    last = max(1, text.count("\n") + (not text.endswith("\n")))
    line = int(match.group(1)) if match else last
    return f"is not TOML: {one_line(what, limit=160)}", line


def _shown(value: object) -> str:
    try:
        return one_line(repr(value), limit=80)
    except ValueError:
        return "the number"  # Python refuses to print an integer of more than 4300 digits


def _unless_empty(fault: Callable[[str], str]) -> Callable[[str], str]:
    """Accepts empty text, which removes a default of [ssh]."""
    return lambda value: fault(value) if value.strip() else ""
