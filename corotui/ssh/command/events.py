"""The events of one command: started at once, its lines, ended whatever the end is."""

from __future__ import annotations

import hashlib
import itertools
import time

from corotui.cluster.events import CommandEnded, CommandOutput, CommandStarted, EventSink, Purpose
from corotui.ssh.remote_script import without_sentinels

_runs = itertools.count(1)

STOPPED = "stopped here"
SIGNALLED = "ended by a signal"


class CommandReporter:
    """Reports one command, from its start (on construction) to its end.

    `error` is why the command was cut off, as far as is known; `exit_code` is None until it has ended by itself.
    """

    def __init__(
        self, node: str, command: str, report: EventSink, *, script: str = "", purpose: Purpose = Purpose.WORK
    ) -> None:
        self._node = node
        self._report = report
        self._purpose = purpose
        self._start = time.monotonic()
        self.command = command
        self.run_id = next(_runs)
        self.exit_code: int | None = None
        self.error = STOPPED
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
        return time.monotonic() - self._start

    def line(self, text: str) -> None:
        self._report(CommandOutput(node=self._node, run=self.run_id, text=text))

    def exited(self, exit_code: int | None) -> None:
        """The command ended by itself; None: by a signal."""
        self.exit_code = exit_code
        self.error = "" if exit_code is not None else SIGNALLED

    def end(self) -> None:
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
    text = without_sentinels(f"{command}\n{script}")
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
