"""The result of a probe between all pairs of nodes, and its findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from corotui.cluster.finding import Evidence, Finding, Remedy, Severity, by_severity
from corotui.facts.model import IpNetwork


@dataclass(frozen=True, slots=True)
class PairResult:
    """One direction between two nodes."""

    sender: str
    """Name of the sending node."""
    receiver: str
    """Name of the receiving node."""
    passed: bool | None
    """Whether packets arrive; None if that could not be proved."""
    milliseconds: float | None = None
    """Shortest round trip in ms; None unless both directions pass."""
    large: bool | None = None
    """Whether unfragmented packets of the link's whole MTU arrive; None if unknown."""
    reason: str = ""
    """Why `passed` is False or None, as a phrase, or how it was proved otherwise."""
    refused: str = ""
    """Message of the sender's kernel if it refused to send."""

    def to_json(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The result for all nodes of a link."""

    network: IpNetwork
    """The network that was probed."""
    port: int
    """The UDP port that was probed."""
    pairs: tuple[PairResult, ...] = ()
    """Every ordered pair of nodes."""
    by_ring: bool = False
    """Whether corosync holds the port, so that the state of its own links was used."""
    notes: tuple[str, ...] = field(default=())
    """What else is worth knowing."""

    @property
    def ok(self) -> bool:
        """Whether every pair is proved to pass."""
        return all(pair.passed for pair in self.pairs)

    @property
    def failed(self) -> tuple[PairResult, ...]:
        """Pairs whose packets do not arrive."""
        return tuple(pair for pair in self.pairs if pair.passed is False)

    @property
    def unproven(self) -> tuple[PairResult, ...]:
        """Pairs that could not be proved either way."""
        return tuple(pair for pair in self.pairs if pair.passed is None)

    @property
    def milliseconds(self) -> float | None:
        """The longest round trip between two nodes in ms; None if none was measured."""
        return max((pair.milliseconds for pair in self.pairs if pair.milliseconds is not None), default=None)

    @property
    def summary(self) -> str:
        """One line: "UDP 5405 passes between all 6 pairs, 0.2 ms"."""
        passing = [pair for pair in self.pairs if pair.passed]
        took = f", {self.milliseconds:.1f} ms" if self.milliseconds is not None else ""
        if self.ok:
            how = "the ring's own links connect" if self.by_ring else f"UDP {self.port} passes between"
            return f"{how} all {len(self.pairs)} pairs{took}" if self.pairs else "one node has no pair to prove"
        words = f"UDP {self.port} passes for {len(passing)} of {len(self.pairs)} pairs{took}"
        return f"{words}, {len(self.unproven)} could not be proved" if self.unproven else words

    def to_json(self) -> dict[str, object]:
        return {
            "network": str(self.network),
            "port": self.port,
            "ok": self.ok,
            "by_ring": self.by_ring,
            "summary": self.summary,
            "pairs": [pair.to_json() for pair in self.pairs],
            "notes": list(self.notes),
        }

    def findings(self) -> tuple[Finding, ...]:
        """Findings `udp-blocked` (per node or pair, with the direction), `large-packets-lost` and `udp-unproven`."""
        return by_severity([*self._blocked(), *self._large(), *self._unknown()])

    def _blocked(self) -> Iterator[Finding]:
        explained = set[PairResult]()
        nodes = tuple(dict.fromkeys(pair.sender for pair in self.pairs))
        for node in nodes if len(nodes) > 2 else ():
            into = [pair for pair in self.pairs if pair.receiver == node]
            out = [pair for pair in self.pairs if pair.sender == node]
            deaf, dumb = _all_fail(into), _all_fail(out)
            if deaf or dumb:
                explained |= {pair for pair in (*into, *out) if pair.passed is False}
                yield self._finding(
                    node, _blocked_message(node, receives_nothing=deaf, reaches_nobody=dumb), (*into, *out)
                )
        for pair in self.failed:
            if pair not in explained:
                back = next((p for p in self.pairs if (p.sender, p.receiver) == (pair.receiver, pair.sender)), None)
                way = ", and the way back is open" if back is not None and back.passed else ""
                what = f"UDP {self.port} from {pair.sender} does not reach {pair.receiver}{way}."
                yield self._finding(None, what, (pair,), place=f"{pair.sender} -> {pair.receiver}")

    def _finding(self, node: str | None, what: str, pairs: Sequence[PairResult], place: str = "") -> Finding:
        evidence = tuple(
            Evidence(
                _pair_evidence(pair), pair.receiver if pair.passed is False else pair.sender, f"probe of {self.network}"
            )
            for pair in pairs
        )
        refused = any(pair.refused and pair.passed is False for pair in pairs)
        return Finding(
            Severity.ERROR,
            "udp-blocked",
            what.format(port=self.port),
            node=node,
            place=place or str(self.network),
            why="The sender's own packet filter refuses it." if refused else "",
            evidence=evidence,
            remedies=(
                Remedy(
                    f"let UDP {self.port} pass",
                    node,
                    manual="If the node's own firewall is not among the findings, it is outside: security group, "
                    "network ACL, switch.",
                ),
            ),
            certain=True,
        )

    def _large(self) -> Iterator[Finding]:
        lost = [pair for pair in self.pairs if pair.passed and pair.large is False]
        if lost:
            listed = ", ".join(f"{pair.sender} to {pair.receiver}" for pair in lost[:6])
            yield Finding(
                Severity.WARNING,
                "large-packets-lost",
                f"In {self.network} small packets pass and packets of the whole MTU do not: {listed}.",
                place=str(self.network),
                why="Something on the way has a smaller MTU, or drops what it would have to fragment.",
                remedies=(Remedy("use an MTU that passes", manual="Give all interfaces the smallest MTU on the way."),),
            )

    def _unknown(self) -> Iterator[Finding]:
        reasons = dict.fromkeys(pair.reason for pair in self.unproven)
        if reasons:
            yield Finding(
                Severity.INFO,
                "udp-unproven",
                f"{len(self.unproven)} of {len(self.pairs)} pairs could not be proved: {'; '.join(reasons)}.",
                place=str(self.network),
            )


def _all_fail(pairs: Sequence[PairResult]) -> bool:
    """Whether at least two pairs are proved and none of them passes."""
    proved = [pair for pair in pairs if pair.passed is not None]
    return len(proved) > 1 and not any(pair.passed for pair in proved)


def _blocked_message(node: str, *, receives_nothing: bool, reaches_nobody: bool) -> str:
    if receives_nothing and reaches_nobody:
        return f"{node} and the others do not hear each other on UDP {{port}}: it is stopped both ways."
    if receives_nothing:
        return f"{node} hears nobody on UDP {{port}}, and the others hear it: it is stopped on the way into {node}."
    return f"Nobody hears {node} on UDP {{port}}, and it hears the others: it is stopped on the way out of {node}."


def _pair_evidence(pair: PairResult) -> str:
    state = {True: "arrives", False: "does not arrive", None: "is not proved"}[pair.passed]
    refused = f" (not sent: {pair.refused})" if pair.refused else f" ({pair.reason})" if pair.reason else ""
    return f"{pair.sender} to {pair.receiver} {state}{refused}"
