"""Raises two kernel settings of this machine that nodes need, and restores them afterwards.

Nodes reach the package archive through this machine (`ip_forward`). Each booted system uses some of root's inotify
instances; the default of 128 is enough for about twelve nodes. The old values are written down before the change.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from corotui.directory.atomic_files import write_atomic
from corotui.practice import state_dir

FORWARD = Path("/proc/sys/net/ipv4/ip_forward")
INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")
_SPARE_INSTANCES = 128
_INSTANCES_PER_NODE = 12


def raise_limits(nodes: int) -> None:
    """Sets what `nodes` nodes need, all practice clusters together. Never lowers a value.

    The caller holds the lock "instances", as for `restore_limits`.
    """
    _at_least(FORWARD, 1)
    _at_least(INOTIFY, _SPARE_INSTANCES + nodes * _INSTANCES_PER_NODE)


def restore_limits() -> None:
    """Restores the old values, except those that somebody else has changed since. For when no cluster is left."""
    for path, (was, set_to) in _noted().items():
        with suppress(OSError):
            if Path(path).read_text().strip() == str(set_to):
                Path(path).write_text(f"{was}\n")
    _note().unlink(missing_ok=True)


def _at_least(path: Path, value: int) -> None:
    now = int(path.read_text())
    if now >= value:
        return
    noted = _noted()
    was = noted.get(str(path), (now, now))[0]
    write_atomic(_note(), json.dumps({**noted, str(path): (was, value)}).encode(), mode=0o600)
    path.write_text(f"{value}\n")


def _noted() -> dict[str, tuple[int, int]]:
    try:
        return {path: (int(was), int(value)) for path, (was, value) in json.loads(_note().read_text()).items()}
    except FileNotFoundError:
        return {}


def _note() -> Path:
    return state_dir.root() / "kernel-settings.json"
