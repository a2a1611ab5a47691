"""Shells to practice nodes, and remedies run there as the rollout would."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from corotui.cluster.finding import Finding
from corotui.directory import Directory
from corotui.facts import NodeFacts, gather_all
from corotui.practice import PracticeCluster
from corotui.ssh.connections import Connections
from corotui.ssh.fanout import Shells
from corotui.ssh.shell import NonInteractive, Shell


@asynccontextmanager
async def shells_to(practice: PracticeCluster) -> AsyncIterator[dict[str, Shell]]:
    """A shell to every node, over ssh as the practice user."""
    directory = Directory.open(practice.directory)
    connections = Connections(directory.read_cluster(), known_hosts=directory.known_hosts, prompter=NonInteractive())
    async with connections:
        opened = await connections.open()
        assert not opened.failed, opened
        yield opened.ok


async def facts_of(shells: dict[str, Shell]) -> dict[str, NodeFacts]:
    """The facts of all of them; the test fails where one does not answer."""
    answers = await gather_all(Shells(shells), names=tuple(shells))
    assert not answers.failed, answers
    return answers.ok


async def run_remedies_twice(shells: dict[str, Shell], findings: Iterable[Finding]) -> None:
    """Runs every command of every remedy twice over, as root, then what verifies it."""
    for finding in findings:
        for remedy in finding.remedies:
            assert remedy.node is not None
            for _ in range(2):
                for line in remedy.commands:
                    (await shells[remedy.node].run(line, privileged=True, timeout=300)).expect()
            if remedy.verify:
                (await shells[remedy.node].run(remedy.verify, privileged=True)).expect()
