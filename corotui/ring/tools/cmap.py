"""Parsers for corosync's configuration map, as corosync-cmapctl (2.x, 3.x) and corosync-objctl (1.x) print it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice

from corotui.cluster.limits import MAX_NAME, bounded_lines
from corotui.conf.constants import MAX_CMAP_KEY, MAX_NODES

_CMAP = re.compile(rf"^(\S{{1,{MAX_CMAP_KEY}}}) \((?:[iu](?:8|16|32|64)|flt|dbl|str)\) = (.*)$")
_OBJECT = re.compile(rf"^([A-Za-z0-9_.\-]{{1,{MAX_CMAP_KEY}}})=(.*)$")


def parse(text: str) -> dict[str, str]:
    """Parses lines "KEY (TYPE) = VALUE" (tools/corosync-cmapctl.c, 2.4, 3.1); other lines, also binary values, are left
    out."""
    return {match[1]: match[2] for line in bounded_lines(text) if (match := _CMAP.match(line))}


def parse_objects(text: str) -> dict[str, str]:
    """Parses lines "PARENT.CHILD.KEY=VALUE" (tools/corosync-objctl.c, 1.4)."""
    return {match[1]: match[2] for line in bounded_lines(text) if (match := _OBJECT.match(line))}


def parse_int(text: str | None) -> int | None:
    """Parses a decimal integer of at most 20 digits, as 64 bits need; None for any other text."""
    text = (text or "").strip()
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 20:
        return None
    return int(text)


def nodelist(values: Mapping[str, str]) -> dict[int, str]:
    """Node id -> name in the running nodelist, or ring0_addr without a name; nodes without an id are left out.

    At most MAX_NODES nodes, in the order of the map.
    """
    nodes: dict[str, dict[str, str]] = {}
    for key, value in values.items():
        parts = key.split(".")
        if len(parts) == 4 and parts[:2] == ["nodelist", "node"]:
            nodes.setdefault(parts[2], {})[parts[3]] = value
    names: dict[int, str] = {}
    for node in islice(nodes.values(), MAX_NODES):
        nodeid = parse_int(node.get("nodeid"))
        name = node.get("name") or node.get("ring0_addr")
        if nodeid is not None and name:
            names[nodeid] = name[:MAX_NAME]
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
    """Node ids of all members that the map names, ascending. Nodes that left stay in it with another status."""
    return tuple(
        sorted(int(match[1]) for key, value in values.items() if value == "joined" and (match := _MEMBER.match(key)))
    )
