"""Add, remove and change links."""

from __future__ import annotations

from collections.abc import Mapping

from corotui.conf.daemon.cmap import integer
from corotui.conf.diagnostics import Change
from corotui.conf.document import Document, Section
from corotui.conf.edit.node import find_node
from corotui.conf.edit.option import replace
from corotui.conf.edit.splice import (
    Edited,
    end_of_options,
    ending,
    indent_inside,
    indent_of,
    line,
    refused,
    splice,
    step,
    whole,
    word,
)
from corotui.conf.reading import RING_ADDRESS, items, nodes, transport

MOST = 8


def add_link(document: Document, addresses: Mapping[str, str], *, link: int | None = None) -> Edited:
    """Give every node an address on a new link: `addresses` maps the names of all nodes. Without `link` it gets the
    first free number. UsageError when a node is missing, an address is taken, or the transport knows one link only."""
    there = nodes(document)
    used = {number for node in there for number in node.addresses}
    number = link if link is not None else next((n for n in range(MOST) if n not in used), MOST)
    if number in used or not 0 <= number < MOST:
        raise refused(f"Link {number} cannot be added", f"Links are numbered 0 to {MOST - 1}, each once.")
    if used and transport(document) not in (None, "knet"):
        raise refused(f"The transport {transport(document)} has one link only", "Change to knet first.")
    names = {node.name for node in there}
    if set(addresses) != names or "" in names:
        missing = ", ".join(sorted(names - set(addresses))) or "a node without a name"
        raise refused(f"Link {number} needs an address for every node", f"Missing: {missing}.")
    taken = {address for node in there for address in node.addresses.values()}
    twice = next((a for a in addresses.values() if a in taken or list(addresses.values()).count(a) > 1), None)
    if twice is not None:
        raise refused(f"The address {twice} is taken already", "Each link of each node needs its own.")
    changes = []
    for section, node in zip(document.sections("nodelist.node"), there, strict=True):
        place = _behind_addresses(document, section)
        key, value = f"ring{number}_addr", word(addresses[node.name], "An address")
        changes.append(Change(place, place, line(document, indent_inside(document, section), key, value)))
    return splice(document, changes)


def remove_link(document: Document, link: int) -> Edited:
    """Take a link out: its addresses and its interface section. UsageError when it is the only one or there is none."""
    there = nodes(document)
    used = {number for node in there for number in node.addresses}
    if link not in used:
        raise refused(f"There is no link {link}", f"There are: {', '.join(map(str, sorted(used))) or 'none'}.")
    if used == {link}:
        raise refused(f"Link {link} is the only one", "Add another link first.")
    changes = [
        Change(found.start, found.next, "")
        for section in document.sections("nodelist.node")
        for found in items(document, section)
        if (ring := RING_ADDRESS(found.key)) and int(ring[1]) == link
    ]
    for section in document.sections("totem.interface"):
        if _number(document, section) == link:
            start, after = whole(document, section)
            changes.append(Change(start, after, ""))
    return splice(document, changes)


def set_address(document: Document, node: str, link: int, address: str) -> Edited:
    """Change a node's address on a link. A running ring takes that only in two steps; see the note."""
    section, _ = find_node(document, node)
    notes = ["A reload refuses another address on a running link. Remove the link and add it again, or stop all nodes."]
    return splice(document, [replace(document, section, f"ring{link}_addr", word(address, "An address"))], notes)


def set_link_option(document: Document, link: int, key: str, value: str) -> Edited:
    """Give an option of a link (`knet_link_priority`) a value, in its interface section, which is made if need be."""
    value = word(value, "A value")
    for section in reversed(document.sections("totem.interface")):
        if _number(document, section) == link:
            return splice(document, [replace(document, section, key, value)])
    totems = document.sections("totem")
    if not totems:
        raise refused("There is no totem section", "Add one first.")
    totem = totems[-1]
    whole(document, totem)
    place = document.lines[totem.last or 0].start
    outer = indent_inside(document, totem) if totem.items else indent_of(document, totem.first) + step(document)
    inner, end = outer + step(document), ending(document)
    body = line(document, inner, "linknumber", str(link)) + line(document, inner, key, value)
    return splice(document, [Change(place, place, f"{outer}interface {{{end}{body}{outer}}}{end}")])


def _number(document: Document, section: Section) -> int | None:
    found = [one for one in items(document, section) if one.key == "linknumber"]
    return integer(found[-1].value, "u8") if found else 0


def _behind_addresses(document: Document, section: Section) -> int:
    found = [one for one in items(document, section) if RING_ADDRESS(one.key)]
    return found[-1].next if found else end_of_options(document, section)
