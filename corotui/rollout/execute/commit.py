"""Step 3: renames the staged files into place on all nodes at once; and puts the earlier files back."""

from __future__ import annotations

from corotui.conf.constants import CONF_PATH
from corotui.rollout.execute.run import COMMIT, RolloutRun, changed_paths, checksum_error, sha256_before
from corotui.rollout.model import NodePlan
from corotui.ssh import file_scripts
from corotui.ssh.fanout import NodeResults
from corotui.ssh.shell import Shell


async def commit(run: RolloutRun) -> NodeResults[str]:
    """Renames the staged files into place on all nodes that have any, then compares their checksums."""
    run.commit_began = True

    async def commit_node(node: NodePlan, shell: Shell) -> str:
        result = file_scripts.expect_done(await file_scripts.COMMIT.run(shell, *_arguments(run, node)))
        sums = file_scripts.parse_sums(result.text)
        for path in changed_paths(node, run.plan.key_path):
            if sums.get(path) != run.sha256_after(node, path):
                raise checksum_error(node.name, path)
        return "the files are there"

    return await run.run_on_nodes(COMMIT, run.changed_nodes, commit_node, limit=file_scripts.TIMEOUT)


def _arguments(run: RolloutRun, node: NodePlan) -> tuple[str, ...]:
    """Returns the arguments of COMMIT and ROLL_BACK for a node."""
    targets: list[str] = []
    for path in changed_paths(node, run.plan.key_path):
        targets += [path, sha256_before(node, path), run.sha256_after(node, path)]
    return (run.file_id, run.lock.token, *targets)


async def restore_files(run: RolloutRun) -> NodeResults[str]:
    """Puts the earlier files back on all changed nodes, and removes staged files."""

    async def restore_node(node: NodePlan, shell: Shell) -> str:
        file_scripts.expect_done(await file_scripts.ROLL_BACK.run(shell, *_arguments(run, node)))
        if node.missing_directories:
            created = reversed(node.missing_directories)
            await file_scripts.UNSTAGE.run(shell, run.file_id, CONF_PATH, "in", run.plan.logfile, *created, timeout=15)
        return ""

    return await run.run_on_nodes_quietly(run.changed_nodes, restore_node)


async def remove_previous_keys(run: RolloutRun) -> None:
    """Removes the old keys that the commit kept. A node where that fails keeps its old key."""

    async def remove_from_node(node: NodePlan, shell: Shell) -> str:
        if run.plan.key_path in changed_paths(node, run.plan.key_path):
            await file_scripts.DROP_PREVIOUS.run(shell, run.file_id, run.plan.key_path, timeout=15)
        return ""

    await run.run_on_nodes_quietly(run.changed_nodes, remove_from_node)
