"""Remedies that are no shell commands: a file of one node put onto another, through memory."""

from __future__ import annotations

from collections.abc import Mapping

from corotui.cluster.quoting import command
from corotui.conf.constants import AUTHKEY_PATH, CONF_PATH
from corotui.errors import CorotuiError, WorkError
from corotui.ssh import file_scripts, secret_file
from corotui.ssh.shell import Shell


async def run_copy_action(
    action: str, shell: Shell, shells: Mapping[str, Shell | CorotuiError], conf: bytes | None = None
) -> None:
    """`copy-authkey:NODE` and `copy-conf:NODE`: that node's file comes onto the shell's node; `copy-conf:` brings
    `conf`. An old corosync.conf is kept beside the new one. WorkFailed for another action, or where the file is not
    what was sent."""
    kind, _, name = action.partition(":")
    if kind == "copy-authkey":
        secret = await secret_file.fetch(_source_shell(name, shell, shells), AUTHKEY_PATH)
        await secret_file.stage(shell, AUTHKEY_PATH, secret)
        await _commit_file(shell, AUTHKEY_PATH, secret_file.digest(secret))
        await file_scripts.DROP_PREVIOUS.run(shell, AUTHKEY_PATH)
    elif kind == "copy-conf":
        if name:
            source = _source_shell(name, shell, shells)
            conf = (await source.run(command("cat", CONF_PATH), privileged=True)).expect().stdout
        if conf is None:
            raise WorkError("The cluster directory holds no corosync.conf.", node=shell.node)
        await shell.put(CONF_PATH + file_scripts.STAGED_SUFFIX, conf, mode=0o644)
        await _commit_file(shell, CONF_PATH, secret_file.digest(conf))
    else:
        raise WorkError(f"{action!r} is nothing that corotui can do.", node=shell.node)


def _source_shell(name: str, shell: Shell, shells: Mapping[str, Shell | CorotuiError]) -> Shell:
    source = shells.get(name)
    if source is None or isinstance(source, CorotuiError):
        raise source or WorkError(f"There is no connection to {name}, whose file is wanted.", node=shell.node)
    return source


async def _commit_file(shell: Shell, path: str, digest: str) -> None:
    done = (await file_scripts.COMMIT.run(shell, path)).expect()
    if file_scripts.parse_sums(done.text).get(path) != digest:
        raise WorkError(f"{path} is not what was written there", node=shell.node, changed="")
