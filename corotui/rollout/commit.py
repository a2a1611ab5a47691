"""Step 3: the rename, on all nodes at once; and the way back."""

from __future__ import annotations

from corotui.errors import WorkFailed
from corotui.rollout import files
from corotui.rollout.failures import Failures
from corotui.rollout.model import CONF_PATH, NodePlan
from corotui.rollout.work import COMMIT, Work, targets, wrong_sum
from corotui.ssh.shell import Shell


async def commit(work: Work) -> Failures:
    """Puts the staged files into place on all nodes that have any, then asks each node what is there now."""

    async def deed(node: NodePlan, shell: Shell) -> str:
        paths = targets(node, work.plan.key_path)
        done = (await files.COMMIT.run(shell, *paths)).expect()
        found = files.sums(done.text)
        for path in paths:
            if found.get(path) != after(work, path):
                raise wrong_sum(node.name, path)
        return "the files are there"

    return await work.everywhere(COMMIT, work.written, deed, limit=files.TIMEOUT)


def after(work: Work, path: str) -> str:
    """sha256 that a target has after the commit."""
    return work.plan.conf_sha256 if path == CONF_PATH else work.key_after


async def put_back(work: Work) -> Failures:
    """Puts the files back on all nodes as they were, staged ones included; returns the nodes where it did not work."""

    async def deed(node: NodePlan, shell: Shell) -> str:
        words: list[str] = []
        for path in targets(node, work.plan.key_path):
            words += [path, node.conf_before if path == CONF_PATH else node.key_before, after(work, path)]
        done = await files.PUT_BACK.run(shell, *words)
        if done.exit_code == files.STRANGE:
            strange = [line.split(" ", 1)[1] for line in done.text.splitlines() if line.startswith("strange ")]
            raise WorkFailed(f"{', '.join(strange)} was changed by somebody else; left as it is", node=node.name)
        done.expect()
        if node.directories:
            before = reversed(node.directories)
            await files.UNSTAGE.run(shell, CONF_PATH, "in", work.plan.logfile, *before, timeout=15)
        return ""

    return await work.quietly(work.written, deed)


async def forget_previous_keys(work: Work) -> None:
    """Removes old keys that the commit kept; a node where that fails just keeps one."""

    async def deed(node: NodePlan, shell: Shell) -> str:
        if work.plan.key_path in targets(node, work.plan.key_path):
            await files.FORGET.run(shell, work.plan.key_path, timeout=15)
        return ""

    await work.quietly(work.written, deed)
