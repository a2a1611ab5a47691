"""Remedies that copy a file onto a node, through memory: from another node or from the cluster directory."""

from __future__ import annotations

from corotui.cluster.quoting import command
from corotui.conf.constants import AUTHKEY_PATH, CONF_PATH
from corotui.conf.host.file_mode import file_mode
from corotui.errors import WorkError
from corotui.ssh import file_scripts, secret_file
from corotui.ssh.fanout import Shells
from corotui.ssh.shell import Shell

_FILE_ID = "fix"  # in the names of the staged files


async def copy_authkey(source: str, target: Shell, shells: Shells) -> None:
    """Replaces the target's authkey by that of the node `source`; the old key is not kept.

    Raises WorkError where there is no connection to the source, or where the file then is not what was sent.
    """
    secret = await secret_file.fetch(_source_shell(source, target, shells), AUTHKEY_PATH)
    await secret_file.stage(target, AUTHKEY_PATH, _FILE_ID, secret)
    await _commit_file(target, AUTHKEY_PATH, secret_file.digest(secret))
    await file_scripts.DROP_PREVIOUS.run(target, _FILE_ID, AUTHKEY_PATH)


async def copy_conf(source: str | None, target: Shell, shells: Shells, directory_conf: bytes | None) -> None:
    """Replaces the target's corosync.conf by that of the node `source`, or by `directory_conf` for None.

    The old file is kept beside the new one, which has its owner and no wider mode. Raises WorkError where there is no
    connection to the source or the cluster directory has no corosync.conf, or where the file then is not what was sent.
    """
    conf = directory_conf
    if source is not None:
        shell = _source_shell(source, target, shells)
        conf = (await shell.run(command("cat", CONF_PATH), privileged=True)).expect().stdout
    if conf is None:
        raise WorkError("The cluster directory holds no corosync.conf.", node=target.node)
    present = file_scripts.parse_owner((await file_scripts.OWNER.run(target, _FILE_ID, CONF_PATH)).text)
    mode = file_mode(conf, present.mode if present is not None else None)
    owner, group = (str(present.uid), str(present.gid)) if present is not None else ("0", "0")
    staged = file_scripts.staged_path(CONF_PATH, _FILE_ID)
    await target.put(staged, conf, mode=mode, owner=owner, group=group)
    await _commit_file(target, CONF_PATH, secret_file.digest(conf))


def _source_shell(name: str, target: Shell, shells: Shells) -> Shell:
    if name not in shells.by_node:
        raise WorkError(f"There is no connection to {name}, whose file is needed.", node=target.node)
    return shells.shell(name)


async def _commit_file(target: Shell, path: str, digest: str) -> None:
    arguments = (_FILE_ID, file_scripts.NO_LOCK, path, "any", digest)
    result = file_scripts.expect_done(await file_scripts.COMMIT.run(target, *arguments))
    if file_scripts.parse_sums(result.text).get(path) != digest:
        raise WorkError(f"{path} is not what was written there", node=target.node, changed="")
