"""Starts a command: waits for its sentinel, answers sudo's prompts, and explains a failure before the sentinel."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from corotui.cluster.text.bounded import bounded_text, one_line
from corotui.errors import AuthenticationError, CorotuiError, NodeUnreachableError
from corotui.ssh.command import sudo, wrapper
from corotui.ssh.command.process import Process, StartHandshake
from corotui.ssh.command.streams import LINGER, paused_timeout
from corotui.ssh.command.wrapper import Sentinels
from corotui.ssh.connect.prompts import CachedPrompts
from corotui.ssh.secret import Secret

SUDO_TRIES = 3
"""Passwords that sudo gets at most for one command."""
START_TIMEOUT = 10.0
"""Seconds until a session is open, and then until the command has begun: a login shell may print, wait for a home
directory, or hang, and so may sudo. The time in which the operator types a password does not count."""
_SUDO_EXIT_TIMEOUT = 3.0  # seconds for sudo to print why it gives up
_SUDO_LAST_WORDS = 1 << 16  # bytes of that which are read


@dataclass(slots=True)
class CommandRequest:
    """One command to start, and how far its start got."""

    command: str
    """The command line, without the wrapping."""
    privileged: bool
    """Whether it runs as root."""
    merge_stderr: bool = False
    """Whether its stderr goes to its stdout."""
    seconds: float | None = None
    """Its time limit in seconds, None for no limit."""
    may_prompt: bool = True
    """Whether the operator may be asked for a password; else only known passwords are used."""
    sentinels: Sentinels = field(default_factory=Sentinels.new)
    """The markers that this run of the command prints."""
    clock: asyncio.Timeout = field(init=False)
    """The time limit as a context that the caller enters. It is paused while the operator is asked."""
    handshake: StartHandshake = field(init=False)
    """How far the start got. `CommandStarter.start` fills it."""

    def __post_init__(self) -> None:
        self.clock = asyncio.timeout(self.seconds)
        self.handshake = StartHandshake(self.sentinels)


@dataclass(slots=True)
class RunningCommand:
    """A command that has begun."""

    process: Process
    """The process that runs it. The caller closes it."""
    request: CommandRequest
    """The request that it was started from."""
    early_stderr: bytes
    """The part of its stderr that arrived together with the sentinel."""
    has_ended: bool = False
    """Whether there is nothing left to kill: the process has exited, or its connection was lost."""

    @property
    def kill_command(self) -> str:
        """The command line that kills it."""
        return wrapper.kill_command(self.request.handshake.pid, self.request.handshake.process_group)


class CommandStarter:
    """Starts commands of one login on one node."""

    def __init__(
        self,
        node: str,
        user: str,
        *,
        sudo: bool,
        prompts: CachedPrompts,
        spawn: Callable[[str], Awaitable[Process]],
    ) -> None:
        """`sudo`: whether privileged commands go through sudo. `spawn` starts a line of the login shell."""
        self._node = node
        self._user = user
        self._sudo = sudo
        self._prompts = prompts
        self._spawn = spawn

    def needs_sudo(self, *, privileged: bool) -> bool:
        """Whether a command goes through sudo."""
        return privileged and self._sudo

    async def start(self, request: CommandRequest) -> RunningCommand:
        """Starts a command and waits until it has begun.

        Raises NodeUnreachableError (stage run) if the login shell does not run it or the connection is lost, and
        AuthenticationError (stage sudo) if sudo does not run it.
        """
        through_sudo = self.needs_sudo(privileged=request.privileged)
        line = wrapper.wrap(
            request.command,
            request.sentinels,
            sudo=through_sudo,
            merge_stderr=request.merge_stderr,
            seconds=request.seconds,
        )
        try:
            async with asyncio.timeout(START_TIMEOUT):
                process = await self._spawn(line)
        except TimeoutError:
            raise self._no_start("the node opens no session", request.handshake) from None
        starting = asyncio.timeout(START_TIMEOUT)
        answers = _SudoPrompts(self._node, self._user, self._prompts, request, starting)
        try:
            try:
                async with starting:
                    early_stderr = await request.handshake.wait(process, answers.next)
            except TimeoutError:
                if error := self.timeout_error(request, START_TIMEOUT):
                    raise error from None
                raise self._no_start(f"the login shell of {self._user} ran no command", request.handshake) from None
            if request.handshake.has_begun:
                answers.accept()
                return RunningCommand(process, request, early_stderr)
            if through_sudo:
                raise await self._sudo_failed(process, request.handshake, answers)
            raise await self._shell_failed(process, request.handshake)
        except BaseException:
            process.close()
            raise
        finally:
            answers.forget()

    def timeout_error(self, request: CommandRequest, seconds: float) -> CorotuiError | None:
        """Returns the error if a time limit of `seconds` ended before sudo ran the command, else None."""
        if request.handshake.has_begun or not self.needs_sudo(privileged=request.privileged):
            return None
        output = one_line(bytes(request.handshake.early_output), limit=200).strip()
        return AuthenticationError(
            f"sudo did not come to an end within {seconds:g} s{f' and said: {output}' if output else ''}",
            node=self._node,
            stage="sudo",
            next_step="Log in there and run `sudo true`: it may ask for something else than a password, or hang.",
        )

    async def _sudo_failed(self, process: Process, handshake: StartHandshake, answers: _SudoPrompts) -> CorotuiError:
        """Returns the error for a command that sudo did not run."""
        await process.write_eof()
        last_words = bytearray(handshake.early_output[-2000:])
        try:
            async with asyncio.timeout(_SUDO_EXIT_TIMEOUT):
                while len(last_words) < _SUDO_LAST_WORDS and (piece := await process.read_err()):
                    last_words += piece
        except TimeoutError:
            pass
        output = bounded_text(bytes(last_words[-2000:]))
        if lost := await self._lost(process):
            return lost
        if sudo.says_wrong_password(output):
            answers.refuse()
        failure = answers.failure or sudo.explain_failure(output, self._user)
        return AuthenticationError(failure.what, node=self._node, stage="sudo", next_step=failure.next_step)

    def _no_start(self, what: str, handshake: StartHandshake) -> NodeUnreachableError:
        """Returns the error for a command that did not begin within START_TIMEOUT."""
        output = one_line(bytes(handshake.early_output[-300:]), limit=300).strip()
        return NodeUnreachableError(
            f"{what} within {START_TIMEOUT:g} s{f' and said: {output}' if output else ''}",
            node=self._node,
            stage="run",
            next_step="Log in there by ssh and see, or choose another user.",
        )

    async def _shell_failed(self, process: Process, handshake: StartHandshake) -> CorotuiError:
        """Returns the error for a command that the login shell did not run."""
        await process.write_eof()
        if lost := await self._lost(process):
            return lost
        output = one_line(bytes(handshake.early_output), limit=300).strip()
        return NodeUnreachableError(
            f"the login shell of {self._user} ran no command{f' and said: {output}' if output else ''}",
            node=self._node,
            stage="run",
            next_step="Log in there by ssh and see, or choose another user.",
        )

    async def _lost(self, process: Process) -> CorotuiError | None:
        """The error if the connection is lost, else None."""
        try:
            async with asyncio.timeout(LINGER):
                await process.wait()
        except TimeoutError:
            pass
        except ConnectionError as error:
            return connection_lost(self._node, error)
        return None


class _SudoPrompts:
    """Answers the prompts of sudo for one command."""

    def __init__(
        self, node: str, user: str, prompts: CachedPrompts, request: CommandRequest, starting: asyncio.Timeout
    ) -> None:
        """`starting`: the time limit of the start, which is paused while the operator is asked, as the request's is."""
        self._node = node
        self._user = user
        self._prompts = prompts
        self._request = request
        self._starting = starting
        self._last: Secret | None = None
        self.failure: sudo.SudoFailure | None = None
        """Why there was no further answer, None while there was one."""

    async def next(self, answered: int) -> Secret | None:
        """Returns the password for the next prompt, None to give up. `answered`: how many were answered before."""
        user = self._user
        if answered >= SUDO_TRIES:
            self.refuse()
            self.failure = sudo.SudoFailure(
                f"sudo refused {SUDO_TRIES} passwords of {user}",
                f"Try again with the right password, or allow {user} to use sudo without one.",
            )
            return None
        with paused_timeout(self._request.clock), paused_timeout(self._starting):
            answer = await self._prompts.sudo_password(
                self._node, user, wrong=self._last, may_prompt=self._request.may_prompt
            )
        if answer is None:
            self.failure = sudo.SudoFailure(
                f"sudo asks for the password of {user}, and none was given",
                f"Give it in the console, or allow {user} to use sudo without a password.",
            )
            return None
        self._last = answer
        return answer

    def accept(self) -> None:
        """The command has begun: sudo took the last answer, if it wanted one."""
        if self._last is not None:
            self._prompts.sudo_accepted(self._node, self._user, self._last)

    def refuse(self) -> None:
        """sudo gave up because of the last answer."""
        if self._last is not None:
            self._prompts.sudo_refused(self._node, self._user, self._last)

    def forget(self) -> None:
        """The start has ended. An error that is kept must not keep the password, whose frames it holds."""
        self._last = None


def connection_lost(node: str, error: ConnectionError) -> NodeUnreachableError:
    """Returns the error for a connection that ended while a command ran."""
    return NodeUnreachableError(
        f"the connection was lost: {one_line(str(error)) or 'closed'}",
        node=node,
        stage="run",
        changed="Whether the command ended there is not known.",
        next_step="Connect again and check.",
    )
