"""What stands against reading or replacing the keys of the nodes. Pure."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

from corotui.cluster.phrasing import format_count
from corotui.conf.constants import CONF_PATH
from corotui.rollout.model import ABSENT, Consent, KeyAction, Refusal
from corotui.rollout.node.key_file import KeyFile, key_problem
from corotui.rollout.plan.inputs import PlanInputs

SHORT_DIGEST = 12
"""Hex digits of a key's sha256 that are shown: enough to compare keys by."""
_MAX_NAMES = 4


def find_key_refusals(inputs: PlanInputs) -> tuple[Refusal, ...]:
    """Returns what the operator has to decide about the keys, and what cannot be done with them."""
    if not inputs.target_summary.needs_key:
        return ()
    path, source = inputs.target_summary.key_path, inputs.key_choice.source
    if not path.startswith("/") or path.endswith("/") or path == CONF_PATH:
        next_step = "Name a file in /etc/corosync, or leave `keyfile` out: then it is /etc/corosync/authkey."
        return (Refusal("key-path", f"{path} cannot be the path of the key.", next_step=next_step),)
    if source and inputs.key_source != (source, False):
        return (
            Refusal("key-source", f"There is no key in {path} there, and it was chosen as the source.", node=source),
        )
    refusals = [*_unknown_files(inputs, path), *_different_keys(inputs, path)]
    if refusals:
        first = refusals[0]
        refusals[0] = replace(first, what=f"{first.what} {_describe_holders(inputs, path)}".rstrip())
    return tuple(refusals)


def _unknown_files(inputs: PlanInputs, path: str) -> Iterator[Refusal]:
    """Refuses to read or replace a file as the key that is not known to be one."""
    for problem, names in _problems(inputs, path).items():
        what = f"{path} is named as the key, and on {_some_names(names)} it {problem}."
        replaced = [name for name in names if inputs.key_changes(name)]
        if any(not file.is_regular for name in replaced if (file := inputs.snapshots[name].key) is not None):
            yield Refusal("key-file", what, next_step="Name the file itself as `keyfile`, or remove it.")
        elif path != inputs.key_choice.accepted_path:
            yield Refusal(
                "key-file",
                what,
                next_step=f"Name another `keyfile`; or say --accept-key-file {path} if this is the key.",
                consent=Consent.KEY_FILE,
            )


def _problems(inputs: PlanInputs, path: str) -> dict[str, list[str]]:
    """Why the files that are read or replaced are not known to be keys -> names of their nodes."""
    source, creates = inputs.key_source
    changed = [node.name for node in inputs.cluster.nodes if inputs.key_changes(node.name)]
    problems: dict[str, list[str]] = {}
    for name in ([] if creates or not changed else [source]) + changed:
        snapshot = inputs.snapshots[name]
        problem = key_problem(path, snapshot.key, snapshot.key_open_directory, in_use=inputs.uses_key(name))
        if problem:
            problems.setdefault(problem, []).append(name)
    return problems


def _different_keys(inputs: PlanInputs, path: str) -> Iterator[Refusal]:
    """Refuses to replace a key by another one, unless the operator chose whose key it is to be."""
    source = inputs.key_source[0]
    replaced = [
        node.name
        for node in inputs.cluster.nodes
        if inputs.key_action(node.name) is KeyAction.COPY and inputs.snapshots[node.name].has_key(path)
    ]
    if replaced and not inputs.key_choice.source:
        yield Refusal(
            "keys-differ",
            f"The nodes have different keys; {source}'s would replace that of {_some_names(replaced)}.",
            next_step=f"Say whose key it is to be, as in --key-from {source}.",
            consent=Consent.KEY_SOURCE,
        )


def _describe_holders(inputs: PlanInputs, path: str) -> str:
    """Returns one sentence for each content of the file: its nodes, its short sha256, when it was written."""
    holders: dict[str, list[str]] = {}
    for node in inputs.cluster.nodes:
        digest = inputs.snapshots[node.name].sha256_of(path)
        if digest != ABSENT:
            holders.setdefault(digest, []).append(node.name)
    files = {digest: [inputs.snapshots[name].key for name in names] for digest, names in holders.items()}
    return " ".join(
        f"{_some_names(names)}: sha256 {digest[:SHORT_DIGEST]}{_written(files[digest])}."
        for digest, names in holders.items()
    )


def _written(files: Sequence[KeyFile | None]) -> str:
    newest = max((file.mtime for file in files if file is not None), default=0)
    return time.strftime(", of %Y-%m-%d %H:%M UTC", time.gmtime(newest)) if newest else ""


def _some_names(names: Sequence[str]) -> str:
    if len(names) <= _MAX_NAMES:
        return ", ".join(names)
    return f"{', '.join(names[: _MAX_NAMES - 1])} and {format_count(len(names) - _MAX_NAMES + 1, 'more node')}"
