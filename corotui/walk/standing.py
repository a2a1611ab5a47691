"""Where each step of the walk stands, derived from the picture each time and stored nowhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from corotui.cluster.finding import Finding, Severity
from corotui.walk.model import Picture, Standing, Step, StepStatus


def standings(picture: Picture) -> tuple[StepStatus, ...]:
    """The eight steps in order; `picture.steps` is not read."""
    return tuple(_status(step, picture) for step in Step)


def _status(step: Step, picture: Picture) -> StepStatus:
    standing, summary = _JUDGES[step](picture)
    return StepStatus(step, standing, summary)


Verdict = tuple[Standing, str]


def _nodes(picture: Picture) -> Verdict:
    count = len(picture.nodes)
    if not count:
        return Standing.NEEDS, "no node yet"
    if any(n.connection == "connecting" for n in picture.nodes):
        return Standing.BUSY, "connecting"
    lost = [n.name for n in picture.nodes if n.connection in ("failed", "lost")]
    if lost:
        return Standing.FAILED, f"no answer from {', '.join(lost)}"
    answering = sum(n.connection == "connected" and n.facts is not None for n in picture.nodes)
    if answering == count:
        return Standing.DONE, f"{answering} of {_nodes_word(count)} answer"
    if all(n.facts is not None for n in picture.nodes):
        return Standing.STALE, f"{_nodes_word(count)}, not connected now"
    return Standing.TODO, f"{_nodes_word(count)}, not connected"


def _aged(picture: Picture) -> Standing:
    """What a step that is fulfilled is called: done, or stale where a node's facts are of an earlier session."""
    return Standing.DONE if all(n.live for n in picture.nodes) else Standing.STALE


def _without_facts(picture: Picture) -> bool:
    return not picture.nodes or any(n.facts is None for n in picture.nodes)


def _prerequisites(picture: Picture) -> Verdict:
    if _without_facts(picture):
        return Standing.TODO, ""
    grave = _errors(picture.found.get(Step.PREREQUISITES, ()))
    if grave:
        return Standing.NEEDS, _to_mend(len(grave))
    return _aged(picture), "nothing is missing"


def _install(picture: Picture) -> Verdict:
    if _without_facts(picture):
        return Standing.TODO, ""
    versions = {n.facts.corosync.version for n in picture.nodes if n.facts is not None}
    if "" in versions:
        missing = sum(n.facts is not None and not n.facts.corosync.version for n in picture.nodes)
        return Standing.TODO, f"corosync is missing on {missing} of {len(picture.nodes)}"
    if len(versions) > 1:
        return Standing.NEEDS, f"different versions: {', '.join(sorted(versions))}"
    return _aged(picture), f"corosync {versions.pop()}"


def _network(picture: Picture) -> Verdict:
    grave = _errors(picture.found.get(Step.NETWORK, ()))
    if grave:
        return Standing.NEEDS, grave[0].what[:40]
    if picture.chosen:
        networks = ", ".join(str(picture.links[i].network) for i in picture.chosen)
        return Standing.DONE, networks
    if picture.conf is not None:
        return Standing.DONE, "as in corosync.conf"
    if not picture.links:
        return Standing.TODO, ""
    usable = sum(link.usable for link in picture.links)
    return (Standing.TODO, f"{usable} usable") if usable else (Standing.NEEDS, "no subnet that every node has")


def _configuration(picture: Picture) -> Verdict:
    if picture.conf is None:
        return Standing.TODO, "proposed" if picture.proposed is not None else ""
    grave = _errors(picture.found.get(Step.CONFIGURATION, ()))
    return (Standing.NEEDS, _to_mend(len(grave))) if grave else (Standing.DONE, "corosync.conf is written")


def _review(picture: Picture) -> Verdict:
    plan = picture.plan
    if plan is None:
        return (_aged(picture), "nothing to change") if _in_force(picture) else (Standing.TODO, "")
    if plan.get("refusals"):
        return Standing.NEEDS, "needs your decision"
    return Standing.DONE, "nothing to change" if plan.get("empty") else "planned"


def _rollout(picture: Picture) -> Verdict:
    progress = picture.progress
    if progress is not None and progress.running and progress.steps and "commit" in progress.steps:
        return Standing.BUSY, progress.title
    if picture.interrupted:
        return Standing.NEEDS, "was cut off"
    if progress is not None and progress.error and "commit" in progress.steps:
        return Standing.FAILED, progress.error[:40]
    if picture.plan is not None and picture.plan.get("empty"):
        return Standing.DONE, "nothing to change"
    if picture.plan is None and _in_force(picture):
        return _aged(picture), "in force on all nodes"
    return Standing.TODO, ""


def _in_force(picture: Picture) -> bool:
    """Every node's facts show a corosync that runs and the directory's corosync.conf, byte for byte."""
    if picture.conf is None or _without_facts(picture):
        return False
    wanted = picture.conf.decode("latin-1")
    return all(
        n.facts is not None and n.facts.corosync.running > 0 and n.facts.corosync.conf == wanted for n in picture.nodes
    )


def _ring(picture: Picture) -> Verdict:
    ring = picture.ring
    if ring is None:
        return Standing.TODO, ""
    members = f"{len(ring.members)} of {ring.expected} members"
    if ring.healthy:
        return Standing.DONE, members
    return Standing.NEEDS, members if ring.quorate else f"no quorum, {members}"


_JUDGES: Mapping[Step, Callable[[Picture], Verdict]] = {
    Step.NODES: _nodes,
    Step.PREREQUISITES: _prerequisites,
    Step.INSTALL: _install,
    Step.NETWORK: _network,
    Step.CONFIGURATION: _configuration,
    Step.REVIEW: _review,
    Step.ROLLOUT: _rollout,
    Step.RING: _ring,
}


def _errors(findings: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def _to_mend(count: int) -> str:
    return "1 thing to mend" if count == 1 else f"{count} things to mend"


def _nodes_word(count: int) -> str:
    return "1 node" if count == 1 else f"{count} nodes"
