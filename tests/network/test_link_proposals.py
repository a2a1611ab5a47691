"""Which links the nodes' addresses allow."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface, ip_network

from hypothesis import given
from hypothesis import strategies as st

from corotui.facts.model import NodeFacts
from corotui.network import LinkProposal, propose_links
from tests.support.facts_builder import facts, interface


def nodes(*made: NodeFacts) -> dict[str, NodeFacts]:
    return {one.node: one for one in made}


def found(proposals: tuple[LinkProposal, ...]) -> list[tuple[str, bool, bool]]:
    return [(str(one.network), one.usable, one.recommended) for one in proposals]


def three(*extra: str) -> dict[str, NodeFacts]:
    """Three nodes on eth0 10.77.0.0/24 with the default route, and eth1, eth2… in `extra` ("10.78.0.{}/24")."""
    return nodes(
        *(
            facts(
                f"node{n}",
                interface("eth0", f"10.77.0.{n}/24"),
                *(interface(f"eth{at}", text.format(n)) for at, text in enumerate(extra, 1)),
                route="10.77.0.254 dev eth0",
            )
            for n in (1, 2, 3)
        )
    )


def test_the_subnet_every_node_has() -> None:
    (link,) = propose_links(three())
    assert link.network == ip_network("10.77.0.0/24")
    assert link.usable
    assert link.recommended
    assert link.reason == "every node has it"
    assert dict(link.addresses()) == {"node1": "10.77.0.1", "node2": "10.77.0.2", "node3": "10.77.0.3"}
    assert [(end.interface, end.mtu, end.up) for end in link.endpoints] == [("eth0", 1500, True)] * 3


def test_network_as_ipcalc_gives_it() -> None:
    (link,) = propose_links(
        nodes(facts("a", interface("eth0", "192.168.1.77/26")), facts("b", interface("e", "192.168.1.100/26")))
    )
    assert str(link.network) == "192.168.1.64/26"


def test_a_second_link_on_other_interfaces_and_no_third() -> None:
    assert found(propose_links(three("10.78.0.{}/24", "10.79.0.{}/24"))) == [
        ("10.77.0.0/24", True, True),
        ("10.78.0.0/24", True, True),
        ("10.79.0.0/24", True, False),
    ]


def test_the_default_route_comes_first_though_its_number_is_higher() -> None:
    proposals = propose_links(three("10.1.0.{}/24"))
    assert [str(one.network) for one in proposals] == ["10.77.0.0/24", "10.1.0.0/24"]


def test_without_default_routes_the_lowest_comes_first() -> None:
    made = [facts(f"n{n}", interface("eth0", f"10.9.0.{n}/24"), interface("eth1", f"10.2.0.{n}/24")) for n in (1, 2)]
    assert [str(one.network) for one in propose_links(nodes(*made))] == ["10.2.0.0/24", "10.9.0.0/24"]


def test_a_node_without_an_address_makes_it_unusable() -> None:
    made = three("10.78.0.{}/24")
    made["node3"] = facts("node3", interface("eth0", "10.77.0.3/24"))
    link = propose_links(made)[1]
    assert not link.usable
    assert not link.recommended
    assert link.missing == ("node3",)
    assert link.reason == "node3 has no address in it"


def test_an_interface_that_is_down_makes_it_unusable_but_an_unknown_state_does_not() -> None:
    made = three()
    made["node2"] = facts("node2", interface("eth0", "10.77.0.2/24", up=False))
    (link,) = propose_links(made)
    assert (link.usable, link.reason) == (False, "eth0 on node2 is down")
    made["node2"] = facts("node2", interface("eth0", "10.77.0.2/24", up=None))
    assert propose_links(made)[0].usable


def test_the_same_address_on_two_nodes() -> None:
    (link,) = propose_links(
        nodes(facts("a", interface("eth0", "10.0.0.1/24")), facts("b", interface("eth0", "10.0.0.1/24")))
    )
    assert (link.usable, link.reason) == (False, "a and b have the same address 10.0.0.1")


def test_a_secondary_address_is_left_out_and_said() -> None:
    made = nodes(
        facts("a", interface("eth0", "10.0.0.1/24", "10.0.0.100/24", secondary=True)),
        facts("b", interface("eth0", "10.0.0.2/24")),
    )
    (link,) = propose_links(made)
    assert link.usable
    assert link.addresses()["a"] == "10.0.0.1"
    assert "a has 2 addresses in it: 10.0.0.1 is taken, not 10.0.0.100 (eth0)" in link.notes


def test_two_interfaces_in_one_subnet_are_said() -> None:
    made = nodes(
        facts("a", interface("eth0", "10.0.0.1/24", up=False), interface("eth1", "10.0.0.11/24")),
        facts("b", interface("eth0", "10.0.0.2/24")),
    )
    (link,) = propose_links(made)
    assert link.addresses()["a"] == "10.0.0.11"
    assert any("more than one interface" in note for note in link.notes)


def test_container_bridges_count_only_where_there_is_nothing_else() -> None:
    with_docker = nodes(
        *(facts(n, interface("eth0", f"10.0.0.{n}/24"), interface("docker0", "172.17.0.1/16")) for n in "12")
    )
    assert found(propose_links(with_docker)) == [("10.0.0.0/24", True, True)]
    only_bridge = nodes(facts("a", interface("virbr0", "10.5.0.1/24")), facts("b", interface("virbr0", "10.5.0.2/24")))
    (link,) = propose_links(only_bridge)
    assert link.usable
    assert any(note.startswith("a bridge") for note in link.notes)


def test_a_tunnel_comes_after_real_interfaces() -> None:
    made = nodes(
        *(
            facts(n, interface("wg0", f"10.0.0.{n}/24", kind="wireguard"), interface("eth0", f"10.200.0.{n}/24"))
            for n in "12"
        )
    )
    assert [str(one.network) for one in propose_links(made)] == ["10.200.0.0/24", "10.0.0.0/24"]


def test_link_local_and_loopback_are_no_links() -> None:
    made = nodes(*(facts(n, interface("eth0", f"fe80::{n}/64", f"169.254.0.{n}/16")) for n in "12"))
    assert propose_links(made) == ()


def test_ipv6_and_ipv4_of_one_interface_fall_together() -> None:
    made = nodes(*(facts(n, interface("eth0", f"10.0.0.{n}/24", f"fd00::{n}/64")) for n in "12"))
    first, second = propose_links(made)
    assert (str(first.network), first.recommended) == ("10.0.0.0/24", True)
    assert (str(second.network), second.recommended) == ("fd00::/64", False)
    assert second.notes == ("same interface as 10.0.0.0/24: both fail together",)


def test_vlans_of_one_interface_fall_together() -> None:
    made = nodes(
        *(
            facts(
                n,
                interface("eth0", f"10.0.0.{n}/24"),
                interface("eth0.7", f"10.7.0.{n}/24", kind="vlan", parent="eth0"),
            )
            for n in "12"
        )
    )
    assert found(propose_links(made)) == [("10.0.0.0/24", True, True), ("10.7.0.0/24", True, False)]


def test_mtu_that_differs_is_noted() -> None:
    made = nodes(facts("a", interface("e", "10.0.0.1/24", mtu=9000)), facts("b", interface("e", "10.0.0.2/24")))
    (link,) = propose_links(made)
    assert link.usable
    assert link.notes == ("MTU differs: a 9000, b 1500",)


def test_single_addresses_and_availability_zones_are_routed() -> None:
    single = nodes(*(facts(n, interface("ens4", f"10.128.0.{n}/32"), route="10.128.0.1 dev ens4") for n in "234"))
    (link,) = propose_links(single)
    assert link.usable
    assert link.recommended
    assert link.reason == "no subnet is common, packets pass a router"
    assert all(end.address in link.network for end in link.endpoints)
    zones = nodes(
        *(facts(n, interface("ens5", f"10.0.{n}.9/24"), route=f"10.0.{n}.1 dev ens5") for n in "123"),
    )
    proposals = propose_links(zones)
    assert proposals[0].reason == "no subnet is common, packets pass a router"
    assert found(proposals)[1:] == [(f"10.0.{n}.0/24", False, False) for n in "123"]
    assert "1 10.0.1.0/24" in proposals[0].notes[0]


def test_nothing_is_routed_where_a_node_has_no_default_route() -> None:
    made = nodes(
        facts("a", interface("e", "10.0.1.1/24"), route="10.0.1.9 dev e"), facts("b", interface("e", "10.0.2.1/24"))
    )
    assert not any(one.usable for one in propose_links(made))


def test_a_31_is_noted() -> None:
    (link,) = propose_links(nodes(facts("a", interface("e", "10.0.0.0/31")), facts("b", interface("e", "10.0.0.1/31"))))
    assert link.usable
    assert link.notes == ("a /31 has room for two nodes only",)


def test_no_nodes() -> None:
    assert propose_links({}) == ()


addresses = st.builds(
    lambda number, prefix: str(ip_interface((number, prefix))), st.integers(0x01000000, 0xDFFFFFFF), st.integers(0, 32)
)
interfaces = st.builds(
    lambda name, texts, up: interface(name, *texts, up=up),
    st.sampled_from(["eth0", "eth1", "docker0", "wg0", "eth0.5"]),
    st.lists(addresses, max_size=3),
    st.sampled_from([True, False, None]),
)


@given(st.lists(st.lists(interfaces, max_size=3), max_size=4))
def test_what_is_usable_always_has_one_own_address_per_node(made: list[list[object]]) -> None:
    cluster = nodes(*(facts(f"n{at}", *own, route="dev eth0") for at, own in enumerate(made)))  # type: ignore[arg-type]
    proposals = propose_links(cluster)
    assert propose_links(cluster) == proposals
    for link in proposals:
        assert all(end.address in link.network for end in link.endpoints)
        if link.usable:
            assert [end.node for end in link.endpoints] == list(cluster)
            assert len({end.address for end in link.endpoints}) == len(cluster)
            assert not link.missing
        else:
            assert not link.recommended
            assert link.reason
    assert sum(link.recommended for link in proposals) <= 2
    assert ip_address("127.0.0.1") not in {end.address for link in proposals for end in link.endpoints}
