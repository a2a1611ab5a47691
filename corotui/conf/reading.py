"""What the file says, in the field's words: nodes with addresses, cluster name, transport, version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from corotui.conf.daemon.cmap import integer
from corotui.conf.daemon.resolve import numeric
from corotui.conf.document import Document, Section
from corotui.conf.syntax import Line, raw, show

RING_ADDRESS = re.compile(r"ring([0-9]{1,9})_addr").fullmatch


@dataclass(frozen=True, slots=True)
class ConfNode:
    """A node of the nodelist. `name` is "" when the file gives none, `nodeid` None likewise or when it is no number.
    `addresses` maps the number of a link to the address as written; `position` counts from 0."""

    name: str
    nodeid: int | None
    addresses: Mapping[int, str]
    position: int
    votes: int = 1
    line: int = 0


def nodes(document: Document) -> tuple[ConfNode, ...]:
    """The nodes of the file, in its order. A file of 1.x has none; see `members`."""
    return tuple(_node(document, section, place) for place, section in enumerate(document.sections("nodelist.node")))


def members(document: Document) -> tuple[tuple[str, ...], ...]:
    """Addresses of the `member` blocks of 1.x, one tuple for each interface."""
    return tuple(
        tuple(
            show(line.value)
            for inner in interface.sections
            if inner.name == "member"
            for line in items(document, inner)
            if line.key == "memberaddr"
        )
        for interface in document.sections("totem.interface")
    )


def names_to_resolve(document: Document) -> tuple[str, ...]:
    """Every name that stands in the nodelist where an address may stand, once."""
    given = [address for node in nodes(document) for address in node.addresses.values()]
    return tuple(dict.fromkeys(address for address in given if address and numeric(raw(address)) is None))


def cluster_name(document: Document) -> str | None:
    """`totem.cluster_name`, None when the file does not say."""
    return option(document, "totem.cluster_name")


def transport(document: Document) -> str | None:
    """`totem.transport` as written, None when the file leaves it to the release's default."""
    return option(document, "totem.transport")


def config_version(document: Document) -> int | None:
    """`totem.config_version`, None when there is none or it is no number."""
    text = option(document, "totem.config_version")
    return None if text is None else integer(text, "u64")


def option(document: Document, key: str) -> str | None:
    """The value of an option of a section that occurs once ("totem.token"); the last one holds. None when absent."""
    line = option_line(document, key)
    return None if line is None else show(line.value)


def option_line(document: Document, key: str) -> Line | None:
    """The line that sets an option; the last one when several do."""
    return document.options.get(key)


def items(document: Document, section: Section) -> list[Line]:
    """The options that stand directly in a section."""
    lines = document.lines
    return [lines[index] for index in section.items]


def _node(document: Document, section: Section, place: int) -> ConfNode:
    name, nodeid, votes = "", None, 1
    addresses: dict[int, str] = {}
    for line in items(document, section):
        if line.key == "name":
            name = show(line.value)
        elif line.key == "nodeid":
            nodeid = integer(line.value, "u32")
        elif line.key == "quorum_votes":
            counted = integer(line.value, "u32")
            votes = 1 if counted is None else counted
        elif found := RING_ADDRESS(line.key):
            addresses[int(found[1])] = show(line.value)
    number = document.lines[section.first].number
    return ConfNode(name, nodeid, addresses, place, votes, number)
