"""Nodes: names, numbers and addresses that meet, or lead nowhere."""

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
MOST = 384


def lint(context: LintContext) -> Iterator[Diagnostic]:
    """Diagnostics about the nodelist."""
    sections = context.sections_at("nodelist.node")
    if not sections:
        return
    yield from _twice(context, sections)
    yield from _addresses(context, sections)
    yield from _missing(context, sections)
    first = context.document.lines[context.sections_at("nodelist")[0].open_index]
    count = len(sections)
    if count > MANY:
        severity = Severity.ERROR if count > MOST else Severity.WARNING
        most = f"corosync has room for {MOST}. " if count > MOST else ""
        why = f"{most}Rings beyond {MANY} nodes are hardly tried; token grows to {context.timers.token} ms."
        yield Place(context.document, first, "key").diagnostic(severity, "many-nodes", f"{count} nodes.", why)
    elif count == 1:
        why = "A ring of one fails with it."
        yield Place(context.document, first, "key").info("single-node", "There is only one node.", why)


def _key(context: LintContext, section: Section, name: str) -> ConfLine | None:
    found = None
    for line in option_lines(context.document, section):
        if line.key == name:
            found = line
    return found


def _twice(context: LintContext, sections: list[Section]) -> Iterator[Diagnostic]:
    document = context.document
    names: dict[str, int] = {}
    numbers: dict[str, int] = {}
    for section in sections:
        line = _key(context, section, "name")
        if line is not None and line.value:
            if line.value in names:
                why = f"Line {names[line.value]} has it too. corosync may take the wrong one for itself."
                message = f"Another node is called {to_display(line.value)} too."
                yield Place(document, line, "value").error("name-twice", message, why)
            names.setdefault(line.value, line.number)
        line = _key(context, section, "nodeid")
        if line is not None and line.value:
            value = line.value.lstrip("+0") or "0"
            if value in numbers and context.cmap.entries:
                why = f"Line {numbers[value]} has it too. Two nodes with one number break the ring."
                message = f"Another node has nodeid {to_display(line.value)} too."
                yield Place(document, line, "value").error("nodeid-twice", message, why)
            numbers.setdefault(value, line.number)


def _addresses(context: LintContext, sections: list[Section]) -> Iterator[Diagnostic]:
    document = context.document
    most = 8 if context.release.grammar >= 3 else 2
    seen: dict[IPAddress | str, int] = {}
    named: list[ConfLine] = []
    for section in sections:
        for line in option_lines(document, section):
            ring = RING_ADDRESS(line.key)
            if not ring or not line.value:
                continue
            if int(ring[1]) >= most:
                why = f"Links are numbered 0 to {most - 1}. Some releases write over their own memory with it."
                message = f"There is no link {ring[1]}."
                yield Place(document, line, "key").error("link-number", message, why)
            literal = parse_address(line.value)
            what: IPAddress | str = literal or line.value.lower()
            if what in seen and seen[what] != line.number:
                why = f"Line {seen[what]} has it too. corosync accepts that, and the ring breaks."
                message = f"{to_display(line.value)} is another node's or link's address too."
                yield Place(document, line, "value").error("address-twice", message, why)
            seen.setdefault(what, line.number)
            if literal is None:
                named.append(line)
            elif _loopback(literal) and len(sections) > 1:
                why = "The other nodes reach only themselves there. Write the node's address in the ring's network."
                message = f"{to_display(line.value)} leads every node to itself."
                yield Place(document, line, "value").error("address-loopback", message, why)
    for line in named:
        yield from _name(context, line, len(sections))


def _loopback(address: IPAddress) -> bool:
    return (address.family == 4 and address.value >> 24 == 127) or address == IPAddress(6, 1)


def _name(context: LintContext, line: ConfLine, count: int) -> Iterator[Diagnostic]:
    document, name = context.document, to_display(line.value)
    wrong: dict[str, str] = {}
    host = context.environment.host
    if host is not None and host.hosts is not None:
        found = host.hosts.get(name, ())
        wrong[host.hostname or "this machine"] = next((one for one in found if _leads_back(one)), "")
    for node, answers in context.environment.resolved_names.items():
        wrong[node] = next((one for one in answers.get(name, ()) if _leads_back(one)), "")
    bad = [f"{node} ({address})" for node, address in wrong.items() if address]
    if bad and count > 1:
        why = f"So it is on {', '.join(bad)}. Put the node's address into /etc/hosts there, or write the address here."
        message = f"The name {name} leads to the machine itself."
        yield Place(document, line, "value").error("address-loopback", message, why)
        return
    lost = [
        node for node, answers in context.environment.resolved_names.items() if name in answers and not answers[name]
    ]
    if lost:
        why = "corosync does not start there. Put the name into /etc/hosts on that node, or write the address here."
        message = f"The name {name} does not resolve on {', '.join(lost)}."
        yield Place(document, line, "value").error("node-address", message, why)
        return
    why = "corosync does not start on a node that cannot resolve it. An address is safer."
    yield Place(document, line, "value").info("address-is-name", f"{name} is a name.", why)


def _leads_back(text: str) -> bool:
    address = parse_address(to_latin1(text))
    return address is not None and _loopback(address)


def _missing(context: LintContext, sections: list[Section]) -> Iterator[Diagnostic]:
    """Links some nodes have and others have not, for every node, not only this one."""
    document = context.document
    have: list[set[int]] = []
    networks: dict[str, tuple[int, int]] = {}
    for section in sections:
        mine: set[int] = set()
        for line in option_lines(document, section):
            ring = RING_ADDRESS(line.key)
            if ring:
                mine.add(int(ring[1]))
        have.append(mine)
    everything = set().union(*have)
    for section, mine in zip(sections, have, strict=True):
        lacking = sorted(everything - mine)
        if lacking and mine:
            words = ", ".join(f"ring{link}_addr" for link in lacking)
            why = "Other nodes have one. corosync does not start where the links differ."
            line = document.lines[section.open_index]
            message = f"This node has no {words}."
            yield Place(document, line, "key").error("link-count", message, why, stage="start")
    for line in option_lines(document, sections[0]):
        ring = RING_ADDRESS(line.key)
        address = parse_address(line.value) if ring else None
        if ring and address is not None:
            size = 24 if address.family == 4 else 64
            network = str(ip_network(f"{address}/{size}", strict=False))
            if network in networks and networks[network][0] != int(ring[1]):
                why = f"Line {networks[network][1]} is in it too. Two links help only when they use different networks."
                message = f"Link {ring[1]} and link {networks[network][0]} seem to be in one network."
                yield Place(document, line, "value").warning("addresses-one-network", message, why)
            networks.setdefault(network, (int(ring[1]), line.number))
