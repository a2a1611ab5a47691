"""Whether rules let the ring through; rule sets as the tools print them, those of this machine's nft among them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.cluster.finding import Severity
from corotui.facts.model import Corosync, Firewall, NodeFacts
from corotui.prerequisites.firewall import findings
from corotui.prerequisites.firewall.findings import FirewallBlock, find_blocks
from tests.support.assertions import assert_never_raises
from tests.support.facts_builder import facts, interface

BASE = """table inet filter {{
	chain input {{
		type filter hook input priority filter; policy {policy};
{rules}	}}
}}
# rc 0"""
STATEFUL = ("ct state established,related accept", 'iif "lo" accept', "tcp dport 22 accept")


def nft(*rules: str, policy: str = "accept") -> Firewall:
    return Firewall("nftables", True, BASE.format(policy=policy, rules="".join(f"\t\t{rule}\n" for rule in rules)))


def cluster(wall: Firewall, version: str = "3.1.7") -> dict[str, NodeFacts]:
    def one(number: int, *walls: Firewall) -> NodeFacts:
        return facts(
            f"node{number}",
            interface("eth0", f"10.77.0.{number}/24"),
            firewalls=walls,
            corosync=Corosync(version, "/usr/sbin/corosync"),
        )

    return {"node1": one(1, wall), "node2": one(2), "node3": one(3)}


def judged(wall: Firewall) -> tuple[FirewallBlock, ...]:
    return find_blocks("node1", cluster(wall))


@pytest.mark.parametrize(
    "rules",
    [
        ("udp dport 5405 accept", "drop"),
        ("udp dport { 5404, 5405 } accept", "drop"),
        ("udp dport 5404-5412 counter packets 3 bytes 90 accept", "drop"),
        ("ip saddr 10.77.0.0/24 accept", "drop"),
        ("ip saddr { 10.77.0.2, 10.77.0.3 } udp dport 5405 accept", "drop"),
        ('iifname "eth0" accept', "drop"),
        ('iifname "eth*" meta l4proto udp accept', "drop"),
        ("ip protocol udp accept", "drop"),
        ("ct state { established, new } accept", "drop"),
        ("udp dport netsupport accept", "drop"),
        ("tcp dport 5405 drop",),
        ('iifname != "eth0" drop',),
        ("ip saddr 192.168.0.0/16 drop",),
        ("udp dport != 5405 drop",),
        ('log prefix "drop " counter packets 0 bytes 0',),
    ],
)
def test_rules_that_let_the_ring_through(rules: tuple[str, ...]) -> None:
    assert judged(nft(*rules)) == ()


@pytest.mark.parametrize(
    "rules",
    [
        ("udp dport 5405 drop",),
        ("udp dport 5405 counter packets 42 bytes 3360 drop",),
        ("meta l4proto udp udp dport 5404-5406 reject with icmp port-unreachable",),
        ("ip saddr 10.77.0.0/24 drop",),
        ('iif "eth0" udp dport { 53, 5405 } drop',),
        ("ip saddr != 192.168.0.0/16 drop",),
        ("udp dport 5405 drop", "udp dport 5405 accept"),
        ('log prefix "ring accept" drop',),
    ],
)
def test_rules_that_stop_it_for_sure(rules: tuple[str, ...]) -> None:
    (found,) = judged(nft(*rules))
    assert found.certain
    assert not found.replies_pass
    assert found.location == "nftables chain inet filter input"


@pytest.mark.parametrize(
    "rules",
    [
        ("ip saddr @bad drop",),
        ("ip saddr 10.77.0.2 drop",),
        ("numgen random mod 100 < 30 drop",),
        ("udp dport 5405 meta length > 1400 drop",),
        ("udp dport vmap { 5405 : drop }",),
        ("udp dport 5405 limit rate over 10/second drop",),
    ],
)
def test_rules_that_may_stop_it(rules: tuple[str, ...]) -> None:
    (found,) = judged(nft(*rules))
    assert not found.certain


def test_a_stateful_policy_stops_the_first_packet_and_lets_answers_in() -> None:
    (found,) = judged(nft(*STATEFUL, policy="drop"))
    assert found.certain
    assert found.replies_pass
    assert found.rule == "policy drop"
    (mapped,) = judged(nft("ct state vmap { established : accept, invalid : drop }", policy="drop"))
    assert mapped.replies_pass


@pytest.mark.parametrize("verb", ["goto", "jump"])
def test_a_chain_without_a_verdict_leaves_the_packet_to_the_policy(verb: str) -> None:
    services = "\tchain svc {\n\t\ttcp dport 22 accept\n\t}\n"
    base = nft(f"{verb} svc", policy="drop")
    wall = replace(base, rules=base.rules.replace("\tchain input", services + "\tchain input", 1))
    (found,) = judged(wall)
    assert (found.certain, found.rule) == (True, "policy drop")


def test_what_is_grave_depends_on_the_transport() -> None:
    def severities(wall: Firewall, version: str) -> list[Severity]:
        return [found.severity for found in findings.findings(cluster(wall, version))]

    stateful = nft(*STATEFUL, policy="drop")
    assert severities(stateful, "3.1.7") == [Severity.WARNING]
    assert severities(stateful, "2.4.6") == [Severity.ERROR]
    assert severities(nft("udp dport 5405 drop"), "3.1.7") == [Severity.ERROR]
    assert severities(nft("ip saddr @bad drop"), "3.1.7") == [Severity.WARNING]
    assert severities(nft(), "3.1.7") == []


def test_chains_of_a_table_are_followed() -> None:
    rules = """table ip filter {
	chain INPUT {
		type filter hook input priority filter; policy accept;
		jump ours
		udp dport 5405 drop
	}
	chain ours {
		tcp dport 22 accept
		udp dport 5405 %s
	}
}
table ip nat {
	chain PREROUTING {
		type nat hook prerouting priority dstnat; policy accept;
		udp dport 5405 drop
	}
}
# rc 0"""
    assert judged(Firewall("nftables", True, rules % "accept")) == ()
    (found,) = judged(Firewall("nftables", True, rules % "return"))
    assert (found.certain, found.rule) == (True, "udp dport 5405 drop")


def test_a_chain_that_jumps_to_itself_ends() -> None:
    rules = BASE.format(policy="accept", rules="\t\tjump input\n")
    assert len(judged(Firewall("nftables", True, rules))) == 1


def test_the_way_out_is_looked_at_too() -> None:
    rules = nft("udp dport 5405 drop").rules.replace("hook input", "hook output").replace("chain input", "chain out")
    (found,) = judged(Firewall("nftables", True, rules))
    assert found.location == "nftables chain inet filter out"
    assert found.remedy is not None
    assert "ip daddr 10.77.0.0/24" in found.remedy.commands[0]


def test_a_network_that_is_open_is_enough() -> None:
    made = cluster(nft('iifname "eth0" drop'))
    assert len(find_blocks("node1", made)) == 1
    for number, node in enumerate(made, 1):
        eth = (interface("eth0", f"10.77.0.{number}/24"), interface("eth1", f"10.78.0.{number}/24"))
        made[node] = facts(node, *eth, firewalls=made[node].firewalls)
    assert find_blocks("node1", made) == ()


def test_an_inactive_firewall_says_nothing() -> None:
    assert judged(Firewall("nftables", False, nft("udp dport 5405 drop").rules)) == ()
    assert judged(Firewall("nftables", None, nft("udp dport 5405 drop").rules)) == ()


IPTABLES = """# Generated by iptables-save v1.4.21 on Mon Mar  2 10:00:00 2026
*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p udp -m udp --dport 5405 -j DROP
COMMIT
*filter
:INPUT {policy} [0:0]
:OUTPUT ACCEPT [10:1000]
:ring - [0:0]
{rules}
COMMIT
# rc 0"""


def saved(*rules: str, policy: str = "ACCEPT") -> Firewall:
    return Firewall("iptables", True, IPTABLES.format(policy=policy, rules="\n".join(rules)))


@pytest.mark.parametrize(
    "rules",
    [
        ('-A INPUT -p udp -m multiport --dports 5404,5405 -m comment --comment "the ring" -j ACCEPT',),
        ("-A INPUT -s 10.77.0.0/24 -p udp -m udp --dport 5404:5412 -j ACCEPT",),
        ("-A INPUT -i eth+ -j ACCEPT",),
        ("-A INPUT ! -i lo -p udp -j ACCEPT",),
        ("-A INPUT -p udp -j ring", "-A ring -p udp -m udp --dport 5405 -j ACCEPT"),
        ("-A INPUT -m state --state NEW,ESTABLISHED -j ACCEPT",),
    ],
)
def test_iptables_rules_that_let_it_through(rules: tuple[str, ...]) -> None:
    assert judged(saved(*rules, policy="DROP")) == ()


def test_iptables_rules_that_stop_it() -> None:
    (found,) = judged(saved("-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT", policy="DROP"))
    assert (found.certain, found.replies_pass, found.location) == (True, True, "iptables chain INPUT")
    assert found.remedy is not None
    assert found.remedy.commands[0].startswith("iptables -C INPUT -s 10.77.0.0/24 -p udp --dport 5405:5412 -j ACCEPT")
    (found,) = judged(saved("-A INPUT -j REJECT --reject-with icmp-host-prohibited"))
    assert (found.certain, found.replies_pass) == (True, False)
    (found,) = judged(saved("-A INPUT -m recent --name x --rcheck -j DROP"))
    assert not found.certain
    (found,) = judged(saved("-A OUTPUT -p udp -m udp --dport 5405 -j DROP"))
    assert found.location == "iptables chain OUTPUT"
    assert judged(saved("-A OUTPUT -o lo -j DROP")) == ()


# As firewalld 1.x prints it (firewall-cmd(1)); written by hand, not recorded.
ZONES = """running
block
  target: %REJECT%
  interfaces:{nl}
public (active)
  target: default
  icmp-block-inversion: no
  interfaces: eth0
  sources:{nl}
  services: {services}
  ports: {ports}
  rich rules:{nl}{rich}
trusted
  target: ACCEPT
  interfaces:{nl}"""


def zones(services: str = "cockpit dhcpv6-client ssh", ports: str = "", rich: str = "") -> Firewall:
    return Firewall("firewalld", True, ZONES.format(services=services, ports=ports, rich=rich, nl=" "))


def test_firewalld() -> None:
    (found,) = judged(zones())
    assert found.certain
    assert found.location == "firewalld zone public (eth0)"
    assert found.remedy is not None
    assert found.remedy.commands == (
        "firewall-cmd --zone=public --add-service=high-availability --add-port=5406-5412/udp",
        "firewall-cmd --permanent --zone=public --add-service=high-availability --add-port=5406-5412/udp",
    )
    assert judged(zones(services="ssh high-availability")) == ()
    assert judged(zones(ports="22/tcp 5404-5406/udp")) == ()
    assert len(judged(zones(ports="5405/tcp"))) == 1
    elsewhere = zones().rules.replace("interfaces: eth0", "interfaces: ")
    assert judged(Firewall("firewalld", True, elsewhere)) == ()
    in_default = elsewhere.replace("public (active)", "public (default, active)")
    assert len(judged(Firewall("firewalld", True, in_default))) == 1
    (maybe,) = judged(zones(rich='\n\trule family="ipv4" source address="10.77.0.0/24" port port="5405" accept'))
    assert not maybe.certain


# As ufw 0.36 prints it (`ufw status verbose`); written by hand, not recorded.
UFW = """Status: active
Logging: on (low)
Default: {default} (incoming), allow (outgoing), disabled (routed)
New profiles: skip

To                         Action      From
--                         ------      ----
22/tcp                     ALLOW IN    Anywhere
{rules}"""


def ufw(*rules: str, default: str = "deny") -> Firewall:
    return Firewall("ufw", True, UFW.format(default=default, rules="\n".join(rules)))


def test_ufw() -> None:
    (found,) = judged(ufw())
    assert found.certain
    assert found.remedy is not None
    assert found.remedy.commands == ("ufw allow proto udp from 10.77.0.0/24 to any port 5405:5412",)
    assert judged(ufw(default="allow")) == ()
    for rule in ("5405/udp    ", "5404:5412/udp", "5404,5405/udp", "Anywhere     ", "5405         "):
        assert judged(ufw(f"{rule}              ALLOW IN    10.77.0.0/24")) == ()
    assert len(judged(ufw("5405/tcp                   ALLOW IN    Anywhere"))) == 1
    assert len(judged(ufw("5405/udp                   DENY IN     Anywhere"))) == 1


@given(st.text(max_size=300), st.sampled_from(["nftables", "iptables", "firewalld", "ufw"]))
def test_no_text_raises(text: str, tool: str) -> None:
    for words in (text, BASE.format(policy="drop", rules=text + "\n"), f"*filter\n:INPUT DROP [0:0]\n-A INPUT {text}"):
        assert_never_raises(find_blocks, "node1", cluster(Firewall(tool, True, words)))


WORDS = """udp dport 5405 { } , != ct state vmap : accept drop jump input ip saddr 10.77.0.0/24 iifname "eth0"
meta l4proto goto @set < queue log"""
rule_words = st.lists(st.sampled_from(sorted(WORDS.split())), max_size=12).map(" ".join)


@given(st.lists(rule_words, max_size=4))
def test_no_rules_raise(rules: list[str]) -> None:
    assert_never_raises(judged, nft(*rules))


@pytest.mark.timeout(60)  # followed one by one, these jumps are 40 to the power of 16
def test_rules_that_jump_in_circles_are_checked() -> None:
    (found,) = judged(nft(*["iifname eth0 jump input"] * 40))
    assert not found.certain
