"""How the daemons come to run on the new files: each node's need, and what all of them together make of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from corotui.conf import SettingChange
from corotui.rollout.model import ConfAction, RequiredRestart, ServiceAction, StartOrder
from corotui.rollout.plan import conf_change
from corotui.rollout.plan.inputs import PlanInputs

_RANK = {need: rank for rank, need in enumerate(RequiredRestart)}


@dataclass(frozen=True, slots=True)
class ServiceActions:
    """`by_node`: what happens to each daemon. `changes`: settings that change for the ring, as JSON objects."""

    by_node: Mapping[str, ServiceAction]
    order: StartOrder
    changes: tuple[Mapping[str, object], ...] = ()


def choose_service_actions(inputs: PlanInputs) -> ServiceActions:
    """A ring that runs takes the change over in one way on all nodes: the one the gravest need of any of them asks."""
    needs: dict[str, RequiredRestart] = {}
    changes: tuple[SettingChange, ...] = ()
    for name in (node.name for node in inputs.cluster.nodes):
        if inputs.is_in_ring(name):
            needs[name], found = _required_restart(inputs, name)
            changes = changes or found
    gravest = max(needs.values(), key=_RANK.__getitem__, default=RequiredRestart.NONE)
    versions = {inputs.facts[name].corosync.version for name in needs}
    if gravest is RequiredRestart.RELOAD and len(versions) > 1:
        gravest = RequiredRestart.ROLLING  # corosync-cfgtool(8): a reload with mixed versions is not supported
    by_node = {node.name: _service_action(inputs, node.name, needs, gravest) for node in inputs.cluster.nodes}
    felt = [name for name in needs if by_node[name] is ServiceAction.RESTART]
    rolling = gravest is RequiredRestart.ROLLING and len(felt) > 1
    return ServiceActions(
        by_node, StartOrder.ROLLING if rolling else StartOrder.TOGETHER, tuple(found.to_json() for found in changes)
    )


def _required_restart(inputs: PlanInputs, node: str) -> tuple[RequiredRestart, tuple[SettingChange, ...]]:
    sight = inputs.snapshots[node]
    wanted, found = conf_change.required_restart(
        sight.conf, inputs.conf, inputs.target_release, key_changes=inputs.key_changes(node)
    )
    old = inputs.summary_on(node)
    if is_unmanaged(inputs, node) or (old is not None and conf_change.unapplied_keys(old, sight.cmap)):
        wanted = max(wanted, RequiredRestart.ROLLING, key=_RANK.__getitem__)
    return wanted, found


def _service_action(
    inputs: PlanInputs, node: str, needs: Mapping[str, RequiredRestart], gravest: RequiredRestart
) -> ServiceAction:
    sight = inputs.snapshots[node]
    if node in needs:
        if needs[node] is RequiredRestart.NONE:
            return ServiceAction.NONE
        return ServiceAction.RELOAD if gravest is RequiredRestart.RELOAD else ServiceAction.RESTART
    if not sight.running and not sight.is_active:
        return ServiceAction.START
    changed = inputs.conf_action(node) is ConfAction.WRITE or inputs.key_changes(node)
    return ServiceAction.RESTART if changed or is_unmanaged(inputs, node) else ServiceAction.NONE


def is_unmanaged(inputs: PlanInputs, node: str) -> bool:
    """corosync runs there and its service does not know of it."""
    sight = inputs.snapshots[node]
    return sight.running > 0 and bool(sight.service) and not sight.is_active
