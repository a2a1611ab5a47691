"""What the rooms below see of a connection. Nothing here knows asyncssh."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from corotui.cluster.events import Purpose
from corotui.cluster.sanitize import clean
from corotui.errors import CommandError


@dataclass(frozen=True, slots=True)
class CommandResult:
    """A command that ended. `exit_code` None: a signal ended it. `truncated`: output passed the limit and was cut.

    stdout and stderr are raw bytes; `text` and `error_text` are what may be shown. The repr holds neither, and an
    exception of a `secret` one neither.
    """

    node: str
    command: str
    exit_code: int | None
    stdout: bytes
    stderr: bytes
    seconds: float
    truncated: bool = False
    secret: bool = False

    def __repr__(self) -> str:
        return f"CommandResult(node={self.node!r}, command={self.command!r}, exit_code={self.exit_code!r}, …)"

    @property
    def ok(self) -> bool:
        return self.exit_code == 0

    @property
    def text(self) -> str:
        return clean(self.stdout)

    @property
    def error_text(self) -> str:
        return clean(self.stderr)

    def expect(self, *codes: int) -> CommandResult:
        """Itself when the exit code is among `codes` (default 0), else CommandError."""
        if self.exit_code in (codes or (0,)):
            return self
        output = "" if self.secret else self.error_text or self.text
        raise CommandError(node=self.node, command=self.command, returncode=self.exit_code, output=output)


class Shell(Protocol):
    """A node that takes commands: over ssh, or the local shell beside it. Safe to use from several tasks at once."""

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
        """Runs one sh command line to its end. Any exit code is a Result; use `.expect()` where only 0 will do.

        `privileged`: as root (through sudo where the user is not). `timeout` in seconds, for the whole command.
        `limit` in bytes for each of stdout and stderr. `purpose` decides what the operator's log shows of it; with
        Purpose.SECRET input and output reach no report, log or exception.
        Raises CommandTimeoutError, NodeUnreachableError (connection lost), AuthenticationError (sudo).
        """

    def stream(
        self, command: str, *, privileged: bool = False, timeout: float | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Cleaned lines of stdout and stderr together, as they come. Leaving the context ends the command there.

        The iterator ends with the command; CommandError if it returned another code than 0.
        """

    async def put(self, path: str, data: bytes, *, mode: int = 0o644, owner: str = "root", group: str = "root") -> None:
        """Writes a file as root: temporary name beside it, fsync, rename. Never through a command's arguments."""


class Prompter(Protocol):
    """The operator, as ssh needs him. None or False: he declines. Answers are held in memory only."""

    async def host_key(self, node: str, host: str, port: int, key_type: str, fingerprint: str) -> bool:
        """First contact: does this SHA256 fingerprint belong to that node?"""

    async def password(self, node: str, prompt: str) -> str | None:
        """A login password or an answer to keyboard-interactive."""

    async def passphrase(self, path: str) -> str | None:
        """The passphrase of a private key."""

    async def sudo_password(self, node: str, user: str) -> str | None:
        """The password that sudo asks for; asked once, kept for all nodes with the same user until it fails."""


class NonInteractive:
    """An Ask for work without a terminal: declines everything, but host keys when told so."""

    def __init__(self, *, accept_new_host_keys: bool = False) -> None:
        self._accept = accept_new_host_keys

    async def host_key(self, node: str, host: str, port: int, key_type: str, fingerprint: str) -> bool:
        return self._accept

    async def password(self, node: str, prompt: str) -> str | None:
        return None

    async def passphrase(self, path: str) -> str | None:
        return None

    async def sudo_password(self, node: str, user: str) -> str | None:
        return None
