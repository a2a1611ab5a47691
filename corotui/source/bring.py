"""The whole of an installation from source on all nodes, and its removal."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from corotui.cluster.events import Report
from corotui.cluster.model import Cluster
from corotui.directory import Directory
from corotui.errors import CorotuiError, Refused, UsageError, WorkFailed
from corotui.facts.model import NodeFacts
from corotui.source import account
from corotui.source.choice import Choice, choice_of
from corotui.source.deliver import INSTALL, REHEARSE, SEND, VERIFY, Delivery, ledger_of, on_all, store_of
from corotui.source.manifest import Release
from corotui.source.package import Store
from corotui.source.production import ARCHIVES, TOOLS, produce
from corotui.source.together import together
from corotui.ssh.shell import Shell


def steps(releases: Sequence[Release]) -> tuple[str, ...]:
    """The steps that are reported, in order: one per component between the archives and the nodes."""
    components = (release.component for release in releases)
    return (ARCHIVES, TOOLS, *components, SEND, REHEARSE, INSTALL, VERIFY)


async def install(
    cluster: Cluster,
    shells: Mapping[str, Shell | CorotuiError],
    facts: Mapping[str, NodeFacts],
    directory: Directory,
    report: Report,
    *,
    choice: Choice | None = None,
) -> None:
    """Builds what cluster.toml (or `choice`) names and installs it on all nodes; nodes that have it are not touched.

    Refused: a node runs corosync. WorkFailed and the rest of the tree: what failed, and what is where now.
    Cancelling puts back the nodes that were changed; builds stay where they are for the next time.
    """
    connected = _connected(shells, facts)
    refuse_running(facts)
    made = await produce(connected, facts, directory, report, choice or choice_of(cluster))
    version = next(release.version for release in made.releases if release.component == "corosync")
    deliveries = [
        Delivery(
            connected[name],
            facts[name],
            kind.form,
            made.packages[kind.build_node],
            version,
            ledger_of(directory),
            report,
        )
        for kind in made.plan.kinds
        for name in kind.nodes
    ]
    todo: list[Delivery] = []
    try:
        wanted = await together([delivery.needed() for delivery in deliveries])
        todo += [delivery for delivery, needed in zip(deliveries, wanted, strict=True) if needed]
        await _bring(todo, store_of(directory))
        _raise(await on_all(deliveries, Delivery.verify), deliveries)
    except asyncio.CancelledError:
        await on_all([delivery for delivery in deliveries if delivery.half], Delivery.put_back)
        raise
    finally:
        await on_all(todo, Delivery.tidy)


async def remove(
    shells: Mapping[str, Shell], facts: Mapping[str, NodeFacts], directory: Directory, report: Report
) -> tuple[str, ...]:
    """Takes away on these nodes what `install` and its tools brought; what was there before comes back.

    Gives the names of the nodes that were changed. Refused where corosync runs.
    """
    ledger = ledger_of(directory)
    deliveries = []
    for name, shell in shells.items():
        before = ledger.read(name)
        if before is not None:
            deliveries.append(Delivery(shell, facts[name], before.form, (), "", ledger, report, before))
    refuse_running({delivery.node: facts[delivery.node] for delivery in deliveries})
    _raise(await on_all(deliveries, Delivery.put_back), deliveries)
    await together([account.remove(delivery.shell) for delivery in deliveries])
    await on_all(deliveries, Delivery.tidy)
    return tuple(delivery.node for delivery in deliveries)


def _connected(shells: Mapping[str, Shell | CorotuiError], facts: Mapping[str, NodeFacts]) -> dict[str, Shell]:
    """The shells of all nodes that have facts; the error of the first that has none."""
    connected: dict[str, Shell] = {}
    for name in facts:
        shell = shells.get(name) or UsageError(f"There is no connection to {name}.")
        if isinstance(shell, CorotuiError):
            raise shell
        connected[name] = shell
    return connected


def refuse_running(facts: Mapping[str, NodeFacts]) -> None:
    """Refused where corosync runs: its files are not changed under it."""
    running = [name for name, node in facts.items() if node.corosync.running]
    if running:
        sysv = facts[running[0]].service_manager == "sysv"
        raise Refused(
            f"corosync runs on {', '.join(running)}, and its files are not changed under it.",
            next_step=f"Stop it there first: {'service corosync stop' if sysv else 'systemctl stop corosync'}, "
            f"on {', '.join(running)}.",
        )


async def _bring(deliveries: Sequence[Delivery], store: Store) -> None:
    """Each step on all nodes before the next one: nothing is installed anywhere that would fail somewhere."""
    _raise(await on_all(deliveries, lambda delivery: delivery.send(store)), deliveries)
    _raise(await on_all(deliveries, Delivery.rehearse), deliveries)
    _raise(await on_all(deliveries, Delivery.note), deliveries)
    _raise(await on_all(deliveries, Delivery.install), deliveries)


def _raise(failed: Mapping[str, CorotuiError], deliveries: Sequence[Delivery]) -> None:
    """One error for all nodes that failed; it says what the others have."""
    if not failed:
        return
    first = next(iter(failed.values()))
    others = [delivery.node for delivery in deliveries if delivery.node not in failed and delivery.installed]
    kept = f"{', '.join(others)}: installed, nothing is started." if others else ""
    if len(failed) == 1:
        if others:
            first.changed = f"{first.changed} {kept}".strip()
        raise first
    raise WorkFailed(
        " ".join(f"{name}: {error.what}" for name, error in failed.items()),
        changed=" ".join(dict.fromkeys([*(error.changed for error in failed.values()), kept])).strip(),
        next_step="Mend it there, then run this again; what is done is not done again.",
    ) from first
