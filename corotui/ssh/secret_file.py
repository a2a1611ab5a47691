"""The authkey's way: made or found on one node, through memory, to the others. Its bytes reach nothing else."""

from __future__ import annotations

import hashlib

from corotui.cluster.events import Purpose
from corotui.cluster.quoting import command
from corotui.conf.constants import MIN_KEY_SIZE
from corotui.conf.version import Version
from corotui.errors import WorkError
from corotui.ssh import file_scripts
from corotui.ssh.shell import Shell

MAX_KEY_SIZE = 4096  # bytes; corosync-keygen makes no larger one


async def make(shell: Shell, key_path: str, release: Version | None) -> None:
    """Makes a key on the node, beside its place.

    corosync-keygen before 3.0 may write straight to /etc/corosync/authkey, and wait for entropy (1.4 takes no options
    at all): there the kernel makes the 128 bytes that those releases read (tools/corosync-keygen.c).
    """
    own = release is None or release.major >= 3
    (await file_scripts.KEYGEN.run(shell, key_path, "tool" if own else "random")).expect()


async def fetch(shell: Shell, path: str) -> bytes:
    """The key's bytes, for memory only. WorkError where the file holds no key."""
    result = await shell.run(command("cat", path), privileged=True, limit=2 * MAX_KEY_SIZE, purpose=Purpose.SECRET)
    # A failing `cat` says its words on stderr; stdout is never shown.
    if not result.ok or result.truncated or not MIN_KEY_SIZE <= len(result.stdout) <= MAX_KEY_SIZE:
        raise WorkError(f"{path} holds no usable key", node=shell.node, changed="")
    return result.stdout


async def stage(shell: Shell, key_path: str, key: bytes) -> None:
    """Puts the key beside its place on a node: 0400 root."""
    await shell.put(key_path + file_scripts.STAGED_SUFFIX, key, mode=0o400)


def digest(key: bytes) -> str:
    """sha256, in hex: what the nodes are asked for instead of the key."""
    return hashlib.sha256(key).hexdigest()
