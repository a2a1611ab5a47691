"""Interfaces out of every tool's output: recorded ones of one set of devices, and older ones by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.facts.model import Interface
from corotui.facts.parsers.addresses import make_address, parse
from tests.support.assertions import assert_never_raises

FIXTURES = Path(__file__).parent.parent / "fixtures" / "facts"


def read(name: str) -> dict[str, Interface]:
    interfaces, strange = parse((FIXTURES / name).read_text())
    assert strange == ""
    return {interface.name: interface for interface in interfaces}


def listed(interface: Interface) -> list[str]:
    return [f"{a.ip}/{a.prefix}{' secondary' if a.secondary else ''}" for a in interface.addresses]


IP = ["ip-json-iproute2-6.1.txt", "ip-oneline-iproute2-6.1.txt", "ip-oneline-busybox-1.35.txt"]
IFCONFIG = ["ifconfig-net-tools-2.10.txt", "ifconfig-busybox-1.35.txt"]


@pytest.mark.parametrize("name", [*IP, *IFCONFIG])
def test_all_tools_tell_the_same_of_the_same_devices(name: str) -> None:
    found = read(name)
    assert set(found) == {"lo", "eth0", "far", "br0", "tun0"}
    assert found["lo"].loopback
    assert not found["eth0"].loopback
    assert found["eth0"].mac == "02:00:00:00:00:01"
    assert found["lo"].mac == found["tun0"].mac == ""
    assert {one.mtu for one in found.values()} == {65536, 1500}
    assert found["eth0"].up is True
    assert found["br0"].up is False
    assert found["eth0"].parent == "" or "busybox" in name
    assert listed(found["br0"]) == ["172.17.0.1/16"]
    assert listed(found["tun0"]) == ["10.8.0.1/32"]
    assert {str(a.network) for a in found["eth0"].addresses} >= {"10.0.0.0/24", "fd00::/64", "fe80::/64"}
    scopes = {str(a.ip): a.scope for one in found.values() for a in one.addresses}
    assert (scopes["::1"], scopes["fd00::1"], scopes["10.0.0.1"]) == ("host", "global", "global")
    assert scopes["fe80::ff:fe00:1"] == "link"


@pytest.mark.parametrize("name", IP)
def test_ip_tells_secondary_addresses_and_single_ones(name: str) -> None:
    assert [one for one in listed(read(name)["eth0"]) if ":" not in one] == [
        "10.0.0.1/24",
        "192.168.7.9/32",
        "10.0.0.100/24 secondary",
    ]


@pytest.mark.parametrize("name", IP[:2])
def test_iproute2_tells_kinds(name: str) -> None:
    kinds = {interface.name: interface.kind for interface in read(name).values()}
    assert kinds == {"lo": "", "eth0": "veth", "far": "veth", "br0": "bridge", "tun0": "tun"}


def test_net_tools_of_centos_6_with_an_alias() -> None:
    found = read("ifconfig-net-tools-1.60-by-hand.txt")
    assert set(found) == {"eth0", "eth1", "lo"}
    assert [one for one in listed(found["eth0"]) if ":" not in one] == ["10.0.0.11/26", "10.0.0.12/26"]
    assert found["eth0"].up is True
    assert found["eth1"].up is False
    assert found["lo"].mtu == 16436


def test_vlan_names_what_it_runs_over() -> None:
    text = (
        "ip-oneline\n"
        "7: eth0.7@eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP \\    "
        "link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff promiscuity 0 \\    vlan protocol 802.1Q id 7\n"
        "9: eth0@if8: <BROADCAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP \\    link/ether 02:00:00:00:00:02\n"
    )
    (vlan, inner), strange = parse(text)
    assert (vlan.parent, vlan.kind) == ("eth0", "vlan")
    assert inner.parent == ""
    assert strange == ""
    entry = {"ifname": "eth0.7", "link": "eth0", "flags": ["UP"], "linkinfo": {"info_kind": "vlan"}}
    ((same,), _) = parse("ip-json\n" + json.dumps([entry, {}]))
    assert (same.parent, same.kind, same.up) == ("eth0", "vlan", False)


def test_states() -> None:
    def up(state: str, *flags: str) -> bool | None:
        ((one,), _) = parse("ip-json\n" + json.dumps([{"ifname": "x", "flags": list(flags), "operstate": state}]))
        return one.up

    assert up("UP", "UP", "LOWER_UP") is True
    assert up("DOWN", "UP") is False
    assert up("LOWERLAYERDOWN", "UP") is False
    assert up("UNKNOWN", "UP", "LOWER_UP") is True
    assert up("UNKNOWN", "UP") is False
    assert up("UNKNOWN") is None


@pytest.mark.parametrize(
    ("ip", "prefix", "expected"),
    [
        ("10.0.0.9", "255.255.255.128", "10.0.0.0/25"),
        ("10.0.0.9", 24, "10.0.0.0/24"),
        ("fe80::1%eth0", 64, "fe80::/64"),
        ("10.0.0.9", "255.0.255.0", None),
        ("10.0.0.9", "nonsense", None),
        ("", 24, None),
        ("10.0.0.9", 33, None),
    ],
)
def test_address_and_prefix(ip: str, prefix: str | int, expected: str | None) -> None:
    address = make_address(ip, prefix)
    assert (str(address.network) if address else None) == expected


def test_what_is_not_understood_is_kept() -> None:
    _, strange = parse(
        "ip-oneline\n1: lo: <LOOPBACK> mtu 65536\nsome new line\n1: lo    inet 10.0.0.999/8 scope host lo"
    )
    assert "some new line" in strange
    assert "10.0.0.999" in strange
    assert parse("ip-json\n[{]") == ((), "[{]")
    assert parse("nothing of ours") == ((), "nothing of ours")
    _, strange = parse('ip-json\n[{"ifname": "x", "addr_info": [{"local": "bad", "prefixlen": 8}]}, {"a": 1}]')
    assert '"bad"' in strange
    assert '{"a": 1}' in strange


lines = st.sampled_from([line for name in [*IP, *IFCONFIG] for line in (FIXTURES / name).read_text().splitlines()[1:]])
tools = st.sampled_from(["ip-json", "ip-oneline", "ifconfig", "x"])


@given(tools, st.text(max_size=400))
def test_no_text_raises(tool: str, text: str) -> None:
    assert_never_raises(parse, f"{tool}\n{text}")


@given(
    tools, st.lists(st.one_of(lines, lines.map(lambda line: line[len(line) // 3 :]), st.text(max_size=40)), max_size=8)
)
def test_any_mix_of_lines_is_parsed(tool: str, found: list[str]) -> None:
    interfaces, _ = parse("\n".join([tool, *found]))
    for interface in interfaces:
        for address in interface.addresses:
            assert address.ip in address.network


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["ifname", "flags", "mtu", "addr_info", "local", "prefixlen", "linkinfo", "link", "address"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(documents)
def test_no_json_raises(document: object) -> None:
    listed = [document, {"ifname": "x", "addr_info": document, "linkinfo": document}]
    assert_never_raises(parse, "ip-json\n" + json.dumps(document))
    assert_never_raises(parse, "ip-json\n" + json.dumps(listed))


def test_deep_json_ends() -> None:
    assert parse("ip-json\n" + "[" * 200_000)[0] == ()
