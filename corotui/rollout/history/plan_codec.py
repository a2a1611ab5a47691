"""Plan <-> JSON of the journal: enough to finish or undo it in another process. Its conf is a generation's file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from corotui.cluster.service_manager import ServiceManager
from corotui.rollout.model import ABSENT, ConfAction, KeyAction, NodePlan, Plan, ServiceAction, StartOrder


def to_json(
    plan: Plan, *, generation: int, new_generation: bool, key_after: str = ABSENT, file_id: str = ""
) -> dict[str, object]:
    """Returns what the journal keeps of a plan.

    `generation`: the number under which its configuration is kept. `new_generation`: whether that one began with this
    run. `key_after`: sha256 of the key after the commit. `file_id`: what the names of its staged files carry.
    """
    return {
        "generation": generation,
        "new_generation": new_generation,
        "key_after": key_after,
        "file_id": file_id,
        "cluster": plan.cluster,
        "conf_sha256": plan.conf_sha256,
        "order": plan.order.value,
        "key_from": plan.key_source,
        "key_path": plan.key_path,
        "logfile": plan.logfile,
        "ring_limit": plan.ring_limit,
        "names": {str(number): name for number, name in plan.node_names.items()},
        "nodes": [
            {
                "name": node.name,
                "version": node.version,
                "program": node.program,
                "key": node.key_action.value,
                "conf": node.conf_action.value,
                "start": node.service_action.value,
                "enable": node.enable,
                "conf_before": node.conf_sha256_before,
                "key_before": node.key_sha256_before,
                "directories": list(node.missing_directories),
                "service_manager": node.service_manager.value,
                "was_running": node.was_running,
                "was_ring": node.was_in_ring,
                "replaces_stray": node.replaces_unmanaged,
            }
            for node in plan.nodes
        ],
    }


def from_json(saved: Mapping[str, Any], conf: bytes) -> Plan:  # Any: JSON that `to_json` made
    """Returns the plan again, without diffs, sentences, changes, warnings and refusals: they are not kept."""
    return Plan(
        cluster=saved["cluster"],
        conf=conf,
        conf_sha256=saved["conf_sha256"],
        order=StartOrder(saved["order"]),
        key_source=saved["key_from"],
        key_path=saved["key_path"],
        logfile=saved["logfile"],
        ring_limit=saved["ring_limit"],
        node_names={int(number): name for number, name in saved["names"].items()},
        nodes=tuple(
            NodePlan(
                name=node["name"],
                version=node["version"],
                program=node["program"],
                key_action=KeyAction(node["key"]),
                conf_action=ConfAction(node["conf"]),
                service_action=ServiceAction(node["start"]),
                enable=node["enable"],
                conf_sha256_before=node["conf_before"],
                key_sha256_before=node["key_before"],
                missing_directories=tuple(node["directories"]),
                service_manager=ServiceManager(node["service_manager"]),
                was_running=node["was_running"],
                was_in_ring=node["was_ring"],
                replaces_unmanaged=node["replaces_stray"],
            )
            for node in saved["nodes"]
        ),
    )
