"""A plan in sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from corotui.cluster.text import clean_line
from corotui.conf import Consequences
from corotui.rollout.case import Case
from corotui.rollout.model import ConfAction, KeyAction, NodePlan, Order, Start
from corotui.rollout.starting import Starts

_CHANGES = 8  # settings that are named one by one


def plan(case: Case, nodes: Sequence[NodePlan], start: Starts, foreseen: Consequences) -> tuple[str, ...]:
    """What happens, a sentence each, in the order in which it happens."""
    key_from = case.key_source[0]
    out: list[str] = []
    total = len(nodes)
    missing = [node.name for node in nodes if node.install]
    if missing:
        out.append(f"corosync comes onto {_who(missing, total)}.")
    copies = [node.name for node in nodes if node.key is KeyAction.COPY]
    makes = any(node.key is KeyAction.CREATE for node in nodes)
    if makes:
        rest = f"; {_who(copies, total)} {_get(copies)} a copy" if copies else ""
        out.append(f"{key_from} makes the key {case.new.key_path}{rest}.")
    elif copies:
        out.append(f"{_who(copies, total)} {_get(copies)} {key_from}'s key {case.new.key_path}.")
    writes = [node.name for node in nodes if node.conf is ConfAction.WRITE]
    if writes:
        out.append(f"corosync.conf is written on {_who(writes, total)}.")
    out += _settings(start.changes)
    out += _daemons(nodes, start.order, foreseen.quorum, foreseen.votes)
    enable = [node.name for node in nodes if node.enable]
    if enable:
        out.append(f"corosync starts with the machine from now on, on {_who(enable, total)}.")
    return tuple(out)


def _settings(changes: Sequence[Mapping[str, object]]) -> Iterator[str]:
    for change in changes[:_CHANGES]:
        old, new = change.get("old"), change.get("new")
        value = f": {old or 'not set'} becomes {new or 'not set'}" if (old or new) else ""
        yield clean_line(f"{change.get('what')}{value}.", limit=200)
    if len(changes) > _CHANGES:
        yield f"{len(changes) - _CHANGES} more settings change."


def _daemons(nodes: Sequence[NodePlan], order: Order, quorum: int | None, votes: int | None) -> list[str]:
    total = len(nodes)
    out: list[str] = []
    start = [node.name for node in nodes if node.start is Start.START]
    restart = [node.name for node in nodes if node.start is Start.RESTART and not node.was_ring]
    felt = [node.name for node in nodes if node.start is Start.RESTART and node.was_ring]
    reload = [node.name for node in nodes if node.start is Start.RELOAD]
    if start:
        out.append(f"corosync is started on {_who(start, total)}{', all at once' if len(start) > 1 else ''}.")
    if restart:
        out.append(f"corosync is restarted on {_who(restart, total)}, where no ring runs.")
    if felt and order is Order.ROLLING:
        left = None if votes is None else votes - 1
        kept = "" if quorum is None or left is None else f"; quorum is {_kept(left, quorum)} ({left} of {votes})"
        out.append(f"corosync is restarted on {_who(felt, total)}, one after another{kept}.")
    elif felt:
        lost = "; the ring stops and forms again" if len(felt) > 1 else ""
        out.append(f"corosync is restarted on {_who(felt, total)}{', all at once' if len(felt) > 1 else ''}{lost}.")
    if reload:
        out.append(f"corosync reads its configuration again on {_who(reload, total)}, without a restart.")
    return out


def _kept(left: int, quorum: int) -> str:
    return "kept" if left >= quorum else "lost meanwhile"


def _who(names: Sequence[str], total: int) -> str:
    if len(names) == total and total > 3:
        return f"all {total} nodes"
    if len(names) > 5:
        return f"{len(names)} nodes"
    return ", ".join(names)


def _get(names: Sequence[str]) -> str:
    return "gets" if len(names) == 1 else "get"
