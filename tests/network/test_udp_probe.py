"""The probe: its programs on loopback addresses of this machine, and what is made of what nodes say."""

from __future__ import annotations

import shutil
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.cluster.finding import Severity
from corotui.network import Endpoint, LinkProposal, ProbeResult, probe
from corotui.network.udp_probe import PROBE_SECONDS, parse
from corotui.ssh.fanout import Shells
from corotui.ssh.shell import Shell
from tests.support.assertions import assert_never_raises
from tests.support.fake_shell import FakeShell, Handler, Reply, Request, always, local_processes

NETWORK = ip_network("127.0.0.0/8")
SHORT = (0.3,)
"""Durations in seconds of a probe in which no node has to hear another."""


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    assert isinstance(port, int)
    return port


def link(*addresses: str) -> LinkProposal:
    ends = tuple(Endpoint(f"node{n}", "lo", ip_address(text), 65536) for n, text in enumerate(addresses, 1))
    return LinkProposal(NETWORK, ends)


def node_with(folder: Path, *programs: str) -> Shell:
    """A node that has these programs and what a script needs, nothing else."""
    folder.mkdir()
    for program in ("sh", "timeout", "head", "sed", "sleep", *programs):
        found = sys.executable if program == "python3" else shutil.which(program)
        assert found, program
        (folder / program).symlink_to(Path(found).resolve())
    return FakeShell(local_processes(environ={"PATH": str(folder)}), folder.name)


async def run_probe(
    shells: Mapping[str, Shell],
    proposal: LinkProposal,
    *,
    port: int = 5405,
    durations: Sequence[float] = PROBE_SECONDS,
) -> ProbeResult:
    return await probe(Shells(shells), proposal, port=port, durations=durations)


def passed(result: ProbeResult) -> dict[tuple[int, int], bool | None]:
    return {(int(pair.sender[-1]), int(pair.receiver[-1])): pair.passed for pair in result.pairs}


async def test_python_and_perl_understand_each_other(tmp_path: Path) -> None:
    shells = {
        "node1": node_with(tmp_path / "node1", "python3"),
        "node2": node_with(tmp_path / "node2", "perl"),
        "node3": node_with(tmp_path / "node3", "perl"),
    }
    result = await run_probe(shells, link("127.0.0.1", "127.0.0.2", "127.0.0.3"), port=free_port())
    assert result.ok, result
    assert len(result.pairs) == 6
    assert all(pair.milliseconds is not None and pair.milliseconds < 1000 for pair in result.pairs)
    assert all(pair.large for pair in result.pairs)
    assert result.findings() == ()
    assert f"UDP {result.port} passes between all 6 pairs" in result.summary


async def test_a_node_with_bash_alone_is_heard_and_not_proved_to_hear(tmp_path: Path) -> None:
    shells = {
        "node1": node_with(tmp_path / "node1", "perl"),
        "node2": node_with(tmp_path / "node2", "bash"),
        "node3": node_with(tmp_path / "node3"),
    }
    result = await run_probe(shells, link("127.0.0.1", "127.0.0.2", "127.0.0.3"), port=free_port())
    assert passed(result) == {**dict.fromkeys(ALL), (2, 1): True}
    reasons = {pair.receiver: pair.reason for pair in result.pairs if pair.sender == "node1"}
    assert reasons == {
        "node2": "node2 has neither Python nor perl to listen with",
        "node3": "node3 has neither Python nor perl nor bash",
    }
    (finding,) = result.findings()
    assert (finding.code, finding.severity) == ("udp-unproven", Severity.INFO)


@pytest.mark.parametrize("program", ["python3", "perl"])
async def test_a_port_that_is_taken_and_an_address_that_is_gone(tmp_path: Path, program: str) -> None:
    shells = {name: node_with(tmp_path / name, program) for name in ("node1", "node2", "node3")}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        result = await run_probe(shells, link("127.0.0.1", "127.0.0.2", "192.0.2.99"), port=port, durations=SHORT)
    reasons = {pair.reason for pair in result.pairs}
    assert reasons == {"another program holds the port on node1", "node3 no longer has the address"}
    assert not result.by_ring


async def test_a_node_that_says_something_else(tmp_path: Path) -> None:
    shells: dict[str, Shell] = {
        "node1": node_with(tmp_path / "node1", "perl"),
        "node2": FakeShell(always(b"Welcome\x1b[31m\n"), "node2"),
    }
    result = await run_probe(shells, link("127.0.0.1", "127.0.0.2"), port=free_port(), durations=SHORT)
    assert {pair.reason for pair in result.pairs} == {"the probe did not run on node2"}


async def test_nobody_is_left_behind(tmp_path: Path) -> None:
    port = free_port()
    await run_probe(
        {"node1": node_with(tmp_path / "node1", "perl")}, link("127.0.0.1", "127.0.0.2"), port=port, durations=SHORT
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", port))


def answers(*heard: tuple[int, int], nodes: int = 3, extra: Mapping[int, str] | None = None) -> dict[str, Shell]:
    """Nodes that ran at the same time; `heard` are (sender, receiver) by number from 1."""
    return {
        f"node{me}": FakeShell(
            always(
                "".join(
                    [
                        "bound\n",
                        *(f"heard {a - 1} 3 10.0.0.{a} 5405\necho {a - 1} 0.2\n" for a, b in heard if b == me),
                        *(f"large {a - 1}\n" for a, b in heard if b == me),
                        (extra or {}).get(me, ""),
                        "lasted 2.000\n",
                    ]
                ).encode()
            ),
            f"node{me}",
        )
        for me in range(1, nodes + 1)
    }


ALL = [(a, b) for a in (1, 2, 3) for b in (1, 2, 3) if a != b]
TEN = LinkProposal(
    ip_network("10.0.0.0/24"), tuple(Endpoint(f"node{n}", "eth0", ip_address(f"10.0.0.{n}"), 1500) for n in (1, 2, 3))
)


async def codes(shells: Mapping[str, Shell], proposal: LinkProposal = TEN) -> list[tuple[str, str | None, str]]:
    return [(one.code, one.node, one.what) for one in (await run_probe(shells, proposal)).findings()]


async def test_blocked_on_the_way_in() -> None:
    assert await codes(answers(*(pair for pair in ALL if pair[1] != 3))) == [
        (
            "udp-blocked",
            "node3",
            "node3 hears nobody on UDP 5405, and the others hear it: it is stopped on the way into node3.",
        )
    ]


async def test_blocked_on_the_way_out_with_the_senders_own_word() -> None:
    refused = {2: "refused 0 Operation not permitted\nrefused 2 Operation not permitted\n"}
    result = await run_probe(answers(*(pair for pair in ALL if pair[0] != 2), extra=refused), TEN)
    (finding,) = result.findings()
    assert finding.node == "node2"
    assert "on the way out of node2" in finding.what
    assert finding.why == "The sender's own packet filter refuses it."


async def test_blocked_both_ways() -> None:
    ((code, node, what),) = await codes(answers((1, 2), (2, 1)))
    assert (code, node) == ("udp-blocked", "node3")
    assert "both ways" in what


async def test_one_direction_of_one_pair() -> None:
    assert await codes(answers(*(pair for pair in ALL if pair != (1, 2)))) == [
        ("udp-blocked", None, "UDP 5405 from node1 does not reach node2, and the way back is open.")
    ]


async def test_everything_blocked_names_every_node() -> None:
    found = await codes(answers())
    assert [node for _, node, _ in found] == ["node1", "node2", "node3"]


async def test_two_nodes_name_the_pair() -> None:
    two = replace(TEN, endpoints=TEN.endpoints[:2])
    assert await codes(answers((1, 2), nodes=2), two) == [
        ("udp-blocked", None, "UDP 5405 from node2 does not reach node1, and the way back is open.")
    ]


async def test_large_packets_lost() -> None:
    small = {name: FakeShell(always(_without_large(shell)), name) for name, shell in answers(*ALL).items()}
    ((code, _, what),) = await codes(small)
    assert code == "large-packets-lost"
    assert "node1 to node2" in what


def _without_large(shell: Shell) -> bytes:
    return b"\n".join(line for line in _answer(shell).split(b"\n") if not line.startswith(b"large"))


def _answer(shell: Shell) -> bytes:
    assert isinstance(shell, FakeShell)
    reply = shell.handler(Request(shell.node, ""))
    assert isinstance(reply, Reply)
    return reply.stdout


async def test_another_source_address_is_no_passage() -> None:
    shells = answers(*(pair for pair in ALL if pair != (1, 2)), extra={2: "heard 0 3 192.168.0.9 5405\n"})
    (pair,) = (await run_probe(shells, TEN)).failed
    assert pair.reason == "it arrives from 192.168.0.9, which corosync rejects"


# Recorded from three nodes with corosync 3.1.7 (corosync-cfgtool -n).
RING = """ring Local node ID {me}, transport knet
ring nodeid: 2 reachable
ring    LINK: 0 udp (10.0.0.{me}->10.0.0.{one}) enabled connected mtu: 1446
ring nodeid: 3 reachable
ring    LINK: 0 udp (10.0.0.{me}->10.0.0.{other}) enabled {state}
"""


async def test_where_corosync_runs_its_links_are_asked() -> None:
    def node(me: int, one: int, other: int, state: str = "connected mtu: 1446") -> FakeShell:
        text = "busy\n" + RING.format(me=me, one=one, other=other, state=state)
        return FakeShell(always(text.encode()), f"node{me}")

    well: dict[str, Shell] = {"node1": node(1, 2, 3), "node2": node(2, 1, 3), "node3": node(3, 1, 2)}
    result = await run_probe(well, TEN)
    assert result.ok
    assert result.by_ring
    assert result.summary == "the ring's own links connect all 6 pairs"
    half = {**well, "node3": node(3, 1, 2, "disconnected")}
    assert {(pair.sender, pair.receiver) for pair in (await run_probe(half, TEN)).failed} == {
        ("node2", "node3"),
        ("node3", "node2"),
    }
    mixed = {**well, "node3": answers(*ALL)["node3"]}
    assert "corosync holds the port on node1" in {pair.reason for pair in (await run_probe(mixed, TEN)).unproven}


async def test_nodes_that_ran_apart_are_tried_again_for_longer() -> None:
    def apart_at_first(answer: bytes) -> Handler:
        replies = iter((b"bound\nlasted 0.100\n", answer))
        return lambda request: Reply(next(replies))

    shells = {name: FakeShell(apart_at_first(_answer(shell)), name) for name, shell in answers(*ALL).items()}
    result = await run_probe(dict(shells), TEN)
    assert result.ok
    assert all(len(shell.commands) == 2 for shell in shells.values())


async def test_one_node_has_nothing_to_prove() -> None:
    alone = replace(TEN, endpoints=TEN.endpoints[:1])
    result = await run_probe(answers(nodes=1), alone)
    assert result.ok
    assert result.to_json()["pairs"] == []


@given(st.text(max_size=300))
def test_no_output_raises(text: str) -> None:
    assert_never_raises(parse, text)
    words = ("heard 0", "echo 1", "lasted", "ring (", "error", "refused 2")
    assert_never_raises(parse, "\n".join(f"{word} {text}" for word in words))


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "line", ["ring " + "(" * (1 << 18), "ring " + "(a->" * (1 << 16), "ring (a->b)" + " " * (1 << 18)]
)
def test_a_hostile_line_of_the_ring_takes_no_quadratic_time(line: str) -> None:
    assert parse(line).connected_links == set()
