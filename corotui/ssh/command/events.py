"""Reports the events of one command: its start, its lines, and its end, whatever the end is."""

from __future__ import annotations

import hashlib
import itertools
import time

from corotui.cluster.events import CommandEnded, CommandOutput, CommandStarted, EventSink, Purpose
from corotui.ssh.remote_script import without_sentinels

_runs = itertools.count(1)

STOPPED = "stopped here"
"""`CommandReporter.error` of a command that was stopped from this side."""
SIGNALLED = "ended by a signal"
"""`CommandReporter.error` of a command that a signal ended."""


class CommandReporter:
    """Reports one command. The constructor reports the start. `end` must be called once."""

    def __init__(
        self, node: str, command: str, report: EventSink, *, script: str = "", purpose: Purpose = Purpose.WORK
    ) -> None:
        self._node = node
        self._report = report
        self._purpose = purpose
        self._start = time.monotonic()
        self.command = command
        """The command as the operator sees it."""
        self.run_id = next(_runs)
        """Number of this run, the same in all its events."""
        self.exit_code: int | None = None
        """None until it has ended by itself, and after a signal."""
        self.error = STOPPED
        """Why it did not end by itself, "" if it did."""
        report(
            CommandStarted(
                node=node,
                command=command,
                run=self.run_id,
                script=script,
                purpose=purpose,
                merge_key=_merge_key(command, script),
            )
        )

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._start

    def line(self, text: str) -> None:
        """Reports a line of output."""
        self._report(CommandOutput(node=self._node, run=self.run_id, text=text))

    def exited(self, exit_code: int | None) -> None:
        """Records that the command ended by itself. `exit_code` None: a signal ended it."""
        self.exit_code = exit_code
        self.error = "" if exit_code is not None else SIGNALLED

    def end(self) -> None:
        """Reports the end."""
        ended = CommandEnded(
            node=self._node,
            command=self.command,
            run=self.run_id,
            exit_code=self.exit_code,
            seconds=self.seconds,
            error=self.error,
            purpose=self._purpose,
        )
        self._report(ended)


def _merge_key(command: str, script: str) -> str:
    """Returns a key that is equal for the same command on another node, or at another time."""
    text = without_sentinels(f"{command}\n{script}")
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
