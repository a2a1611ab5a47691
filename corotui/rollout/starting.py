"""How the daemons come to run on the new files: each node's need, and what all of them together make of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from corotui.conf import Meaning
from corotui.rollout import change
from corotui.rollout.case import Case
from corotui.rollout.model import ConfAction, Need, Order, Start

_RANK = {need: rank for rank, need in enumerate(Need)}


@dataclass(frozen=True, slots=True)
class Starts:
    """`by_node`: what happens to each daemon. `changes`: settings that change for the ring, as JSON objects."""

    by_node: Mapping[str, Start]
    order: Order
    changes: tuple[Mapping[str, object], ...] = ()


def starts(case: Case) -> Starts:
    """A ring that runs takes the change over in one way on all nodes: the one the gravest need of any of them asks."""
    needs: dict[str, Need] = {}
    changes: tuple[Meaning, ...] = ()
    for name in (node.name for node in case.cluster.nodes):
        if case.in_a_ring(name):
            needs[name], found = _need(case, name)
            changes = changes or found
    gravest = max(needs.values(), key=_RANK.__getitem__, default=Need.NONE)
    versions = {case.facts[name].corosync.version for name in needs}
    if gravest is Need.RELOAD and len(versions) > 1:
        gravest = Need.ROLLING  # corosync-cfgtool(8): a reload with mixed versions is not supported
    by_node = {node.name: _start(case, node.name, needs, gravest) for node in case.cluster.nodes}
    felt = [name for name in needs if by_node[name] is Start.RESTART]
    rolling = gravest is Need.ROLLING and len(felt) > 1
    return Starts(by_node, Order.ROLLING if rolling else Order.TOGETHER, tuple(found.to_json() for found in changes))


def _need(case: Case, node: str) -> tuple[Need, tuple[Meaning, ...]]:
    sight = case.sights[node]
    wanted, found = change.need(sight.conf, case.conf, case.version, key_changes=case.key_changes(node))
    old = case.old(node)
    if stray(case, node) or (old is not None and change.not_applied(old, sight.cmap)):
        wanted = max(wanted, Need.ROLLING, key=_RANK.__getitem__)
    return wanted, found


def _start(case: Case, node: str, needs: Mapping[str, Need], gravest: Need) -> Start:
    sight = case.sights[node]
    if node in needs:
        if needs[node] is Need.NONE:
            return Start.NONE
        return Start.RELOAD if gravest is Need.RELOAD else Start.RESTART
    if not sight.running and not sight.active:
        return Start.START
    changed = case.conf_action(node) is ConfAction.WRITE or case.key_changes(node)
    return Start.RESTART if changed or stray(case, node) else Start.NONE


def stray(case: Case, node: str) -> bool:
    """corosync runs there and its service does not know of it."""
    sight = case.sights[node]
    return sight.running > 0 and bool(sight.service) and not sight.active
