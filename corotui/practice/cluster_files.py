"""The cluster directory of a practice cluster: cluster.toml, the ssh key, and the nodes' host keys."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path

from corotui.directory.atomic_files import write_atomic
from corotui.errors import RefusedError, UsageError
from corotui.practice.image.node_setup import KeyPair
from corotui.practice.instance_record import InstanceRecord

_KEY = "practice_key"
_PASSWORD = "practice_password"  # noqa: S105 - a file's name
_CREATED = ("cluster.toml", "corosync.conf", _KEY, f"{_KEY}.pub", _PASSWORD)


def key_path(directory: Path) -> Path:
    """Path of the private key that logs in to the nodes."""
    return directory / _KEY


def refuse_occupied(directory: Path) -> None:
    """Raises RefusedError if the operator's directory is not empty, UsageError if it cannot be created."""
    if not directory.absolute().parent.is_dir():
        raise UsageError(f"{directory.absolute().parent} is no directory to make {directory.name} in.", changed="")
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise RefusedError(f"{directory} exists and is not empty.", next_step="Name another --directory.")


def write(cluster: InstanceRecord, operator: KeyPair, host_keys: list[KeyPair]) -> None:
    """Writes all files of the directory. Only this user can read the key."""
    directory = Path(cluster.directory)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    (directory / ".corotui").mkdir(mode=0o700, exist_ok=True)
    write_atomic(directory / _KEY, operator.private, mode=0o600)
    write_atomic(directory / f"{_KEY}.pub", operator.public, mode=0o644)
    if cluster.password:
        write_atomic(directory / _PASSWORD, f"{cluster.password}\n".encode(), mode=0o600)
    known_hosts = [
        f"{node.host} {' '.join(key.public.decode().split()[:2])}\n"
        for node, key in zip(cluster.nodes, host_keys, strict=True)
    ]
    write_atomic(directory / ".corotui" / "known_hosts", "".join(known_hosts).encode(), mode=0o600)
    write_atomic(directory / "cluster.toml", cluster_toml(cluster).encode(), mode=0o644)


def cluster_toml(cluster: InstanceRecord) -> str:
    """The text of cluster.toml."""
    lines = [
        "[cluster]",
        f"name = {json.dumps(cluster.name)}",
        "",
        "[ssh]",
        f"user = {json.dumps(cluster.shape.user)}",
        f"sudo = {'false' if cluster.shape.user == 'root' else 'true'}",
        f"key = {json.dumps(_KEY)}",
    ]
    for node in cluster.nodes:
        lines += ["", "[[node]]", f"name = {json.dumps(node.name)}", f"host = {json.dumps(node.host)}"]
    lines += ["", "[install]", 'method = "package"', ""]
    return "\n".join(lines)


def remove(cluster: InstanceRecord) -> None:
    """Removes the directory. Of one that the operator named, only the files that corotui created are removed."""
    directory = Path(cluster.directory)
    if not cluster.given:
        shutil.rmtree(directory, ignore_errors=True)
        return
    for name in _CREATED:
        with suppress(OSError):
            (directory / name).unlink()
    shutil.rmtree(directory / ".corotui", ignore_errors=True)
    with suppress(OSError):
        directory.rmdir()
