"""Remedies that are no shell commands: a file of one node put onto another, through memory."""

from __future__ import annotations

from collections.abc import Mapping

from corotui.cluster.shell import command
from corotui.errors import CorotuiError, WorkError
from corotui.rollout import files, key
from corotui.rollout.model import CONF_PATH, KEY_PATH
from corotui.ssh.shell import Shell


async def run_copy_action(
    action: str, shell: Shell, shells: Mapping[str, Shell | CorotuiError], conf: bytes | None = None
) -> None:
    """`copy-authkey:NODE` and `copy-conf:NODE`: that node's file comes onto the shell's node; `copy-conf:` brings
    `conf`. An old corosync.conf is kept beside the new one. WorkFailed for another action, or where the file is not
    what was sent."""
    kind, _, name = action.partition(":")
    if kind == "copy-authkey":
        secret = await key.fetch(_source_shell(name, shell, shells), KEY_PATH)
        await key.stage(shell, KEY_PATH, secret)
        await _commit_file(shell, KEY_PATH, key.digest(secret))
        await files.DROP_PREVIOUS.run(shell, KEY_PATH)
    elif kind == "copy-conf":
        if name:
            source = _source_shell(name, shell, shells)
            conf = (await source.run(command("cat", CONF_PATH), privileged=True)).expect().stdout
        if conf is None:
            raise WorkError("The cluster directory holds no corosync.conf.", node=shell.node)
        await shell.put(CONF_PATH + files.STAGED_SUFFIX, conf, mode=0o644)
        await _commit_file(shell, CONF_PATH, key.digest(conf))
    else:
        raise WorkError(f"{action!r} is nothing that corotui can do.", node=shell.node)


def _source_shell(name: str, shell: Shell, shells: Mapping[str, Shell | CorotuiError]) -> Shell:
    source = shells.get(name)
    if source is None or isinstance(source, CorotuiError):
        raise source or WorkError(f"There is no connection to {name}, whose file is wanted.", node=shell.node)
    return source


async def _commit_file(shell: Shell, path: str, digest: str) -> None:
    done = (await files.COMMIT.run(shell, path)).expect()
    if files.parse_sums(done.text).get(path) != digest:
        raise WorkError(f"{path} is not what was written there", node=shell.node, changed="")
