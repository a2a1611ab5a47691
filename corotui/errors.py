"""The one tree of errors; every room raises from it and both doors print it.

    CorotuiError                 1   what happened, where, what was changed, what to do next
    ├── WorkError               1   work on a node began and did not succeed
    │   ├── CommandError        1   a command returned another exit code than 0
    │   └── CommandTimeoutError       1   a command did not end in its time
    ├── UsageError               2   wrong arguments
    │   └── FileError            2   a file of the operator's cannot be used; has file, line and key
    ├── NodeUnreachableError          3   no usable connection; has the stage that failed
    │   └── AuthenticationError 3
    └── RefusedError                  4   not done on purpose; nothing was changed
        ├── HostKeyError       4   the node's host key is unknown and not accepted, or has changed
        └── LockedError               4   another corotui works on this cluster directory

The number is the exit code of the command line (see `design`: 0 done, 1 failed, 2 usage, 3 unreachable, 4 refused).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, TypeVar

NOTHING_CHANGED = "Nothing was changed."

E = TypeVar("E", bound=BaseException)


class CorotuiError(Exception):
    """Something the operator is told in words.

    `what` is one sentence; `node` the node's name or None for this machine; `changed` says what was changed
    (usually nothing); `next_step` says what to do now, or is empty. None of them ever holds a secret.
    """

    exit_code: ClassVar[int] = 1

    def __init__(
        self, what: str, *, node: str | None = None, changed: str = NOTHING_CHANGED, next_step: str = ""
    ) -> None:
        super().__init__(what)
        self.what = what
        self.node = node
        self.changed = changed
        self.next_step = next_step

    def __str__(self) -> str:
        where = f"{self.node}: " if self.node else ""
        return " ".join(_sentence(part) for part in (where + self.what, self.changed, self.next_step) if part)

    def to_json(self) -> dict[str, object]:
        """The error as one JSON object: error, what, node, changed, next, exit_code."""
        return {
            "error": type(self).__name__,
            "what": self.what,
            "node": self.node,
            "changed": self.changed,
            "next": self.next_step,
            "exit_code": self.exit_code,
        }


class WorkError(CorotuiError):
    """Work began and did not succeed; `changed` says how far it came."""


class CommandError(WorkError):
    """A command on a node returned `exit_code_seen` (None: a signal ended it); `output` is its cleaned last words."""

    def __init__(self, *, node: str, command: str, returncode: int | None, output: str, next_step: str = "") -> None:
        ended = "was ended by a signal" if returncode is None else f"returned {returncode}"
        last = " | ".join(line.strip() for line in output[-400:].splitlines() if line.strip())
        words = f": {last}" if last else ""
        super().__init__(f"`{command}` {ended}{words}", node=node, changed="", next_step=next_step)
        self.command = command
        self.returncode = returncode
        self.output = output


class CommandTimeoutError(WorkError):
    """A command did not end within `seconds`."""

    def __init__(self, *, node: str, command: str, seconds: float) -> None:
        super().__init__(f"`{command}` did not end within {seconds:g} s", node=node, changed="")
        self.command = command
        self.seconds = seconds


class UsageError(CorotuiError):
    """Wrong arguments."""

    exit_code = 2


class FileError(UsageError):
    """A file of the operator's cannot be used. Prints as `file:line: key: what` on one line."""

    def __init__(self, path: str, what: str, *, line: int | None = None, key: str | None = None) -> None:
        super().__init__(what, changed="")
        self.path = path
        self.line = line
        self.key = key

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.key}: {self.what}" if self.key else f"{place}: {self.what}"

    def to_json(self) -> dict[str, object]:
        return {**super().to_json(), "file": self.path, "line": self.line, "key": self.key}


class NodeUnreachableError(CorotuiError):
    """No usable connection to a node. `stage`: resolve, connect, host key, authenticate, sudo, run."""

    exit_code = 3

    def __init__(
        self, what: str, *, node: str, stage: str, next_step: str = "", changed: str = NOTHING_CHANGED
    ) -> None:
        super().__init__(what, node=node, changed=changed, next_step=next_step)
        self.stage = stage

    def to_json(self) -> dict[str, object]:
        return {**super().to_json(), "stage": self.stage}


class AuthenticationError(NodeUnreachableError):
    """The node answered and let nobody in (ssh or sudo)."""


class RefusedError(CorotuiError):
    """Not done on purpose; nothing was changed."""

    exit_code = 4


class HostKeyError(RefusedError):
    """The node's host key is not known and was not accepted, or it is another one than before."""

    def __init__(
        self, what: str, *, node: str, fingerprint: str, known_fingerprints: str | None, next_step: str = ""
    ) -> None:
        super().__init__(what, node=node, changed="Nothing was sent.", next_step=next_step)
        self.fingerprint = fingerprint
        self.known_fingerprints = known_fingerprints


class LockedError(RefusedError):
    """Another corotui process works on this cluster directory."""


def leaves(group: BaseExceptionGroup[E]) -> Iterator[E]:
    """Yields the errors of a group and of the groups within it, in their order."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from leaves(error)
        else:
            yield error


def _sentence(text: str) -> str:
    """The text with an end: what others said is taken over as they ended it."""
    return text if text.endswith((".", "?", "!", ":", "…")) else f"{text}."
