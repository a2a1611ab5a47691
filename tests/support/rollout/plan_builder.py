"""Plans for machines, made by the real planner from what is on the machines."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from corotui.cluster.service_manager import ServiceManager
from corotui.directory import Directory
from corotui.facts.model import Corosync, NodeFacts, Service
from corotui.rollout import Plan
from corotui.rollout.model import NO_KEY_CHOICE, KeyChoice
from corotui.rollout.node.snapshot import take_snapshots
from corotui.rollout.plan.planner import make_plan
from corotui.ssh.fanout import Shells
from tests.support.rollout.machines import Machine


def facts(name: str, *, version: str = "3.1.7") -> NodeFacts:
    """A Debian node with corosync."""
    return NodeFacts(
        node=name,
        taken_at=1.0,
        root=True,
        service_manager=ServiceManager.SYSTEMD,
        corosync=Corosync(version=version, service=Service(load="loaded")),
    )


def sha256(data: bytes) -> str:
    """The digest by which plans compare files."""
    return hashlib.sha256(data).hexdigest()


async def plan_for(
    machines: Mapping[str, Machine], directory: Directory, conf: bytes, key_choice: KeyChoice = NO_KEY_CHOICE
) -> Plan:
    """Returns the plan for the files and daemons of the machines."""
    snapshots = await take_snapshots(
        Shells(dict(machines)), key_path="/etc/corosync/authkey", directories=("/etc/corosync",)
    )
    known = {name: facts(name) for name in machines}
    return make_plan(directory.read_cluster(), conf, known, snapshots, key_choice=key_choice)
