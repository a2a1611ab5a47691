"""Step 1: writes the new files beside the present ones on every node. Nothing else changes yet."""

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
    """Stages the files on all nodes that get any, the key first. Nothing is in place yet, whatever fails."""
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

    async def stage_node(node: NodePlan, shell: Shell) -> str:
        if node.name != plan.key_source or source is None or source.key_action is not KeyAction.CREATE:
            await _prepare(run, node, shell)
        if node.conf_action is ConfAction.WRITE:
            owner = node.conf_owner
            await shell.put(
                CONF_PATH + file_scripts.STAGED_SUFFIX,
                plan.conf,
                mode=owner.mode,
                owner=str(owner.uid),
                group=str(owner.gid),
            )
        if node.key_action is KeyAction.COPY:
            await secret_file.stage(shell, plan.key_path, secret)
        if node.key_action in (KeyAction.CREATE, KeyAction.COPY):
            await shell.put(CONF_PATH + file_scripts.TEST_SUFFIX, with_staged_key(plan.conf, plan.key_path), mode=0o600)
        return ""

    return await run.run_on_nodes(STAGE, run.nodes_to_stage, stage_node, limit=4 * file_scripts.TIMEOUT)


def with_staged_key(conf: bytes, key_path: str) -> bytes:
    """Returns the configuration with the staged key, for the test. The last `keyfile` wins (icmap_set overwrites)."""
    return conf + f"\ntotem {{\n    keyfile: {key_path}{file_scripts.STAGED_SUFFIX}\n}}\n".encode()


async def _obtain_key(run: RolloutRun, source: NodePlan) -> bytes:
    """Returns the key that all nodes get, after creating it if the plan says so."""
    plan = run.plan
    run.report_step(STAGE, ProgressState.RUNNING, [source.name], "the key")
    shell = run.shell(source.name)
    if source.key_action is KeyAction.CREATE:
        await _prepare(run, source, shell)
        await secret_file.make(shell, plan.key_path, source.release)
        return await secret_file.fetch(shell, plan.key_path + file_scripts.STAGED_SUFFIX)
    secret = await secret_file.fetch(shell, plan.key_path)
    if secret_file.digest(secret) != source.key_sha256_before:
        raise changed_since_plan(source.name, plan.key_path)
    return secret


async def _prepare(run: RolloutRun, node: NodePlan, shell: Shell) -> None:
    """Creates missing directories. Raises WorkError if a file changed since the plan was made."""
    path = run.plan.key_path
    result = await file_scripts.PREPARE.run(shell, CONF_PATH, path, "in", *node.missing_directories)
    sums = file_scripts.parse_sums(result.expect().text)
    for target, planned in ((CONF_PATH, node.conf_sha256_before), (path, node.key_sha256_before)):
        if target in changed_paths(node, path) and sums.get(target, ABSENT) != planned:
            raise changed_since_plan(node.name, target)


def changed_since_plan(node: str, path: str) -> WorkError:
    """The error of a file that is not the one for which the plan was made."""
    return WorkError(f"{path} changed since the plan was made", node=node, next_step="Look again, then apply again.")


async def unstage(run: RolloutRun) -> None:
    """Removes the staged files from every node that answers; reports those that do not."""
    plan = run.plan

    async def unstage_node(node: NodePlan, shell: Shell) -> str:
        created = reversed(node.missing_directories)
        await file_scripts.UNSTAGE.run(shell, CONF_PATH, plan.key_path, "in", plan.logfile, *created, timeout=15)
        return ""

    results = await run.run_on_nodes_quietly(run.nodes_to_stage, unstage_node)
    for name, error in results.errors.items():
        run.note(
            f"Staged files ({file_scripts.STAGED_SUFFIX}) may be left beside {CONF_PATH}: {error.what}",
            name,
        )
