"""Decides what to do with an interrupted rollout, from the files that the nodes hold now. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from corotui.conf.constants import CONF_PATH
from corotui.rollout.execute.run import changed_paths, sha256_before
from corotui.rollout.model import ABSENT, NodePlan, Plan
from corotui.rollout.node.snapshot import NodeSnapshot
from corotui.ssh import file_scripts


class RecoveryMode(StrEnum):
    """What the operator wants of an interrupted rollout."""

    AUTO = "auto"
    """Finish it, or undo it if it did not reach its commit or cannot be finished."""
    UNDO = "undo"


class RecoveryAction(StrEnum):
    """What happens to an interrupted rollout."""

    UNSTAGE = "unstage"
    """Only remove the staged files: nothing is in place yet."""
    FINISH = "finish"
    UNDO = "undo"
    CLOSE = "close"
    """Only close the journal: another change replaced its files on every node that had them."""
    REFUSE = "refuse"
    """Leave everything: some nodes hold its files, others those of another change."""


class _Content(StrEnum):
    """Whose content a file of the rollout has now."""

    BEFORE = "before"
    AFTER = "after"
    FOREIGN = "foreign"


def choose_recovery(
    plan: Plan,
    key_sha256_after: str,
    snapshots: Mapping[str, NodeSnapshot],
    *,
    commit_began: bool,
    mode: RecoveryMode = RecoveryMode.AUTO,
) -> RecoveryAction:
    """Decides what to do with an interrupted rollout.

    `key_sha256_after`: sha256 that the key file has after the commit. `snapshots`: how every node is now.
    """
    if not commit_began:
        return RecoveryAction.UNSTAGE
    contents = {
        _content(node, path, plan, key_sha256_after, snapshots[node.name])
        for node in plan.nodes
        for path in changed_paths(node, plan.key_path)
    }
    if _Content.FOREIGN in contents:
        return RecoveryAction.REFUSE if _Content.AFTER in contents else RecoveryAction.CLOSE
    if mode is RecoveryMode.UNDO:
        return RecoveryAction.UNDO
    can_finish = all(_can_finish(node, plan, key_sha256_after, snapshots[node.name]) for node in plan.nodes)
    return RecoveryAction.FINISH if can_finish else RecoveryAction.UNDO


def describe_files(node: NodePlan, plan: Plan, key_sha256_after: str, snapshot: NodeSnapshot) -> str:
    """Returns in words whose the files of a node are that the rollout changes there."""
    words = []
    for path in changed_paths(node, plan.key_path):
        digest = snapshot.sha256_of(path)
        match _content(node, path, plan, key_sha256_after, snapshot):
            case _Content.AFTER:
                words.append(f"{path} is the new one")
            case _Content.BEFORE:
                words.append(f"there is no {path}, as before" if digest == ABSENT else f"{path} is the earlier one")
            case _Content.FOREIGN:
                what = "was removed" if digest == ABSENT else f"is of somebody else (sha256 {digest[:12]})"
                words.append(f"{path} {what}")
    return ", ".join(words) or "it changes no file there"


def staged_files(node: NodePlan, plan: Plan, file_id: str, snapshot: NodeSnapshot) -> tuple[str, ...]:
    """Returns the paths of the rollout's staged files that are still on a node."""
    paths = changed_paths(node, plan.key_path)
    return tuple(
        file_scripts.staged_path(path, file_id) for path in paths if snapshot.staged.get(path, ABSENT) != ABSENT
    )


def _content(node: NodePlan, path: str, plan: Plan, key_sha256_after: str, snapshot: NodeSnapshot) -> _Content:
    now = snapshot.sha256_of(path)
    if now == _after(path, plan, key_sha256_after):
        return _Content.AFTER
    return _Content.BEFORE if now == sha256_before(node, path) else _Content.FOREIGN


def _after(path: str, plan: Plan, key_sha256_after: str) -> str:
    return plan.conf_sha256 if path == CONF_PATH else key_sha256_after


def _can_finish(node: NodePlan, plan: Plan, key_sha256_after: str, snapshot: NodeSnapshot) -> bool:
    """Whether each file of the node is in place already, or is staged beside it."""
    for path in changed_paths(node, plan.key_path):
        staged = snapshot.staged.get(path, ABSENT)
        if _after(path, plan, key_sha256_after) not in (snapshot.sha256_of(path), staged):
            return False
    return True
