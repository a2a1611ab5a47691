"""Chooses how the daemons get to run on the new files: start, reload or restart, together or one by one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from corotui.conf import SettingChange
from corotui.rollout.model import ConfAction, RequiredRestart, ServiceAction, StartOrder
from corotui.rollout.plan import conf_change
from corotui.rollout.plan.inputs import PlanInputs

_RANK = {restart: rank for rank, restart in enumerate(RequiredRestart)}


@dataclass(frozen=True, slots=True)
class ServiceActions:
    """What happens to the daemons of all nodes."""

    by_node: Mapping[str, ServiceAction]
    """Node -> what happens to its daemon."""
    order: StartOrder
    """In which order they are started."""
    changes: tuple[Mapping[str, object], ...] = ()
    """The settings that change for the running ring: conf.SettingChange as JSON."""


def choose_service_actions(inputs: PlanInputs) -> ServiceActions:
    """Returns what happens to each daemon. A running ring applies a change in one way on all its nodes: the strictest
    that any of them requires."""
    required: dict[str, RequiredRestart] = {}
    changes: tuple[SettingChange, ...] = ()
    for name in (node.name for node in inputs.cluster.nodes):
        if inputs.is_in_ring(name):
            required[name], node_changes = _required_restart(inputs, name)
            changes = changes or node_changes
    strictest = max(required.values(), key=_RANK.__getitem__, default=RequiredRestart.NONE)
    versions = {inputs.facts[name].corosync.version for name in required}
    if strictest is RequiredRestart.RELOAD and len(versions) > 1:
        strictest = RequiredRestart.ROLLING  # corosync-cfgtool(8): a reload with mixed versions is not supported
    by_node = {node.name: _service_action(inputs, node.name, required, strictest) for node in inputs.cluster.nodes}
    restarted = [name for name in required if by_node[name] is ServiceAction.RESTART]
    rolling = strictest is RequiredRestart.ROLLING and len(restarted) > 1
    return ServiceActions(
        by_node, StartOrder.ROLLING if rolling else StartOrder.TOGETHER, tuple(change.to_json() for change in changes)
    )


def _required_restart(inputs: PlanInputs, node: str) -> tuple[RequiredRestart, tuple[SettingChange, ...]]:
    """What the change requires on one node that is in a ring; a restart at least if its daemon runs on other values."""
    snapshot = inputs.snapshots[node]
    restart, changes = conf_change.required_restart(
        snapshot.conf, inputs.conf, inputs.target_release, key_changes=inputs.key_changes(node)
    )
    present = inputs.summary_on(node)
    if is_unmanaged(inputs, node) or (present is not None and conf_change.unapplied_keys(present, snapshot.cmap)):
        restart = max(restart, RequiredRestart.ROLLING, key=_RANK.__getitem__)
    return restart, changes


def _service_action(
    inputs: PlanInputs, node: str, required: Mapping[str, RequiredRestart], strictest: RequiredRestart
) -> ServiceAction:
    snapshot = inputs.snapshots[node]
    if node in required:
        if required[node] is RequiredRestart.NONE:
            return ServiceAction.NONE
        return ServiceAction.RELOAD if strictest is RequiredRestart.RELOAD else ServiceAction.RESTART
    if not snapshot.running and not snapshot.is_active:
        return ServiceAction.START
    changed = inputs.conf_action(node) is ConfAction.WRITE or inputs.key_changes(node)
    return ServiceAction.RESTART if changed or is_unmanaged(inputs, node) else ServiceAction.NONE


def is_unmanaged(inputs: PlanInputs, node: str) -> bool:
    """Whether corosync runs there and its service does not know it."""
    snapshot = inputs.snapshots[node]
    return snapshot.running > 0 and bool(snapshot.service) and not snapshot.is_active
