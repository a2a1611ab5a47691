"""Step 3: renames the staged files into place on all nodes at once; and puts the earlier files back."""

from __future__ import annotations

from corotui.conf.constants import CONF_PATH
from corotui.errors import WorkError
from corotui.rollout.execute.run import COMMIT, RolloutRun, changed_paths, checksum_error
from corotui.rollout.model import NodePlan
from corotui.ssh import file_scripts
from corotui.ssh.fanout import NodeResults
from corotui.ssh.shell import Shell


async def commit(run: RolloutRun) -> NodeResults[str]:
    """Renames the staged files into place on all nodes that have any, then compares their checksums."""

    async def commit_node(node: NodePlan, shell: Shell) -> str:
        paths = changed_paths(node, run.plan.key_path)
        result = (await file_scripts.COMMIT.run(shell, *paths)).expect()
        sums = file_scripts.parse_sums(result.text)
        for path in paths:
            if sums.get(path) != sha256_after_commit(run, path):
                raise checksum_error(node.name, path)
        return "the files are there"

    return await run.run_on_nodes(COMMIT, run.changed_nodes, commit_node, limit=file_scripts.TIMEOUT)


def sha256_after_commit(run: RolloutRun, path: str) -> str:
    """Returns the sha256 that a target file has after the commit."""
    return run.plan.conf_sha256 if path == CONF_PATH else run.key_sha256_after


async def restore_files(run: RolloutRun) -> NodeResults[str]:
    """Puts the earlier files back on all changed nodes, and removes staged files."""

    async def restore_node(node: NodePlan, shell: Shell) -> str:
        arguments: list[str] = []
        for path in changed_paths(node, run.plan.key_path):
            arguments += [
                path,
                node.conf_sha256_before if path == CONF_PATH else node.key_sha256_before,
                sha256_after_commit(run, path),
            ]
        result = await file_scripts.ROLL_BACK.run(shell, *arguments)
        if result.exit_code == file_scripts.EXIT_FOREIGN_FILE:
            foreign = [line.split(" ", 1)[1] for line in result.text.splitlines() if line.startswith("strange ")]
            raise WorkError(f"{', '.join(foreign)} was changed by somebody else; left as it is", node=node.name)
        result.expect()
        if node.missing_directories:
            created = reversed(node.missing_directories)
            await file_scripts.UNSTAGE.run(shell, CONF_PATH, "in", run.plan.logfile, *created, timeout=15)
        return ""

    return await run.run_on_nodes_quietly(run.changed_nodes, restore_node)


async def remove_previous_keys(run: RolloutRun) -> None:
    """Removes the old keys that the commit kept. A node where that fails keeps its old key."""

    async def remove_from_node(node: NodePlan, shell: Shell) -> str:
        if run.plan.key_path in changed_paths(node, run.plan.key_path):
            await file_scripts.DROP_PREVIOUS.run(shell, run.plan.key_path, timeout=15)
        return ""

    await run.run_on_nodes_quietly(run.changed_nodes, remove_from_node)
