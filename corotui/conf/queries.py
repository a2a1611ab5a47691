"""What the file says, in the field's words: nodes with addresses, cluster name, transport, version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from corotui.conf.daemon.cmap import parse_integer
from corotui.conf.daemon.validation.resolver import parse_address
from corotui.conf.document import Document, Section
from corotui.conf.syntax import ConfLine, to_display, to_latin1

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


def conf_nodes(document: Document) -> tuple[ConfNode, ...]:
    """The nodes of the file, in its order. A file of 1.x has none; see `members`."""
    return tuple(_node(document, section, place) for place, section in enumerate(document.sections("nodelist.node")))


def member_addresses(document: Document) -> tuple[tuple[str, ...], ...]:
    """Addresses of the `member` blocks of 1.x, one tuple for each interface."""
    return tuple(
        tuple(
            to_display(line.value)
            for inner in interface.sections
            if inner.name == "member"
            for line in option_lines(document, inner)
            if line.key == "memberaddr"
        )
        for interface in document.sections("totem.interface")
    )


def names_to_resolve(document: Document) -> tuple[str, ...]:
    """Every name that stands in the nodelist where an address may stand, once."""
    given = [address for node in conf_nodes(document) for address in node.addresses.values()]
    return tuple(dict.fromkeys(address for address in given if address and parse_address(to_latin1(address)) is None))


def cluster_name(document: Document) -> str | None:
    """`totem.cluster_name`, None when the file does not say."""
    return option_value(document, "totem.cluster_name")


def configured_transport(document: Document) -> str | None:
    """`totem.transport` as written, None when the file leaves it to the release's default."""
    return option_value(document, "totem.transport")


def config_version(document: Document) -> int | None:
    """`totem.config_version`, None when there is none or it is no number."""
    text = option_value(document, "totem.config_version")
    return None if text is None else parse_integer(text, "u64")


def option_value(document: Document, key: str) -> str | None:
    """The value of an option of a section that occurs once ("totem.token"); the last one holds. None when absent."""
    line = option_line(document, key)
    return None if line is None else to_display(line.value)


def option_line(document: Document, key: str) -> ConfLine | None:
    """The line that sets an option; the last one when several do."""
    return document.options_by_key.get(key)


def option_lines(document: Document, section: Section) -> list[ConfLine]:
    """The options that stand directly in a section."""
    lines = document.lines
    return [lines[index] for index in section.option_indexes]


def _node(document: Document, section: Section, place: int) -> ConfNode:
    name, nodeid, votes = "", None, 1
    addresses: dict[int, str] = {}
    for line in option_lines(document, section):
        if line.key == "name":
            name = to_display(line.value)
        elif line.key == "nodeid":
            nodeid = parse_integer(line.value, "u32")
        elif line.key == "quorum_votes":
            counted = parse_integer(line.value, "u32")
            votes = 1 if counted is None else counted
        elif found := RING_ADDRESS(line.key):
            addresses[int(found[1])] = to_display(line.value)
    number = document.lines[section.open_index].number
    return ConfNode(name, nodeid, addresses, place, votes, number)
