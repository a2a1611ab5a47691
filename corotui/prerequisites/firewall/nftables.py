"""Parses the filter chains of `nft list ruleset` into rules, matched against one packet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from corotui.prerequisites.firewall.rule_engine import (
    Chain,
    FilterRule,
    Match,
    Packet,
    all_of,
    match_address,
    match_all,
    match_port,
)

_TOKEN = re.compile(r'"[^"]*"|\{|\}|,|!=|<=|>=|==|<|>|[^\s{},"]+')
_VERDICTS = frozenset({"accept", "drop", "reject", "return", "jump", "goto", "queue"})
_OTHER_PROTOCOLS = frozenset({"tcp", "icmp", "icmpv6", "icmpx", "sctp", "igmp", "esp", "ah", "udplite", "dccp"})
_HOOK = re.compile(r"type filter hook (\w+) ")
_POLICY = re.compile(r"\bpolicy (\w+)")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the ruleset."""

    family: str
    """Address family: "ip", "ip6" or "inet"."""
    name: str
    """Name of the table."""
    base_chains: tuple[Chain, ...]
    """Base chains on the packet's hook."""
    chains: Mapping[str, Chain]
    """All chains of the table by name."""


@dataclass(slots=True)
class _ChainLines:
    """The chain whose lines are being read."""

    name: str
    """Name of the chain."""
    hook: str = ""
    """Its hook, or ""."""
    policy: str = ""
    """Its policy, or ""."""
    rules: list[FilterRule] = field(default_factory=list)
    """Its rules so far."""


def parse_tables(text: str, packet: Packet) -> Iterator[Table]:
    """The tables that filter IP packets (families inet, ip, ip6), with all rules matched against the packet."""
    expected = "output" if packet.outgoing else "input"
    family = name = ""
    chains: dict[str, Chain] = {}
    hooked: list[Chain] = []
    chain: _ChainLines | None = None
    for raw in [*text.split("\n"), "table none none {"]:
        line = raw.strip()
        if head := re.match(r"table (\w+) (\S+) \{", line):
            if hooked:
                yield Table(family, name, tuple(hooked), chains)
            family, name, chains, hooked, chain = head[1], head[2], {}, [], None
        elif head := re.match(r"chain (\S+) \{", line):
            chain = _ChainLines(head[1])
        elif chain is None or family not in ("inet", "ip", "ip6"):
            continue
        elif line == "}":
            parsed = Chain((family, name, chain.name), tuple(chain.rules), chain.policy)
            chains[chain.name] = parsed
            hooked += [parsed] if chain.hook == expected else []
            chain = None
        elif head := _HOOK.match(line):
            policy = _POLICY.search(line)
            chain.hook, chain.policy = head[1], policy[1] if policy else "accept"
        elif line and not line.startswith(("type ", "comment ", "#")):
            chain.rules.append(_rule(line, packet))


def _rule(line: str, packet: Packet) -> FilterRule:
    tokens = [token.strip('"') for token in _TOKEN.findall(line.partition(" # ")[0])]
    at = next((n for n, token in enumerate(tokens) if token in _VERDICTS and not _is_text(tokens, n)), None)
    if "vmap" in tokens:
        return _verdict_map(tokens, line, packet)
    if at is None:
        return FilterRule(Match.MAYBE, "", line)
    word = tokens[at]
    verdict = {"reject": "drop", "queue": "jump ?"}.get(word, word)
    if word in ("jump", "goto"):
        verdict = f"{word} {tokens[at + 1] if at + 1 < len(tokens) else '?'}"
    return FilterRule(all_of(list(_conditions(tokens[:at], packet))), verdict, line)


def _verdict_map(tokens: Sequence[str], line: str, packet: Packet) -> FilterRule:
    """Follows `ct state vmap { established : accept, invalid : drop }`. Any other map may do anything."""
    if tokens[:2] == ["ct", "state"]:
        verdicts = {tokens[at - 1]: tokens[at + 1] for at in range(1, len(tokens) - 1) if tokens[at] == ":"}
        verdict = verdicts.get(packet.conntrack_state, "")
        if verdict in ("accept", "drop", ""):
            return FilterRule(Match.YES if verdict else Match.NO, verdict, line)
    return FilterRule(Match.MAYBE, "jump ?", line)


def _is_text(tokens: Sequence[str], at: int) -> bool:
    return at > 0 and tokens[at - 1] in ("prefix", "comment", "iifname", "oifname")


def _conditions(tokens: Sequence[str], packet: Packet) -> Iterator[Match]:
    """Each `key [op] value` before the verdict. From the first one that is not understood on, all are MAYBE."""
    rest = list(tokens)
    key: str
    while rest:
        match rest:
            case ["counter", "packets", _, "bytes", _, *rest]:
                continue
            case ["counter", *rest]:
                continue
            case ["log", *_]:
                return
            case ["meta", ("l4proto" | "nfproto" | "iifname" | "oifname" | "iif" | "oif") as what, *rest]:
                key = what
            case ["ct", "state", *rest]:
                key = "ct state"
            case [("ip" | "ip6") as family, ("saddr" | "daddr" | "protocol" | "nexthdr") as what, *rest]:
                key = f"{family} {what}"
            case [("udp" | "th") as protocol, ("dport" | "sport") as what, *rest]:
                key = f"{protocol} {what}"
            case [("iif" | "oif" | "iifname" | "oifname") as what, *rest]:
                key = what
            case [protocol, *_] if protocol in _OTHER_PROTOCOLS:
                yield Match.NO
                return
            case _:
                yield Match.MAYBE
                return
        operator, values, rest = _values(rest)
        matched = _evaluate_condition(key, values, packet) if operator in ("==", "!=") else Match.MAYBE
        yield matched.inverted() if operator == "!=" else matched


def _values(tokens: Sequence[str]) -> tuple[str, list[str], list[str]]:
    """The operator, the values of a set or the single value (nft writes `ct state a,b`), and the remaining tokens."""
    rest = list(tokens)
    operator = rest.pop(0) if rest and rest[0] in ("!=", "==", "<", ">", "<=", ">=") else "=="
    if rest and rest[0] == "{":
        end = rest.index("}") if "}" in rest else len(rest)
        return operator, [value for value in rest[1:end] if value != ","], rest[end + 1 :]
    values = rest[:1]
    rest = rest[1:]
    while len(rest) > 1 and rest[0] == ",":
        values.append(rest[1])
        rest = rest[2:]
    return operator, values, rest


def _evaluate_condition(key: str, values: Sequence[str], packet: Packet) -> Match:
    if not values or any(value.startswith("@") for value in values):
        return Match.MAYBE
    match key:
        case "ct state":
            return Match.YES if packet.conntrack_state in values else Match.NO
        case "l4proto" | "ip protocol" | "ip6 nexthdr":
            return Match.YES if {"udp", "17"} & set(values) else Match.NO
        case "nfproto":
            version = {"ipv4": 4, "ipv6": 6}
            expected = {version.get(value, 0) for value in values}
            return match_all(packet.sources or packet.destinations, lambda address: address.version in expected)
        case "udp dport" | "th dport":
            return match_port(packet.port, values)
        case "ip saddr" | "ip6 saddr":
            return match_address(packet.sources, values)
        case "ip daddr" | "ip6 daddr":
            return match_address(packet.destinations, values)
        case "iif" | "iifname" | "oif" | "oifname":
            return _interface(values, packet, outgoing=key.startswith("o"))
    return Match.MAYBE


def _interface(values: Sequence[str], packet: Packet, *, outgoing: bool) -> Match:
    if outgoing != packet.outgoing:
        return Match.NO
    return match_all(sorted(packet.interfaces), lambda name: any(_named(name, value) for value in values))


def _named(name: str, pattern: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
