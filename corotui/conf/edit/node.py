"""Add, remove and rename nodes."""

from __future__ import annotations

from corotui.conf.daemon.cmap import integer
from corotui.conf.diagnostics import Change
from corotui.conf.document import Document, Section
from corotui.conf.edit.option import remove_option, replace, set_option
from corotui.conf.edit.splice import (
    Edited,
    ending,
    indent_inside,
    indent_of,
    line,
    missing_newline,
    refused,
    splice,
    step,
    whole,
    word,
)
from corotui.conf.new import NewNode
from corotui.conf.reading import ConfNode, nodes, option


def add_node(document: Document, node: NewNode) -> Edited:
    """Add a node behind the last one, laid out as that one is. UsageError when its name, number or an address is taken,
    or when it does not have as many addresses as the others. two_node is taken out when there are more than two now."""
    there = nodes(document)
    _judge(there, node)
    sections = document.sections("nodelist.node")
    end = ending(document)
    if sections:
        model = sections[-1]
        _, place = whole(document, model)
        outer, inner = indent_of(document, model.first), indent_inside(document, model)
        head, foot = f"{outer}node {{{end}", f"{outer}}}{end}"
    else:
        lists = document.sections("nodelist")
        one = step(document)
        inner = one * 2
        if lists:
            place = document.lines[lists[-1].first].next
            head, foot = f"{one}node {{{end}", f"{one}}}{end}"
        else:
            place = len(document.text)
            head, foot = f"nodelist {{{end}{one}node {{{end}", f"{one}}}{end}}}{end}"
    options = [("name", node.name), ("nodeid", str(node.nodeid))]
    links = sorted(there[-1].addresses) if there else list(range(len(node.addresses)))
    options += [(f"ring{link}_addr", address) for link, address in zip(links, node.addresses, strict=True)]
    body = "".join(line(document, inner, key, word(value, key)) for key, value in options)
    done = splice(document, [Change(place, place, missing_newline(document, place) + head + body + foot)])
    return _quorum(done, len(there) + 1)


def remove_node(document: Document, name: str) -> Edited:
    """Take a node out, with what stands in its section. UsageError when there is none of that name, or no other.
    two_node: 1 is set when two nodes are left that need it."""
    section, _ = find_node(document, name)
    there = nodes(document)
    if len(there) == 1:
        raise refused(f"{name} is the only node", "A ring needs one.")
    start, after = whole(document, section)
    return _quorum(splice(document, [Change(start, after, "")]), len(there) - 1)


def rename_node(document: Document, name: str, new_name: str) -> Edited:
    """Give a node another name. UsageError when it is taken or there is no such node."""
    section, _ = find_node(document, name)
    if not word(new_name, "A name"):
        raise refused("A node needs a name", "Give one.")
    if any(node.name == new_name for node in nodes(document)):
        raise refused(f"Another node is called {new_name} already", "Choose another name.")
    return splice(
        document,
        [replace(document, section, "name", new_name)],
        [f"corosync finds itself by name: {new_name} must be what `uname -n` prints there, or an address must match."],
    )


def set_node_option(document: Document, name: str, key: str, value: str) -> Edited:
    """Give an option of a node (`quorum_votes`, `ring0_addr`) a value."""
    section, _ = find_node(document, name)
    return splice(document, [replace(document, section, key, word(value, "A value"))])


def find_node(document: Document, name: str) -> tuple[Section, ConfNode]:
    """The section of a node, by its name or, where it has none, by its first address. UsageError when there is none."""
    for section, node in zip(document.sections("nodelist.node"), nodes(document), strict=True):
        if name in (node.name, *(() if node.name else node.addresses.values())):
            return section, node
    names = ", ".join(node.name or f"number {node.position + 1}" for node in nodes(document)) or "none"
    raise refused(f"There is no node {name}", f"The nodes are: {names}.")


def _judge(there: tuple[ConfNode, ...], node: NewNode) -> None:
    for other in there:
        if other.name == node.name:
            raise refused(f"There is a node {node.name} already", "Choose another name.")
        if other.nodeid == node.nodeid:
            raise refused(f"{other.name} has the number {node.nodeid} already", "Choose another number.")
        for address in node.addresses:
            if address in other.addresses.values():
                raise refused(f"{other.name} has the address {address} already", "Choose another address.")
    if not node.addresses or (there and len(node.addresses) != len(there[-1].addresses)):
        wanted = len(there[-1].addresses) if there else "at least one"
        raise refused(f"{node.name} has {len(node.addresses)} addresses", f"It needs {wanted}, one for each link.")


def _quorum(done: Edited, count: int) -> Edited:
    """two_node as the number of nodes asks for."""
    document, notes = done.document, list(done.notes)
    changes = list(done.changes)
    on = option(document, "quorum.two_node")
    set_already = on is not None and integer(on, "u8") not in (0, None)
    if set_already and count > 2:
        after = remove_option(document, "quorum.two_node")
        changes += after.changes
        document = after.document
        notes.append(f"two_node is for two nodes; with {count} it was taken out.")
    elif count == 2 and not set_already and _votequorum(document):
        after = set_option(document, "quorum.two_node", "1")
        changes += after.changes
        document = after.document
        notes.append("With two nodes two_node: 1 was set: one may fail; fencing must decide a split.")
    if option(document, "quorum.expected_votes") is not None:
        notes.append("expected_votes is set and was left as it is; without it corosync counts the nodes.")
    return Edited(document, tuple(changes), tuple(notes))


def _votequorum(document: Document) -> bool:
    device = option(document, "quorum.device.model")
    tie = option(document, "quorum.auto_tie_breaker")
    return option(document, "quorum.provider") == "corosync_votequorum" and not device and tie in (None, "0")
