"""Connecting to the nodes, asking them for facts, and proving the links between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corotui import network
from corotui.cluster.events import Note
from corotui.cluster.finding import Finding, Severity
from corotui.conf import names_to_resolve, parse
from corotui.errors import CorotuiError
from corotui.facts import NodeFacts, gather_all
from corotui.ssh.shell import Shell
from corotui.walk import links
from corotui.walk.session import Session


async def connect(session: Session, names: Sequence[str] | None) -> None:
    """Opens connections to all nodes at once; what fails stands beside its node."""
    async with session.busy("connecting"):
        wanted = names if names is not None else [node.name for node in session.picture.cluster.nodes]
        known = {node.name: node for node in session.picture.nodes}
        for name in wanted:
            if name in known and known[name].connection != "connected":
                session.node(name, connection="connecting", error="")
        await session.shells(names)


async def look(session: Session, names: Sequence[str] | None) -> None:
    """Facts of all nodes (or these), then everything that follows from them."""
    async with session.busy("asking the nodes for facts"):
        await gather(session, names)


async def gather(session: Session, names: Sequence[str] | None = None) -> None:
    """The same as `look`, within other work."""
    shells = await session.shells(names)
    open_ones: dict[str, Shell] = {n: s for n, s in shells.items() if not isinstance(s, CorotuiError)}
    conf = session.picture.conf
    asked = [node.name for node in session.picture.cluster.nodes]
    asked += names_to_resolve(parse(conf)) if conf is not None else ()
    told = await gather_all(open_ones, names=asked)
    fresh: dict[str, NodeFacts] = {}
    nodes = []
    for node in session.picture.nodes:
        answer = told.get(node.name)
        if isinstance(answer, CorotuiError):
            session.errors[node.name] = answer
            nodes.append(replace(node, connection="failed", error=answer.what, live=False))
        elif answer is not None:
            fresh[node.name] = answer
            nodes.append(replace(node, facts=answer, live=True))
        elif isinstance(shells.get(node.name), CorotuiError):
            nodes.append(replace(node, live=False))
        else:
            nodes.append(node)
    session.paint(nodes=tuple(nodes))
    session.memory.keep(fresh)
    session.relink()


async def prove(session: Session) -> None:
    """Sends UDP between all pairs of nodes on the chosen links; what does not pass becomes a finding."""
    async with session.busy("sending UDP between all pairs of nodes"):
        picture = session.picture
        shells = await session.shells()
        open_ones = {n: s for n, s in shells.items() if not isinstance(s, CorotuiError)}
        found: list[Finding] = []
        slowest: list[float] = []
        for number, index in enumerate(links.taken(picture.links, picture.chosen)):
            result = await network.probe(open_ones, picture.links[index], port=5405 + number)
            found += list(result.findings())
            slowest += [result.milliseconds] if result.milliseconds is not None else []
            session.report(Note(text=f"{result.network}: {result.summary}."))
            if result.ok:
                place = str(picture.links[index].network)
                found.append(Finding(Severity.OK, "udp-passes", f"{result.summary}.", place=place))
        session.latency_ms = max(slowest, default=None)
        session.paint(proved=tuple(found))
        session.judge()
