"""totem_config_validate of corosync 3.x, rule after rule in its order (exec/totemconfig.c)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from corotui.conf.syntax import to_display
from corotui.conf.version import Version

if TYPE_CHECKING:
    from corotui.conf.daemon.validation.v3 import LinkParams, TotemValidatorV3

LINKS_NAMED = Version(3, 1)  # each link is set up with defaults at the start too, and named in what is said of it
_PREFIX = "parse error in config: "


def validate(totem: TotemValidatorV3) -> None:
    """Refuse what the daemon refuses once all is read."""
    configured = [(number, link) for number, link in enumerate(totem.links) if link.configured]
    if not configured:
        totem.report_error("no-links", _PREFIX + "No interfaces defined")
    if not totem.local_node_found:
        words = "No valid name found for local host"
        totem.report_error("not-in-nodelist", _PREFIX + words, totem.cmap.line("nodelist.node.0.ring0_addr"))
    for number, link in configured:
        _link(totem, number, link)
    if totem.cmap.number("totem.version", "u32") != 2:
        words = "This totem parser can only parse version 2 configurations."
        totem.report_error("version", _PREFIX + words, totem.cmap.line("totem.version"))
    totem.check_timers()
    if len(configured) > 1:
        _names_and_counts(totem, configured)
    if totem.version >= LINKS_NAMED:
        _families(totem, configured)
    _duplicates(totem)
    _mode(totem, len(configured))


def _link(totem: TotemValidatorV3, number: int, link: LinkParams) -> None:
    base = f"totem.interface.{number}."
    line = totem.cmap.line
    where = f" for interface {number}" if totem.version >= LINKS_NAMED else ""
    if totem.transport == "udp" and link.mcast is None:
        words = f"No multicast address specified{where}"
        totem.report_error("mcast-missing", _PREFIX + words, link.line)
    if link.port == 0:
        words = f"No multicast port specified{where}"
        totem.report_error("port-missing", _PREFIX + words, line(base + "mcastport") or link.line)
    if totem.transport != "udp" and link.ttl != 1 and link.port:
        words = f"Can only set ttl on multicast transport types{where}"
        totem.report_error("ttl", _PREFIX + words, line(base + "ttl") or link.line)
    if totem.transport != "knet" and link.priority != 1 and link.port:
        words = f"Can only set link priority on knet transport type{where}"
        totem.report_error("link-priority", _PREFIX + words, line(base + "knet_link_priority") or link.line)
    if link.mcast is not None and link.mcast.family == 6 and totem.nodeid == 0:
        words = f"An IPV6 network requires that a node ID be specified{where or '.'}"
        totem.report_error("nodeid-missing", _PREFIX + words, link.line)
    if not totem.broadcast and totem.transport == "udp":
        mcast, bind = link.mcast, link.bind
        if mcast is None or (bind is not None and 0 not in (mcast.family, bind.family) and mcast.family != bind.family):
            words = f"Multicast address family does not match bind address family{where}"
            totem.report_error("mcast-family", _PREFIX + words, line(base + "mcastaddr") or link.line)
        if mcast is not None and mcast.family == 4 and mcast.value >> 28 != 0xE:
            words = f"mcastaddr is not a correct multicast address{where or '.'}"
            totem.report_error("mcast-address", _PREFIX + words, line(base + "mcastaddr") or link.line)
    if totem.version < LINKS_NAMED:
        _families(totem, [(number, link)])


def _names_and_counts(totem: TotemValidatorV3, configured: list[tuple[int, LinkParams]]) -> None:
    members = len((configured[0][1] if totem.version >= Version(3, 0, 2) else totem.links[0]).members)
    for position in range(members):
        if totem.cmap.text(f"nodelist.node.{position}.name") is None:
            words = "for a multi-link configuration, all nodes must have a 'name' attribute"
            line = totem.cmap.line(f"nodelist.node.{position}.ring0_addr")
            totem.report_error("name-missing", _PREFIX + words, line)
            break
    counted = configured
    if totem.version < Version(3, 0, 2):
        # As many links as are configured are looked at, from number 0 on, whichever they are.
        counted = list(enumerate(totem.links[: len(configured)]))
    for number, link in counted:
        if len(link.members) != members:
            words = "Not all nodes have the same number of links"
            line = totem.cmap.line(f"totem.interface.{number}.mcastport") if not link.members else link.line
            totem.report_error("link-count", _PREFIX + words, line or link.line)
            break


def _families(totem: TotemValidatorV3, configured: list[tuple[int, LinkParams]]) -> None:
    for number, link in configured:
        first = link.members[0] if link.members else None
        for member in link.members[1:]:
            if first is not None and 0 not in (first.family, member.family) and member.family != first.family:
                words = f"Nodes for link {number} have different IP families (compared {member} with {first})"
                totem.report_error("families", _PREFIX + words, _line_of(totem, number, str(member)) or link.line)
                return


def _line_of(totem: TotemValidatorV3, number: int, address: str) -> int:
    for key in totem.keys:
        if key.link == number and totem.cmap.text(key.key) == address:
            return totem.cmap.line(key.key)
    return 0


def _duplicates(totem: TotemValidatorV3) -> None:
    """check_for_duplicate_nodeids. It walks keys as strings and stops too early, so with more than ten nodes it
    misses some; those are found by the lint."""
    if totem.version < Version(2, 3, 5):
        return
    cmap = totem.cmap
    ids: dict[int, int | None] = {}
    for key in totem.keys:
        position = key.position
        if position in ids:
            continue
        base = f"nodelist.node.{position}."
        found = cmap.entries.get(base + "nodeid")
        if found is not None and found.type == "u32":
            ids[position] = int(found.value)
        elif totem.generated_nodeids.get(position):
            ids[position] = totem.generated_nodeids[position]
        else:
            first = cmap.text(base + "ring0_addr")
            ids[position] = totem.nodeid_from_address(first) if first is not None else None
    late = totem.version >= Version(3, 1, 5)
    keys = [
        (key.position, key.attribute == "nodeid" or (late and key.position in totem.generated_nodeids))
        for key in totem.keys
    ]
    refused = find_duplicate_nodeid(keys, ids)
    if refused is not None:
        nodeid, position = refused
        base = f"nodelist.node.{position}."
        automatic = ""
        if base + "nodeid" not in cmap.entries and position not in totem.generated_nodeids:
            automatic = f"(autogenerated from {to_display(cmap.text(base + 'ring0_addr') or '')})"
        line = cmap.line(base + "nodeid") or cmap.line(base + "ring0_addr")
        totem.report_error("nodeid-twice", f"Nodeid {nodeid}{automatic} appears twice in corosync.conf", line)


def find_duplicate_nodeid(
    keys: list[tuple[int, bool]],
    ids: Mapping[int, int | None],
    starts_comparison: Callable[[bool], bool] = lambda _: True,
) -> tuple[int, int] | None:
    """The daemon's walk: the last number found twice and the position of its later node. `keys` are positions in the
    order of the walk, with whether the key is one that a later node is compared with; `each` says which keys start a
    comparison."""
    refused: tuple[int, int] | None = None
    first: dict[int, int] = {}  # number -> where in the walk it is first compared with
    highest: list[int] = []  # of the positions walked so far: the comparing stops at the first that is not lower
    for place, (position, counts) in enumerate(keys):
        highest.append(max(position, highest[-1] if highest else 0))
        nodeid = ids.get(position)
        if counts and nodeid is not None:
            first.setdefault(nodeid, place)
    last = -1
    for outer, compared in keys:
        if outer == last or not starts_comparison(compared):
            continue
        last = outer
        nodeid = ids.get(outer)
        if nodeid is not None and first.get(nodeid, len(keys)) < bisect_left(highest, outer):
            refused = (nodeid, outer)
    return refused


def _mode(totem: TotemValidatorV3, configured: int) -> None:
    mode = totem.cmap.text("totem.link_mode")
    if mode is not None and mode not in ("passive", "active", "rr") and len(mode) < 64:
        words = f'The Knet link mode "{to_display(mode)}" specified is invalid.  It must be active, passive or rr.'
        totem.report_error("link-mode", _PREFIX + words, totem.cmap.line("totem.link_mode"))
    if totem.transport == "knet":
        return
    line = totem.cmap.line("totem.transport")
    if configured > 1:
        words = f"{configured} is too many configured interfaces for non-Knet transport."
        totem.report_error("too-many-links", _PREFIX + words, line)
    if totem.encrypted:
        words = "crypto_cipher & crypto_hash are only valid for the Knet transport."
        totem.report_error("crypto-transport", _PREFIX + words, line)
