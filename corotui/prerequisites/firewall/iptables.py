"""Parses the filter table of `iptables-save` into rules, matched against one packet."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

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

_TARGETS = {"ACCEPT": "accept", "DROP": "drop", "REJECT": "drop", "RETURN": "return", "LOG": "", "NFLOG": ""}
_HARMLESS = frozenset({"comment", "udp", "tcp", "multiport", "state", "conntrack", "addrtype"})


def parse_chains(text: str, packet: Packet) -> dict[str, Chain]:
    """The chains of the table `filter` by name, matched against the packet; empty if there is no such table."""
    chains: dict[str, Chain] = {}
    table = ""
    for line in text.split("\n"):
        if line.startswith("*"):
            table = line[1:].strip()
        elif table != "filter":
            continue
        elif line.startswith(":"):
            name, _, rest = line[1:].partition(" ")
            policy = rest.partition(" ")[0].lower()
            chains.setdefault(name, Chain((name,), (), "" if policy == "-" else policy))
        elif line.startswith("-A "):
            name, rule = _rule(line, packet)
            chain = chains.setdefault(name, Chain((name,)))
            chains[name] = Chain(chain.path, (*chain.rules, rule), chain.policy)
    return chains


def _rule(line: str, packet: Packet) -> tuple[str, FilterRule]:
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    name = words[1] if len(words) > 1 else ""
    matches: list[Match] = []
    verdict = ""
    at = 2
    while at < len(words):
        inverted = words[at] == "!"
        at += inverted
        option, value = [*words[at : at + 2], "", ""][:2]
        if option in ("-j", "-g"):
            verdict = _TARGETS.get(value, f"{'jump' if option == '-j' else 'goto'} {value}")
            break
        matched = _evaluate_condition(option, value, packet)
        matches.append(matched.inverted() if inverted else matched)
        # Some options stand alone (--rcheck), others take several words.
        at += 1
        while at < len(words) and not words[at].startswith(("-", "!")):
            at += 1
    return name, FilterRule(all_of(matches), verdict, line)


def _evaluate_condition(option: str, value: str, packet: Packet) -> Match:
    match option:
        case "-p":
            return Match.YES if value in ("udp", "17", "all") else Match.NO
        case "-m":
            return Match.YES if value in _HARMLESS else Match.MAYBE
        case "--comment":
            return Match.YES
        case "--dport" | "--dports":
            return match_port(packet.port, value.split(","))
        case "--state" | "--ctstate":
            return Match.YES if packet.conntrack_state.upper() in value.split(",") else Match.NO
        case "-s":
            return match_address(packet.sources, value.split(","))
        case "-d":
            return match_address(packet.destinations, value.split(","))
        case "-i" | "-o":
            return _interface(option, value, packet)
    return Match.MAYBE


def _interface(option: str, value: str, packet: Packet) -> Match:
    if (option == "-o") != packet.outgoing:
        return Match.NO
    names: Sequence[str] = sorted(packet.interfaces)
    if value.endswith("+"):
        return match_all(names, lambda name: name.startswith(value[:-1]))
    return match_all(names, lambda name: name == value)
