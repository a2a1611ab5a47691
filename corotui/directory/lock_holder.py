"""Who holds a lock: the text that the lock of a cluster directory and the locks of its nodes hold for others."""

from __future__ import annotations

import getpass
import json
import os
import socket
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

from corotui.cluster.text.bounded import one_line

MAX_TEXT = 2048
"""Bytes of a holder's text that are read."""
_MAX_FIELD = 200  # characters of one field that are shown
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_HALF_A_DAY = 43200  # seconds; a time further away is shown with its date


@dataclass(frozen=True, slots=True)
class LockHolder:
    """A corotui process that changes a cluster."""

    operator: str
    """Who started it and on which machine: user@host."""
    directory: str
    """The cluster directory from which it works."""
    pid: int
    """Its process id on that machine."""
    since: float
    """When it took the lock, Unix seconds of that machine."""
    step: str = ""
    """What it does now, "" if it has not said so."""
    boot: str = ""
    """The boot id of its machine, "" if the machine has none."""

    @classmethod
    def this_process(cls, directory: Path, step: str = "") -> Self:
        """Returns this process as the holder of a lock that it takes now."""
        return cls(
            f"{operator_name()}@{socket.gethostname()}", str(directory), os.getpid(), time.time(), step, boot_id()
        )

    @classmethod
    def parse(cls, text: str | bytes) -> Self | None:
        """Returns the holder that a text describes, None if it describes none. Never raises."""
        try:
            found = json.loads(text)
            numbers = int(found["pid"]), float(found["since"])
            words = [one_line(str(found.get(key, "")), limit=_MAX_FIELD) for key in ("operator", "directory")]
            rest = [one_line(str(found.get(key, "")), limit=_MAX_FIELD) for key in ("step", "boot")]
            time.localtime(numbers[1])
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError):
            return None
        return cls(words[0], words[1], *numbers, *rest)

    def to_text(self) -> str:
        """Returns one line of JSON, which `parse` reads."""
        return json.dumps(asdict(self))

    def at_step(self, step: str) -> Self:
        """Returns the same holder at another step."""
        return replace(self, step=step)

    @property
    def is_this_process(self) -> bool:
        """Whether it is this process itself."""
        return self.pid == os.getpid() and self.boot == boot_id()

    @property
    def has_ended(self) -> bool:
        """Whether it is known to have ended: it ran on this machine, and its process is gone."""
        return bool(self.boot) and self.boot == boot_id() and not Path("/proc", str(self.pid)).exists()

    @property
    def started(self) -> str:
        """When it took the lock, for people: the time of day, with the date if that is half a day away."""
        near = abs(time.time() - self.since) < _HALF_A_DAY
        return time.strftime("%H:%M:%S" if near else "%Y-%m-%d %H:%M", time.localtime(self.since))

    @property
    def sentence(self) -> str:
        """Who works from where, since when and at which step, without a full stop."""
        step = f", at step {self.step}" if self.step else ""
        who = self.operator or "another corotui"
        return f"{who} (process {self.pid}) works from {self.directory} since {self.started}{step}"


def operator_name() -> str:
    """Returns the login of the operator: the one who called sudo, else the user of this process."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def boot_id() -> str:
    """Returns what differs from boot to boot of this machine, "" if the kernel does not say."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""
