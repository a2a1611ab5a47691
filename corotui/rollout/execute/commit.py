"""Step 3: the rename, on all nodes at once; and the way back."""

from __future__ import annotations

from corotui.conf.constants import CONF_PATH
from corotui.errors import WorkError
from corotui.rollout.execute.run import COMMIT, RolloutRun, changed_paths, checksum_error
from corotui.rollout.model import NodePlan
from corotui.ssh import file_scripts
from corotui.ssh.fanout import NodeResults
from corotui.ssh.shell import Shell


async def commit(run: RolloutRun) -> NodeResults[str]:
    """Puts the staged files into place on all nodes that have any, then asks each node what is there now."""

    async def deed(node: NodePlan, shell: Shell) -> str:
        paths = changed_paths(node, run.plan.key_path)
        done = (await file_scripts.COMMIT.run(shell, *paths)).expect()
        found = file_scripts.parse_sums(done.text)
        for path in paths:
            if found.get(path) != sha256_after_commit(run, path):
                raise checksum_error(node.name, path)
        return "the files are there"

    return await run.run_on_nodes(COMMIT, run.changed_nodes, deed, limit=file_scripts.TIMEOUT)


def sha256_after_commit(run: RolloutRun, path: str) -> str:
    """sha256 that a target has after the commit."""
    return run.plan.conf_sha256 if path == CONF_PATH else run.key_sha256_after


async def restore_files(run: RolloutRun) -> NodeResults[str]:
    """Puts the files back on all nodes as they were, staged ones included; returns the nodes where it did not work."""

    async def deed(node: NodePlan, shell: Shell) -> str:
        words: list[str] = []
        for path in changed_paths(node, run.plan.key_path):
            words += [
                path,
                node.conf_sha256_before if path == CONF_PATH else node.key_sha256_before,
                sha256_after_commit(run, path),
            ]
        done = await file_scripts.ROLL_BACK.run(shell, *words)
        if done.exit_code == file_scripts.EXIT_FOREIGN_FILE:
            strange = [line.split(" ", 1)[1] for line in done.text.splitlines() if line.startswith("strange ")]
            raise WorkError(f"{', '.join(strange)} was changed by somebody else; left as it is", node=node.name)
        done.expect()
        if node.missing_directories:
            before = reversed(node.missing_directories)
            await file_scripts.UNSTAGE.run(shell, CONF_PATH, "in", run.plan.logfile, *before, timeout=15)
        return ""

    return await run.run_on_nodes_quietly(run.changed_nodes, deed)


async def remove_previous_keys(run: RolloutRun) -> None:
    """Removes old keys that the commit kept; a node where that fails just keeps one."""

    async def deed(node: NodePlan, shell: Shell) -> str:
        if run.plan.key_path in changed_paths(node, run.plan.key_path):
            await file_scripts.DROP_PREVIOUS.run(shell, run.plan.key_path, timeout=15)
        return ""

    await run.run_on_nodes_quietly(run.changed_nodes, deed)
