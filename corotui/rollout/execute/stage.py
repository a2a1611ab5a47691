"""Step 1: writes the new files beside the present ones on every node. Nothing else changes yet."""

from __future__ import annotations

from functools import partial

from corotui.cluster.events import ProgressState
from corotui.conf.constants import CONF_PATH
from corotui.errors import CorotuiError
from corotui.rollout.execute.run import STAGE, RolloutRun
from corotui.rollout.execute.verify import raise_if_changed
from corotui.rollout.model import ConfAction, KeyAction, NodePlan
from corotui.ssh import file_scripts, secret_file
from corotui.ssh.fanout import NodeResults
from corotui.ssh.shell import Shell


async def stage(run: RolloutRun) -> NodeResults[str]:
    """Stages the files on all nodes that get any, the key first. Nothing is in place yet, whatever fails."""
    plan = run.plan
    prepared = await run.run_on_nodes_quietly(plan.nodes, partial(_prepare, run))
    if prepared.failed:
        for name, error in prepared.errors.items():
            run.report_step(STAGE, ProgressState.FAILED, [name], error.what)
        run.report_step(STAGE, ProgressState.FAILED)
        return prepared
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
        if node.conf_action is ConfAction.WRITE:
            owner = node.conf_owner
            await shell.put(
                run.staged_path(CONF_PATH),
                plan.conf,
                mode=owner.mode,
                owner=str(owner.uid),
                group=str(owner.gid),
            )
        if node.key_action is KeyAction.COPY:
            await secret_file.stage(shell, plan.key_path, run.file_id, secret)
        if node.key_action in (KeyAction.CREATE, KeyAction.COPY):
            candidate = with_staged_key(plan.conf, run.staged_path(plan.key_path))
            await shell.put(run.candidate_path, candidate, mode=0o600)
        return ""

    return await run.run_on_nodes(STAGE, run.nodes_to_stage, stage_node, limit=4 * file_scripts.TIMEOUT)


def with_staged_key(conf: bytes, staged_key: str) -> bytes:
    """Returns the configuration with the staged key, for the test. The last `keyfile` wins (icmap_set overwrites)."""
    return conf + f"\ntotem {{\n    keyfile: {staged_key}\n}}\n".encode()


async def _obtain_key(run: RolloutRun, source: NodePlan) -> bytes:
    """Returns the key that all nodes get, after creating it if the plan says so."""
    plan = run.plan
    run.report_step(STAGE, ProgressState.RUNNING, [source.name], "the key")
    shell = await run.shell(source.name)
    if source.key_action is KeyAction.CREATE:
        await secret_file.make(shell, plan.key_path, run.file_id, source.release)
        return await secret_file.fetch(shell, run.staged_path(plan.key_path))
    secret = await secret_file.fetch(shell, plan.key_path)
    raise_if_changed(plan, source, {CONF_PATH: source.conf_sha256_before, plan.key_path: secret_file.digest(secret)})
    return secret


async def _prepare(run: RolloutRun, node: NodePlan, shell: Shell) -> str:
    """Removes what other rollouts left on a node, and creates its missing directories if it gets files.

    Raises RefusedError if a file changed since the plan was made.
    """
    directories = node.missing_directories if node in run.nodes_to_stage else ()
    arguments = (run.file_id, CONF_PATH, run.plan.key_path, "in", *directories)
    output = (await file_scripts.PREPARE.run(shell, *arguments)).expect().text
    leftovers = file_scripts.parse_leftovers(output)
    if leftovers:
        run.note(f"Removed what an interrupted rollout left there: {', '.join(leftovers)}.", node.name)
    raise_if_changed(run.plan, node, file_scripts.parse_sums(output))
    return ""


async def unstage(run: RolloutRun) -> None:
    """Removes the staged files from every node that answers; reports those that do not."""
    plan = run.plan

    async def unstage_node(node: NodePlan, shell: Shell) -> str:
        created = reversed(node.missing_directories)
        await file_scripts.UNSTAGE.run(
            shell, run.file_id, CONF_PATH, plan.key_path, "in", plan.logfile, *created, timeout=15
        )
        return ""

    results = await run.run_on_nodes_quietly(run.nodes_to_stage, unstage_node)
    for name, error in results.errors.items():
        run.note(f"Staged files ({run.staged_path(CONF_PATH)}) may be left there: {error.what}", name)
