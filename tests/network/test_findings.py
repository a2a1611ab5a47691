"""Each code of the network's findings, raised and just not raised."""

from __future__ import annotations

from dataclasses import replace

from corotui.cluster.finding import Finding, Severity
from corotui.facts.model import Interface, NodeFacts
from corotui.network import findings
from tests.support.facts_builder import facts, interface, ips


def node(number: int, *extra: Interface, **changes: object) -> NodeFacts:
    name = f"node{number}"
    made = facts(name, interface("eth0", f"10.0.0.{number}/24"), *extra, own_name=ips(f"10.0.0.{number}"))
    return replace(made, **changes)  # type: ignore[arg-type]


def found(*nodes: NodeFacts) -> tuple[Finding, ...]:
    return findings({one.node: one for one in nodes})


def codes(*nodes: NodeFacts) -> list[str]:
    return [one.code for one in found(*nodes)]


def test_a_healthy_network() -> None:
    knows = {f"node{n}": ips(f"10.0.0.{n}") for n in (1, 2)}
    assert codes(node(1, resolves=knows), node(2, resolves=knows)) == []
    assert codes() == []
    assert codes(node(1)) == []


def test_the_own_name_on_loopback() -> None:
    (finding,) = found(node(1), node(2, own_name=ips("127.0.1.1"), fqdn="node2.example.org"))
    assert (finding.code, finding.node, finding.severity) == ("name-on-loopback", "node2", Severity.WARNING)
    assert finding.what == "node2 means 127.0.1.1 on node2 itself."
    (remedy,) = finding.remedies
    assert remedy.node == "node2"
    assert "10.0.0.2" in remedy.commands[1]
    assert "node2.example.org node2" in remedy.commands[1]


def test_the_name_in_the_cluster_on_loopback_though_the_host_is_called_otherwise() -> None:
    looped = node(2, hostname="ip-10-0-0-2", own_name=ips("10.0.0.2"), resolves={"node2": ips("::1")})
    (finding,) = found(node(1), looped)
    assert (finding.code, finding.place) == ("name-on-loopback", "node2")


def test_names_that_look_alike_are_named_with_their_code_points() -> None:
    twin = replace(node(2), node="n\u043ede1", hostname="node2")
    (finding,) = [one for one in found(node(1), twin) if one.code == "names-alike"]
    assert finding.severity is Severity.WARNING
    assert finding.what == (
        "Names of nodes look alike and are not the same: node1 (with U+006F), n\u043ede1 (with U+043E)."
    )


def test_a_host_name_that_passes_for_another_node_and_one_with_capitals() -> None:
    assert "names-alike" in codes(node(1), node(2, hostname="nodel"))
    assert "names-alike" not in codes(node(1, hostname="NODE1"), node(2))


def test_interfaces_of_two_nodes_that_look_alike() -> None:
    found_codes = codes(node(1), node(2, interfaces=(*node(2).interfaces, interface("\u0435th0", "10.9.0.2/24"))))
    assert "names-alike" in found_codes


def test_a_host_called_localhost_is_left_alone() -> None:
    assert codes(node(1), node(2, hostname="localhost", own_name=ips("127.0.0.1"))) == []


def test_names_unknown() -> None:
    (finding,) = found(node(1, resolves={"node1": ips("10.0.0.1"), "node2": ()}), node(2))
    assert (finding.code, finding.severity) == ("name-unresolved", Severity.INFO)
    assert "10.0.0.2" in finding.remedies[0].commands[-1]
    assert codes(node(1, resolves={"example.org": ()}), node(2)) == []


def test_names_that_differ() -> None:
    (finding,) = found(node(1, resolves={"db": ips("10.0.0.1")}), node(2, resolves={"db": ips("192.168.0.1")}))
    assert finding.code == "name-differs"
    assert len(finding.evidence) == 2
    more = ips("10.0.0.1", "fd00::1")
    assert codes(node(1, resolves={"db": ips("10.0.0.1")}), node(2, resolves={"db": more})) == []
    assert "name-differs" not in codes(node(1, resolves={"db": ips("127.0.0.1")}), node(2, resolves={"db": more}))


def test_no_common_network() -> None:
    apart = [facts(f"n{n}", interface("e", f"10.0.{n}.1/24")) for n in (1, 2)]
    (finding,) = found(*apart)
    assert (finding.code, finding.severity) == ("no-common-network", Severity.ERROR)
    assert codes(apart[0]) == []


def test_a_routed_link_is_reported() -> None:
    zones = [facts(f"n{n}", interface("e", f"10.0.{n}.1/24"), route=f"10.0.{n}.9 dev e") for n in (1, 2)]
    assert codes(*zones) == ["link-is-routed"]


def test_the_same_address_twice() -> None:
    assert "address-twice" in codes(node(1), facts("other", interface("eth0", "10.0.0.1/24")))


def test_mtu_that_differs() -> None:
    jumbo = facts("node2", interface("eth0", "10.0.0.2/24", mtu=9000))
    (finding,) = found(node(1), jumbo)
    assert finding.code == "mtu-differs"
    assert "node2 9000" in finding.what
    assert "1500" in finding.remedies[0].manual
    assert codes(node(1), facts("node2", interface("eth0", "10.0.0.2/24", mtu=None))) == []


def test_an_interface_that_is_down_in_a_network_all_others_have() -> None:
    (finding,) = [
        one
        for one in found(node(1, interface("eth1", "10.1.0.1/24")), node(2, interface("eth1", "10.1.0.2/24", up=False)))
        if one.code == "interface-down"
    ]
    assert (finding.node, finding.place) == ("node2", "eth1")
    assert finding.remedies[0].commands == ("ip link set dev eth1 up",)
    assert codes(node(1), node(2, interface("eth1", "10.1.0.2/24", up=False))) == []
