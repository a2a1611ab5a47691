"""What a set of filter rules does with one packet, three-valued: what is not understood may or may not match."""

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
    """Whether a condition holds for the packet. MAYBE: it was not understood, or depends on the peer."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"

    def inverted(self) -> Match:
        return {Match.YES: Match.NO, Match.NO: Match.YES, Match.MAYBE: Match.MAYBE}[self]


class PacketVerdict(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Packet:
    """A UDP packet of a peer to the ring's port, from any of `sources` (none known: any), on any of `interfaces`.

    `outgoing`: it leaves this node; sources are then its own addresses and destinations the peers'. `answer`: a packet
    went the other way between the same two ports before, so that a stateful filter takes it for an answer.
    """

    port: int
    sources: tuple[IpAddress, ...] = ()
    destinations: tuple[IpAddress, ...] = ()
    interfaces: frozenset[str] = frozenset()
    outgoing: bool = False
    is_reply: bool = False

    @property
    def conntrack_state(self) -> str:
        return ANSWER if self.is_reply else NEW


@dataclass(frozen=True, slots=True)
class FilterRule:
    """`verdict`: accept, drop, return, "jump NAME", "goto NAME", "" where it decides nothing. `text` is its line."""

    match: Match
    verdict: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain of a table; `policy` is "" for one that is not hooked in. `place` names it as its tool takes it."""

    path: tuple[str, ...]
    rules: tuple[FilterRule, ...] = ()
    policy: str = ""


@dataclass(slots=True)
class FilterOutcome:
    """What may become of the packet, and the rule (or policy) that decided each."""

    deciding_rules: dict[PacketVerdict, str] = field(default_factory=dict)
    falls_through: bool = True

    @property
    def refused(self) -> bool:
        return set(self.deciding_rules) == {PacketVerdict.REFUSED}

    @property
    def may_be_refused(self) -> bool:
        return PacketVerdict.REFUSED in self.deciding_rules


_DEPTH = 16  # the kernel's own limit of nested jumps


def evaluate(chain: Chain, chains: Mapping[str, Chain]) -> FilterOutcome:
    """The packet through a hooked chain; `chains` are those of the same table, by name."""
    outcome = _Evaluator(chains).evaluate_chain(chain, 0)
    if outcome.falls_through:
        fate = PacketVerdict.REFUSED if chain.policy == "drop" else PacketVerdict.ACCEPTED
        outcome.deciding_rules.setdefault(fate, f"policy {chain.policy}")
    return outcome


class _Evaluator:
    """One packet's way. Each chain is walked once, however many rules jump there: rules come from a node and may be
    written so that following every jump would never end."""

    def __init__(self, chains: Mapping[str, Chain]) -> None:
        self._chains = chains
        self._outcomes: dict[str, FilterOutcome | None] = {}  # None: this chain is being walked

    def evaluate_chain(self, chain: Chain, depth: int) -> FilterOutcome:
        outcome = FilterOutcome()
        for rule in chain.rules:
            if rule.match is Match.NO or not rule.verdict:
                continue
            decided = self._decide(rule, depth, outcome)
            if decided and rule.match is Match.YES:
                outcome.falls_through = rule.verdict == "return"
                return outcome
        return outcome

    def _decide(self, rule: FilterRule, depth: int, outcome: FilterOutcome) -> bool:
        """Notes what the rule may do; True where nothing after it in its chain is reached."""
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
        """What becomes of the packet there; None where that cannot be told: no such chain, a loop, too deep."""
        if target not in self._outcomes:
            if target not in self._chains or depth >= _DEPTH:
                return None
            self._outcomes[target] = None
            self._outcomes[target] = self.evaluate_chain(self._chains[target], depth + 1)
        return self._outcomes[target]


def all_of(matches: Sequence[Match]) -> Match:
    if Match.NO in matches:
        return Match.NO
    return Match.MAYBE if Match.MAYBE in matches else Match.YES


def any_of(matches: Sequence[Match]) -> Match:
    if Match.YES in matches:
        return Match.YES
    return Match.MAYBE if Match.MAYBE in matches else Match.NO


def match_address(candidates: Sequence[IpAddress], networks: Sequence[str]) -> Match:
    """Whether the packet's address, one of `candidates`, lies in one of `networks`."""
    try:
        known = [ip_network(network, strict=False) for network in networks]
    except ValueError:
        return Match.MAYBE
    return match_all(candidates, lambda address: any(address in network for network in known))


def match_all(candidates: Sequence[_T], holds: Callable[[_T], bool]) -> Match:
    """YES where it holds for each candidate, NO where for none; MAYBE in between or where there are none."""
    results = {holds(candidate) for candidate in candidates}
    if len(results) != 1:
        return Match.MAYBE
    return Match.YES if results.pop() else Match.NO


_SERVICES = {"netsupport": BASE_PORT, "hpoms-dps-lstn": 5404}


def match_port(port: int, words: Sequence[str]) -> Match:
    """`words`: "5405", "5404-5412", "5404:5412", or a name of /etc/services."""
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
