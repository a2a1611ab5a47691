"""The Review step: what will happen on each node, and what changes in its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from corotui.console.paint.frame import BLANK, Frame
from corotui.console.paint.line import Line, Row, Style, columns, share, wrapped
from corotui.walk.model import Picture

_WORDS = {
    "key": {"none": "not needed", "keep": "keep", "create": "make", "copy": "copy"},
    "conf": {"keep": "keep", "write": "write"},
    "start": {"none": "runs", "start": "start", "restart": "restart", "reload": "reload"},
}


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def review_page(picture: Picture, frame: Frame) -> list[Row]:
    """The plan (`Plan.to_json()`): its words, warnings, a table of nodes, the diff of each different file."""
    plan = picture.plan
    if plan is None:
        return frame.note(_missing(picture), style="")
    rows: list[Row] = []
    for word in _list(plan.get("words")):
        rows += frame.note(str(word), style="")
    if plan.get("empty") and not rows:
        rows += frame.note("The nodes are as the configuration says. There is nothing to change.", style="")
    for refusal in _list(plan.get("refusals")):
        rows += _refusal(refusal, frame)
    for warning in _list(plan.get("warnings")):
        lines = wrapped(str(warning), frame.width, first=Line((frame.glyphs.needs, "needs"), " "), hang=2)
        rows += [Row(line) for line in lines]
    nodes = [node for node in _list(plan.get("nodes")) if isinstance(node, Mapping)]
    rows += [BLANK, *_table(nodes, frame)]
    for names, diff in _diffs(nodes):
        rows += [BLANK, *_diff(names, diff, len(nodes), frame)]
    return rows


def _missing(picture: Picture) -> str:
    if picture.conf is None:
        return "There is no corosync.conf yet. The step Configuration makes one."
    if picture.busy:
        return "The plan is being made."
    return "There is no plan yet. r makes one: it compares the nodes with the configuration and changes nothing."


def _refusal(refusal: object, frame: Frame) -> list[Row]:
    if not isinstance(refusal, Mapping):
        return []
    node = f"{refusal.get('node')}: " if refusal.get("node") else ""
    first = Line((frame.glyphs.failed, "broken"), " ")
    rows = [Row(line) for line in wrapped(f"{node}{refusal.get('what', '')}", frame.width, first=first, hang=2)]
    if refusal.get("next"):
        rows += frame.note(str(refusal["next"]), indent=2)
    return rows


def _table(nodes: Sequence[Mapping[str, object]], frame: Frame) -> list[Row]:
    if not nodes:
        return []
    widths = share([max([4, *(len(str(n.get("name"))) for n in nodes)]), 10, 10, 8, 9, 7], frame.width)
    rows = [Row(columns(["node", "corosync", "authkey", "conf", "service", "at boot"], widths).styled("context"))]
    for node in nodes:
        cells: list[Line | str] = [str(node.get("name", "")), _version(node)]
        cells += [_word(kind, node.get(kind)) for kind in ("key", "conf", "start")]
        cells.append(Line(("enable", "accent")) if node.get("enable") else Line(("as is", "context")))
        rows.append(Row(columns(cells, widths)))
    return rows


def _version(node: Mapping[str, object]) -> Line:
    if node.get("install"):
        return Line(("install", "accent"))
    return Line((str(node.get("corosync", "")), "context"))


def _word(kind: str, value: object) -> Line:
    word = _WORDS[kind].get(str(value), str(value))
    idle = str(value) in ("none", "keep")
    return Line((word, "context" if idle else "accent"))


def _diffs(nodes: Sequence[Mapping[str, object]]) -> list[tuple[list[str], str]]:
    """Each different diff with the names of the nodes it is for, in the order of the nodes."""
    seen: dict[str, list[str]] = {}
    for node in nodes:
        diff = str(node.get("diff", ""))
        if diff:
            seen.setdefault(diff, []).append(str(node.get("name", "")))
    return [(names, diff) for diff, names in seen.items()]


def _diff(names: list[str], diff: str, nodes: int, frame: Frame) -> list[Row]:
    where = f"all {nodes} nodes" if len(names) == nodes and nodes > 1 else ", ".join(names)
    rows = [Row(Line(("corosync.conf", "strong"), f" on {where}").fit(frame.width))]
    for text in diff.splitlines():
        style: Style = "accent" if text.startswith("+") else "context"
        rows.append(Row(Line((text.expandtabs(4), style)).fit(frame.width)))
    return rows
