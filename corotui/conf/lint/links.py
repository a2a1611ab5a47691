"""Links and transport: interface sections without a link, multicast, IP families."""

from __future__ import annotations

from collections.abc import Iterator

from corotui.conf.daemon.cmap import parse_integer
from corotui.conf.daemon.validation.resolver import parse_address
from corotui.conf.diagnostics.model import Diagnostic, Fix, Place, TextEdit
from corotui.conf.lint.context import LintContext
from corotui.conf.queries import option_line, option_lines


def lint(context: LintContext) -> Iterator[Diagnostic]:
    """Diagnostics about links."""
    yield from _interfaces(context)
    yield from _families(context)
    yield from _elsewhere(context)
    if context.transport == "udp":
        yield from _multicast(context)
    for placed in context.options:
        if placed.key == "totem.interface.knet_transport" and placed.line.value == "sctp":
            why = "corosync deprecates it since 3.1.10. udp does the same."
            yield Place(context.document, placed.line, "value").warning("sctp", "sctp is going away.", why)


def _interfaces(context: LintContext) -> Iterator[Diagnostic]:
    document, is_v3 = context.document, context.release.grammar >= 3
    key = "linknumber" if is_v3 else "ringnumber"
    used = {link.number for link in context.links}
    seen: dict[int, int] = {}
    for section in context.sections_at("totem.interface"):
        head = document.lines[section.open_index]
        numbers = {
            line.key: line for line in option_lines(document, section) if line.key in ("linknumber", "ringnumber")
        }
        if is_v3 and "ringnumber" in numbers:
            line = numbers["ringnumber"]
            fix = None
            if "linknumber" not in numbers:
                fix = Fix("write linknumber", (TextEdit(line.key_start, line.key_start + len(line.key), "linknumber"),))
            why = "corosync 3 calls it linknumber. Without linknumber the whole section applies to link 0."
            message = "corosync 3 does not read ringnumber."
            if "linknumber" in numbers:
                message = "corosync 3 does not read ringnumber, only linknumber."
            yield Place(document, line, "key").error("ringnumber", message, why, fix=fix)
        given = numbers.get(key)
        number = 0 if given is None else parse_integer(given.value, "u8")
        if number is None or ("ringnumber" in numbers and is_v3 and given is None):
            continue
        place = given or head
        if number in seen and len(section.option_indexes) > (given is not None):
            why = f"Line {seen[number]} begins another. Where both set an option, this one holds."
            message = f"A second interface section for link {number}."
            yield Place(document, place, "key" if given is None else "value").warning("link-twice", message, why)
        seen.setdefault(number, head.number)
        if context.nodes and used and number not in used and number < 8:
            why = f"No node has a ring{number}_addr."
            if len(section.option_indexes) > (given is not None):
                why += " corosync does not start: it counts the links of each node."
            message = f"No node is on link {number}."
            yield Place(document, place, "key" if given is None else "value").warning("link-unused", message, why)


def _families(context: LintContext) -> Iterator[Diagnostic]:
    if not context.nodes:
        return
    families: dict[int, int] = {}
    for link, text in context.nodes[0].addresses.items():
        address = parse_address(text)
        if address is not None:
            families[link] = address.family
    if len(set(families.values())) > 1:
        document = context.document
        line = document.lines[context.sections_at("nodelist.node")[0].open_index]
        listed = ", ".join(f"link {link} IPv{family}" for link, family in sorted(families.items()))
        why = "That works, but firewalls and MTU differ. Make sure that both are intended."
        message = f"Links of both IP families: {listed}."
        yield Place(document, line, "key").info("families-differ", message, why)


def _elsewhere(context: LintContext) -> Iterator[Diagnostic]:
    """Nodes whose host does not have the address that the file gives them."""
    host = context.environment.host
    known = dict(context.environment.addresses)
    if host is not None and host.addresses is not None and host.hostname is not None:
        known[host.hostname] = host.addresses
    own = {
        node: {parse_address(text.partition("/")[0]) for text in addresses}
        for node, addresses in known.items()
        if addresses
    }
    own = {node.partition(".")[0]: addresses for node, addresses in own.items()} | own
    for node, section in zip(context.nodes, context.sections_at("nodelist.node"), strict=True):
        if node.name not in own:
            continue
        for line in option_lines(context.document, section):
            address = parse_address(line.value) if line.key.startswith("ring") and line.key.endswith("_addr") else None
            if address is not None and address not in own[node.name]:
                why = "corosync starts and this link stays down. Correct the address, or give it to an interface."
                message = f"{node.name} has no address {line.value}."
                yield Place(context.document, line, "value").error("address-elsewhere", message, why)


def _multicast(context: LintContext) -> Iterator[Diagnostic]:
    line = option_line(context.document, "totem.transport")
    place = line or option_line(context.document, "totem.version") or 0
    better = "knet" if context.release.grammar >= 3 else "udpu"
    if context.environment.cloud:
        why = f"The nodes never hear each other there. Use {better}."
        message = "The transport udp needs multicast, and a cloud carries none."
        yield Place(context.document, place, "value").error("multicast-cloud", message, why)
    elif not any(placed.key == "totem.interface.broadcast" for placed in context.options):
        why = f"Where switches or clouds drop it, the nodes never hear each other. {better} needs none."
        message = "The transport udp needs multicast."
        yield Place(context.document, place, "value").info("multicast", message, why)
