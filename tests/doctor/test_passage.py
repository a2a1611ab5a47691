from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.doctor.passage import IN, OUT, Packet, Refusal, refusal
from corotui.doctor.ruleset import parse_iptables, parse_nft, rulesets

PEER, SELF = ip_address("10.77.0.1"), ip_address("10.77.0.3")
LINK = Packet(PEER, SELF, 5405, "eth0")


def nft(*rules: str, policy: str = "accept", hook: str = "input", before: str = "") -> str:
    body = "\n".join(f"\t\t{rule}" for rule in rules)
    return (
        f"table inet filter {{\n{before}\tchain input {{\n"
        f"\t\ttype filter hook {hook} priority filter; policy {policy};\n{body}\n\t}}\n}}\n"
    )


def through(text: str, packet: Packet = LINK, hooks: tuple[str, ...] = IN) -> Refusal | None:
    return refusal(parse_nft(text), packet, hooks)


def test_no_rules_refuse_nothing() -> None:
    assert through("") is None
    assert through(nft()) is None


@pytest.mark.parametrize(
    "rule",
    [
        "udp dport 5405 drop",
        "udp dport 5404-5412 reject",
        "udp dport { 5404, 5405 } counter packets 42 bytes 3024 drop",
        "meta l4proto udp drop",
        "ip saddr 10.77.0.0/24 udp dport 5405 drop",
        "ip saddr 10.77.0.1 drop",
        'iifname "eth0" udp dport 5405 reject with icmp port-unreachable',
        "ip protocol udp drop",
        "udp dport != 22 drop",
        'counter packets 1 bytes 2 drop comment "no cluster here"',
        "drop",
    ],
)
def test_rules_that_refuse(rule: str) -> None:
    found = through(nft(rule))
    assert found is not None
    assert found.certain
    assert (found.rule, found.family, found.table, found.chain) == (rule, "inet", "filter", "input")


@pytest.mark.parametrize(
    "rule",
    [
        "udp dport 5406 drop",
        "tcp dport 5405 drop",
        "ip saddr 10.88.0.0/16 drop",
        "ip6 saddr fd00::/8 drop",
        'iifname "lo" drop',
        'iif "eth1" drop',
        'oifname "eth0" drop',
        "ct state invalid drop",
        "udp dport 5405 accept",
        "udp dport 5405 counter packets 9 bytes 9",
        "icmp type echo-request drop",
    ],
)
def test_rules_that_do_not(rule: str) -> None:
    assert through(nft(rule)) is None


def test_a_counter_is_read() -> None:
    found = through(nft("udp dport 5405 counter packets 42 bytes 3024 drop"))
    assert found is not None
    assert found.packets == 42


def test_a_policy_refuses_what_no_rule_accepts() -> None:
    found = through(nft("tcp dport 22 accept", policy="drop"))
    assert found is not None
    assert found.rule == "policy drop"
    assert through(nft("udp dport 5405 accept", policy="drop")) is None


def test_the_first_rule_that_fits_decides() -> None:
    assert through(nft("udp dport 5405 accept", "udp dport 5405 drop")) is None


@pytest.mark.parametrize("rule", ["numgen random mod 100 < 30 drop", "limit rate over 10/second drop"])
def test_a_rule_that_is_not_understood_is_never_certain(rule: str) -> None:
    found = through(nft(rule))
    assert found is not None
    assert not found.certain


def test_answers_to_own_packets_may_pass_a_closed_door() -> None:
    found = through(nft("ct state established,related accept", policy="drop"))
    assert found is not None
    assert not found.certain


def test_jumps_are_followed() -> None:
    zone = "\tchain zone {\n\t\tudp dport 5405 drop\n\t}\n"
    found = through(nft("jump zone", before=zone))
    assert found is not None
    assert found.chain == "zone"
    assert through(nft("udp dport 22 jump zone", before=zone)) is None


def test_a_return_leaves_the_chain() -> None:
    zone = "\tchain zone {\n\t\tudp dport 5405 return\n\t\tdrop\n\t}\n"
    assert through(nft("jump zone", before=zone)) is None


def test_jumps_in_a_circle_end() -> None:
    assert through(nft("jump zone", before="\tchain zone {\n\t\tjump zone\n\t}\n")) is None


def test_named_sets() -> None:
    peers = "\tset peers {\n\t\ttype ipv4_addr\n\t\telements = { 10.77.0.1, 10.77.0.2 }\n\t}\n"
    assert through(nft("ip saddr @peers accept", "drop", before=peers)) is None
    assert through(nft("ip saddr @peers drop", before=peers)) is not None


def test_only_the_hook_asked_for() -> None:
    text = nft("udp dport 5405 drop", hook="output")
    assert through(text) is None
    assert through(text, Packet(SELF, PEER, 5405, "eth0"), OUT) is not None


def test_another_family_is_left_out() -> None:
    assert through(nft("udp dport 5405 drop").replace("inet", "ip6")) is None


def test_iptables() -> None:
    text = (
        "*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -i lo -j ACCEPT\n"
        '-A INPUT -s 10.77.0.0/24 -p udp -m udp --dport 5405 -m comment --comment "a b" -j DROP\nCOMMIT\n'
    )
    found = refusal(parse_iptables(text), LINK, IN)
    assert found is not None
    assert (found.certain, found.chain, found.tool) == (True, "INPUT", "iptables")
    opened = text.replace("-A INPUT -i lo", "-A INPUT -p udp -m multiport --dports 5404,5405 -j ACCEPT\n-A INPUT -i lo")
    assert refusal(parse_iptables(opened), LINK, IN) is None


def test_iptables_negation_is_not_guessed() -> None:
    text = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT ! -s 10.77.0.1/32 -p udp -j DROP\nCOMMIT\n"
    found = refusal(parse_iptables(text), LINK, IN)
    assert found is None or not found.certain


RULES = st.lists(
    st.sampled_from(
        [
            "udp",
            "dport",
            "5405",
            "{",
            "}",
            "drop",
            "accept",
            "jump",
            "input",
            "counter",
            "packets",
            "!=",
            "ip saddr",
            "@x",
        ]
    )
    | st.text(max_size=6)
).map(" ".join)


@given(st.lists(RULES), st.text())
def test_any_rules_give_an_answer(rules: list[str], text: str) -> None:
    through(nft(*rules))
    through(text)
    for ruleset in rulesets(
        {"nftables": text, "iptables": "*filter\n:INPUT DROP\n" + "\n".join("-A INPUT " + r for r in rules)}
    ):
        refusal(ruleset, LINK, IN)
