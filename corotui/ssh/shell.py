"""The interface of a connection to a node. Nothing in this module depends on asyncssh."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from corotui.cluster.events import Purpose
from corotui.cluster.text.bounded import bounded_text
from corotui.errors import CommandError
from corotui.ssh.secret import Secret


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The result of a command that ended. The repr holds no output."""

    node: str
    """Name of the node."""
    command: str
    """The command as it is shown to the operator."""
    exit_code: int | None
    """None if a signal ended it."""
    stdout: bytes
    """Raw bytes; use `text` for anything that is shown."""
    stderr: bytes
    """Raw bytes; use `error_text` for anything that is shown."""
    seconds: float
    """How long the command ran, in seconds."""
    truncated: bool = False
    """Whether output exceeded the limit and was dropped."""
    secret: bool = False
    """Whether its output must not reach an exception."""

    def __repr__(self) -> str:
        return f"CommandResult(node={self.node!r}, command={self.command!r}, exit_code={self.exit_code!r}, …)"

    @property
    def ok(self) -> bool:
        """Whether the exit code is 0."""
        return self.exit_code == 0

    @property
    def text(self) -> str:
        """stdout as text of bounded size, raw."""
        return bounded_text(self.stdout)

    @property
    def error_text(self) -> str:
        """stderr as text of bounded size, raw."""
        return bounded_text(self.stderr)

    def expect(self, *codes: int) -> CommandResult:
        """Returns itself if the exit code is among `codes` (default: 0); else raises CommandError."""
        if self.exit_code in (codes or (0,)):
            return self
        output = "" if self.secret else self.error_text or self.text
        raise CommandError(node=self.node, command=self.command, returncode=self.exit_code, output=output)


class LineSession(Protocol):
    """A running command that is written to and read from line by line."""

    async def write_line(self, line: str) -> None:
        """Writes a line to the command. Does not raise if the command has ended; `read_line` does."""

    async def read_line(self) -> str:
        """Returns the command's next line, of bounded length.

        Raises NodeUnreachableError if the connection is lost, and CommandError if the command ended.
        """


class Shell(Protocol):
    """Runs commands on a node, over ssh or on this machine. Safe to use from several tasks at once."""

    @property
    def node(self) -> str:
        """The node's name."""

    async def run(
        self,
        command: str,
        *,
        stdin: bytes | None = None,
        privileged: bool = False,
        timeout: float = 30.0,
        limit: int = 1 << 20,
        purpose: Purpose = Purpose.WORK,
    ) -> CommandResult:
        """Runs one sh command line to its end. Any exit code is a result; use `.expect()` if only 0 will do.

        `privileged`: as root, through sudo if the user is not root. `timeout`: seconds for the whole command.
        `limit`: bytes that are kept of each of stdout and stderr. `purpose` decides what the operator's log shows; with
        Purpose.SECRET input and output reach no report, log or exception.
        Raises CommandTimeoutError, NodeUnreachableError (connection lost), AuthenticationError (sudo).
        """

    def stream(
        self, command: str, *, privileged: bool = False, timeout: float | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Runs a command and yields the lines, of bounded length, of stdout and stderr together, as they arrive.

        Leaving the context kills the command. The iterator ends with the command; it raises CommandError if the exit
        code is not 0, and what `run` raises. `timeout`: seconds for the whole command, None for no limit.
        """

    def session(self, command: str, *, privileged: bool = False) -> AbstractAsyncContextManager[LineSession]:
        """Runs a command whose stdin stays open. It appears in no log of the operator.

        Leaving the context closes its stdin, waits a little for its end, and kills it if there is none. Raises what
        `run` raises. A lost connection closes its stdin as well, as soon as sshd notices the loss.
        """

    async def put(self, path: str, data: bytes, *, mode: int = 0o644, owner: str = "root", group: str = "root") -> None:
        """Writes a file as root: a temporary file beside it, fsync, rename. The content is in no command line.

        Raises what `run` raises, and CommandError if the file could not be written.
        """


@dataclass(frozen=True, slots=True)
class SudoAnswer:
    """A password for sudo, and what the operator gave it for."""

    password: Secret
    """What they typed."""
    nodes: tuple[str, ...]
    """Names of the nodes that may get it."""


class Prompter(Protocol):
    """Asks the operator what ssh needs. None or False: they decline. CachedPrompts keeps and wipes the answers."""

    async def host_key(self, node: str, host: str, port: int, key_type: str, fingerprint: str) -> bool:
        """Asks at the first contact whether this SHA256 fingerprint belongs to the node."""

    async def password(self, node: str, prompt: str) -> Secret | None:
        """Asks for a login password, or an answer to keyboard-interactive."""

    async def passphrase(self, path: str) -> Secret | None:
        """Asks for the passphrase of a private key."""

    async def sudo_password(self, node: str, user: str, others: Sequence[str]) -> SudoAnswer | None:
        """Asks for the password that sudo on `node` wants.

        `others`: nodes where sudo may want one of the same user. The operator reads their names before they type, and
        decides whether those get the answer too.
        """


class NonInteractive:
    """A Prompter for work without a terminal: declines everything, except new host keys if they are allowed."""

    def __init__(self, *, accept_new_host_keys: bool = False) -> None:
        """`accept_new_host_keys`: whether the key of a host that is not known yet is accepted."""
        self._accept = accept_new_host_keys

    async def host_key(self, node: str, host: str, port: int, key_type: str, fingerprint: str) -> bool:
        return self._accept

    async def password(self, node: str, prompt: str) -> Secret | None:
        return None

    async def passphrase(self, path: str) -> Secret | None:
        return None

    async def sudo_password(self, node: str, user: str, others: Sequence[str]) -> SudoAnswer | None:
        return None
