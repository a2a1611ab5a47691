"""Queries of a file: nodes with addresses, cluster name, transport, version, any option."""

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
    """A node of the nodelist."""

    name: str
    """Its name, "" if the file gives none."""
    nodeid: int | None
    """Its number, None if the file gives none or no number."""
    addresses: Mapping[int, str]
    """Number of the link -> the address as written."""
    position: int
    """Position in the nodelist, from 0."""
    votes: int = 1
    """quorum_votes of the node."""
    line: int = 0
    """Line that opens its section."""


def conf_nodes(document: Document) -> tuple[ConfNode, ...]:
    """The nodes of the file, in its order. A file of 1.x has none; see `member_addresses`."""
    return tuple(
        _node(document, section, position) for position, section in enumerate(document.sections("nodelist.node"))
    )


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
    """Every name that the nodelist has in place of an address, once."""
    given = [address for node in conf_nodes(document) for address in node.addresses.values()]
    return tuple(dict.fromkeys(address for address in given if address and parse_address(to_latin1(address)) is None))


def cluster_name(document: Document) -> str | None:
    """`totem.cluster_name`, None if the file has none."""
    return option_value(document, "totem.cluster_name")


def configured_transport(document: Document) -> str | None:
    """`totem.transport` as written, None when the file leaves it to the release's default."""
    return option_value(document, "totem.transport")


def config_version(document: Document) -> int | None:
    """`totem.config_version`, None if there is none or it is no number."""
    text = option_value(document, "totem.config_version")
    return None if text is None else parse_integer(text, "u64")


def option_value(document: Document, key: str) -> str | None:
    """The value of an option of a section that occurs once ("totem.token"); the last one holds. None if absent."""
    line = option_line(document, key)
    return None if line is None else to_display(line.value)


def option_line(document: Document, key: str) -> ConfLine | None:
    """The line that sets an option, the last one if several do; None if none does."""
    return document.options_by_key.get(key)


def option_lines(document: Document, section: Section) -> list[ConfLine]:
    """The options directly in a section."""
    lines = document.lines
    return [lines[index] for index in section.option_indexes]


def _node(document: Document, section: Section, position: int) -> ConfNode:
    name, nodeid, votes = "", None, 1
    addresses: dict[int, str] = {}
    for line in option_lines(document, section):
        if line.key == "name":
            name = to_display(line.value)
        elif line.key == "nodeid":
            nodeid = parse_integer(line.value, "u32")
        elif line.key == "quorum_votes":
            number = parse_integer(line.value, "u32")
            votes = 1 if number is None else number
        elif match := RING_ADDRESS(line.key):
            addresses[int(match[1])] = to_display(line.value)
    head = document.lines[section.open_index].number
    return ConfNode(name, nodeid, addresses, position, votes, head)
