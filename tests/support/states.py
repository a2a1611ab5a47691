"""States of a workflow with three nodes. tests/support/console_states.py has those of whole screens."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Unpack

from corotui.cluster.events import Connection
from corotui.cluster.finding import Finding, Remedy, Severity
from corotui.cluster.model import Cluster, Node, Ssh
from corotui.cluster.service_manager import ServiceManager
from corotui.facts.model import Address, Corosync, Interface, NodeFacts, Os
from corotui.network.model import Endpoint, LinkProposal
from corotui.rollout.model import ConfAction, NodePlan, Plan, Refusal
from corotui.workflow.state import NodeStatus, StateChanges, Step, WorkflowState

NOW = 1_700_000_000.0
SSH = Ssh(user="ec2-user", sudo=True)
NODES = tuple(Node(f"node{i}", f"10.77.0.{i}", SSH) for i in (1, 2, 3))
NAMES = tuple(node.name for node in NODES)
CLUSTER = Cluster("db", NODES)


def facts(
    name: str, *, corosync: str = "3.1.7", running: int = 0, conf: str | None = None, age: float = 4.0
) -> NodeFacts:
    """A healthy Debian node in 10.77.0.0/24 that was asked `age` seconds ago."""
    address = Address(ip_address(f"10.77.0.{name[-1]}"), 24)
    return NodeFacts(
        node=name,
        taken_at=NOW - age,
        hostname=name,
        root=True,
        os=Os("debian", "12", "Debian GNU/Linux 12 (bookworm)", "debian", "apt", "x86_64", "6.1.0"),
        service_manager=ServiceManager.SYSTEMD,
        corosync=Corosync(version=corosync, running=running, conf=conf),
        interfaces=(Interface("eth0", mtu=1500, up=True, addresses=(address,)),),
        own_name=(address.ip,),
    )


def link(
    number: int = 0,
    nodes: int = 3,
    *,
    interface: str = "eth0",
    usable: bool | None = None,
    recommended: bool | None = None,
) -> LinkProposal:
    """10.77.0.0/24, or 10.(77 + NUMBER).0.0/24, with an address on each of the first `nodes` nodes.

    Usable if all nodes have it, and recommended if it is the first, unless said otherwise.
    """
    usable = nodes == len(NAMES) if usable is None else usable
    return LinkProposal(
        ip_network(f"10.{77 + number}.0.0/24"),
        tuple(
            Endpoint(name, interface, ip_address(f"10.{77 + number}.0.{i}"), 1500, True)
            for i, name in enumerate(NAMES[:nodes], 1)
        ),
        NAMES[nodes:],
        usable=usable,
        recommended=(usable and number == 0) if recommended is None else recommended,
    )


def finding(code: str = "host-firewall", node: str = "node2", *, commands: tuple[str, ...] = ("true",)) -> Finding:
    remedy = Remedy(f"fix {code}", node, commands, manual="" if commands else "Do it by hand.")
    return Finding(Severity.ERROR, code, f"{code} on {node}.", node=node, remedies=(remedy,))


def plan(*, empty: bool = False, summary: tuple[str, ...] = (), refusals: tuple[Refusal, ...] = ()) -> Plan:
    """corosync.conf is written on every node, or nothing happens at all where it is `empty`."""
    action = ConfAction.KEEP if empty else ConfAction.WRITE
    nodes = tuple(NodePlan(name, version="3.1.7", conf_action=action) for name in NAMES)
    return Plan("db", b"", "", nodes, summary=summary, refusals=refusals)


def workflow_state(*, live: bool = True, corosync: str = "3.1.7", known: bool = True) -> WorkflowState:
    """Three nodes; `known`: their facts are there."""
    nodes = tuple(
        NodeStatus(
            name,
            connection=Connection.CONNECTED if live else Connection.UNKNOWN,
            facts=facts(name, corosync=corosync) if known else None,
            live=live and known,
        )
        for name in NAMES
    )
    return WorkflowState(
        CLUSTER,
        "/db",
        Step.NODES,
        (),
        nodes,
        links=(link(),) if known else (),
        findings_by_step=dict.fromkeys(Step, ()),
    )


def at(step: Step, /, **changes: Unpack[StateChanges]) -> WorkflowState:
    """The same at another step, with other fields replaced."""
    return replace(replace(workflow_state(), step=step), **changes)
