"""Runs programs inside a node as root, without ssh: for `practice exec`, for faults and for tests."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from corotui.errors import RefusedError
from corotui.practice import lifecycle
from corotui.practice.instance_record import InstanceRecord
from corotui.practice.machine import processes
from corotui.practice.subprocesses import run


def nsenter_command(cluster: InstanceRecord, node: str, argv: Sequence[str]) -> list[str]:
    """The argument list that runs `argv` in the node's namespaces. Raises RefusedError if the node is off."""
    cluster.to_practice().node(node)
    init = processes.init_pid(cluster.resources_of(node).cgroups)
    if init is None:
        raise RefusedError(
            f"{node} of the practice cluster {cluster.name} is off.",
            next_step="`corotui practice heal` turns it on again if a fault turned it off.",
        )
    return ["nsenter", "-t", str(init), "-m", "-u", "-i", "-n", "-p", "-C", "--", *argv]


def execute(
    name: str, node: str, argv: Sequence[str], *, stdin: str | bytes = b"", timeout: float = 60.0
) -> subprocess.CompletedProcess[bytes]:
    """Runs a program in a node and returns its output. No exit code is an error. `timeout` is in seconds."""
    record = lifecycle.load_running(name)
    return run(
        nsenter_command(record, node, argv), stdin=stdin, timeout=timeout, check=False, environment=node_environment()
    )


def attached(name: str, node: str, argv: Sequence[str]) -> int:
    """Runs a program in a node on this process's stdin, stdout and stderr.

    Returns its exit code, or 128+N if signal N ended it.
    """
    record = lifecycle.load_running(name)
    returned = subprocess.run(nsenter_command(record, node, argv), env=node_environment(), check=False).returncode
    return returned if returned >= 0 else 128 - returned


def node_environment() -> dict[str, str]:
    """The environment of a program that runs in a node."""
    return {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "TERM": os.environ.get("TERM", "dumb"),
    }
