"""Facts to JSON and back."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.cluster.service_manager import ServiceManager
from corotui.facts import NodeFacts, from_json, to_json
from corotui.facts.model import (
    Address,
    Clock,
    Cloud,
    Corosync,
    Disk,
    File,
    Firewall,
    Interface,
    Os,
    PortUse,
    Service,
)
from tests.support.facts_builder import facts, interface

text = st.text(max_size=8)
floats = st.floats(allow_nan=False, allow_infinity=False)
small = st.integers(0, 1 << 60)
maybe = st.none() | st.booleans()
ip = st.ip_addresses()
answered = st.lists(ip, max_size=3).map(tuple)


def tuples(inner: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(inner, max_size=3).map(tuple)


addresses = st.builds(Address, ip=ip, prefix=st.integers(0, 128), scope=text, secondary=st.booleans())
interfaces = st.builds(
    Interface,
    name=text,
    mac=text,
    mtu=st.none() | small,
    up=maybe,
    loopback=st.booleans(),
    addresses=tuples(addresses),
    kind=text,
    parent=text,
)
files = st.builds(File, path=text, size=small, mode=small, owner=text, group=text, sha256=text)
corosyncs = st.builds(
    Corosync,
    version=text,
    path=text,
    running=small,
    service=st.builds(Service, load=text, active=text, sub=text, enabled=text, exit_status=st.none() | small),
    conf=st.none() | st.binary(max_size=20).map(lambda data: data.decode("latin-1")),
    conf_file=st.none() | files,
    authkey=st.none() | files,
    tools=tuples(text),
    sample=st.booleans(),
    crypto=st.none() | tuples(text),
)
anything = st.builds(
    NodeFacts,
    node=text,
    taken_at=floats,
    hostname=text,
    fqdn=text,
    user=text,
    uid=st.none() | small,
    root=st.booleans(),
    os=st.builds(Os, id=text, version=text, name=text, family=text, package_tool=text, arch=text, kernel=text),
    service_manager=st.sampled_from(ServiceManager),
    corosync=corosyncs,
    pacemaker_running=st.booleans(),
    interfaces=tuples(interfaces),
    default_route=text,
    own_name=answered,
    resolves=st.dictionaries(text, answered, max_size=3),
    clock=st.none() | st.builds(Clock, offset=floats, uncertainty=floats, synchronised=maybe),
    firewalls=tuples(st.builds(Firewall, tool=text, active=maybe, rules=text)),
    ports=tuples(st.builds(PortUse, protocol=text, address=text, port=small, process=text)),
    disks=tuples(st.builds(Disk, path=text, free=small, total=small, read_only=st.booleans())),
    cloud=st.none() | st.builds(Cloud, provider=text, instance_id=text, security_groups=tuples(text)),
    commands=tuples(text),
    packages=st.dictionaries(text, text, max_size=3),
    selinux=text,
    directories=tuples(text),
    not_understood=st.dictionaries(text, text, max_size=3),
)


@given(anything)
def test_nothing_is_lost(made: NodeFacts) -> None:
    again = from_json(json.loads(json.dumps(to_json(made))))
    assert again == made
    assert type(again.taken_at) is float


def test_what_an_older_one_did_not_write_has_its_default() -> None:
    document = to_json(facts("node1", interface("eth0", "10.0.0.1/24", "fd00::1/64")))
    for name in ("selinux", "directories", "resolves"):
        del document[name]
    assert from_json({**document, "of a newer one": 1}) == facts(
        "node1", interface("eth0", "10.0.0.1/24", "fd00::1/64")
    )


def test_an_inline_key_is_left_out_and_nothing_else() -> None:
    conf = "totem {\n\tkey: 5ecret\n\tkeyfile: /etc/key\n totem.key : 5ecret too\r\n}\n"
    document = json.dumps(to_json(replace(facts(), corosync=Corosync(conf=conf))))
    assert "5ecret" not in document
    assert from_json(json.loads(document)).corosync.conf == (
        "totem {\n\tkey: (left out)\n\tkeyfile: /etc/key\n totem.key : (left out)\r\n}\n"
    )


def test_addresses_keep_their_family() -> None:
    made = replace(facts(), own_name=(IPv4Address("10.0.0.1"), IPv6Address("::ffff:10.0.0.1")))
    assert from_json(to_json(made)).own_name == made.own_name


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"node": "a"},
        {"node": 1, "taken_at": 0.0},
        {"node": "a", "taken_at": "now"},
        {"node": "a", "taken_at": 0.0, "uid": True},
        {"node": "a", "taken_at": 0.0, "own_name": ["nonsense"]},
        {"node": "a", "taken_at": 0.0, "os": []},
        {"node": "a", "taken_at": 0.0, "interfaces": {}},
        {"node": "a", "taken_at": 0.0, "resolves": [1]},
    ],
)
def test_other_documents_are_refused(document: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        from_json(document)
