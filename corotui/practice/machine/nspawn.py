"""Boots nodes in systemd-nspawn: mounts their root directories, starts and stops them, and waits for sshd."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from corotui.cluster.text.bounded import bounded_text, lines_of
from corotui.errors import WorkError
from corotui.practice import instance_record
from corotui.practice.instance_record import InstanceRecord, NodeResources
from corotui.practice.machine import processes
from corotui.practice.subprocesses import run

_NSPAWN = Path("/run/systemd/nspawn")
SSH_LIMIT = 60.0  # seconds; a node takes about 1 s, more on a busy machine


def mount(cluster: InstanceRecord) -> None:
    """Mounts one tmpfs for what the nodes write, and for each node an overlay of it over the image."""
    Path(cluster.tmpfs).mkdir(mode=0o700, parents=True, exist_ok=True)
    run(["mount", "-t", "tmpfs", "-o", "mode=0700", "corotui-practice", cluster.tmpfs])
    for resources in cluster.things:
        upper, work = Path(cluster.tmpfs, resources.node, "upper"), Path(cluster.tmpfs, resources.node, "work")
        for folder in (upper, work, Path(resources.root)):
            folder.mkdir(parents=True)
        options = f"lowerdir={cluster.image},upperdir={upper},workdir={work}"
        run(["mount", "-t", "overlay", "-o", options, "corotui-practice", resources.root])


def unmount(cluster: InstanceRecord) -> None:
    """Removes all mounts at or below the cluster's own directories, innermost first."""
    ours = (cluster.tmpfs, *(resources.root for resources in cluster.things))
    for resources in cluster.things:
        _remove_nspawn_leftovers(resources)
    for point in reversed(_mount_points()):
        if any(point == own or point.startswith(own + "/") for own in ours):
            run(["umount", point])


def start(cluster: InstanceRecord, names: Iterable[str]) -> InstanceRecord:
    """Boots nodes, which go on when this process ends. Each process is in the record before it does anything."""
    for name in names:
        resources = cluster.resources_of(name)
        if has_lost_supervisor(cluster, name):  # a second init in the same namespaces would fight the first
            stop(cluster, [name])
            _remove_nspawn_leftovers(resources)
        gated = processes.GatedProcess(name, _arguments(resources), Path(resources.console))
        cluster = cluster.with_process(gated.process)
        instance_record.save(cluster)
        processes.join_cgroups(resources.cgroups, gated.process.pid)
        gated.release()
    return cluster


def stop(cluster: InstanceRecord, names: Iterable[str]) -> None:
    """Ends nodes at once, as a power cut does. Their file systems are in memory, so nothing is lost."""
    for name in names:
        resources = cluster.resources_of(name)
        own = [process for process in cluster.processes if process.node == name]
        processes.kill_all(resources.cgroups, own, resources.namespace)
        processes.remove_cgroups(resources.cgroups)


def is_running(cluster: InstanceRecord, name: str) -> bool:
    """Whether the node's machine runs, under the systemd-nspawn that was started for it."""
    return any(process.node == name and processes.is_alive(process) for process in cluster.processes)


def has_lost_supervisor(cluster: InstanceRecord, name: str) -> bool:
    """Whether the systemd-nspawn of a node has ended while the node's init, or a process below it, lives on."""
    return not is_running(cluster, name) and bool(processes.cgroup_pids(cluster.resources_of(name).cgroups))


def wait_for_ssh(cluster: InstanceRecord, names: Iterable[str], *, limit: float = SSH_LIMIT) -> None:
    """Waits until sshd answers on all of them, at most `limit` seconds.

    Raises WorkError with the end of the console log if one does not answer.
    """
    deadline = time.monotonic() + limit
    for name in names:
        host = next(node.host for node in cluster.nodes if node.name == name)
        while not answers_ssh(host):
            ended = not is_running(cluster, name)
            if ended or time.monotonic() > deadline:
                why = "ended while it booted" if ended else f"does not answer ssh after {limit:g} s"
                raise WorkError(
                    f"The practice node {name} {why}. {_console_tail(cluster.resources_of(name))}", changed=""
                )
            time.sleep(0.02)


def answers_ssh(host: str, *, limit: float = 1.0) -> bool:
    """Whether an SSH server greets on port 22."""
    try:
        with socket.create_connection((host, 22), timeout=limit) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def _arguments(resources: NodeResources) -> list[str]:
    return [
        "nsenter",  # with nspawn's own option the node's /sys would show this machine's interfaces
        f"--net=/run/netns/{resources.namespace}",
        "--",
        "systemd-nspawn",
        "--quiet",
        "--boot",
        "--settings=no",
        "--register=no",
        "--keep-unit",
        f"--directory={resources.root}",
        f"--machine={resources.machine}",
        f"--hostname={resources.node}",
        "--capability=all",
        "--console=pipe",
        "--resolv-conf=off",
        "--link-journal=no",
        "--timezone=off",
    ]


def _remove_nspawn_leftovers(resources: NodeResources) -> None:
    """Removes what systemd-nspawn leaves behind when it is killed."""
    with suppress(OSError):
        (_NSPAWN / "propagate" / resources.machine).rmdir()
    with suppress(OSError):
        seen = Path(resources.root).stat()
        (_NSPAWN / "locks" / f"inode-{seen.st_dev}:{seen.st_ino}").unlink()


def _mount_points() -> list[str]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [_unescaped(line.split()[4]) for line in lines]


def _unescaped(text: str) -> str:
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, char)
    return text


def _console_tail(resources: NodeResources) -> str:
    try:
        log = bounded_text(Path(resources.console).read_bytes()[-4000:]).strip()
    except OSError:
        return ""
    return f"Its console ends with: {' / '.join(lines_of(log)[-5:])}" if log else ""
