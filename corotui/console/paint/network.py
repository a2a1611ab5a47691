"""The Network step: subnets that the nodes share, as links of the ring."""

from __future__ import annotations

from corotui.console.paint.findings import finding_rows
from corotui.console.paint.frame import BLANK, Frame
from corotui.console.paint.line import Line, Row, columns, ends, wrapped
from corotui.network.model import Endpoint, LinkProposal
from corotui.walk.model import Picture, Step


def taken(picture: Picture) -> tuple[int, ...]:
    """Indices of the links that Enter will use, link 0 first."""
    return picture.chosen or tuple(i for i, link in enumerate(picture.links) if link.recommended)


def network_page(picture: Picture, frame: Frame) -> list[Row]:
    """Links (key "link:INDEX") with an end per node, then findings of this step."""
    rows: list[Row] = []
    used = taken(picture)
    if not picture.links:
        rows += frame.note("No subnet is known yet. The nodes have not been looked at.", style="")
    order = [*used, *(i for i in range(len(picture.links)) if i not in used)]
    for index in order:
        rows += _link(index, picture, used, frame)
    found = picture.found.get(Step.NETWORK, ())
    if found:
        if picture.links:
            rows.append(BLANK)
        for finding in found:
            rows += finding_rows(finding, frame, indent=0)
    return rows


def _link(index: int, picture: Picture, used: tuple[int, ...], frame: Frame) -> list[Row]:
    link = picture.links[index]
    key = f"link:{index}"
    number = f"Link {used.index(index)}" if index in used else "      "
    nodes = len(picture.cluster.nodes)
    has = f"{len(link.endpoints)} of {nodes} nodes" if link.missing else "every node has it"
    name = "strong" if index in used else ""
    left = Line((number, "strong"), "  ", (str(link.network), "strong" if name else ""), "  ", (has, "context"))
    rows = [Row(ends(left, _verdict(index, link, picture, used, frame), frame.width), key)]
    widths = [max(len(end.node) for end in link.endpoints), 10, 15, 5, 8] if link.endpoints else []
    if widths:
        widths[1] = min(max(len(end.interface) for end in link.endpoints), 15)
        widths[2] = max(len(str(end.address)) for end in link.endpoints)
    rows += [Row(Line("  ", _endpoint(end, widths)).fit(frame.width), key) for end in link.endpoints]
    if link.missing:
        have = "has" if len(link.missing) == 1 else "have"
        text = f"{', '.join(link.missing)} {have} no address in it"
        rows += [Row(line, key) for line in wrapped(text, frame.width, first="  ", hang=2)]
    for note in ((link.reason,) if link.reason and not link.missing and not link.usable else ()) + link.notes:
        rows += [Row(line, key) for line in wrapped(note, frame.width, style="context", first="  ", hang=2)]
    return rows


def _endpoint(end: Endpoint, widths: list[int]) -> Line:
    mtu = "" if end.mtu is None else str(end.mtu)
    up = {True: "up", False: "down", None: "state unknown"}[end.up]
    state = Line((up, "broken" if end.up is False else ""))
    return columns([end.node, end.interface, str(end.address), mtu, state], [*widths[:4], 13], right=[3])


def _verdict(index: int, link: LinkProposal, picture: Picture, used: tuple[int, ...], frame: Frame) -> Line:
    if not link.usable:
        return Line(("not usable", "context"))
    if index in picture.chosen:
        return Line((f"{frame.glyphs.done} chosen", ""))
    if index in used:
        return Line((f"{frame.glyphs.here} recommended", "accent"))
    return Line(("usable", "context"))
