"""A double of a node for the engine's own decisions: it answers by rules and remembers what it was told.

Real nodes are in tests/nodes; here are the failures that cannot be had from them at will.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from corotui.cluster.sanitize import clean_line
from corotui.errors import CommandError, CorotuiError
from corotui.facts.model import Corosync, NodeFacts, Os
from corotui.ssh.shell import CommandResult

DEBIAN = Os(id="debian", version="12", family="debian", package_tool="apt", arch="x86_64")
Answer = tuple[int, str] | CorotuiError
Rule = tuple[str, Answer | Callable[[], Answer]]


def facts(name: str, os: Os = DEBIAN, *, running: int = 0) -> NodeFacts:
    return NodeFacts(
        node=name, taken_at=0.0, os=os, service_manager="systemd", corosync=Corosync(running=running), user="me"
    )


@dataclass
class NodeDouble:
    """`rules`: the first whose words are in a command answers it; without one it returns 0 and nothing.
    `told`: every command, in order; `files`: what was put; `input`: what commands read; `wait`: words -> event that a
    command waits for; `reached`: words -> event that is set when it came."""

    node: str
    rules: list[Rule] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    input: dict[str, bytes] = field(default_factory=dict)
    wait: dict[str, asyncio.Event] = field(default_factory=dict)
    reached: dict[str, asyncio.Event] = field(default_factory=dict)

    def said(self, words: str) -> list[str]:
        return [line for line in self.told if words in line]

    async def run(
        self,
        command: str,
        *,
        stdin: bytes | None = None,
        privileged: bool = False,
        timeout: float = 30.0,
        limit: int = 1 << 20,
        secret: bool = False,
    ) -> CommandResult:
        code, text = await self._answer(command)
        if stdin is not None:
            self.input[command] = stdin
        return CommandResult(self.node, command, code, text.encode(), b"", 0.0)

    @asynccontextmanager
    async def stream(
        self, command: str, *, privileged: bool = False, timeout: float | None = None
    ) -> AsyncIterator[AsyncIterator[str]]:
        code, text = await self._answer(command)

        async def lines() -> AsyncIterator[str]:
            for line in text.splitlines():
                yield clean_line(line)
            if code != 0:
                raise CommandError(node=self.node, command=command, returncode=code, output=text)

        yield lines()

    async def put(self, path: str, data: bytes, *, mode: int = 0o644, owner: str = "root", group: str = "root") -> None:
        await self._answer(f"put {path}")
        self.files[path] = data

    async def _answer(self, command: str) -> tuple[int, str]:
        self.told.append(command)
        for words, event in self.reached.items():
            if words in command:
                event.set()
        for words, event in self.wait.items():
            if words in command:
                await event.wait()
        for words, answer in self.rules:
            if words in command:
                given = answer() if callable(answer) else answer
                if isinstance(given, CorotuiError):
                    raise given
                return given
        return 0, ""
