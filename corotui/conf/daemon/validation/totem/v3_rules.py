"""totem_config_validate of corosync 3.x, rule after rule in its order (exec/totemconfig.c)."""

from __future__ import annotations

from collections.abc import Iterator

from corotui.conf.daemon.cmap import DaemonError
from corotui.conf.daemon.validation.timers import timer_errors
from corotui.conf.daemon.validation.totem.duplicate_nodeids import find_duplicate_nodeid
from corotui.conf.daemon.validation.totem.limits import ERROR_PREFIX, LINKS_NAMED_SINCE
from corotui.conf.daemon.validation.totem.model import LinkState, TotemState
from corotui.conf.syntax import to_display
from corotui.conf.timers import effective_timers
from corotui.conf.version import Version


def validation_errors(state: TotemState) -> list[DaemonError]:
    """What the daemon refuses once everything is read, in its order."""
    return list(_all_errors(state))


def _all_errors(state: TotemState) -> Iterator[DaemonError]:
    cmap = state.cmap
    configured = [(number, link) for number, link in enumerate(state.links) if link.configured]
    if not configured:
        yield _error("no-links", "No interfaces defined")
    if not state.local_node_found:
        line = cmap.line("nodelist.node.0.ring0_addr")
        yield _error("not-in-nodelist", "No valid name found for local host", line)
    for number, link in configured:
        yield from _link(state, number, link)
    if cmap.number("totem.version", "u32") != 2:
        message = "This totem parser can only parse version 2 configurations."
        yield _error("version", message, cmap.line("totem.version"))
    times = effective_timers(cmap, state.version, len(state.links[0].members))
    for code, message, key in timer_errors(cmap, state.version, times):
        yield _error(code, message, cmap.line(key))
    if len(configured) > 1:
        yield from _names_and_counts(state, configured)
    if state.version >= LINKS_NAMED_SINCE:
        yield from _families(state, configured)
    yield from _duplicates(state)
    yield from _mode(state, len(configured))


def _error(code: str, message: str, line: int = 0) -> DaemonError:
    return DaemonError(code, ERROR_PREFIX + message, line)


def _link(state: TotemState, number: int, link: LinkState) -> Iterator[DaemonError]:
    base = f"totem.interface.{number}."
    line = state.cmap.line
    where = f" for interface {number}" if state.version >= LINKS_NAMED_SINCE else ""
    if state.transport == "udp" and link.mcast is None:
        message = f"No multicast address specified{where}"
        yield _error("mcast-missing", message, link.line)
    if link.port == 0:
        message = f"No multicast port specified{where}"
        yield _error("port-missing", message, line(base + "mcastport") or link.line)
    if state.transport != "udp" and link.ttl != 1 and link.port:
        message = f"Can only set ttl on multicast transport types{where}"
        yield _error("ttl", message, line(base + "ttl") or link.line)
    if state.transport != "knet" and link.priority != 1 and link.port:
        message = f"Can only set link priority on knet transport type{where}"
        yield _error("link-priority", message, line(base + "knet_link_priority") or link.line)
    if link.mcast is not None and link.mcast.family == 6 and state.nodeid == 0:
        message = f"An IPV6 network requires that a node ID be specified{where or '.'}"
        yield _error("nodeid-missing", message, link.line)
    if not state.broadcast and state.transport == "udp":
        mcast, bind = link.mcast, link.bind
        if mcast is None or (bind is not None and 0 not in (mcast.family, bind.family) and mcast.family != bind.family):
            message = f"Multicast address family does not match bind address family{where}"
            yield _error("mcast-family", message, line(base + "mcastaddr") or link.line)
        if mcast is not None and mcast.family == 4 and mcast.value >> 28 != 0xE:
            message = f"mcastaddr is not a correct multicast address{where or '.'}"
            yield _error("mcast-address", message, line(base + "mcastaddr") or link.line)
    if state.version < LINKS_NAMED_SINCE:
        yield from _families(state, [(number, link)])


def _names_and_counts(state: TotemState, configured: list[tuple[int, LinkState]]) -> Iterator[DaemonError]:
    members = len((configured[0][1] if state.version >= Version(3, 0, 2) else state.links[0]).members)
    for position in range(members):
        if state.cmap.text(f"nodelist.node.{position}.name") is None:
            message = "for a multi-link configuration, all nodes must have a 'name' attribute"
            line = state.cmap.line(f"nodelist.node.{position}.ring0_addr")
            yield _error("name-missing", message, line)
            break
    counted = configured
    if state.version < Version(3, 0, 2):
        # The daemon checks as many links as are configured, counted from 0, whichever they are.
        counted = list(enumerate(state.links[: len(configured)]))
    for number, link in counted:
        if len(link.members) != members:
            message = "Not all nodes have the same number of links"
            line = state.cmap.line(f"totem.interface.{number}.mcastport") if not link.members else link.line
            yield _error("link-count", message, line or link.line)
            break


def _families(state: TotemState, configured: list[tuple[int, LinkState]]) -> Iterator[DaemonError]:
    for number, link in configured:
        first = link.members[0] if link.members else None
        for member in link.members[1:]:
            if first is not None and 0 not in (first.family, member.family) and member.family != first.family:
                message = f"Nodes for link {number} have different IP families (compared {member} with {first})"
                yield _error("families", message, _line_of(state, number, str(member)) or link.line)
                return


def _line_of(state: TotemState, number: int, address: str) -> int:
    for key in state.keys:
        if key.link == number and state.cmap.text(key.key) == address:
            return state.cmap.line(key.key)
    return 0


def _duplicates(state: TotemState) -> Iterator[DaemonError]:
    """check_for_duplicate_nodeids. It compares keys as strings and stops too early, so with more than ten nodes it
    misses some duplicates. The lint reports those."""
    if state.version < Version(2, 3, 5):
        return
    cmap = state.cmap
    ids: dict[int, int | None] = {}
    for key in state.keys:
        position = key.position
        if position in ids:
            continue
        base = f"nodelist.node.{position}."
        entry = cmap.entries.get(base + "nodeid")
        if entry is not None and entry.type == "u32":
            ids[position] = int(entry.value)
        elif state.generated_nodeids.get(position):
            ids[position] = state.generated_nodeids[position]
        else:
            first = cmap.text(base + "ring0_addr")
            ids[position] = state.nodeid_from_address(first) if first is not None else None
    late = state.version >= Version(3, 1, 5)
    keys = [
        (key.position, key.attribute == "nodeid" or (late and key.position in state.generated_nodeids))
        for key in state.keys
    ]
    refused = find_duplicate_nodeid(keys, ids)
    if refused is not None:
        nodeid, position = refused
        base = f"nodelist.node.{position}."
        automatic = ""
        if base + "nodeid" not in cmap.entries and position not in state.generated_nodeids:
            automatic = f"(autogenerated from {to_display(cmap.text(base + 'ring0_addr') or '')})"
        line = cmap.line(base + "nodeid") or cmap.line(base + "ring0_addr")
        yield DaemonError("nodeid-twice", f"Nodeid {nodeid}{automatic} appears twice in corosync.conf", line)


def _mode(state: TotemState, configured: int) -> Iterator[DaemonError]:
    mode = state.cmap.text("totem.link_mode")
    if mode is not None and mode not in ("passive", "active", "rr") and len(mode) < 64:
        message = f'The Knet link mode "{to_display(mode)}" specified is invalid.  It must be active, passive or rr.'
        yield _error("link-mode", message, state.cmap.line("totem.link_mode"))
    if state.transport == "knet":
        return
    line = state.cmap.line("totem.transport")
    if configured > 1:
        message = f"{configured} is too many configured interfaces for non-Knet transport."
        yield _error("too-many-links", message, line)
    if state.encrypted:
        message = "crypto_cipher & crypto_hash are only valid for the Knet transport."
        yield _error("crypto-transport", message, line)
