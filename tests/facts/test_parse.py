"""Whole answers of nodes: recorded from Debian 12, written from documented formats for what could not be had."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.cluster.finding import Severity
from corotui.cluster.model import Install
from corotui.facts import from_json, parse, to_json
from corotui.facts.model import Cloud, NodeFacts, PortUse, Service
from corotui.facts.parsers import ports
from corotui.facts.script import parse_sections
from corotui.prerequisites import findings
from tests.support.facts_builder import ips

FIXTURES = Path(__file__).parent.parent / "fixtures" / "facts"
RECORDED = ["debian12-package.txt", "debian12-ring-firewall.txt"]
BY_HAND = ["centos6-corosync-1.4-by-hand.txt", "rocky9-by-hand.txt"]


def read(name: str, *names: str) -> NodeFacts:
    found = parse_sections((FIXTURES / name).read_bytes(), "MARK")
    return parse.parse_facts("node1", found, names=names, sent=1_700_000_000.0, received=1_700_000_001.0)


@pytest.mark.parametrize("name", [*RECORDED, *BY_HAND])
def test_nothing_is_left_over_and_nothing_is_lost(name: str) -> None:
    facts = read(name)
    assert facts.not_understood == {}
    assert facts.root
    assert facts.interfaces
    assert facts.own_name
    assert from_json(to_json(facts)) == facts


def test_debian_with_the_package_just_installed() -> None:
    facts = read("debian12-package.txt", "node1", "node2", "nowhere.invalid")
    assert (facts.os.id, facts.os.version, facts.os.family, facts.os.package_tool) == ("debian", "12", "debian", "apt")
    assert (facts.user, facts.uid, facts.root) == ("ec2-user", 1000, True)
    assert facts.service_manager == "systemd"
    assert facts.corosync.version == "3.1.7"
    assert facts.corosync.sample
    assert facts.corosync.crypto == ("nss", "openssl")
    assert facts.corosync.running == 0
    assert facts.corosync.service == Service("loaded", "inactive", "dead", "disabled", 0)
    assert facts.corosync.conf is not None
    assert facts.corosync.conf.endswith("# ...\n}\n")
    assert facts.corosync.conf_file is not None
    assert facts.corosync.conf_file.size == len(facts.corosync.conf)
    assert facts.corosync.conf_file.mode == 0o644
    assert facts.corosync.authkey is None
    assert facts.corosync.tools == (
        "corosync-cmapctl",
        "corosync-cfgtool",
        "corosync-quorumtool",
        "corosync-keygen",
    )
    assert facts.resolves == {"node1": ips("10.77.4.1"), "node2": ips("10.77.4.2"), "nowhere.invalid": ()}
    assert facts.default_route == "10.77.4.254 dev eth0"
    assert facts.packages["corosync"] == "3.1.7-1+deb12u2"
    assert facts.directories == ("/var/lib/corosync", "/var/log/corosync")
    assert facts.clock is not None
    assert facts.clock.synchronised is False
    assert [str(a.network) for _, a in facts.routable_addresses()] == ["10.77.4.0/24", "10.78.4.0/24"]


def test_debian_in_a_ring_behind_a_firewall() -> None:
    facts = read("debian12-ring-firewall.txt")
    assert facts.corosync.running == 1
    assert not facts.corosync.sample
    assert facts.corosync.authkey is not None
    assert (facts.corosync.authkey.size, facts.corosync.authkey.mode) == (256, 0o400)
    assert PortUse("udp", "10.77.4.1", 5405, "corosync") in facts.ports
    (wall,) = facts.firewalls
    assert (wall.tool, wall.active) == ("nftables", True)
    found = {one.code: one for one in findings({"node1": facts}, Install())}
    assert found["host-firewall"].severity is Severity.ERROR
    assert "counter packets" in found["host-firewall"].evidence[0].text
    assert "corosync-running" in found
    assert "port-in-use" not in found


def test_centos_6_with_corosync_1() -> None:
    facts = read("centos6-corosync-1.4-by-hand.txt")
    assert (facts.os.id, facts.os.version, facts.os.family, facts.os.package_tool) == ("centos", "6.10", "rhel", "yum")
    assert facts.service_manager == "sysv"
    assert facts.corosync.version == "1.4.7"
    assert facts.corosync.crypto is None
    assert facts.corosync.tools[-1] == "corosync-objctl"
    assert facts.corosync.service == Service("loaded", "active", "", "enabled", None)
    assert facts.default_route == "10.0.0.1 dev eth0"
    assert facts.own_name == ips("127.0.0.1")
    assert set(facts.ports) == {PortUse("udp", "10.0.0.11", 5405), PortUse("tcp", "0.0.0.0", 22)}
    assert facts.cloud == Cloud("ec2", "i-0123456789abcdef0", "t1.micro", "us-east-1", ("default", "cluster"))
    assert facts.packages == {"corosync": "1.4.7-6.el6", "corosynclib": "1.4.7-6.el6", "nss-devel": "3.44.0-7.el6_10"}
    assert [wall.tool for wall in facts.firewalls if wall.active] == ["iptables"]
    assert {disk.path for disk in facts.disks if disk.read_only} == {"/var/log"}
    found = {one.code for one in findings({"node1": facts}, Install())}
    assert found == {"corosync-running", "host-firewall", "disk-read-only"}


def test_rocky_9() -> None:
    facts = read("rocky9-by-hand.txt", "db")
    assert (facts.os.id, facts.os.family, facts.os.package_tool, facts.os.arch) == ("rocky", "rhel", "dnf", "aarch64")
    assert facts.selinux == "enforcing"
    assert facts.resolves == {"db": ()}
    (_, address), (_, temporary) = facts.routable_addresses()
    assert str(address.network) == "172.31.0.0/20"
    assert temporary.secondary
    assert PortUse("udp", "172.31.4.10%ens5", 68, "NetworkManager") in facts.ports
    assert {wall.tool: wall.active for wall in facts.firewalls} == {"firewalld": True, "nftables": True}
    assert facts.clock is not None
    assert facts.clock.synchronised is True
    found = {one.code: one for one in findings({"node1": facts}, Install())}
    assert set(found) == {"corosync-missing", "host-firewall", "selinux-enforcing"}
    assert found["host-firewall"].place == "firewalld zone public (ens5)"
    assert "dnf -y" in found["corosync-missing"].remedies[0].commands[0]


def test_what_is_not_understood_is_kept_by_section() -> None:
    facts = parse.parse_facts(
        "node1",
        {"addresses": b"ip-json\n[oops", "ports": b"nmap\nx", "disks": b"/etc what\n", "names": b"0 not-an-address\n"},
        sent=0.0,
        received=0.0,
    )
    assert set(facts.not_understood) == {"addresses", "ports", "disks", "names"}
    assert facts.interfaces == ()
    assert facts.clock is None


def test_a_corosync_that_cannot_run_keeps_what_it_said() -> None:
    said = b"path /usr/sbin/corosync\ncorosync: error while loading shared libraries: libqb.so.100: no\n"
    facts = parse.parse_facts("node1", {"version": said}, sent=0.0, received=0.0)
    assert (facts.corosync.version, facts.corosync.path) == ("", "/usr/sbin/corosync")
    assert "shared libraries" in facts.not_understood["version"]


def test_a_configuration_of_any_bytes_comes_through_as_they_are() -> None:
    conf = bytes(range(256)) + b"\r\nno newline at the end"
    files = {"conf": conf, "conf-file": b"stat 277 644 root root\n"}
    assert parse.parse_facts("n", files, sent=0.0, received=0.0).corosync.conf == conf.decode("latin-1")
    assert parse.parse_facts("n", {"conf": conf}, sent=0.0, received=0.0).corosync.conf is None
    empty = parse.parse_facts("n", {"conf": b"", "conf-file": b"stat 0 644 root root\n"}, sent=0.0, received=0.0)
    assert empty.corosync.conf == ""


NAMES = sorted({name for file in RECORDED for name in parse_sections((FIXTURES / file).read_bytes(), "MARK")})


@given(
    st.dictionaries(st.sampled_from(NAMES), st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
)
def test_any_answer_is_parsed(found: dict[str, bytes]) -> None:
    facts = parse.parse_facts("node1", found, names=("a", "b"), sent=1.0, received=2.0)
    assert from_json(to_json(facts)) == facts
    findings({"node1": facts}, Install())


@given(st.sampled_from([*RECORDED, *BY_HAND]), st.data())
def test_an_answer_with_holes_is_parsed(name: str, data: st.DataObject) -> None:
    raw = (FIXTURES / name).read_bytes()
    at = data.draw(st.integers(0, len(raw)))
    length = data.draw(st.integers(0, 600))
    facts = parse.parse_facts("n", parse_sections(raw[:at] + raw[at + length :], "MARK"), sent=1.0, received=2.0)
    assert from_json(to_json(facts)) == facts


def test_hostile_text_is_clean_wherever_it_may_be_shown() -> None:
    raw = (FIXTURES / "debian12-package.txt").read_bytes()
    hostile = re.sub(rb"(?m)^(hostname|os-release NAME=|fqdn )", lambda found: found[0] + b"\x1b]0;owned\x07", raw)
    facts = parse.parse_facts("n", parse_sections(hostile, "MARK"), sent=1.0, received=2.0)
    assert "\x1b" not in repr([getattr(facts, name) for name in facts.__slots__ if name != "corosync"])


@pytest.mark.parametrize(
    ("users", "holder"),
    [
        ('(("corosync",pid=65,fd=8))', "corosync"),
        ('(("systemd",pid=1,fd=3),("corosync",pid=65,fd=8))', "corosync"),
        ('(("corosync",pid=99,fd=8))', "process 99, named corosync and not its daemon,"),
        ('(("corosync",65,",pid=99,fd=8))', ""),
        ('(("corosync",pid=6",pid=99,fd=8))', ""),
        ('(("python3",pid=65,fd=8))', "python3"),
    ],
)
def test_a_port_is_of_corosync_only_if_its_daemon_holds_it(users: str, holder: str) -> None:
    line = f"ss\nudp UNCONN 0 0 10.77.0.1:5405 0.0.0.0:* users:{users}"
    assert ports.parse(line, {"65", "6"}) == ((PortUse("udp", "10.77.0.1", 5405, holder),), "")
