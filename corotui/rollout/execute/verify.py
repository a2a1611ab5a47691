"""Compares the files of all nodes with those that the plan was made from, and with those that were rolled out."""

from __future__ import annotations

from corotui.conf.constants import CONF_PATH
from corotui.errors import RefusedError, WorkError
from corotui.rollout.execute.run import RolloutRun, read_sums, sha256_before, watched_paths
from corotui.rollout.model import ABSENT, NodePlan, Plan
from corotui.ssh.fanout import NodeResults, Shells, on_each
from corotui.ssh.shell import Shell


async def check_unchanged(plan: Plan, shells: Shells) -> NodeResults[str]:
    """Asks all nodes under their locks whether their files are still those that the plan was made from.

    A node where one differs has a RefusedError with both sums.
    """

    async def check_node(name: str) -> str:
        raise_if_changed(plan, plan.node(name), await read_sums(plan, shells.shell(name)))
        return ""

    return await on_each((node.name for node in plan.nodes), check_node)


def raise_if_changed(plan: Plan, node: NodePlan, now: dict[str, str]) -> None:
    """Raises RefusedError if a file of a node is not the one that the plan was made from. `now`: path -> sha256."""
    for path in watched_paths(node, plan.key_path):
        planned, found = sha256_before(node, path), now.get(path, ABSENT)
        if found != planned:
            raise RefusedError(
                f"{path} was changed by somebody else since the plan was made: {describe_sum(found)} is there, "
                f"{describe_sum(planned)} was planned for",
                node=node.name,
                next_step="Look again with `corotui plan`, then apply again.",
            )


async def check_rolled_out(run: RolloutRun) -> NodeResults[str]:
    """Asks all nodes whether their files are those that were rolled out. A node where one differs has a WorkError."""

    async def check_node(node: NodePlan, shell: Shell) -> str:
        now = await read_sums(run.plan, shell)
        for path in watched_paths(node, run.plan.key_path):
            wanted, found = run.sha256_after(node, path), now.get(path, ABSENT)
            if found != wanted:
                what = "configuration" if path == CONF_PATH else "key"
                raise WorkError(
                    f"{path} is not the {what} that was rolled out: {describe_sum(found)} is there, not "
                    f"{describe_sum(wanted)}",
                    node=node.name,
                    changed="",
                )
        return ""

    return await run.run_on_nodes_quietly(run.plan.nodes, check_node)


def describe_sum(digest: str) -> str:
    """Returns a sha256 for people: its first 12 digits."""
    return "no file" if digest == ABSENT else f"sha256 {digest[:12]}"
