"""Recorded outputs and doubles for the tests of the ring."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from corotui.errors import CorotuiError
from corotui.ring.model import LinkView, NodeView
from corotui.ssh.remote_script import OutputSection
from tests.support.fake_shell import FakeShell, Reply, Request, mark_of

FOLDER = Path(__file__).parents[1] / "fixtures" / "ring"
NAMES = {1: "node1", 2: "node2", 3: "node3"}


def recorded(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text()


def sections_317() -> dict[str, OutputSection]:
    """What the script prints on the recorded node n1."""
    return {
        "version": OutputSection("Corosync Cluster Engine, version '3.1.7'\nCopyright (c) 2006-2018 Red Hat, Inc.", 0),
        "cmap": OutputSection(recorded("3.1.7-cmapctl"), 0),
        "stats": OutputSection(recorded("3.1.7-cmapctl-stats"), 0),
        "cfgtool": OutputSection(recorded("3.1.7-cfgtool-s"), 0),
        "paths": OutputSection(recorded("3.1.7-cfgtool-n"), 0),
        "quorumtool": OutputSection(recorded("3.1.7-quorumtool-s"), 0),
    }


def framed(sections: Mapping[str, OutputSection], mark: str) -> str:
    return "".join(
        f"{mark} begin {name}\n{section.text}\n{mark} end {name} {section.exit_code}\n"
        for name, section in sections.items()
    )


def ring_shell(node: str, answer: Callable[[str], str] | CorotuiError) -> FakeShell:
    """A shell that answers the ring's script with `answer(mark)`, or raises it."""

    def handle(request: Request) -> Reply:
        if isinstance(answer, CorotuiError):
            raise answer
        assert request.command == "sh -s ring"
        return Reply(answer(mark_of(request.stdin)).encode())

    return FakeShell(handle, node)


def node_view(
    name: str,
    members: tuple[str, ...] = ("node1", "node2", "node3"),
    *,
    ring_id: str = "1.9",
    quorate: bool = True,
    down: tuple[str, ...] = (),
    reachable: bool = True,
    running: bool = True,
    hung: bool = False,
    taken_at: float = 100.0,
    error: str = "",
    token_losses: int | None = 0,
    down_count: int | None = None,
) -> NodeView:
    """A node of a ring of three; `down`: peers to which its only link is disconnected; `down_count`: knet has one."""
    peers = [peer for peer in NAMES.values() if peer != name]
    return NodeView(
        name=name,
        reachable=reachable,
        taken_at=taken_at,
        corosync_version="3.1.7",
        running=running,
        hung=hung,
        node_id=int(name[-1]),
        ring_id=ring_id if running else "",
        quorate=quorate and running,
        members=members if running else (),
        links=tuple(LinkView(0, peer, peer not in down, latency=210, down_count=down_count) for peer in peers)
        if running
        else (),
        votes=1,
        expected_votes=3,
        total_votes=len(members),
        quorum=2,
        error=error,
        token_losses=token_losses,
    )
