"""Step 1: everything that will be put into place lies beside its place on every node, and nothing else has changed."""

from __future__ import annotations

from corotui.cluster.events import State
from corotui.errors import CorotuiError, WorkFailed
from corotui.rollout import files, key
from corotui.rollout.failures import Failures
from corotui.rollout.model import ABSENT, CONF_PATH, ConfAction, KeyAction, NodePlan
from corotui.rollout.work import STAGE, Work, targets
from corotui.ssh.shell import Shell


async def stage(work: Work) -> Failures:
    """Stages on all nodes that get a file. Returns what failed; nothing is in place yet then."""
    plan = work.plan
    secret = b""
    source = next((node for node in plan.nodes if node.name == plan.key_from), None)
    copies = any(node.key is KeyAction.COPY for node in plan.nodes)
    if source is not None and (source.key is KeyAction.CREATE or copies):
        try:
            secret = await _key(work, source)
        except CorotuiError as error:
            failures = Failures()
            failures.add(source.name, error)
            work.step(STAGE, State.FAILED, [source.name], error.what)
            work.step(STAGE, State.FAILED)
            return failures
        work.key_after = key.digest(secret)

    async def deed(node: NodePlan, shell: Shell) -> str:
        if node.name != plan.key_from or source is None or source.key is not KeyAction.CREATE:
            await _prepare(work, node, shell)
        if node.conf is ConfAction.WRITE:
            await shell.put(CONF_PATH + files.NEW, plan.conf, mode=0o644)
        if node.key is KeyAction.COPY:
            await key.stage(shell, plan.key_path, secret)
        if node.key in (KeyAction.CREATE, KeyAction.COPY):
            await shell.put(CONF_PATH + files.TEST, with_key(plan.conf, plan.key_path), mode=0o600)
        return ""

    return await work.everywhere(STAGE, work.staged, deed, limit=4 * files.TIMEOUT)


def with_key(conf: bytes, key_path: str) -> bytes:
    """The configuration as it is tried while its key is only staged: the last word on `keyfile` holds (icmap_set)."""
    return conf + f"\ntotem {{\n    keyfile: {key_path}{files.NEW}\n}}\n".encode()


async def _key(work: Work, source: NodePlan) -> bytes:
    plan = work.plan
    work.step(STAGE, State.RUNNING, [source.name], "the key")
    shell = work.shell(source.name)
    if source.key is KeyAction.CREATE:
        await _prepare(work, source, shell)
        await key.make(shell, plan.key_path, source.version)
        return await key.fetch(shell, plan.key_path + files.NEW)
    return await key.fetch(shell, plan.key_path)


async def _prepare(work: Work, node: NodePlan, shell: Shell) -> None:
    """Makes directories, and sees that the node is still as the plan saw it."""
    path = work.plan.key_path
    done = await files.PREPARE.run(shell, CONF_PATH, path, "in", *node.directories)
    done.expect()
    found = files.sums(done.text)
    for target, before in ((CONF_PATH, node.conf_before), (path, node.key_before)):
        if target in targets(node, path) and found.get(target, ABSENT) != before:
            raise WorkFailed(
                f"{target} changed since the plan was made", node=node.name, next_step="Look again, then apply again."
            )


async def unstage(work: Work) -> None:
    """Removes what staging left, on every node that answers. A node that does not is told of."""
    plan = work.plan

    async def deed(node: NodePlan, shell: Shell) -> str:
        before = reversed(node.directories)
        await files.UNSTAGE.run(shell, CONF_PATH, plan.key_path, "in", plan.logfile, *before, timeout=15)
        return ""

    failures = await work.quietly(work.staged, deed)
    for name, words in failures.words.items():
        work.note(f"Staged files ({files.NEW}) may be left beside /etc/corosync/corosync.conf: {words}", name)
