"""Work under way on many nodes: a table of step by node, limits, and what has changed so far."""

from __future__ import annotations

from corotui.cluster.events import State
from corotui.console.paint.frame import BLANK, Frame
from corotui.console.paint.line import Line, Row, columns, wrapped
from corotui.console.words import age, took, waiting
from corotui.walk.model import Cell, Progress


def progress_rows(progress: Progress, frame: Frame) -> list[Row]:
    """The table; a step that has a cell for node "" only is one sentence over the whole row."""
    first = max([12, *(len(step) for step in progress.steps)])
    room = frame.width - first - 2
    per_node = max(8, min(24, (room + 2) // max(1, len(progress.nodes)) - 2))
    fits = max(1, (room + 2) // (per_node + 2))
    rows: list[Row] = []
    groups = [progress.nodes[i : i + fits] for i in range(0, len(progress.nodes), fits)] or [()]
    for nodes in groups:
        widths = [first, *([per_node] * len(nodes))]
        rows.append(Row(columns(["step", *nodes], widths).styled("context")))
        rows += [Row(_step(step, nodes, widths, progress, frame)) for step in progress.steps]
        if nodes is not groups[-1]:
            rows.append(BLANK)
    rows += _details(progress, frame)
    return rows


def _step(step: str, nodes: tuple[str, ...], widths: list[int], progress: Progress, frame: Frame) -> Line:
    cells = progress.cells.get(step, {})
    whole = cells.get("")
    if whole is not None and whole.state is not State.TODO and not any(node in cells for node in nodes):
        limit = progress.limits.get(step)
        return columns([step, _whole(whole, limit, progress, frame)], [widths[0], frame.width - widths[0] - 2])
    return columns([step, *(_cell(cells.get(node, Cell()), progress, frame) for node in nodes)], widths)


def _whole(cell: Cell, limit: float | None, progress: Progress, frame: Frame) -> Line:
    if _cut(cell, progress):
        return Line(frame.state(State.TODO), " ended here")
    sign = Line(frame.state(cell.state), " ")
    if cell.state in (State.RUNNING, State.WAITING):
        words = waiting(cell.since, limit, frame.now)
        return Line(sign, cell.detail or "waits", (f"  {words}", "context"))
    return Line(sign, cell.detail, _took(cell, lead="  " if cell.detail else ""))


def _cut(cell: Cell, progress: Progress) -> bool:
    """It was under way when the work ended, so nothing moves there any more."""
    return not progress.running and cell.state in (State.RUNNING, State.WAITING)


def _cell(cell: Cell, progress: Progress, frame: Frame) -> Line:
    if _cut(cell, progress):
        return Line(frame.state(State.TODO), " ended here")
    sign = Line(frame.state(cell.state))
    if cell.state is State.TODO:
        return sign
    if cell.state in (State.RUNNING, State.WAITING):
        since = f" {age(frame.now - cell.since)}" if cell.since is not None else ""
        return Line(sign, (since, "accent"))
    if cell.state is State.SKIPPED:
        return Line(sign, (" was so", "context"))
    if cell.state is State.FAILED:
        return Line(sign, (" failed", "broken"))
    return Line(sign, _took(cell, lead=" "))


def _took(cell: Cell, *, lead: str) -> Line:
    return Line() if cell.seconds is None else Line((f"{lead}{took(cell.seconds)}", "context"))


def _details(progress: Progress, frame: Frame) -> list[Row]:
    """What is waited for where, and what went wrong where: the cells are too narrow for words."""
    rows: list[Row] = []
    for step in progress.steps:
        for node, cell in progress.cells.get(step, {}).items():
            if not node or not cell.detail or cell.state not in (State.RUNNING, State.WAITING, State.FAILED):
                continue
            if _cut(cell, progress):
                continue
            words = "" if cell.state is State.FAILED else waiting(cell.since, progress.limits.get(step), frame.now)
            text = f"{node}: {cell.detail}" + (f"  {words}" if words else "")
            first = Line(frame.state(cell.state), " ")
            rows += [Row(line) for line in wrapped(text, frame.width, first=first, hang=2)]
    details = [cell.detail for cells in progress.cells.values() for cell in cells.values() if cell.detail]
    if progress.error and not any(detail in progress.error for detail in details):
        first = Line((frame.glyphs.failed, "broken"), " ")
        rows += [Row(line) for line in wrapped(progress.error, frame.width, first=first, hang=2)]
    return [BLANK, *rows] if rows else []


def changed_so_far(progress: Progress) -> str:
    """What a rollout has changed on the nodes by now, in one sentence."""
    if "commit" not in progress.steps:
        return ""
    commits = progress.cells.get("commit", {})
    states = [cell.state for node, cell in commits.items() if node]
    done = sum(state in (State.DONE, State.SKIPPED) for state in states)
    begun = any(state is not State.TODO for state in states)
    if not begun:
        if progress.running:
            return "Until commit nothing on the nodes changes."
        return "Nothing on the nodes was changed." if progress.error else ""
    if done < len(progress.nodes):
        return f"The new file lies on {done} of {len(progress.nodes)} nodes. It goes to all of them, or back from all."
    return f"The new file lies on all {len(progress.nodes)} nodes." if progress.running else ""
