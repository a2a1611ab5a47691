"""Quorum: numbers of votes that cannot be reached, switches that turn each other off."""

from __future__ import annotations

from collections.abc import Iterator

from corotui.conf.daemon.validation.startup import is_valid_tie_breaker
from corotui.conf.diagnostics.model import Diagnostic, Fix, Place, TextEdit
from corotui.conf.diagnostics.severity import Severity
from corotui.conf.lint.context import LintContext
from corotui.conf.queries import option_line
from corotui.conf.quorum import QuorumConfig, compute_quorum
from corotui.conf.syntax import to_display


def lint(context: LintContext) -> Iterator[Diagnostic]:
    """Diagnostics about quorum."""
    cmap, document = context.cmap, context.document
    count = len(context.nodes) or max((link.member_count for link in context.links), default=0)
    quorum = compute_quorum(cmap, context.release, count)
    if quorum is None:
        if count > 1 and cmap.text("quorum.provider") is None and context.release.grammar >= 2:
            sections = context.sections_at("quorum")
            place = document.lines[sections[0].open_index] if sections else 0
            why = "If the network splits, both halves go on. Set provider: corosync_votequorum in quorum."
            fix = _provider(context)
            yield Place(document, place, "key").warning("quorum-missing", "No quorum is configured.", why, fix=fix)
        return
    if context.release.grammar < 2:
        return
    yield from _two_node(context, quorum, count)
    yield from _tie(context, quorum)
    yield from _votes(context, quorum)
    if cmap.text("quorum.device.model") == "net":
        yield from _device(context)


def _provider(context: LintContext) -> Fix | None:
    sections = context.sections_at("quorum")
    if len(sections) > 1:
        return None
    if sections:
        head = context.document.lines[sections[0].open_index]
        indent = "    "
        return Fix(
            "set the provider",
            (TextEdit(head.next_start, head.next_start, f"{indent}provider: corosync_votequorum\n"),),
        )
    size = len(context.document.text)
    gap = "" if context.document.text.endswith("\n") or not size else "\n"
    two = "    two_node: 1\n" if len(context.nodes) == 2 else ""
    text = f"{gap}\nquorum {{\n    provider: corosync_votequorum\n{two}}}\n"
    return Fix("add a quorum section", (TextEdit(size, size, text),))


def _two_node(context: LintContext, quorum: QuorumConfig, count: int) -> Iterator[Diagnostic]:
    cmap, document = context.cmap, context.document
    line = context.line_of("quorum.two_node")
    on = cmap.number("quorum.two_node", "u8") != 0
    device = bool(cmap.text("quorum.device.model"))
    if on and count > 2:
        why = "It has an effect only while at most two nodes are up, and then one of many goes on alone. Take it out."
        fix = None
        if line:
            at_line = document.lines[line - 1]
            fix = Fix("take the line out", (TextEdit(at_line.start, at_line.next_start, ""),))
        yield Place(document, line).error("two-node-nodes", f"two_node with {count} nodes.", why, fix=fix)
    elif on and count == 1:
        why = "Quorum is 1 with or without it; it also sets wait_for_all."
        yield Place(document, line).info("two-node-nodes", "two_node with one node.", why)
    elif on and quorum.expected != 2 and not device:
        why = "It has an effect only with two votes. Take expected_votes out, and give each node one vote."
        message = f"two_node with {quorum.expected} expected votes."
        yield Place(document, line).warning("two-node-nodes", message, why)
    elif (
        count == 2
        and option_line(document, "quorum.two_node") is None
        and not device
        and quorum.quorum > 1
        and not quorum.auto_tie_breaker
    ):
        provider = option_line(document, "quorum.provider")
        why = "With two_node: 1 and fencing, the survivor goes on."
        fix = None
        if provider is not None:
            indent = document.text[provider.start : provider.key_start]
            fix = Fix("set two_node", (TextEdit(provider.next_start, provider.next_start, f"{indent}two_node: 1\n"),))
        message = "If one of the two nodes fails, the other stops too."
        yield Place(document, provider or line).warning("two-node-missing", message, why, fix=fix)
    wait = context.line_of("quorum.wait_for_all")
    if on and wait and not cmap.number("quorum.wait_for_all", "u8"):
        why = "Each may start alone, be quorate and fence the other. Take the line out: two_node sets it to 1."
        yield Place(document, wait).warning("wait-for-all-off", "two_node without wait_for_all.", why)


def _tie(context: LintContext, quorum: QuorumConfig) -> Iterator[Diagnostic]:
    cmap, document = context.cmap, context.document
    line = context.line_of("quorum.auto_tie_breaker")
    node = cmap.text("quorum.auto_tie_breaker_node")
    if not quorum.auto_tie_breaker:
        if node is not None:
            why = "Set auto_tie_breaker: 1, or take the line out."
            place = context.line_of("quorum.auto_tie_breaker_node")
            yield Place(document, place).warning("tie-breaker-off", "auto_tie_breaker is not on.", why)
        votes = len(quorum.node_votes)
        device = bool(cmap.text("quorum.device.model"))
        if votes > 2 and votes % 2 == 0 and not device and len(set(quorum.node_votes)) == 1:
            why = f"Quorum is {quorum.quorum} of {votes}. A quorum device, auto_tie_breaker or one more node helps."
            message = "If the ring splits into equal halves, neither has quorum."
            place = context.line_of("quorum.provider")
            yield Place(document, place, "value").info("even-votes", message, why)
        return
    if cmap.number("quorum.two_node", "u8"):
        why = "votequorum logs it and goes on without two_node. Choose one of them."
        place = context.line_of("quorum.two_node")
        yield Place(document, place).error("two-node-tie-breaker", "auto_tie_breaker turns two_node off.", why)
    if not is_valid_tie_breaker(node):
        why = "It takes lowest, highest, or node numbers separated by blanks. The tie breaker is off."
        place = context.line_of("quorum.auto_tie_breaker_node")
        message = f"{to_display(node or '')} names no nodes."
        yield Place(document, place, "value").error("tie-breaker-off", message, why)
    odd = sum(quorum.node_votes) % 2
    if odd and not quorum.wait_for_all and not cmap.number("quorum.last_man_standing", "u8"):
        why = "With an odd number of votes it needs wait_for_all: 1; votequorum ignores it otherwise."
        yield Place(document, line).warning("tie-breaker-off", "auto_tie_breaker is turned off.", why)


def _votes(context: LintContext, quorum: QuorumConfig) -> Iterator[Diagnostic]:
    cmap, document = context.cmap, context.document
    line = context.line_of("quorum.expected_votes")
    if line and context.nodes and quorum.expected != quorum.votes and cmap.number("quorum.expected_votes", "u32"):
        severity = Severity.ERROR if quorum.quorum > quorum.votes else Severity.WARNING
        why = (
            f"Together the nodes have {quorum.votes}, so quorum would be {quorum.votes // 2 + 1}, not {quorum.quorum}."
        )
        if quorum.quorum > quorum.votes:
            why = f"Quorum is {quorum.quorum}, and all nodes together have {quorum.votes}: it is never reached."
        elif quorum.quorum * 2 <= quorum.votes:
            why = f"Quorum is {quorum.quorum} of {quorum.votes}: two halves may both have it."
            severity = Severity.ERROR
        why += " Without the line corosync counts the nodes."
        message = f"expected_votes is {quorum.expected}, the nodes have {quorum.votes}."
        at_line = document.lines[line - 1]
        fix = Fix("take the line out", (TextEdit(at_line.start, at_line.next_start, ""),))
        yield Place(document, line, "value").diagnostic(severity, "expected-votes", message, why, fix=fix)
    for position, votes in enumerate(quorum.node_votes):
        line = context.line_of(f"nodelist.node.{position}.quorum_votes")
        if votes == 0 and line:
            why = "It is in the ring and does not count for quorum."
            yield Place(document, line, "value").info("no-votes", "This node has no votes.", why)


def _device(context: LintContext) -> Iterator[Diagnostic]:
    document = context.document
    sections = context.sections_at("quorum.device")
    place = document.lines[sections[0].open_index] if sections else 0
    if not context.cmap.text("totem.cluster_name"):
        why = "corosync-qdevice does not start without it."
        message = "A quorum device needs a cluster_name in totem."
        yield Place(document, place, "key").error("device-cluster-name", message, why)
    if not context.cmap.text("quorum.device.net.host"):
        why = "corosync-qdevice does not start without it. Write net { host: ... } inside device."
        message = "The quorum device has no host."
        yield Place(document, place, "key").error("device-host", message, why)
