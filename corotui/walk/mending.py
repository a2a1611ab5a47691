"""Running the remedies of findings, and bringing corosync onto the nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from corotui.cluster.finding import Finding, Remedy
from corotui.cluster.model import Method
from corotui.errors import CorotuiError, Refused, WorkFailed
from corotui.rollout import mend as mending
from corotui.walk import progress, rolling
from corotui.walk.findings import MISSING
from corotui.walk.looking import gather
from corotui.walk.model import Step
from corotui.walk.session import Session


async def mend(session: Session, findings: Sequence[Finding]) -> None:
    """The first remedy with commands (or an action) of each finding, all nodes at once; then looks again. A remedy that
    is a rollout comes last, once."""
    async with session.busy("mending"):
        todo = remedies(findings)
        with session.directory.lock():
            await _run(session, [remedy for remedy in todo if remedy.action != "apply"], "Mending")
        if any(remedy.action == "apply" for remedy in todo):
            await rolling.apply(session, frozenset())


def remedies(findings: Sequence[Finding]) -> list[Remedy]:
    """One remedy of each finding that has one which corotui can carry out; each once."""
    out: dict[Remedy, None] = {}
    for finding in findings:
        for remedy in finding.remedies:
            if remedy.commands or remedy.action:
                out[replace(remedy, node=remedy.node or finding.node)] = None
                break
    return list(out)


async def _run(session: Session, todo: Sequence[Remedy], title: str) -> None:
    if not todo:
        return
    names = [node.name for node in session.picture.cluster.nodes]
    session.paint(progress=progress.begin(title, (mending.STEP,), names))
    error = ""
    try:
        done = await mending.run(
            todo, await session.shells(), session.report, stop=session.stop, conf=session.picture.conf
        )
        failed = [each for each in done if each.error is not None]
        error = " ".join(str(each.error) for each in failed)
        if not any(isinstance(each.error, CorotuiError) and each.error.exit_code == 3 for each in failed):
            await gather(session)
        for each in failed:
            assert each.error is not None
            session.errors.setdefault(each.node, each.error)
        if error:
            raise WorkFailed(error, changed="")
    finally:
        current = session.picture.progress
        if current is not None:
            session.paint(progress=progress.end(current, error))


async def install(session: Session) -> None:
    """corosync onto the nodes without it: by its package's commands, by a build, or not at all when it is there."""
    async with session.busy("installing corosync"):
        picture = session.picture
        missing = [n.name for n in picture.nodes if n.facts is not None and not n.facts.corosync.version]
        if not missing:
            return
        method = picture.cluster.install.method
        if method is Method.PRESENT:
            raise Refused(
                f"corosync is not on {', '.join(missing)}, and cluster.toml says it is present.",
                next_step='Install it there, or say method = "package".',
            )
        with session.directory.lock():
            if method is Method.SOURCE:
                await _build(session)
                await gather(session)
            else:
                found = [one for one in picture.found.get(Step.INSTALL, ()) if one.code == MISSING]
                await _run(session, remedies(found), "Installing")
        still = [n.name for n in session.picture.nodes if n.facts is not None and not n.facts.corosync.version]
        if still:
            raise WorkFailed(
                f"corosync is still not on {', '.join(still)}.", changed="", next_step="The log holds what was said."
            )


async def _build(session: Session) -> None:
    """The one place where the walk calls the source room. A stop ends the build; what it made so far is kept there."""
    from corotui import source

    facts = {name: found for name, found in session.facts().items() if not found.corosync.running}
    shells = await session.shells()
    names = [node.name for node in session.picture.cluster.nodes]
    session.paint(progress=progress.begin("Building and installing", (), names))
    work = asyncio.create_task(
        source.install(session.picture.cluster, shells, facts, session.directory, session.report)
    )
    stop = asyncio.create_task(session.stop.wait())
    error = ""
    try:
        await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            work.cancel()
            await asyncio.wait({work})
        if work.cancelled():
            raise WorkFailed("The build was stopped.", changed="What was built so far is kept for the next time.")
        await work
    except asyncio.CancelledError:
        work.cancel()
        await asyncio.wait({work})
        raise
    except CorotuiError as failure:
        error = str(failure)
        raise
    finally:
        stop.cancel()
        current = session.picture.progress
        if current is not None:
            session.paint(progress=progress.end(current, error))
