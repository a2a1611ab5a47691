"""Starts, finds and ends the processes of a node. They are found by control group and namespace, never by name."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from corotui.errors import WorkError
from corotui.practice.instance_record import NodeProcess

# The program starts only when a line comes through the pipe. If this process dies first, it ends without an effect.
_GATE = 'read -r go || exit 1; exec "$@" </dev/null'

_WRITABLE = {"SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network"}  # a node's own net.* settings, as on a machine


class GatedProcess:
    """A process in a session of its own that waits for `release()` before it becomes the program."""

    def __init__(self, node: str, arguments: Sequence[str], log: Path) -> None:
        inner, self._gate = os.pipe()
        actions = [
            (os.POSIX_SPAWN_DUP2, inner, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
            *((os.POSIX_SPAWN_CLOSE, other) for other in _inheritable()),
        ]
        words = ["/bin/sh", "-c", _GATE, "gate", *arguments]
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", **_WRITABLE}
        try:
            pid = os.posix_spawn("/bin/sh", words, environment, file_actions=actions, setsid=True)
        finally:
            os.close(inner)
        self.process = NodeProcess(node, pid, start_time(pid) or 0)

    def release(self) -> None:
        """Lets the program run."""
        os.write(self._gate, b"go\n")
        os.close(self._gate)


def start_time(pid: int) -> int | None:
    """Start time of a process in clock ticks since boot; None if it does not exist or has ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    fields = stat.rpartition(b")")[2].split()
    return None if fields[0] in (b"Z", b"X") else int(fields[19])


def is_alive(process: NodeProcess) -> bool:
    """Whether this process still runs. A later process with the same pid does not count."""
    return start_time(process.pid) == process.start


def cgroup_hierarchies() -> tuple[Path, ...]:
    """Mount points of control groups: the unified hierarchy, and systemd's own if there is one."""
    found = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ", 2)
        if kind == "cgroup2" or (kind == "cgroup" and "name=systemd" in options.split(",")):
            found.append(Path(before.split()[4]))
    return tuple(dict.fromkeys(found))


def join_cgroups(cgroups: Iterable[str], pid: int) -> None:
    """Creates the control groups and moves a process into them. Processes that it starts later belong to them too."""
    for cgroup in cgroups:
        Path(cgroup).mkdir(exist_ok=True)
        (Path(cgroup) / "cgroup.procs").write_text(f"{pid}\n")


def cgroup_pids(cgroups: Iterable[str]) -> set[int]:
    """Pids of all processes in the control groups and below."""
    pids: set[int] = set()
    for cgroup in cgroups:
        for file in _below(Path(cgroup), "cgroup.procs"):
            with suppress(OSError):
                pids.update(int(word) for word in file.read_text().split() if word != "0")
    return pids


def init_pid(cgroups: Iterable[str]) -> int | None:
    """The pid of the init process in the control groups, as this machine sees it; None if there is none."""
    for pid in sorted(cgroup_pids(cgroups)):
        with suppress(OSError):
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("NSpid:") and len(line.split()) > 2 and line.split()[-1] == "1":
                    return pid
    return None


def pids_in_namespace(netns: str) -> set[int]:
    """Pids of all processes in the named network namespace."""
    try:
        wanted = Path("/run/netns", netns).stat()
    except OSError:
        return set()
    pids = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                seen = (entry / "ns/net").stat()
                if (seen.st_dev, seen.st_ino) == (wanted.st_dev, wanted.st_ino):
                    pids.add(int(entry.name))
    return pids


def kill_all(cgroups: Sequence[str], processes: Iterable[NodeProcess], netns: str, *, limit: float = 10.0) -> None:
    """Ends all that runs in a node at once, as a power cut does, and waits until it is gone.

    Raises WorkError if something still runs after `limit` seconds.
    """
    recorded = list(processes)
    deadline = time.monotonic() + limit
    while True:
        for cgroup in cgroups:
            with suppress(OSError):
                (Path(cgroup) / "cgroup.kill").write_text("1")
        left = cgroup_pids(cgroups) | pids_in_namespace(netns) | {item.pid for item in recorded if is_alive(item)}
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for item in recorded:
            with suppress(ChildProcessError):
                os.waitpid(item.pid, os.WNOHANG)
        if not {pid for pid in left if start_time(pid) is not None}:
            return
        if time.monotonic() > deadline:
            raise WorkError(f"Processes {sorted(left)} of a practice node did not end.", changed="")
        time.sleep(0.01)


def remove_cgroups(cgroups: Iterable[str], *, limit: float = 5.0) -> None:
    """Removes empty control groups, deepest first. They stay busy for a moment after their processes have ended."""
    deadline = time.monotonic() + limit
    for cgroup in cgroups:
        while Path(cgroup).is_dir():
            for folder in sorted(_folders(Path(cgroup)), reverse=True):
                with suppress(OSError):
                    folder.rmdir()
            if time.monotonic() > deadline:
                raise WorkError(f"The control group {cgroup} stays busy.", changed="")
            if Path(cgroup).is_dir():
                time.sleep(0.01)


def _inheritable() -> list[int]:
    """Open descriptors that a new process would inherit.

    A caller that waits for their end of file would wait for the node.
    """
    numbers = [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]
    open_ones = []
    for number in numbers:
        with suppress(OSError):
            if number > 2 and os.get_inheritable(number):
                open_ones.append(number)
    return open_ones


def _below(cgroup: Path, name: str) -> Iterator[Path]:
    for folder in _folders(cgroup):
        yield folder / name


def _folders(cgroup: Path) -> list[Path]:
    return [Path(folder) for folder, _, _ in os.walk(cgroup)]
