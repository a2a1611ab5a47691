"""From a line sent to a command that has begun: the mark, sudo's prompts, and what went wrong before the mark."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from corotui.cluster.sanitize import clean, clean_line
from corotui.errors import AuthenticationError, CorotuiError, NodeUnreachableError
from corotui.ssh.command import sudo, wrapper
from corotui.ssh.command.process import Process, StartHandshake
from corotui.ssh.command.streams import LINGER, paused_timeout
from corotui.ssh.command.wrapper import Sentinels
from corotui.ssh.connect.prompts import CachedPrompts

SUDO_TRIES = 3
_LAST_WORDS = 3.0  # seconds for sudo to say why it gives up


@dataclass(slots=True)
class CommandRequest:
    """One command to start. `clock` is its time limit, which stands still while the operator is asked; `ask` False
    uses only passwords that are known. `begin` is filled on the way and tells afterwards how far it came."""

    command: str
    privileged: bool
    merge_stderr: bool
    clock: asyncio.Timeout | None = None
    seconds: float | None = None
    may_prompt: bool = True
    sentinels: Sentinels = field(default_factory=Sentinels.new)
    handshake: StartHandshake = field(init=False)

    def __post_init__(self) -> None:
        self.handshake = StartHandshake(self.sentinels)


@dataclass(slots=True)
class RunningCommand:
    """A command that has begun. `rest` is what came of its stderr with the mark."""

    process: Process
    request: CommandRequest
    early_stderr: bytes
    has_ended: bool = False

    @property
    def kill_command(self) -> str:
        return wrapper.kill_command(self.request.handshake.pid, self.request.handshake.process_group)


class CommandStarter:
    """Starts commands of one login on one node. `sudo`: privileged ones go through it."""

    def __init__(
        self,
        node: str,
        user: str,
        *,
        sudo: bool,
        questions: CachedPrompts,
        spawn: Callable[[str], Awaitable[Process]],
    ) -> None:
        self._node = node
        self._user = user
        self._sudo = sudo
        self._questions = questions
        self._spawn = spawn

    def needs_sudo(self, privileged: bool) -> bool:
        return privileged and self._sudo

    async def start(self, start: CommandRequest) -> RunningCommand:
        """The command, begun. Raises NodeUnreachableError (run), AuthenticationError (sudo)."""
        through_sudo = self.needs_sudo(start.privileged)
        line = wrapper.wrap(
            start.command, start.sentinels, sudo=through_sudo, merge_stderr=start.merge_stderr, seconds=start.seconds
        )
        process = await self._spawn(line)
        answers = _SudoPrompts(self._node, self._user, self._questions, start)
        try:
            rest = await start.handshake.wait(process, answers.next)
            if start.handshake.has_begun:
                return RunningCommand(process, start, rest)
            if through_sudo:
                raise await self._no_sudo(process, start.handshake, answers)
            raise await self._no_shell(process, start.handshake)
        except BaseException:
            process.close()
            raise

    def timeout_error(self, start: CommandRequest, seconds: float) -> CorotuiError | None:
        """What to say where the time was up before the command began: sudo waits for something. None elsewhere."""
        if start.handshake.has_begun or not self.needs_sudo(start.privileged):
            return None
        said = clean_line(bytes(start.handshake.early_output), limit=200).strip()
        words = f" and said: {said}" if said else ""
        return AuthenticationError(
            f"sudo did not come to an end within {seconds:g} s{words}",
            node=self._node,
            stage="sudo",
            next_step="Log in there and run `sudo true`: it may ask for something else than a password, or hang.",
        )

    async def _no_sudo(self, process: Process, begin: StartHandshake, answers: _SudoPrompts) -> CorotuiError:
        await process.write_eof()
        said = clean(bytes(begin.early_output), limit=2000)
        try:
            async with asyncio.timeout(_LAST_WORDS):
                while piece := await process.read_err():
                    said = (said + clean(piece))[-2000:]
        except TimeoutError:
            pass
        if lost := await self._lost(process):
            return lost
        fault = answers.fault or sudo.explain_failure(said, self._user)
        return AuthenticationError(fault.what, node=self._node, stage="sudo", next_step=fault.next_step)

    async def _no_shell(self, process: Process, begin: StartHandshake) -> CorotuiError:
        await process.write_eof()
        if lost := await self._lost(process):
            return lost
        said = clean_line(bytes(begin.early_output), limit=300).strip()
        words = f" and said: {said}" if said else ""
        return NodeUnreachableError(
            f"the login shell of {self._user} ran no command{words}",
            node=self._node,
            stage="run",
            next_step="Log in there by ssh and see, or choose another user.",
        )

    async def _lost(self, process: Process) -> CorotuiError | None:
        try:
            async with asyncio.timeout(LINGER):
                await process.wait()
        except TimeoutError:
            pass
        except ConnectionError as error:
            return connection_lost(self._node, error)
        return None


class _SudoPrompts:
    """What sudo's prompts of one command get; `fault` says why there was no further answer."""

    def __init__(self, node: str, user: str, questions: CachedPrompts, start: CommandRequest) -> None:
        self._node = node
        self._user = user
        self._questions = questions
        self._start = start
        self._last: str | None = None
        self.fault: sudo.SudoFailure | None = None

    async def next(self, prompts: int) -> bytes | None:
        """The line for the prompt of that number, from 0."""
        user = self._user
        if prompts >= SUDO_TRIES:
            self.fault = sudo.SudoFailure(
                f"sudo refused {SUDO_TRIES} passwords of {user}",
                f"Try again with the right password, or allow {user} to use sudo without one.",
            )
            return None
        with paused_timeout(self._start.clock):
            answer = await self._questions.sudo_password(
                self._node, user, wrong=self._last, may_prompt=self._start.may_prompt
            )
        if answer is None:
            self.fault = sudo.SudoFailure(
                f"sudo asks for the password of {user}, and none was given",
                f"Give it in the console, or allow {user} to use sudo without a password.",
            )
            return None
        self._last = answer
        return answer.encode() + b"\n"


def connection_lost(node: str, error: ConnectionError) -> NodeUnreachableError:
    """The connection ended while a command ran."""
    return NodeUnreachableError(
        f"the connection was lost: {clean_line(str(error)) or 'closed'}",
        node=node,
        stage="run",
        changed="Whether the command ended there is not known.",
        next_step="Connect again and look.",
    )
