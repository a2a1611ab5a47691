"""Copies the authkey from one node to the others through memory. Its bytes reach nothing else."""

from __future__ import annotations

import hashlib

from corotui.cluster.events import Purpose
from corotui.cluster.quoting import command
from corotui.conf.constants import MIN_KEY_SIZE
from corotui.conf.version import Version
from corotui.errors import WorkError
from corotui.ssh import file_scripts
from corotui.ssh.shell import Shell

MAX_KEY_SIZE = 4096
"""Bytes; corosync-keygen makes no larger key."""


async def make(shell: Shell, key_path: str, file_id: str, release: Version | None) -> None:
    """Creates a key on the node as the staged file of `key_path`; `file_id` is that of the rollout.

    corosync-keygen before 3.0 may write straight to /etc/corosync/authkey and wait for entropy, and that of 1.4 takes
    no options: with those releases the kernel makes the 128 bytes that they read (tools/corosync-keygen.c).
    """
    has_safe_tool = release is None or release.major >= 3
    (await file_scripts.KEYGEN.run(shell, file_id, key_path, "tool" if has_safe_tool else "random")).expect()


async def fetch(shell: Shell, path: str) -> bytes:
    """Returns the bytes of a key, to be held in memory only. Raises WorkError if the file is no usable key."""
    result = await shell.run(command("cat", path), privileged=True, limit=2 * MAX_KEY_SIZE, purpose=Purpose.SECRET)
    # The message of a failed `cat` is on stderr; stdout is never shown.
    if not result.ok or result.truncated or not MIN_KEY_SIZE <= len(result.stdout) <= MAX_KEY_SIZE:
        raise WorkError(f"{path} holds no usable key", node=shell.node, changed="")
    return result.stdout


async def stage(shell: Shell, key_path: str, file_id: str, key: bytes) -> None:
    """Writes the key as the staged file of `key_path`: mode 0400, owner root."""
    await shell.put(file_scripts.staged_path(key_path, file_id), key, mode=0o400)


def digest(key: bytes) -> str:
    """Returns the sha256 in hex; the nodes are asked for it instead of the key."""
    return hashlib.sha256(key).hexdigest()
