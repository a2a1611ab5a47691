"""A packet's way through a ruleset, as far as this can be told from text.

No firewall is rebuilt here: a match that is not understood makes the answer uncertain, never wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Literal

from corotui.doctor.ruleset import Chain, Ruleset
from corotui.facts.model import IpAddress

IN = ("prerouting", "input", "ingress")
OUT = ("output", "postrouting")
_DEPTH = 16  # jumps inside one another; the kernel allows 16, too


@dataclass(frozen=True, slots=True)
class Packet:
    """A UDP packet of a link. `interface`: where it comes in, or goes out for OUT; "" when not known."""

    source: IpAddress
    destination: IpAddress
    port: int
    interface: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The rule (or policy) that refuses a packet. `certain` False: some match on the way was not understood.
    `packets`: its counter, None without one. `tool` "nft" or "iptables"."""

    rule: str
    family: str
    table: str
    chain: str
    certain: bool
    packets: int | None = None
    tool: str = "nft"

    @property
    def where(self) -> str:
        return f"{self.tool} {self.family} {self.table} {self.chain}".replace("iptables ip ", "iptables ")


def refusal(ruleset: Ruleset, packet: Packet, hooks: tuple[str, ...]) -> Refusal | None:
    """The rule that refuses the packet at one of the hooks (IN or OUT), certain ones before uncertain ones."""
    families = ("inet", "ip") if packet.source.version == 4 else ("inet", "ip6")
    base = [chain for chain in ruleset.chains.values() if chain.hook in hooks and chain.family in families]
    found: list[Refusal] = []
    for chain in sorted(base, key=lambda chain: (hooks.index(chain.hook), chain.priority)):
        outcome = _Run(ruleset, packet, hooks is OUT).chain(chain, 0, certain=True)
        if isinstance(outcome, Refusal):
            found.append(outcome)
    return min(found, key=lambda refusal: not refusal.certain, default=None)


_TOKEN = re.compile(r'"[^"]*"|\{[^}]*\}|\S+')
_PACKETS = re.compile(r"\bcounter packets (\d{1,19})\b")
_VERDICTS = ("accept", "drop", "reject", "return", "continue", "queue", "jump", "goto")


class _Run:
    """One packet on its way. A chain ends with True (accepted), a Refusal, or None (it returned)."""

    def __init__(self, ruleset: Ruleset, packet: Packet, outgoing: bool) -> None:
        self._ruleset = ruleset
        self._packet = packet
        self._outgoing = outgoing

    def chain(self, chain: Chain, depth: int, *, certain: bool) -> Refusal | bool | None:
        for rule in chain.rules:
            matched, verdict, target = self._rule(chain, rule)
            if matched is False:
                continue
            sure = certain and matched is True
            outcome: Refusal | bool | None = None
            if verdict in ("drop", "reject"):
                outcome = self._refused(chain, rule, sure)
            elif verdict == "accept":
                outcome = True
            elif verdict == "return" and matched is True:
                break
            elif verdict in ("jump", "goto") and depth < _DEPTH:
                next_chain = self._ruleset.chains.get((chain.family, chain.table, target))
                if next_chain is not None:
                    outcome = self.chain(next_chain, depth + 1, certain=sure)
                if verdict == "goto" and outcome is None and matched is True:
                    break
            if outcome is True:
                if sure:
                    return True
                certain = False  # perhaps accepted here already
            elif isinstance(outcome, Refusal):
                return outcome
        if chain.hook and chain.policy == "drop":
            return self._refused(chain, "policy drop", certain)
        return None

    def _refused(self, chain: Chain, rule: str, certain: bool) -> Refusal:
        packets = _PACKETS.search(rule)
        number = int(packets[1]) if packets else None
        return Refusal(rule, chain.family, chain.table, chain.name, certain, number, self._ruleset.tool)

    def _rule(self, chain: Chain, rule: str) -> tuple[bool | None, str, str]:
        """(matches: yes, no or None for unknown; verdict or ""; target of a jump)."""
        tokens = _TOKEN.findall(rule)
        matched: bool | None = True
        place = 0
        while place < len(tokens):
            token = tokens[place]
            if token in _VERDICTS:
                target = tokens[place + 1] if token in ("jump", "goto") and place + 1 < len(tokens) else ""
                return matched, token, target
            found, place = self._match(chain, tokens, place)
            if found is False:
                return False, "", ""
            if found is None:
                matched = None
        return matched, "", ""

    def _match(self, chain: Chain, tokens: list[str], place: int) -> tuple[bool | None, int]:
        head = tokens[place]
        words = [*tokens[place : place + 5], "", "", "", "", ""]
        if head == "counter":
            return True, place + (5 if words[1] == "packets" else 1)
        if head in ("comment", "log"):
            return True, self._skip(tokens, place + 1)
        negated = words[2] == "!="
        value_at = place + (3 if negated else 2)
        value = tokens[value_at] if value_at < len(tokens) else ""
        answer = self._compare(chain, (head, words[1]), value)
        if answer != "other":
            return (not answer if negated and answer is not None else answer), value_at + 1
        if head in ("iif", "iifname", "oif", "oifname"):
            negated = words[1] == "!="
            value = words[2] if negated else words[1]
            answer = self._interface(head, value)
            return (not answer if negated and answer is not None else answer), place + (3 if negated else 2)
        return None, self._skip(tokens, place + 1)

    @staticmethod
    def _skip(tokens: list[str], place: int) -> int:
        while place < len(tokens) and tokens[place] not in _VERDICTS and tokens[place] not in _HEADS:
            place += 1
        return place

    def _compare(self, chain: Chain, key: tuple[str, str], value: str) -> bool | Literal["other"] | None:
        packet = self._packet
        match key:
            case ("udp", "dport") | ("udp", "sport") | ("th", "dport"):
                return self._any(chain, value, lambda item: _port(item, packet.port))
            case ("tcp" | "icmp" | "icmpv6" | "sctp" | "dccp", _):
                return False
            case ("meta", "l4proto") | ("ip", "protocol") | ("ip6", "nexthdr"):
                return self._any(chain, value, lambda item: item in ("udp", "17"))
            case ("meta", "nfproto"):
                return value == ("ipv4" if packet.source.version == 4 else "ipv6")
            case ("ip" | "ip6", "saddr"):
                return self._any(chain, value, lambda item: _inside(item, packet.source))
            case ("ip" | "ip6", "daddr"):
                return self._any(chain, value, lambda item: _inside(item, packet.destination))
            case ("meta", "iifname" | "oifname" | "iif" | "oif"):
                return self._interface(key[1], value)
            case ("ct", "state"):
                # Both nodes send all the time, so a packet may count as an answer to the other node's.
                states = re.findall(r"\w+", value)
                return False if states and set(states) <= {"invalid", "untracked"} else None
        return "other"

    def _interface(self, head: str, value: str) -> bool | None:
        if head.startswith("oif") != self._outgoing:
            return False
        names = [name.strip(' "') for name in value.strip("{} ").split(",")]
        if names == ["lo"]:
            return False
        if not self._packet.interface or any("*" in name for name in names) or value.startswith("@"):
            return None
        return self._packet.interface in names

    def _any(self, chain: Chain, value: str, fits: Callable[[str], bool | None]) -> bool | None:
        if value.startswith("@"):
            items = self._ruleset.sets.get((chain.family, chain.table, value[1:]))
            if items is None:
                return None
        elif value == "vmap":
            return None
        else:
            items = [item.strip() for item in value.strip("{} ").split(",")]
        answers = [fits(item.strip('" ')) for item in items]
        if True in answers:
            return True
        return None if None in answers else False


_HEADS = (
    "udp",
    "tcp",
    "ip",
    "ip6",
    "meta",
    "ct",
    "iif",
    "iifname",
    "oif",
    "oifname",
    "counter",
    "comment",
    "th",
    "log",
)
_PORT = re.compile(r"^(\d{1,5})(?:-(\d{1,5}))?$")


def _port(item: str, port: int) -> bool | None:
    match = _PORT.match(item)
    if match is None:
        return None
    return int(match[1]) <= port <= int(match[2] or match[1])


def _inside(item: str, address: IpAddress) -> bool | None:
    try:
        if "-" in item:
            low, high = (ip_address(end) for end in item.split("-", 1))
            return low.version == address.version and int(low) <= int(address) <= int(high)
        network = ip_network(item, strict=False)
    except ValueError:
        return None
    return address.version == network.version and address in network
