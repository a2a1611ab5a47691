"""A node that answers by rules, for the engine's own decisions: failures that real nodes do not give at will."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from corotui.cluster.service_manager import ServiceManager
from corotui.errors import CorotuiError
from corotui.facts.model import Corosync, NodeFacts, Os
from tests.support.fake_shell import FakeShell, Reply, Request

DEBIAN = Os(id="debian", version="12", family="debian", package_tool="apt", arch="x86_64")
# What a node with a release built by corotui printed (3.1.7, Debian 12).
VERIFIED_OUTPUT = """path /usr/sbin/corosync
version Corosync Cluster Engine, version '3.1.7'
library libqb.so.100
library libknet.so.1
library libcorosync_common.so.4
unit systemd
directory /etc/corosync
directory /var/lib/corosync
directory /var/log/cluster
tool corosync-cmapctl
tool corosync-cfgtool
tool corosync-quorumtool
tool corosync-keygen
user root
"""

Answer = tuple[int, str] | CorotuiError
Rule = tuple[str, Answer | Callable[[], Answer]]


def facts(name: str, os: Os = DEBIAN, *, running: int = 0) -> NodeFacts:
    return NodeFacts(
        node=name,
        taken_at=0.0,
        os=os,
        service_manager=ServiceManager.SYSTEMD,
        corosync=Corosync(running=running),
        user="me",
    )


class RuleShell(FakeShell):
    """Answers a command by the first rule whose text is in it; without one it returns 0 and prints nothing.

    `files`: what was written, by path. `gates`: text -> event that a command with this text waits for. `reached`: text
    -> event that is set when such a command arrives. Both are checked before the rules.
    """

    def __init__(self, node: str, rules: Iterable[Rule] = ()) -> None:
        super().__init__(self._answer, node)
        self.rules = list(rules)
        self.gates: dict[str, asyncio.Event] = {}
        self.reached: dict[str, asyncio.Event] = {}
        self.files: dict[str, bytes] = {}

    def commands_with(self, text: str) -> list[str]:
        """The commands so far that contain a text."""
        return [line for line in self.commands if text in line]

    async def _answer(self, request: Request) -> Reply:
        for text, event in self.reached.items():
            if text in request.command:
                event.set()
        for text, event in self.gates.items():
            if text in request.command:
                await event.wait()
        code, output = self._rule(request.command)
        if request.path and code == 0:
            self.files[request.path] = request.stdin or b""
        return Reply(output.encode(), code)

    def _rule(self, command: str) -> tuple[int, str]:
        for text, answer in self.rules:
            if text in command:
                given = answer() if callable(answer) else answer
                if isinstance(given, CorotuiError):
                    raise given
                return given
        return 0, ""
