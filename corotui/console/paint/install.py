"""The Install step: how corosync comes onto the nodes, and where it is already."""

from __future__ import annotations

from corotui.cluster.model import Install, Method
from corotui.console.paint.findings import finding_rows
from corotui.console.paint.frame import BLANK, Frame
from corotui.console.paint.line import Line, Row, columns, share, wrapped
from corotui.console.paint.nodes import os_name
from corotui.console.paint.progress import progress_rows
from corotui.errors import Refused, UsageError
from corotui.source.choice import releases_of
from corotui.walk.findings import MISSING
from corotui.walk.model import NodeStatus, Picture, Step

_METHODS = {
    Method.PACKAGE: "the distribution's own package",
    Method.SOURCE: "built from the release archives, then installed as packages",
    Method.PRESENT: "it is there already; nothing is installed",
}


def install_page(picture: Picture, frame: Frame) -> list[Row]:
    """Methods (key "method:NAME"), then each node (key "node:NAME"), then findings of this step."""
    rows: list[Row] = []
    chosen = picture.cluster.install
    for method, words in _METHODS.items():
        rows += _method(method, words, chosen, picture, frame)
    rows.append(BLANK)
    widths = share([max([4, *(len(n.name) for n in picture.nodes)]), 24, 26], frame.width)
    rows.append(Row(columns(["node", "system", "corosync"], widths).styled("context")))
    for status in picture.nodes:
        rows.append(
            Row(columns([status.name, _system(status), _corosync(status, frame)], widths), f"node:{status.name}")
        )
    progress = picture.progress
    if progress is not None and "commit" not in progress.steps and (progress.running or progress.error):
        rows += [BLANK, *progress_rows(progress, frame)]
    found = [finding for finding in picture.found.get(Step.INSTALL, ()) if finding.code != MISSING]
    if found:
        rows.append(BLANK)
        for finding in found:
            rows += finding_rows(finding, frame)
    return rows


def _method(method: Method, words: str, chosen: Install, picture: Picture, frame: Frame) -> list[Row]:
    here = chosen.method is method
    sign = Line((frame.glyphs.here, "accent") if here else " ", " ", (f"{method.value:<8}", "strong" if here else ""))
    if method is Method.SOURCE and here:
        where = chosen.build_node or (picture.cluster.nodes[0].name if picture.cluster.nodes else "the first node")
        words = f"{_releases(chosen)}; built on {where}, then installed as packages"
    lines = wrapped(words, frame.width, style="" if here else "context", first=Line(sign, "  "), hang=sign.width + 2)
    return [Row(line, f"method:{method.value}") for line in lines]


def _releases(chosen: Install) -> str:
    try:
        return ", ".join(release.label for release in reversed(releases_of(chosen)))
    except (Refused, UsageError) as error:
        return error.what.rstrip(".")


def _system(status: NodeStatus) -> Line:
    if status.facts is None:
        return Line(("not looked at yet", "context"))
    return Line(os_name(status.facts))


def _corosync(status: NodeStatus, frame: Frame) -> Line:
    if status.facts is None:
        return Line((frame.glyphs.none, "context"))
    corosync = status.facts.corosync
    if not corosync.version:
        return Line((frame.glyphs.todo, "context"), " not installed")
    runs = ", running" if corosync.running else ""
    return Line((frame.glyphs.done, ""), f" {corosync.version}{runs}")
