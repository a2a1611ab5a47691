"""Timers that corosync accepts and that do not fit each other or the network."""

from __future__ import annotations

from collections.abc import Iterator

from corotui.conf.diagnostics.model import Diagnostic, Fix, Part, Place, TextEdit
from corotui.conf.diagnostics.severity import Severity
from corotui.conf.lint.context import LintContext
from corotui.conf.queries import option_line
from corotui.conf.timers import LONGER_TOKEN_SINCE, TOKEN_COEFFICIENT_SINCE

CLOUD_TOKEN = 10_000
"""Token timeout in ms for a cloud, where machines pause for seconds."""
SHORT_TOKEN = 1000
"""Token timeouts below this number of ms are too short for a busy host."""


def lint(context: LintContext) -> Iterator[Diagnostic]:
    """Diagnostics about timers."""
    yield from _consensus(context)
    yield from _token(context)
    if context.transport == "knet":
        yield from _pings(context)


def _consensus(context: LintContext) -> Iterator[Diagnostic]:
    times = context.timers
    line = context.line_of("totem.consensus")
    wanted = times.token * 12 // 10
    if not line or not context.cmap.number("totem.consensus", "u32") or times.consensus >= wanted:
        return
    consensus = context.document.lines[line - 1]
    why = f"With a token of {times.token} ms it should be at least {wanted} ms: otherwise a slow node leaves the ring, "
    why += "joins and leaves again. Without the line corosync computes it."
    fix = Fix("take the line out", (TextEdit(consensus.start, consensus.next_start, ""),))
    message = f"consensus is {times.consensus} ms, token {times.token} ms."
    severity = Severity.ERROR if times.consensus < times.token else Severity.WARNING
    yield Place(context.document, consensus, "value").diagnostic(severity, "consensus-short", message, why, fix=fix)


def _token(context: LintContext) -> Iterator[Diagnostic]:
    times, document = context.timers, context.document
    members = max((link.member_count for link in context.links), default=0)
    added = times.coefficient * max(members - 2, 0) if context.release >= TOKEN_COEFFICIENT_SINCE else 0
    base = times.token - added
    line = option_line(document, "totem.token")
    place = line or option_line(document, "totem.version") or 0
    part: Part = "value" if line is not None else "key"
    latency = context.environment.latency_ms
    if context.environment.cloud and base < CLOUD_TOKEN:
        why = f"Machines in a cloud pause for seconds at times. With {CLOUD_TOKEN} ms a pause does not break the ring."
        message = f"token is {base} ms in a cloud."
        yield Place(document, place, part).warning("token-cloud", message, why, fix=_token_fix(context, CLOUD_TOKEN))
    elif 30 <= times.token < SHORT_TOKEN and line is not None:
        default = 3000 if context.release >= LONGER_TOKEN_SINCE else 1000
        why = f"A busy host may be delayed as long. The release's default is {default} ms."
        message = f"token is {times.token} ms."
        yield Place(document, place, part).warning("token-short", message, why)
    if latency is not None and members > 1:
        round_ms = latency / 2 * members
        if times.token_retransmit < round_ms * 2:
            wanted = int(round_ms * 2 * (times.retransmits + 0.2)) + 1
            why = f"The token takes about {round_ms:.0f} ms around {members} nodes and is sent again after "
            why += f"{times.token_retransmit} ms. token: {wanted} leaves room."
            message = f"token is {times.token} ms with {latency:g} ms between the nodes."
            yield Place(document, place, part).warning("token-latency", message, why)


def _token_fix(context: LintContext, wanted: int) -> Fix | None:
    line = option_line(context.document, "totem.token")
    if line is not None:
        return Fix(f"write {wanted}", (TextEdit(line.value_start, line.value_start + len(line.value), str(wanted)),))
    first = option_line(context.document, "totem.version")
    if first is None:
        return None
    indent = context.document.text[first.start : first.key_start]
    return Fix(f"set token to {wanted}", (TextEdit(first.next_start, first.next_start, f"{indent}token: {wanted}\n"),))


def _pings(context: LintContext) -> Iterator[Diagnostic]:
    times = context.timers
    for link in context.links:
        timeout, interval = link.ping_timeout_ms(times), link.ping_interval_ms(times)
        line = context.line_of(f"totem.interface.{link.number}.knet_ping_timeout")
        if line and len(context.links) > 1 and timeout >= times.token:
            why = f"The token is lost after {times.token} ms, before the other link takes over."
            message = f"Link {link.number} counts as down only after {timeout} ms."
            yield Place(context.document, line, "value").warning("ping-timeout-long", message, why)
        line = context.line_of(f"totem.interface.{link.number}.knet_ping_interval") or line
        if line and link.interval and interval >= timeout:
            why = f"With a timeout of {timeout} ms every ping is too late, and the link goes up and down."
            message = f"Link {link.number} is pinged every {interval} ms."
            yield Place(context.document, line, "value").error("ping-interval-long", message, why)
