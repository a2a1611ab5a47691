"""Nodes: names, numbers and addresses that occur twice or lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from corotui.conf.daemon.validation.resolver import IPAddress, parse_address
from corotui.conf.diagnostics.model import Diagnostic, Place
from corotui.conf.diagnostics.severity import Severity
from corotui.conf.document import Section
from corotui.conf.lint.context import LintContext
from corotui.conf.queries import RING_ADDRESS, option_lines
from corotui.conf.syntax import ConfLine, to_display, to_latin1

MANY = 32
"""Nodes up to which rings are commonly used."""
MOST = 384
"""Nodes that corosync has room for (PROCESSOR_COUNT_MAX)."""


def lint(context: LintContext) -> Iterator[Diagnostic]:
    """Diagnostics about the nodelist."""
    sections = context.sections_at("nodelist.node")
    if not sections:
        return
    yield from _duplicates(context, sections)
    yield from _addresses(context, sections)
    yield from _missing(context, sections)
    first = context.document.lines[context.sections_at("nodelist")[0].open_index]
    count = len(sections)
    if count > MANY:
        severity = Severity.ERROR if count > MOST else Severity.WARNING
        limit = f"corosync has room for {MOST}. " if count > MOST else ""
        why = f"{limit}Rings of more than {MANY} nodes are rarely used; token grows to {context.timers.token} ms."
        yield Place(context.document, first, "key").diagnostic(severity, "many-nodes", f"{count} nodes.", why)
    elif count == 1:
        why = "If it fails, the whole ring fails."
        yield Place(context.document, first, "key").info("single-node", "There is only one node.", why)


def _key(context: LintContext, section: Section, name: str) -> ConfLine | None:
    """The last line of a section that sets an option."""
    last = None
    for line in option_lines(context.document, section):
        if line.key == name:
            last = line
    return last


def _duplicates(context: LintContext, sections: list[Section]) -> Iterator[Diagnostic]:
    document = context.document
    names: dict[str, int] = {}
    numbers: dict[str, int] = {}
    for section in sections:
        line = _key(context, section, "name")
        if line is not None and line.value:
            if line.value in names:
                why = f"It is in line {names[line.value]}. corosync may take the wrong node for the local one."
                message = f"Another node has the name {to_display(line.value)}."
                yield Place(document, line, "value").error("name-twice", message, why)
            names.setdefault(line.value, line.number)
        line = _key(context, section, "nodeid")
        if line is not None and line.value:
            value = line.value.lstrip("+0") or "0"
            if value in numbers and context.cmap.entries:
                why = f"It is in line {numbers[value]}. Two nodes with the same number break the ring."
                message = f"Another node has nodeid {to_display(line.value)}."
                yield Place(document, line, "value").error("nodeid-twice", message, why)
            numbers.setdefault(value, line.number)


def _addresses(context: LintContext, sections: list[Section]) -> Iterator[Diagnostic]:
    document = context.document
    limit = 8 if context.release.grammar >= 3 else 2
    seen: dict[IPAddress | str, int] = {}
    named: list[ConfLine] = []
    for section in sections:
        for line in option_lines(document, section):
            ring = RING_ADDRESS(line.key)
            if not ring or not line.value:
                continue
            if int(ring[1]) >= limit:
                why = f"Links have numbers from 0 to {limit - 1}. With others some releases overwrite their own memory."
                message = f"There is no link {ring[1]}."
                yield Place(document, line, "key").error("link-number", message, why)
            literal = parse_address(line.value)
            what: IPAddress | str = literal or line.value.lower()
            if what in seen and seen[what] != line.number:
                why = f"Line {seen[what]} has it too. corosync accepts that, and the ring breaks."
                message = f"{to_display(line.value)} is also the address of another node or link."
                yield Place(document, line, "value").error("address-twice", message, why)
            seen.setdefault(what, line.number)
            if literal is None:
                named.append(line)
            elif _is_loopback(literal) and len(sections) > 1:
                why = "The other nodes reach only themselves there. Write the node's address in the ring's network."
                message = f"{to_display(line.value)} is each node itself."
                yield Place(document, line, "value").error("address-loopback", message, why)
    for line in named:
        yield from _name(context, line, len(sections))


def _is_loopback(address: IPAddress) -> bool:
    return (address.family == 4 and address.value >> 24 == 127) or address == IPAddress(6, 1)


def _name(context: LintContext, line: ConfLine, count: int) -> Iterator[Diagnostic]:
    document, name = context.document, to_display(line.value)
    wrong: dict[str, str] = {}
    host = context.environment.host
    if host is not None and host.hosts is not None:
        answers = host.hosts.get(name, ())
        wrong[host.hostname or "this host"] = next((answer for answer in answers if _is_loopback_text(answer)), "")
    for node, answers_by_name in context.environment.resolved_names.items():
        wrong[node] = next((answer for answer in answers_by_name.get(name, ()) if _is_loopback_text(answer)), "")
    bad = [f"{node} ({address})" for node, address in wrong.items() if address]
    if bad and count > 1:
        why = (
            f"That is so on {', '.join(bad)}. Put the node's address into /etc/hosts there, or write the address here."
        )
        message = f"The name {name} resolves to a loopback address."
        yield Place(document, line, "value").error("address-loopback", message, why)
        return
    failing = [
        node for node, answers in context.environment.resolved_names.items() if name in answers and not answers[name]
    ]
    if failing:
        why = "corosync does not start there. Put the name into /etc/hosts on that node, or write the address here."
        message = f"The name {name} does not resolve on {', '.join(failing)}."
        yield Place(document, line, "value").error("node-address", message, why)
        return
    why = "corosync does not start on a node that cannot resolve it. An address is safer."
    yield Place(document, line, "value").info("address-is-name", f"{name} is a name, not an address.", why)


def _is_loopback_text(text: str) -> bool:
    address = parse_address(to_latin1(text))
    return address is not None and _is_loopback(address)


def _missing(context: LintContext, sections: list[Section]) -> Iterator[Diagnostic]:
    """Links that some nodes have and others have not. The daemon reports only those of the local node."""
    document = context.document
    links_by_node: list[set[int]] = []
    networks: dict[str, tuple[int, int]] = {}
    for section in sections:
        own: set[int] = set()
        for line in option_lines(document, section):
            ring = RING_ADDRESS(line.key)
            if ring:
                own.add(int(ring[1]))
        links_by_node.append(own)
    all_links = set().union(*links_by_node)
    for section, own in zip(sections, links_by_node, strict=True):
        lacking = sorted(all_links - own)
        if lacking and own:
            missing = ", ".join(f"ring{link}_addr" for link in lacking)
            why = "Other nodes have one. corosync does not start where the links differ."
            line = document.lines[section.open_index]
            message = f"This node has no {missing}."
            yield Place(document, line, "key").error("link-count", message, why, stage="start")
    for line in option_lines(document, sections[0]):
        ring = RING_ADDRESS(line.key)
        address = parse_address(line.value) if ring else None
        if ring and address is not None:
            size = 24 if address.family == 4 else 64
            network = str(ip_network(f"{address}/{size}", strict=False))
            if network in networks and networks[network][0] != int(ring[1]):
                why = f"So is line {networks[network][1]}. Two links help only if they use different networks."
                message = f"Link {ring[1]} and link {networks[network][0]} seem to be in one network."
                yield Place(document, line, "value").warning("addresses-one-network", message, why)
            networks.setdefault(network, (int(ring[1]), line.number))
