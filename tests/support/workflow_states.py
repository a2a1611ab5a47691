"""Pictures of walks at various steps."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Unpack

from corotui.cluster.events import Connection
from corotui.cluster.finding import Finding, Remedy, Severity
from corotui.cluster.model import Cluster, Node
from corotui.cluster.service_manager import ServiceManager
from corotui.facts.model import Address, Corosync, Interface, NodeFacts, Os
from corotui.network.model import Endpoint, LinkProposal
from corotui.rollout.model import ConfAction, NodePlan, Plan, Refusal
from corotui.workflow.state import NodeStatus, StateChanges, Step, WorkflowState

NAMES = ("node1", "node2", "node3")
CLUSTER = Cluster("db", tuple(Node(name, f"10.0.0.{number}") for number, name in enumerate(NAMES, 1)))


def facts(name: str, *, version: str = "3.1.7") -> NodeFacts:
    """A healthy Debian node in 10.0.0.0/24."""
    number = NAMES.index(name) + 1
    address = Address(ip_address(f"10.0.0.{number}"), 24)
    return NodeFacts(
        node=name,
        taken_at=1.0,
        hostname=name,
        root=True,
        os=Os(id="debian", version="12", name="Debian 12", family="debian", package_tool="apt"),
        service_manager=ServiceManager.SYSTEMD,
        corosync=Corosync(version=version),
        interfaces=(Interface("eth0", mtu=1500, up=True, addresses=(address,)),),
        own_name=(address.ip,),
    )


def link(third: int = 0, *, usable: bool = True, recommended: bool = True) -> LinkProposal:
    """The network 10.0.THIRD.0/24 with an address on every node."""
    ends = tuple(
        Endpoint(name, "eth0", ip_address(f"10.0.{third}.{number}"), 1500, True) for number, name in enumerate(NAMES, 1)
    )
    return LinkProposal(ip_network(f"10.0.{third}.0/24"), ends, usable=usable, recommended=recommended)


def finding(code: str = "host-firewall", node: str = "node2", *, commands: tuple[str, ...] = ("true",)) -> Finding:
    remedy = Remedy(f"fix {code}", node, commands, manual="" if commands else "Do it by hand.")
    return Finding(Severity.ERROR, code, f"{code} on {node}.", node=node, remedies=(remedy,))


def plan(*, empty: bool = False, summary: tuple[str, ...] = (), refusals: tuple[Refusal, ...] = ()) -> Plan:
    """corosync.conf is written on every node, or nothing happens at all where it is `empty`."""
    action = ConfAction.KEEP if empty else ConfAction.WRITE
    nodes = tuple(NodePlan(name, version="3.1.7", conf_action=action) for name in NAMES)
    return Plan("db", b"", "", nodes, summary=summary, refusals=refusals)


def workflow_state(*, live: bool = True, version: str = "3.1.7", known: bool = True) -> WorkflowState:
    """Three nodes; `known`: their facts are there."""
    nodes = tuple(
        NodeStatus(
            name,
            connection=Connection.CONNECTED if live else Connection.UNKNOWN,
            facts=facts(name, version=version) if known else None,
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
