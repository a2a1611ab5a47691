"""States of a workflow at every step, in several conditions, for the screens that show them."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from corotui.cluster.events import Connection, ProgressState
from corotui.cluster.finding import Evidence, Finding, Remedy, Risk, Severity
from corotui.cluster.model import Cluster
from corotui.conf import NodeSpec, RingSpec, generate_conf
from corotui.ring.model import LinkView, NodeView, Ring
from corotui.rollout.model import ConfAction, KeyAction, NodePlan, Plan, ServiceAction
from corotui.workflow.state import (
    NodeStatus,
    Progress,
    ProgressCell,
    ProgressKind,
    Step,
    StepState,
    StepStatus,
    WorkflowState,
)
from tests.support.states import NAMES, NODES, NOW, facts, link

CONF = generate_conf(RingSpec("db", tuple(NodeSpec(f"node{i}", i, (f"10.77.0.{i}",)) for i in (1, 2, 3))))

LOOPBACK = Finding(
    Severity.WARNING,
    "name-on-loopback",
    "node2's name means 127.0.1.1 there.",
    "node2",
    why="corosync then takes the loopback address for its own.",
    remedies=(
        Remedy("put 10.77.0.2 in /etc/hosts", "node2", ("sed -i 's/^127.0.1.1 .*/10.77.0.2 node2/' /etc/hosts",)),
    ),
)
MISSING = tuple(
    Finding(
        Severity.ERROR,
        "host-firewall",
        f"{name}'s firewall drops UDP 5405.",
        name,
        remedies=(Remedy("open UDP 5405", name, ("nft insert rule inet filter input udp dport 5405 accept",)),),
    )
    for name in NAMES
)
FINE = tuple(Finding(Severity.OK, f"fine-{i}", "It is fine.", name) for name in NAMES for i in range(4))
FIREWALL = Finding(
    Severity.ERROR,
    "host-firewall",
    "node3's firewall drops UDP 5405",
    "node3",
    evidence=(
        Evidence("node1 hears node3, node3 hears nobody", "node1, node3", "rx_ping +5 / +0 in 5 s"),
        Evidence("a rule with a growing counter", "node3", "nft input drop, 42 packets"),
    ),
    remedies=(
        Remedy(
            "fix on node3, kept over a restart",
            "node3",
            ("nft insert rule inet filter input udp dport 5405 accept",),
            risk=Risk.NODE,
            consequence="node3 joins the ring: 3 of 3.",
        ),
    ),
    ruled_out=("key differs (same hash)", "address gone (10.77.0.3 is there)"),
)


def steps(**standings: StepState) -> tuple[StepStatus, ...]:
    """All steps to do but those named."""
    return tuple(StepStatus(step, standings.get(step.value, StepState.TODO), "") for step in Step)


def empty(directory: str = "/nowhere") -> WorkflowState:
    """A new directory."""
    return WorkflowState(Cluster("db"), directory, Step.NODES, steps(nodes=StepState.NEEDS_ATTENTION), ())


def fresh(directory: str = "/nowhere") -> WorkflowState:
    """Three nodes, nobody asked yet."""
    return replace(
        empty(directory), cluster=Cluster("db", NODES), nodes=tuple(NodeStatus(n) for n in NAMES), steps=steps()
    )


def connecting() -> WorkflowState:
    """While the nodes are being asked."""
    nodes = (
        NodeStatus("node1", Connection.CONNECTED, facts=facts("node1", corosync=""), live=True),
        NodeStatus("node2", Connection.CONNECTING),
        NodeStatus("node3", Connection.FAILED, "10.77.0.3 port 22 refuses the connection. Start sshd there."),
    )
    return replace(fresh(), nodes=nodes, busy="asking 3 nodes", busy_since=NOW - 2, steps=steps(nodes=StepState.BUSY))


def looked(corosync: str = "", *, running: int = 0) -> WorkflowState:
    """All nodes answer, nothing is wrong."""
    nodes = tuple(
        NodeStatus(n, Connection.CONNECTED, facts=facts(n, corosync=corosync, running=running), live=True)
        for n in NAMES
    )
    return replace(
        fresh(),
        nodes=nodes,
        links=(link(0), link(1, 2)),
        findings_by_step={Step.PREREQUISITES: FINE},
        findings=FINE,
        steps=steps(nodes=StepState.DONE, prerequisites=StepState.DONE),
    )


def lacking() -> WorkflowState:
    """At Prerequisites, with something to fix on each node."""
    found = (LOOPBACK, *MISSING, *FINE)
    return replace(
        looked(),
        step=Step.PREREQUISITES,
        findings_by_step={Step.PREREQUISITES: found},
        findings=found,
        steps=steps(nodes=StepState.DONE, prerequisites=StepState.NEEDS_ATTENTION),
    )


def at(step: Step, base: WorkflowState | None = None) -> WorkflowState:
    """The same, standing at another step."""
    return replace(base or looked("3.1.7"), step=step)


def network() -> WorkflowState:
    """At Network: one subnet that all nodes have, one that two have, and a finding."""
    return replace(at(Step.NETWORK), findings_by_step={Step.NETWORK: (LOOPBACK,)}, findings=(LOOPBACK,))


def configured() -> WorkflowState:
    """At Configuration, with a file."""
    return replace(at(Step.CONFIGURATION), chosen_links=(link(0).network,), proposed_conf=CONF)


def planned() -> WorkflowState:
    """At Review, with a plan."""
    diff = "--- on the node\n+++ new\n@@ -0,0 +1,20 @@\n"
    diff += "".join(f"+{line}\n" for line in CONF.decode().splitlines())
    nodes = tuple(
        NodePlan(
            name,
            "3.1.7",
            key_action=KeyAction.CREATE if name == "node1" else KeyAction.COPY,
            conf_action=ConfAction.WRITE,
            service_action=ServiceAction.START,
            enable=True,
            diff=diff,
        )
        for name in NAMES
    )
    return replace(
        at(Step.REVIEW),
        conf=CONF,
        chosen_links=(link(0).network,),
        plan=Plan(
            "db",
            CONF,
            hashlib.sha256(CONF).hexdigest(),
            nodes,
            key_source="node1",
            ring_limit=38.0,
            summary=(
                "node1 makes an authkey; node2 and node3 get it through memory.",
                "All 3 nodes get corosync.conf, tested there with corosync -t first.",
                "corosync starts on 3 nodes at once.",
            ),
            warnings=("node2's clock is 4 s behind.",),
        ),
    )


def rolling(*, running: bool = True, error: str = "") -> WorkflowState:
    """At Rollout, while node3 tests the file."""
    done = ProgressCell(ProgressState.DONE, seconds=0.1)
    cells = {
        "stage files": dict.fromkeys(NAMES, done),
        "test there": {
            "node1": done,
            "node2": done,
            "node3": ProgressCell(ProgressState.RUNNING, "corosync -t", NOW - 2)
            if running
            else ProgressCell(ProgressState.FAILED, error),
        },
        "commit": dict.fromkeys(NAMES, ProgressCell()),
        "start": dict.fromkeys(NAMES, ProgressCell()),
        "one ring": {
            "": ProgressCell(ProgressState.WAITING, "waits for 3 members", NOW - 1) if running else ProgressCell()
        },
    }
    progress = Progress(
        ProgressKind.ROLLOUT,
        "rolling out to 3 nodes",
        tuple(cells),
        NAMES,
        cells,
        {"one ring": 38.0, "test there": 10.0},
        running,
        error,
    )
    busy = "rolling out to 3 nodes" if running else ""
    return replace(planned(), step=Step.ROLLOUT, progress=progress, busy=busy, busy_since=NOW - 3 if running else None)


def view(name: str, *, up: bool = True, age: float = 0.4, lost: tuple[str, ...] = ()) -> NodeView:
    """What a node says of the others."""
    others = tuple(other for other in NAMES if other != name)
    if not up:
        return NodeView(name, reachable=False, taken_at=NOW - 42, error="10.77.0.3 did not answer within 5 s")
    members = tuple(n for n in NAMES if n not in lost)
    return NodeView(
        name,
        True,
        NOW - age,
        "3.1.7",
        True,
        node_id=int(name[-1]),
        ring_id="1.1a",
        quorate=True,
        members=members,
        links=tuple(LinkView(0, o, o not in lost, latency=210 + 10 * int(o[-1])) for o in others),
        votes=1,
        expected_votes=3,
        total_votes=len(members),
        quorum=2,
        retransmits=0,
    )


def ring(*, healthy: bool = True, age: float = 0.4) -> WorkflowState:
    """At Ring, all three in it, or node3 lost."""
    lost = () if healthy else ("node3",)
    nodes = tuple(view(n, age=age, up=n not in lost, lost=lost) for n in NAMES)
    members = tuple(n for n in NAMES if n not in lost)
    whole = Ring(healthy, True, 3, members, nodes)
    return replace(planned(), step=Step.RING, ring=whole)
