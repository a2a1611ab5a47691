"""Probes whether UDP passes between all pairs of nodes on a link, before corosync runs. All nodes probe at once."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files

from corotui.cluster.limits import bounded_lines
from corotui.cluster.quoting import quote
from corotui.cluster.text.bounded import bounded_text, one_line
from corotui.conf.constants import BASE_PORT
from corotui.network.model import Endpoint, LinkProposal
from corotui.network.probe_result import PairResult, ProbeResult
from corotui.ssh.fanout import Shells, on_nodes
from corotui.ssh.remote_script import RemoteScript
from corotui.ssh.shell import Shell

PROBE_SECONDS = (2.0, 5.0)
"""How long the nodes send in each try, in seconds. The second is for nodes that ran together less than MIN_OVERLAP."""

MIN_OVERLAP = 1.0
_LEAST_MTU = 576
_LARGEST = 65_000  # what a UDP packet holds at most, and a little less
_HEADERS = {4: 28, 6: 48}  # IP and UDP, bytes


class _ProbeState(StrEnum):
    """What the probe could do on a node; the values are words that its script prints."""

    BOUND = "bound"  # it sent and listened
    BUSY = "busy"  # another program has the port
    NO_ADDRESS = "no-address"
    SEND_ONLY = "deaf"  # only bash is there, which cannot listen
    NO_PROGRAM = "mute"  # neither Python nor perl nor bash
    FAILED = ""  # the script printed none of these


@dataclass(slots=True)
class _NodeProbe:
    """What one node reported. Peers are named by their number in the proposal's endpoints."""

    state: _ProbeState = _ProbeState.FAILED
    """How the probe went on the node."""
    error: str = ""
    """Why the probe failed, "" where the node gave no reason."""
    received_from: dict[int, str] = field(default_factory=dict)
    """Peer -> address that its packets came from."""
    round_trip_ms: dict[int, float] = field(default_factory=dict)
    """Peer -> milliseconds."""
    large_from: set[int] = field(default_factory=set)
    """Peers whose packets of full size arrived."""
    refused: dict[int, str] = field(default_factory=dict)
    """Peer -> why sending to it was refused."""
    connected_links: set[tuple[str, str]] = field(default_factory=set)
    """Addresses of corosync's connected links: (own, peer's)."""
    corosync: bool = False
    """Whether corosync's tools answer."""
    began: float = 0.0
    """Monotonic seconds by this machine's clock."""
    ended: float = 0.0
    """Like `began`."""

    def set_state(self, state: _ProbeState, error: str = "") -> None:
        """Takes the first state or error that the node reports; later ones are ignored."""
        if self.state is _ProbeState.FAILED and not self.error:
            self.state, self.error = state, error


async def probe(
    shells: Shells,
    proposal: LinkProposal,
    *,
    port: int = BASE_PORT,
    durations: Sequence[float] = PROBE_SECONDS,
) -> ProbeResult:
    """Lets every node send to every other one on the link's addresses, and listen. It leaves nothing behind.

    The pairs of a node without a connection, or with neither Python nor perl, are unproven, not failed. If corosync
    holds the port already, the state of its own links is used. Never raises for a node.
    """
    probes: list[_NodeProbe] = []
    for seconds in durations:
        probes = await _probe_all(shells, proposal, port, seconds)
        if not _ran_apart(probes):
            break
    ends = proposal.endpoints
    pairs = tuple(_pair(ends, probes, at, to) for at in range(len(ends)) for to in range(len(ends)) if at != to)
    busy = any(probed.state is _ProbeState.BUSY for probed in probes)
    return ProbeResult(proposal.network, port, pairs, by_ring=busy and any(probed.connected_links for probed in probes))


async def _probe_all(shells: Shells, proposal: LinkProposal, port: int, seconds: float) -> list[_NodeProbe]:
    nonce = secrets.token_hex(8)
    ends = proposal.endpoints
    position = {end.node: index for index, end in enumerate(ends)}
    results = await on_nodes(
        shells.for_nodes(position), lambda shell: _probe_node(shell, ends, position[shell.node], nonce, port, seconds)
    )
    connected = shells.ok
    return [
        result
        if isinstance(result, _NodeProbe)
        else _NodeProbe(error=f"{node}: {result.what}" if node in connected else f"{node} is not connected")
        for node, result in results.by_node.items()
    ]


async def _probe_node(
    shell: Shell, ends: Sequence[Endpoint], own: int, nonce: str, port: int, seconds: float
) -> _NodeProbe:
    targets = [f"{to}={end.address}={_size(ends[own], end)}" for to, end in enumerate(ends) if to != own]
    args = ("--", nonce, str(own), str(ends[own].address), str(port), str(seconds), *targets)
    result = await _script().run(shell, *args, timeout=seconds + 10)
    probed = parse(bounded_text(result.stdout))
    probed.ended = time.monotonic()
    probed.began = probed.ended - probed.began
    output = one_line(result.stderr, limit=200).strip()
    did_not_run = f"the probe did not run on {ends[own].node}{': ' + output if output else ''}"
    probed.set_state(_ProbeState.FAILED, did_not_run)
    return probed


def _size(one: Endpoint, other: Endpoint) -> int:
    """Bytes of UDP payload that fill a packet of the smaller MTU; 0 where none is known."""
    mtus = [end.mtu for end in (one, other) if end.mtu is not None]
    return min(max(min(mtus), _LEAST_MTU) - _HEADERS[one.address.version], _LARGEST) if mtus else 0


@cache
def _script() -> RemoteScript:
    folder = files("corotui.network").joinpath("probing")
    probes = (("PYTHON", "peers.python"), ("PERL", "peers.pl"), ("BASH_PART", "peers.bash"))
    head = "".join(f"{name}={quote(folder.joinpath(file).read_text('utf-8'))}\n" for name, file in probes)
    return RemoteScript(head + folder.joinpath("node.sh").read_text("utf-8"), limit=1 << 18)


_STATES = {state.value: state for state in _ProbeState if state is not _ProbeState.FAILED}
# Lengths are limited: without that, 256 KiB of "(" take minutes.
_LINK = re.compile(r"\(([^\s()>]{1,64})->([^\s()>]{1,64})\)\s{1,8}enabled\s{1,8}connected\b")


def parse(text: str) -> _NodeProbe:
    """Parses what a node printed. Never raises. `began` holds how long it ran, in seconds."""
    probed = _NodeProbe()
    for line in bounded_lines(text):
        word, _, rest = line.partition(" ")
        number, _, value = rest.partition(" ")
        if word in _STATES and not rest:
            probed.set_state(_STATES[word])
        elif word == "error":
            probed.set_state(_ProbeState.FAILED, one_line(rest, limit=200))
        elif word == "lasted":
            probed.began = _seconds(number)
        elif word == "ring":
            probed.corosync = True
            if link := _LINK.search(rest):
                probed.connected_links.add((link[1], link[2]))
        elif not re.fullmatch(r"[0-9]{1,4}", number):
            continue
        elif word == "heard":
            probed.received_from[int(number)] = [*value.split(), "", ""][1]
        elif word == "echo":
            probed.round_trip_ms[int(number)] = _seconds(value)
        elif word == "large":
            probed.large_from.add(int(number))
        elif word == "refused":
            probed.refused[int(number)] = one_line(value, limit=200)
    return probed


def _seconds(text: str) -> float:
    return float(text) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) else 0.0


def _ran_apart(probes: Sequence[_NodeProbe]) -> bool:
    """Whether some pair received nothing and ran together for less than MIN_OVERLAP seconds."""
    ran = [(at, probed) for at, probed in enumerate(probes) if probed.state is _ProbeState.BOUND]
    return any(
        (to not in probed.received_from)
        and min(probed.ended, other.ended) - max(probed.began, other.began) < MIN_OVERLAP
        for at, probed in ran
        for to, other in ran
        if to != at
    )


def _pair(ends: Sequence[Endpoint], probes: Sequence[_NodeProbe], at: int, to: int) -> PairResult:
    """The result for packets from end number `at` to end number `to`."""
    sender, receiver, one, other = ends[at].node, ends[to].node, probes[at], probes[to]
    if one.state is other.state is _ProbeState.BUSY:
        return _ring_pair(ends[at], ends[to], one, other)
    if at in other.received_from:
        source = other.received_from[at]
        large = at in other.large_from if one.state is _ProbeState.BOUND and _size(ends[at], ends[to]) else None
        # bash cannot choose the address it sends from.
        if one.state is not _ProbeState.SEND_ONLY and source not in ("", str(ends[at].address)):
            return PairResult(
                sender, receiver, passed=False, reason=f"it arrives from {source}, which corosync rejects"
            )
        return PairResult(sender, receiver, passed=True, milliseconds=one.round_trip_ms.get(to), large=large)
    for name, probed, listens in ((receiver, other, True), (sender, one, False)):
        why = _why_unproven(name, probed, listens=listens)
        if why:
            return PairResult(sender, receiver, passed=None, reason=why)
    return PairResult(sender, receiver, passed=False, refused=one.refused.get(to, ""))


def _why_unproven(node: str, probed: _NodeProbe, *, listens: bool) -> str:
    match probed.state:
        case _ProbeState.BOUND:
            return ""
        case _ProbeState.SEND_ONLY:
            return f"{node} has neither Python nor perl to listen with" if listens else ""
        case _ProbeState.NO_PROGRAM:
            return f"{node} has neither Python nor perl nor bash"
        case _ProbeState.BUSY:
            return f"{'corosync' if probed.corosync else 'another program'} holds the port on {node}"
        case _ProbeState.NO_ADDRESS:
            return f"{node} no longer has the address"
        case _ProbeState.FAILED:
            return probed.error or f"{node} printed nothing"


def _ring_pair(one: Endpoint, other: Endpoint, own_probe: _NodeProbe, peer_probe: _NodeProbe) -> PairResult:
    link, back = (str(one.address), str(other.address)), (str(other.address), str(one.address))
    if link in own_probe.connected_links and back in peer_probe.connected_links:
        return PairResult(one.node, other.node, passed=True, reason="corosync's link is connected")
    if own_probe.connected_links and peer_probe.connected_links:
        return PairResult(one.node, other.node, passed=False, reason="corosync's link is not connected")
    return PairResult(
        one.node, other.node, passed=None, reason=f"a program holds the port on {one.node} and {other.node}"
    )
