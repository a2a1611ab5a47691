"""Evaluates filter rules for one packet, with three values: a condition that is not understood may or may not match."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from ipaddress import ip_network
from typing import TypeVar

from corotui.conf.constants import BASE_PORT
from corotui.facts.model import IpAddress

_T = TypeVar("_T")


NEW, ANSWER = "new", "established"
"""States of conntrack that a packet may be in."""


class Match(Enum):
    """Whether a condition holds for the packet. MAYBE means that it is not understood, or depends on the peer."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"

    def inverted(self) -> Match:
        """The result of the negated condition."""
        return {Match.YES: Match.NO, Match.NO: Match.YES, Match.MAYBE: Match.MAYBE}[self]


class PacketVerdict(StrEnum):
    """What happens to a packet."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Packet:
    """A UDP packet between a peer and the ring's port."""

    port: int
    """Destination port."""
    sources: tuple[IpAddress, ...] = ()
    """Possible source addresses; empty if none is known, so that any is possible."""
    destinations: tuple[IpAddress, ...] = ()
    """Possible destination addresses; empty if none is known."""
    interfaces: frozenset[str] = frozenset()
    """Interfaces that it may pass."""
    outgoing: bool = False
    """Whether it leaves this node; the sources are then its own addresses."""
    is_reply: bool = False
    """Whether a packet passed the other way between the same ports before, so that a stateful filter accepts it."""

    @property
    def conntrack_state(self) -> str:
        """State that conntrack gives it: "new" or "established"."""
        return ANSWER if self.is_reply else NEW


@dataclass(frozen=True, slots=True)
class FilterRule:
    """One rule of a chain."""

    match: Match
    """Whether it matches the packet."""
    verdict: str
    """One of accept, drop, return, "jump NAME", "goto NAME", or "" if it decides nothing."""
    text: str = ""
    """The rule as the tool prints it."""


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain of a table."""

    path: tuple[str, ...]
    """The chain as its tool names it, word by word."""
    rules: tuple[FilterRule, ...] = ()
    """Its rules in order."""
    policy: str = ""
    """Its policy; "" if it is not a base chain."""


@dataclass(slots=True)
class FilterOutcome:
    """What may happen to the packet."""

    deciding_rules: dict[PacketVerdict, str] = field(default_factory=dict)
    """The rule or policy that decides, by verdict."""
    falls_through: bool = True
    """Whether the packet may reach the end of the chain without a verdict."""

    @property
    def refused(self) -> bool:
        """Whether the packet is certainly dropped."""
        return set(self.deciding_rules) == {PacketVerdict.REFUSED}

    @property
    def may_be_refused(self) -> bool:
        """Whether the packet may be dropped."""
        return PacketVerdict.REFUSED in self.deciding_rules


_DEPTH = 16  # the kernel's own limit of nested jumps


def evaluate(chain: Chain, chains: Mapping[str, Chain]) -> FilterOutcome:
    """Evaluates a base chain for the packet. `chains` are the chains of the same table by name."""
    outcome = _Evaluator(chains).evaluate_chain(chain, 0)
    if outcome.falls_through:
        fate = PacketVerdict.REFUSED if chain.policy == "drop" else PacketVerdict.ACCEPTED
        outcome.deciding_rules.setdefault(fate, f"policy {chain.policy}")
    return outcome


class _Evaluator:
    """Evaluates chains for one packet. Each chain is evaluated once, however many rules jump to it.

    The rules come from a node and may be written so that following every jump would never end.
    """

    def __init__(self, chains: Mapping[str, Chain]) -> None:
        self._chains = chains
        self._outcomes: dict[str, FilterOutcome | None] = {}  # None: this chain is being walked

    def evaluate_chain(self, chain: Chain, depth: int) -> FilterOutcome:
        """The outcome of one chain."""
        outcome = FilterOutcome()
        for rule in chain.rules:
            if rule.match is Match.NO or not rule.verdict:
                continue
            decided = self._decide(rule, depth, outcome)
            if decided and rule.match is Match.YES:
                outcome.falls_through = rule.verdict == "return" or self._goes_through(rule)
                return outcome
        return outcome

    def _goes_through(self, rule: FilterRule) -> bool:
        """Whether a `goto` leads to a chain that ends without a verdict. This chain then ends as well."""
        word, _, target = rule.verdict.partition(" ")
        inner = self._outcomes.get(target)
        return word == "goto" and inner is not None and inner.falls_through

    def _decide(self, rule: FilterRule, depth: int, outcome: FilterOutcome) -> bool:
        """Adds to the outcome what the rule may do. Returns whether the rule, if it matches, ends the chain."""
        word, _, target = rule.verdict.partition(" ")
        match word:
            case "accept":
                outcome.deciding_rules.setdefault(PacketVerdict.ACCEPTED, rule.text)
            case "drop":
                outcome.deciding_rules.setdefault(PacketVerdict.REFUSED, rule.text)
            case "jump" | "goto":
                inner = self._jump(target, depth)
                if inner is None:
                    outcome.deciding_rules.setdefault(PacketVerdict.ACCEPTED, rule.text)
                    outcome.deciding_rules.setdefault(PacketVerdict.REFUSED, rule.text)
                    return False
                for fate, text in inner.deciding_rules.items():
                    outcome.deciding_rules.setdefault(fate, text)
                return word == "goto" or not inner.falls_through
            case _:
                pass
        return True

    def _jump(self, target: str, depth: int) -> FilterOutcome | None:
        """The outcome of the target chain; None if that is unknown: no such chain, a loop, or too deep."""
        if target not in self._outcomes:
            if target not in self._chains or depth >= _DEPTH:
                return None
            self._outcomes[target] = None
            self._outcomes[target] = self.evaluate_chain(self._chains[target], depth + 1)
        return self._outcomes[target]


def all_of(matches: Sequence[Match]) -> Match:
    """The result of conditions that must all hold."""
    if Match.NO in matches:
        return Match.NO
    return Match.MAYBE if Match.MAYBE in matches else Match.YES


def any_of(matches: Sequence[Match]) -> Match:
    """The result of conditions of which one must hold."""
    if Match.YES in matches:
        return Match.YES
    return Match.MAYBE if Match.MAYBE in matches else Match.NO


def match_address(candidates: Sequence[IpAddress], networks: Sequence[str]) -> Match:
    """Whether the packet's address, one of `candidates`, is in one of `networks`."""
    try:
        known = [ip_network(network, strict=False) for network in networks]
    except ValueError:
        return Match.MAYBE
    return match_all(candidates, lambda address: any(address in network for network in known))


def match_all(candidates: Sequence[_T], holds: Callable[[_T], bool]) -> Match:
    """YES if it holds for every candidate, NO if for none, MAYBE otherwise or without candidates."""
    results = {holds(candidate) for candidate in candidates}
    if len(results) != 1:
        return Match.MAYBE
    return Match.YES if results.pop() else Match.NO


_SERVICES = {"netsupport": BASE_PORT, "hpoms-dps-lstn": 5404}


def match_port(port: int, words: Sequence[str]) -> Match:
    """Whether a port is in `words`: "5405", "5404-5412", "5404:5412", or a name of /etc/services."""
    matches = []
    for word in words:
        first, _, last = word.replace(":", "-").partition("-") if word not in _SERVICES else (word, "", "")
        low, high = _port(first), _port(last or first)
        if low is None or high is None:
            matches.append(Match.MAYBE)
        else:
            matches.append(Match.YES if low <= port <= high else Match.NO)
    return any_of(matches)


def _port(word: str) -> int | None:
    if word in _SERVICES:
        return _SERVICES[word]
    return int(word) if word.isascii() and word.isdigit() and len(word) < 6 else None
