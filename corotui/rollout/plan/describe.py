"""Describes a plan in sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from corotui.cluster.phrasing import excerpt
from corotui.conf import ConfEffects
from corotui.conf.constants import CONF_DIR
from corotui.rollout.model import ConfAction, KeyAction, NodePlan, ServiceAction, StartOrder
from corotui.rollout.plan.inputs import PlanInputs
from corotui.rollout.plan.service_actions import ServiceActions

_MAX_CHANGES = 8  # settings that are named one by one


def describe_plan(
    inputs: PlanInputs, nodes: Sequence[NodePlan], service_actions: ServiceActions, effects: ConfEffects
) -> tuple[str, ...]:
    """Returns what happens, one sentence each, in the order in which it happens."""
    key_source = inputs.key_source[0]
    out: list[str] = []
    total = len(nodes)
    missing = [node.name for node in nodes if node.needs_install]
    if missing:
        out.append(f"corosync is installed on {_node_list(missing, total)}.")
    key_directory = inputs.target_summary.key_path.rpartition("/")[0]
    made = [node.name for node in nodes if key_directory != CONF_DIR and key_directory in node.missing_directories]
    if made:
        out.append(f"The directory {key_directory} for the key is made on {_node_list(made, total)}, mode 0700.")
    copies = [node.name for node in nodes if node.key_action is KeyAction.COPY]
    creates = any(node.key_action is KeyAction.CREATE for node in nodes)
    if creates:
        rest = f"; {_node_list(copies, total)} {_get(copies)} a copy" if copies else ""
        out.append(f"{key_source} makes the key {inputs.target_summary.key_path}{rest}.")
    elif copies:
        out.append(f"{_node_list(copies, total)} {_get(copies)} {key_source}'s key {inputs.target_summary.key_path}.")
    writes = [node.name for node in nodes if node.conf_action is ConfAction.WRITE]
    if writes:
        out.append(f"corosync.conf is written on {_node_list(writes, total)}.")
    out += _settings(service_actions.changes)
    out += _daemons(nodes, service_actions.order, effects.quorum, effects.votes)
    enable = [node.name for node in nodes if node.enable]
    if enable:
        out.append(f"corosync starts at boot from now on, on {_node_list(enable, total)}.")
    return tuple(out)


def _settings(changes: Sequence[Mapping[str, object]]) -> Iterator[str]:
    for change in changes[:_MAX_CHANGES]:
        old, new = change.get("old"), change.get("new")
        value = f": {old or 'not set'} becomes {new or 'not set'}" if (old or new) else ""
        yield excerpt(f"{change.get('what')}{value}.", 200)
    if len(changes) > _MAX_CHANGES:
        yield f"{len(changes) - _MAX_CHANGES} more settings change."


def _daemons(nodes: Sequence[NodePlan], order: StartOrder, quorum: int | None, votes: int | None) -> list[str]:
    total = len(nodes)
    out: list[str] = []
    start = [node.name for node in nodes if node.service_action is ServiceAction.START]
    restart = [node.name for node in nodes if node.service_action is ServiceAction.RESTART and not node.was_in_ring]
    in_ring = [node.name for node in nodes if node.service_action is ServiceAction.RESTART and node.was_in_ring]
    reload = [node.name for node in nodes if node.service_action is ServiceAction.RELOAD]
    if start:
        out.append(f"corosync is started on {_node_list(start, total)}{', all at once' if len(start) > 1 else ''}.")
    if restart:
        out.append(f"corosync is restarted on {_node_list(restart, total)}, where no ring runs.")
    if in_ring and order is StartOrder.ROLLING:
        kept = _quorum_meanwhile(votes - 1, quorum, votes) if quorum is not None and votes is not None else ""
        out.append(f"corosync is restarted on {_node_list(in_ring, total)}, one after another{kept}.")
    elif in_ring:
        lost = "; the ring stops and forms again" if len(in_ring) > 1 else ""
        out.append(
            f"corosync is restarted on {_node_list(in_ring, total)}{', all at once' if len(in_ring) > 1 else ''}{lost}."
        )
    if reload:
        out.append(f"corosync reads its configuration again on {_node_list(reload, total)}, without a restart.")
    return out


def _quorum_meanwhile(remaining: int, quorum: int, votes: int) -> str:
    kept = "kept" if remaining >= quorum else "lost meanwhile"
    return f"; quorum is {kept} ({remaining} of {votes})"


def _node_list(names: Sequence[str], total: int) -> str:
    if len(names) == total and total > 3:
        return f"all {total} nodes"
    if len(names) > 5:
        return f"{len(names)} nodes"
    return ", ".join(names)


def _get(names: Sequence[str]) -> str:
    return "gets" if len(names) == 1 else "get"
