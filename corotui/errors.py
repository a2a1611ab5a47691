"""The one tree of errors. Every room raises from it; the console and the command line print it.

    CorotuiError                      1   what happened, where, what was changed, what to do next
    ├── WorkError                     1   work on a node started and failed
    │   ├── CommandError              1   a command did not return 0
    │   └── CommandStoppedError       1   a command was ended from this side
    │       ├── CommandTimeoutError   1   it did not end in time
    │       └── OutputLimitError      1   it printed without end
    ├── UsageError                    2   wrong arguments
    │   └── FileError                 2   a file of the operator cannot be used; has file, line and key
    ├── NodeUnreachableError          3   no usable connection; has the stage that failed
    │   └── AuthenticationError       3   the node answered and refused the login, or sudo did
    └── RefusedError                  4   deliberately refused; nothing was changed
        ├── HostKeyError              4   the node's host key is unknown and not accepted, or it has changed
        ├── LockedError               4   another corotui works on this cluster directory
        └── UntrustedFileError        4   another user can change, or has chosen, what a file of the operator holds

The number is the exit code of the command line: 0 done, 1 failed, 2 usage, 3 unreachable, 4 refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, TypeVar

NOTHING_CHANGED = "Nothing was changed."

E = TypeVar("E", bound=BaseException)


class CorotuiError(Exception):
    """An error that the operator is told in words.

    `what` is one sentence. `node` is the node's name, None for this machine. `changed` says what was changed, usually
    nothing. `next_step` says what to do now, or is empty. None of them ever holds a secret.
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
    """Work started and failed. `changed` says how far it got."""


class CommandError(WorkError):
    """A command on a node returned `returncode`, or None if a signal ended it. `output` is the end of its
    output.
    """

    def __init__(self, *, node: str, command: str, returncode: int | None, output: str, next_step: str = "") -> None:
        ended = "was ended by a signal" if returncode is None else f"returned {returncode}"
        last = " | ".join(line.strip() for line in output[-400:].split("\n") if line.strip())
        words = f": {last}" if last else ""
        super().__init__(f"`{command}` {ended}{words}", node=node, changed="", next_step=next_step)
        self.command = command
        self.returncode = returncode
        self.output = output


class CommandStoppedError(WorkError):
    """A command was ended from this side. `stdout` is what it had printed, empty for a secret; no text has it."""

    def __init__(self, what: str, *, node: str, command: str, stdout: bytes = b"") -> None:
        super().__init__(f"`{command}` {what}", node=node, changed="")
        self.command = command
        self.stdout = stdout


class CommandTimeoutError(CommandStoppedError):
    """A command did not end within `seconds`."""

    def __init__(self, *, node: str, command: str, seconds: float, stdout: bytes = b"") -> None:
        super().__init__(f"did not end within {seconds:g} s", node=node, command=command, stdout=stdout)
        self.seconds = seconds


class OutputLimitError(CommandStoppedError):
    """A command printed more than `limit` bytes, far more than anything that is asked of a node."""

    def __init__(self, *, node: str, command: str, limit: int, stdout: bytes = b"") -> None:
        what = f"printed more than {limit / (1 << 20):.1f} MiB and was ended"
        super().__init__(what, node=node, command=command, stdout=stdout)
        self.limit = limit


class UsageError(CorotuiError):
    """Wrong arguments."""

    exit_code = 2


class FileError(UsageError):
    """A file of the operator cannot be used. It prints as `file:line: key: what` on one line."""

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
    """There is no usable connection to a node.

    `stage` is where it failed: resolve, connect, host key, authenticate, sudo or run.
    """

    exit_code = 3

    def __init__(
        self, what: str, *, node: str, stage: str, next_step: str = "", changed: str = NOTHING_CHANGED
    ) -> None:
        super().__init__(what, node=node, changed=changed, next_step=next_step)
        self.stage = stage

    def to_json(self) -> dict[str, object]:
        return {**super().to_json(), "stage": self.stage}


class AuthenticationError(NodeUnreachableError):
    """The node answered and refused the login, or sudo refused."""


class RefusedError(CorotuiError):
    """Deliberately refused; nothing was changed."""

    exit_code = 4


class HostKeyError(RefusedError):
    """The node's host key is unknown and was not accepted, or it differs from the known one."""

    def __init__(
        self, what: str, *, node: str, fingerprint: str, known_fingerprints: str | None, next_step: str = ""
    ) -> None:
        super().__init__(what, node=node, changed="Nothing was sent.", next_step=next_step)
        self.fingerprint = fingerprint
        self.known_fingerprints = known_fingerprints


class LockedError(RefusedError):
    """Another corotui process works on this cluster directory."""


class UntrustedFileError(RefusedError):
    """Another user could change or exchange a file of the operator, so it is neither read nor written."""


def leaves(group: BaseExceptionGroup[E]) -> Iterator[E]:
    """Yields the errors of a group and of the groups within it, in their order."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from leaves(error)
        else:
            yield error


def raise_all(errors: Iterable[CorotuiError]) -> None:
    """Raises one error as it is, several as an ExceptionGroup; returns if there is none."""
    raised = list(errors)
    if len(raised) == 1:
        raise raised[0]
    if raised:
        raise ExceptionGroup("several nodes failed", raised)


def _sentence(text: str) -> str:
    """The text with a final period, unless it ends with other punctuation."""
    return text if text.endswith((".", "?", "!", ":", "…")) else f"{text}."
