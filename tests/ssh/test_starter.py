"""A command that does not begin: a login shell that hangs or prints without end, a node that opens no session."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Sequence

import pytest

from corotui.errors import AuthenticationError, NodeUnreachableError
from corotui.ssh.command import starter
from corotui.ssh.command.process import Process
from corotui.ssh.command.starter import CommandRequest, CommandStarter
from corotui.ssh.command.wrapper import Sentinels
from corotui.ssh.connect.prompts import CachedPrompts
from corotui.ssh.secret import Secret
from corotui.ssh.shell import NonInteractive, Prompter, SudoAnswer
from tests.support.ssh.scripted_operator import Operator, text

SENTINELS = Sentinels.new()


class Slow(NonInteractive):
    """An operator who types a password after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    async def sudo_password(self, node: str, user: str, others: Sequence[str]) -> SudoAnswer | None:
        await asyncio.sleep(self._seconds)
        return None


class Silent:
    """A process that prints `piece` once, or always, and never ends."""

    def __init__(self, piece: bytes = b"", *, always: bool = False) -> None:
        self._piece = piece
        self._always = always
        self.read = 0
        self.closed = False

    async def read_err(self) -> bytes:
        if self._piece and (self._always or not self.read):
            self.read += len(self._piece)
            return self._piece
        await asyncio.Event().wait()
        return b""

    async def read_out(self) -> bytes:
        await asyncio.Event().wait()
        return b""

    async def write(self, data: bytes | bytearray) -> None: ...

    async def write_eof(self) -> None: ...

    async def wait(self) -> int | None:
        await asyncio.Event().wait()
        return None

    def close(self) -> None:
        self.closed = True


async def start(
    process: Process | None,
    *,
    sudo: bool = False,
    prompter: Prompter | None = None,
    prompts: CachedPrompts | None = None,
) -> None:
    async def spawn(line: str) -> Process:
        if process is None:
            await asyncio.Event().wait()
        assert process is not None
        return process

    cached = prompts or CachedPrompts(prompter or NonInteractive())
    shell = CommandStarter("node1", "ec2", sudo=sudo, prompts=cached, spawn=spawn)
    request = CommandRequest("true", privileged=True, seconds=60, sentinels=SENTINELS)
    async with request.clock:
        await shell.start(request)


async def test_a_login_shell_that_hangs_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starter, "START_TIMEOUT", 0.1)
    process = Silent(b"Welcome\n")
    with pytest.raises(NodeUnreachableError, match=r"ran no command within 0\.1 s and said: Welcome"):
        await start(process)
    assert process.closed


async def test_a_node_that_opens_no_session_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starter, "START_TIMEOUT", 0.1)
    with pytest.raises(NodeUnreachableError, match=r"opens no session within 0\.1 s"):
        await start(None)


async def test_a_login_shell_that_prints_without_end_is_left() -> None:
    process = Silent(b"x" * 60_000, always=True)
    with pytest.raises(NodeUnreachableError, match="ran no command and said: xxx"):
        await start(process)
    assert process.closed
    assert process.read < 5 << 20


async def test_a_sudo_that_hangs_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starter, "START_TIMEOUT", 0.1)
    process = Silent(b"One moment\n")
    with pytest.raises(AuthenticationError, match=r"did not come to an end within 0\.1 s and said: One moment"):
        await start(process, sudo=True)
    assert process.closed


async def test_the_operator_may_take_longer_than_a_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starter, "START_TIMEOUT", 0.1)
    monkeypatch.setattr(starter, "_SUDO_EXIT_TIMEOUT", 0.1)
    with pytest.raises(AuthenticationError, match="asks for the password"):
        await start(Silent(SENTINELS.prompt), sudo=True, prompter=Slow(0.4))


class AsksOnce(Silent):
    """A sudo that asks once, and begins the command after any password."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: asyncio.Queue[bytes] = asyncio.Queue()
        self._pieces.put_nowait(SENTINELS.prompt)
        self.written = b""

    async def read_err(self) -> bytes:
        return await self._pieces.get()

    async def write(self, data: bytes | bytearray) -> None:
        self.written += data
        self._pieces.put_nowait(SENTINELS.begun + b" 5 5\n")


async def test_a_password_that_sudo_took_is_that_of_the_node() -> None:
    operator = Operator(sudo_passwords=["one", "two"])
    prompts = CachedPrompts(operator)
    for name in ("node1", "node2"):
        prompts.register_sudo(name, "ec2")
    process = AsksOnce()
    await start(process, sudo=True, prompts=prompts)
    assert process.written == b"one\n"
    one = await prompts.sudo_password("node2", "ec2", wrong=None)
    assert text(one) == "one"
    assert text(await prompts.sudo_password("node2", "ec2", wrong=one)) == "two"
    assert operator.asked == [("sudo", "node1", "ec2", "node2"), ("sudo", "node2", "ec2")]


class Refuses(AsksOnce):
    """A sudo that refuses every password, and gives up after the third."""

    def __init__(self) -> None:
        super().__init__()
        self._tries = 0

    async def write(self, data: bytes | bytearray) -> None:
        self._tries += 1
        last = self._tries == 3
        self._pieces.put_nowait(b"sudo: 3 incorrect password attempts\n" if last else b"Sorry.\n" + SENTINELS.prompt)
        if last:
            self._pieces.put_nowait(b"")
            self._pieces.put_nowait(b"")

    async def wait(self) -> int | None:
        return 1


async def test_a_password_that_sudo_refused_last_is_not_tried_by_the_next_command() -> None:
    given: list[weakref.ref[Secret]] = []

    class Remembered(Operator):
        async def sudo_password(self, node: str, user: str, others: Sequence[str]) -> SudoAnswer | None:
            answer = await super().sudo_password(node, user, others)
            assert answer is not None
            given.append(weakref.ref(answer.password))
            return answer

    prompts = CachedPrompts(Remembered(sudo_passwords=["one", "two", "three", "right"]))
    with pytest.raises(AuthenticationError, match="sudo did not take the password") as caught:
        await start(Refuses(), sudo=True, prompts=prompts)
    assert caught.value.__traceback__ is not None  # the error is kept; its frames keep no password
    assert [secret() for secret in given] == [None] * 3
    assert await prompts.sudo_password("node1", "ec2", wrong=None, may_prompt=False) is None
    assert text(await prompts.sudo_password("node1", "ec2", wrong=None)) == "right"
