"""A plan as the journal keeps it: enough to finish or undo it in another process. The conf is a generation's file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from corotui.rollout.model import ABSENT, ConfAction, KeyAction, NodePlan, Order, Plan, Start


def to_json(plan: Plan, *, generation: int, new_generation: bool, key_after: str = ABSENT) -> dict[str, Any]:
    """`new_generation`: the generation began with this run and ends with it when it is undone."""
    return {
        "generation": generation,
        "new_generation": new_generation,
        "key_after": key_after,
        "cluster": plan.cluster,
        "conf_sha256": plan.conf_sha256,
        "order": plan.order.value,
        "key_from": plan.key_from,
        "key_path": plan.key_path,
        "logfile": plan.logfile,
        "ring_limit": plan.ring_limit,
        "names": {str(number): name for number, name in plan.names.items()},
        "nodes": [
            {
                "name": node.name,
                "version": node.version,
                "program": node.program,
                "key": node.key.value,
                "conf": node.conf.value,
                "start": node.start.value,
                "enable": node.enable,
                "conf_before": node.conf_before,
                "key_before": node.key_before,
                "directories": list(node.directories),
                "service_manager": node.service_manager,
                "was_running": node.was_running,
                "was_ring": node.was_ring,
                "replaces_stray": node.replaces_stray,
            }
            for node in plan.nodes
        ],
    }


def from_json(saved: Mapping[str, Any], conf: bytes) -> Plan:
    """The plan again; diffs, words and refusals are not kept."""
    return Plan(
        cluster=saved["cluster"],
        conf=conf,
        conf_sha256=saved["conf_sha256"],
        order=Order(saved["order"]),
        key_from=saved["key_from"],
        key_path=saved["key_path"],
        logfile=saved["logfile"],
        ring_limit=saved["ring_limit"],
        names={int(number): name for number, name in saved["names"].items()},
        nodes=tuple(
            NodePlan(
                name=node["name"],
                version=node["version"],
                program=node["program"],
                key=KeyAction(node["key"]),
                conf=ConfAction(node["conf"]),
                start=Start(node["start"]),
                enable=node["enable"],
                conf_before=node["conf_before"],
                key_before=node["key_before"],
                directories=tuple(node["directories"]),
                service_manager=node["service_manager"],
                was_running=node["was_running"],
                was_ring=node["was_ring"],
                replaces_stray=node["replaces_stray"],
            )
            for node in saved["nodes"]
        ),
    )
