"""Parsers for corosync's configuration map, as corosync-cmapctl (2.x, 3.x) and corosync-objctl (1.x) print it."""

from __future__ import annotations

import re
from collections.abc import Mapping

_CMAP = re.compile(r"^(\S+) \((?:[iu](?:8|16|32|64)|flt|dbl|str)\) = (.*)$")
_OBJECT = re.compile(r"^([A-Za-z0-9_.\-]+)=(.*)$")


def parse(text: str) -> dict[str, str]:
    """Parses lines "KEY (TYPE) = VALUE" (tools/corosync-cmapctl.c, 2.4, 3.1); other lines, also binary values, are left
    out."""
    return {match[1]: match[2] for line in text.splitlines() if (match := _CMAP.match(line))}


def parse_objects(text: str) -> dict[str, str]:
    """Parses lines "PARENT.CHILD.KEY=VALUE" (tools/corosync-objctl.c, 1.4)."""
    return {match[1]: match[2] for line in text.splitlines() if (match := _OBJECT.match(line))}


def parse_int(text: str | None) -> int | None:
    """Parses a decimal integer of at most 20 digits, as 64 bits need; None for any other text."""
    text = (text or "").strip()
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 20:
        return None
    return int(text)


def nodelist(values: Mapping[str, str]) -> dict[int, str]:
    """Node id -> name in the running nodelist, or ring0_addr without a name; nodes without an id are left out."""
    nodes: dict[str, dict[str, str]] = {}
    for key, value in values.items():
        parts = key.split(".")
        if len(parts) == 4 and parts[:2] == ["nodelist", "node"]:
            nodes.setdefault(parts[2], {})[parts[3]] = value
    names: dict[int, str] = {}
    for node in nodes.values():
        nodeid = parse_int(node.get("nodeid"))
        name = node.get("name") or node.get("ring0_addr")
        if nodeid is not None and name:
            names[nodeid] = name
    return names


def local_node_id(values: Mapping[str, str]) -> int | None:
    """The id of the node itself: from votequorum, else from the nodelist entry that corosync took for its own."""
    node_id = parse_int(values.get("runtime.votequorum.this_node_id"))
    if node_id is not None:
        return node_id
    position = values.get("nodelist.local_node_pos")
    return None if position is None else parse_int(values.get(f"nodelist.node.{position}.nodeid"))


_MEMBER = re.compile(r"^runtime\.(?:totem\.pg\.mrp\.srp\.)?members\.(\d{1,10})\.status$")
_MEMBER_IP = re.compile(r"^runtime\.(?:totem\.pg\.mrp\.srp\.)?members\.(\d{1,10})\.ip$")
_RING_0 = re.compile(r"\br\(0\) ip\(([0-9A-Fa-f.:]{2,45})\)")


def addresses(values: Mapping[str, str]) -> dict[int, str]:
    """Node id -> address on ring 0, of every node that totem knows."""
    by_id: dict[int, str] = {}
    for key, value in values.items():
        match, address = _MEMBER_IP.match(key), _RING_0.search(value)
        if match and address:
            by_id[int(match[1])] = address[1]
    return by_id


def member_ids(values: Mapping[str, str]) -> tuple[int, ...]:
    """Node ids of the members, ascending. Nodes that left stay in the map with another status."""
    return tuple(
        sorted(int(match[1]) for key, value in values.items() if value == "joined" and (match := _MEMBER.match(key)))
    )
