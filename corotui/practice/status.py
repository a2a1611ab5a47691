"""What a practice cluster is and does now."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from corotui.practice.instance_record import ActiveFault
from corotui.practice.model import PracticeCluster, PracticeNode


class PracticeState(StrEnum):
    """Whether a practice cluster can be used."""

    UP = "up"
    PARTLY = "partly"  # a node is off, or has lost its supervisor
    STALE = "stale"  # this machine was restarted since, or `up` did not come to its end


@dataclass(frozen=True, slots=True)
class NodeActivity:
    """What a node does now."""

    node: PracticeNode
    """The node."""
    running: bool
    """Whether its machine runs, under the systemd-nspawn that was started for it."""
    ssh: bool
    """Whether its sshd answers."""
    lost_supervisor: bool = False
    """Whether its systemd-nspawn has ended while processes of the node live on; `heal` boots it anew."""

    def to_json(self) -> dict[str, object]:
        return {
            **self.node.to_json(),
            "running": self.running,
            "ssh": self.ssh,
            "lost_supervisor": self.lost_supervisor,
        }


@dataclass(frozen=True, slots=True)
class PracticeStatus:
    """A practice cluster with the state of its nodes."""

    cluster: PracticeCluster
    """The practice cluster."""
    state: PracticeState
    """Its state as a whole."""
    nodes: tuple[NodeActivity, ...]
    """Its nodes in the order of the cluster."""
    faults: tuple[ActiveFault, ...]
    """Faults that are in force, oldest first."""

    def to_json(self) -> dict[str, object]:
        return {
            **self.cluster.to_json(),
            "nodes": [node.to_json() for node in self.nodes],
            "state": self.state.value,
            "faults": [{"fault": item.fault, "node": item.node} for item in self.faults],
        }
