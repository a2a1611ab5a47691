"""Step 1: everything that will be put into place lies beside its place on every node, and nothing else has changed."""

from __future__ import annotations

from corotui.cluster.events import ProgressState
from corotui.conf.constants import CONF_PATH
from corotui.errors import CorotuiError, WorkError
from corotui.rollout.execute.run import STAGE, RolloutRun, changed_paths
from corotui.rollout.model import ABSENT, ConfAction, KeyAction, NodePlan
from corotui.ssh import file_scripts, secret_file
from corotui.ssh.fanout import NodeResults
from corotui.ssh.shell import Shell


async def stage(run: RolloutRun) -> NodeResults[str]:
    """Stages on all nodes that get a file. Returns what failed; nothing is in place yet then."""
    plan = run.plan
    secret = b""
    source = next((node for node in plan.nodes if node.name == plan.key_source), None)
    copies = any(node.key_action is KeyAction.COPY for node in plan.nodes)
    if source is not None and (source.key_action is KeyAction.CREATE or copies):
        try:
            secret = await _obtain_key(run, source)
        except CorotuiError as error:
            run.report_step(STAGE, ProgressState.FAILED, [source.name], error.what)
            run.report_step(STAGE, ProgressState.FAILED)
            return NodeResults({source.name: error})
        run.key_sha256_after = secret_file.digest(secret)

    async def deed(node: NodePlan, shell: Shell) -> str:
        if node.name != plan.key_source or source is None or source.key_action is not KeyAction.CREATE:
            await _prepare(run, node, shell)
        if node.conf_action is ConfAction.WRITE:
            await shell.put(CONF_PATH + file_scripts.STAGED_SUFFIX, plan.conf, mode=0o644)
        if node.key_action is KeyAction.COPY:
            await secret_file.stage(shell, plan.key_path, secret)
        if node.key_action in (KeyAction.CREATE, KeyAction.COPY):
            await shell.put(CONF_PATH + file_scripts.TEST_SUFFIX, with_staged_key(plan.conf, plan.key_path), mode=0o600)
        return ""

    return await run.run_on_nodes(STAGE, run.nodes_to_stage, deed, limit=4 * file_scripts.TIMEOUT)


def with_staged_key(conf: bytes, key_path: str) -> bytes:
    """The configuration as it is tried while its key is only staged: the last word on `keyfile` holds (icmap_set)."""
    return conf + f"\ntotem {{\n    keyfile: {key_path}{file_scripts.STAGED_SUFFIX}\n}}\n".encode()


async def _obtain_key(run: RolloutRun, source: NodePlan) -> bytes:
    plan = run.plan
    run.report_step(STAGE, ProgressState.RUNNING, [source.name], "the key")
    shell = run.shell(source.name)
    if source.key_action is KeyAction.CREATE:
        await _prepare(run, source, shell)
        await secret_file.make(shell, plan.key_path, source.release)
        return await secret_file.fetch(shell, plan.key_path + file_scripts.STAGED_SUFFIX)
    return await secret_file.fetch(shell, plan.key_path)


async def _prepare(run: RolloutRun, node: NodePlan, shell: Shell) -> None:
    """Makes directories, and sees that the node is still as the plan saw it."""
    path = run.plan.key_path
    done = await file_scripts.PREPARE.run(shell, CONF_PATH, path, "in", *node.missing_directories)
    done.expect()
    found = file_scripts.parse_sums(done.text)
    for target, before in ((CONF_PATH, node.conf_sha256_before), (path, node.key_sha256_before)):
        if target in changed_paths(node, path) and found.get(target, ABSENT) != before:
            raise WorkError(
                f"{target} changed since the plan was made", node=node.name, next_step="Look again, then apply again."
            )


async def unstage(run: RolloutRun) -> None:
    """Removes what staging left, on every node that answers. A node that does not is told of."""
    plan = run.plan

    async def deed(node: NodePlan, shell: Shell) -> str:
        before = reversed(node.missing_directories)
        await file_scripts.UNSTAGE.run(shell, CONF_PATH, plan.key_path, "in", plan.logfile, *before, timeout=15)
        return ""

    failures = await run.run_on_nodes_quietly(run.nodes_to_stage, deed)
    for name, error in failures.errors.items():
        run.note(
            f"Staged files ({file_scripts.STAGED_SUFFIX}) may be left beside {CONF_PATH}: {error.what}",
            name,
        )
