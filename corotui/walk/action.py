"""What Enter does at a step of the walk: judged from the picture alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from corotui.cluster.finding import Finding, Severity
from corotui.cluster.model import Method
from corotui.rollout.model import Consent
from corotui.walk.findings import MISSING
from corotui.walk.model import Picture, Step


class Kind(StrEnum):
    """What an action does; `act` carries it out."""

    NONE = "none"
    LOOK = "look"  # connect to all nodes, ask them for facts, then the next step
    MEND = "mend"  # run the remedies of `mendable`
    INSTALL = "install"
    TAKE_LINKS = "take-links"
    SAVE_CONF = "save-conf"
    APPLY = "apply"
    RECOVER = "recover"
    NEXT = "next"


@dataclass(frozen=True, slots=True)
class Action:
    """`label` says what happens and to how many. `reason`: why it is disabled. `asks`: what to ask before it is done
    (the commands, the consequences), "" when it needs no question. `commands` are (node, command line) pairs that will
    run, as far as they are known before. `consents`: what the operator allows when he confirms."""

    label: str
    kind: Kind
    enabled: bool = True
    reason: str = ""
    asks: str = ""
    commands: tuple[tuple[str, str], ...] = ()
    consents: frozenset[Consent] = frozenset()


def mendable(picture: Picture) -> tuple[Finding, ...]:
    """Findings of the prerequisites that stand in the way and that corotui can mend with commands. Warnings are mended
    one by one, when the operator wants it."""
    return tuple(
        finding
        for finding in picture.found.get(Step.PREREQUISITES, ())
        if finding.severity is Severity.ERROR and any(r.commands for r in finding.remedies)
    )


def main_action(picture: Picture) -> Action:
    """What Enter does where the picture stands."""
    if picture.busy:
        return Action(picture.busy, Kind.NONE, enabled=False, reason=f"{picture.busy} first has to end")
    return _BY_STEP[picture.step](picture)


def _nodes(picture: Picture) -> Action:
    count = len(picture.cluster.nodes)
    if not count:
        return Action("Connect", Kind.LOOK, enabled=False, reason="There is no node yet. Add one.")
    if _all_live(picture):
        return Action("Go on", Kind.NEXT)
    return Action(f"Connect to {_count(count)} and look", Kind.LOOK)


def _prerequisites(picture: Picture) -> Action:
    if not _all_live(picture):
        return Action(f"Look at {_count(len(picture.cluster.nodes))}", Kind.LOOK)
    found = mendable(picture)
    if not found:
        return Action("Go on", Kind.NEXT)
    commands = remedy_commands(found)
    nodes = {node for node, _ in commands}
    return Action(
        f"Mend {len(found)} on {_count(len(nodes))}",
        Kind.MEND,
        asks="These commands will run:",
        commands=commands,
    )


def _install(picture: Picture) -> Action:
    if not _all_live(picture):
        return Action(f"Look at {_count(len(picture.cluster.nodes))}", Kind.LOOK)
    missing = without_corosync(picture)
    if not missing:
        return Action("Go on", Kind.NEXT)
    method = picture.cluster.install.method
    if method is Method.PRESENT:
        return Action(
            "Install",
            Kind.INSTALL,
            enabled=False,
            reason=f"corosync is not on {', '.join(missing)}, and cluster.toml says it is present.",
        )
    how = "its package" if method is Method.PACKAGE else "a build from source"
    commands = remedy_commands(tuple(f for f in picture.found.get(Step.INSTALL, ()) if f.code == MISSING))
    return Action(
        f"Install corosync on {_count(len(missing))}",
        Kind.INSTALL,
        asks=f"corosync comes onto {', '.join(missing)} as {how}.",
        commands=commands,
    )


def _network(picture: Picture) -> Action:
    if picture.conf is not None and not picture.chosen:
        return Action("Go on", Kind.NEXT)
    if not picture.links:
        return Action("Take links", Kind.TAKE_LINKS, enabled=False, reason="No subnet is known yet. Look at the nodes.")
    taken = picture.chosen or recommended(picture)
    if not taken:
        return Action(
            "Take links", Kind.TAKE_LINKS, enabled=False, reason="No subnet reaches every node with one address each."
        )
    networks = ", ".join(str(picture.links[index].network) for index in taken)
    return Action(f"Use {networks}", Kind.TAKE_LINKS)


def _configuration(picture: Picture) -> Action:
    if picture.conf is not None and (picture.proposed is None or picture.proposed == picture.conf):
        errors = [f for f in picture.found.get(Step.CONFIGURATION, ()) if f.severity is Severity.ERROR]
        if errors:
            return Action("Go on", Kind.NEXT, enabled=False, reason=errors[0].what)
        return Action("Go on", Kind.NEXT)
    if picture.proposed is None:
        return Action("Save", Kind.SAVE_CONF, enabled=False, reason="Choose links first.")
    return Action("Save corosync.conf and go on", Kind.SAVE_CONF)


def _review(picture: Picture) -> Action:
    if picture.conf is None:
        return Action("Go on", Kind.NEXT, enabled=False, reason="There is no corosync.conf yet.")
    if picture.plan is None:
        return Action("Go on", Kind.NEXT, enabled=False, reason="The plan is not made yet.")
    return Action("Go on", Kind.NEXT)


def _rollout(picture: Picture) -> Action:
    plan = picture.plan
    if picture.interrupted:
        return Action(
            "Finish or undo what was cut off",
            Kind.RECOVER,
            asks=f"{picture.interrupted} was cut off. It is finished where its commit began, else undone.",
        )
    if plan is None:
        return Action("Roll out", Kind.APPLY, enabled=False, reason="The plan is not made yet. Go to Review.")
    if plan.get("empty"):
        return Action("Go on", Kind.NEXT)
    if picture.conf is None:
        return Action("Roll out", Kind.APPLY, enabled=False, reason="Save the configuration first.")
    missing = without_corosync(picture)
    if missing:
        return Action("Roll out", Kind.APPLY, enabled=False, reason=f"corosync is not on {', '.join(missing)}.")
    label = f"Roll out to {_count(len(picture.cluster.nodes))}"
    final, asked = _refusals(plan)
    if final:
        return Action(label, Kind.APPLY, enabled=False, reason=final[0])
    consents = frozenset(Consent(str(refusal["consent"])) for refusal in asked)
    words = [_refusal_words(refusal) for refusal in asked]
    return Action(label, Kind.APPLY, asks="\n".join([*words, plan_words(plan)]), consents=consents)


def _refusals(plan: Mapping[str, object]) -> tuple[list[str], list[Mapping[str, object]]]:
    """(words of those nobody can allow, those that the operator can allow)."""
    found = plan.get("refusals")
    refusals = [one for one in found if isinstance(one, Mapping)] if isinstance(found, list | tuple) else []
    final = [_refusal_words(one) for one in refusals if not one.get("consent")]
    return final, [one for one in refusals if one.get("consent")]


def _refusal_words(refusal: Mapping[str, object]) -> str:
    node = f"{refusal.get('node')}: " if refusal.get("node") else ""
    return f"{node}{refusal.get('what', '')}"


def _ring(picture: Picture) -> Action:
    return Action("Watch", Kind.NONE, enabled=False, reason="The ring is watched by itself.")


_BY_STEP: Mapping[Step, Callable[[Picture], Action]] = {
    Step.NODES: _nodes,
    Step.PREREQUISITES: _prerequisites,
    Step.INSTALL: _install,
    Step.NETWORK: _network,
    Step.CONFIGURATION: _configuration,
    Step.REVIEW: _review,
    Step.ROLLOUT: _rollout,
    Step.RING: _ring,
}


def plan_words(plan: Mapping[str, object]) -> str:
    """The sentences of a plan (its `words`), one a line."""
    words = plan.get("words")
    return "\n".join(str(line) for line in words) if isinstance(words, list | tuple) else ""


def recommended(picture: Picture) -> tuple[int, ...]:
    """Indices of the links that would be taken without asking."""
    return tuple(index for index, link in enumerate(picture.links) if link.recommended)


def without_corosync(picture: Picture) -> tuple[str, ...]:
    """Names of the nodes whose facts show no corosync."""
    return tuple(n.name for n in picture.nodes if n.facts is not None and not n.facts.corosync.version)


def remedy_commands(findings: tuple[Finding, ...]) -> tuple[tuple[str, str], ...]:
    """(node, command line) of the first remedy with commands of each finding, in order, each once."""
    out: dict[tuple[str, str], None] = {}
    for finding in findings:
        for remedy in finding.remedies:
            if remedy.commands:
                node = remedy.node or finding.node or ""
                out.update(((node, command), None) for command in remedy.commands)
                break
    return tuple(out)


def _all_live(picture: Picture) -> bool:
    return bool(picture.nodes) and all(n.live and n.facts is not None for n in picture.nodes)


def _count(nodes: int) -> str:
    return f"{nodes} node" if nodes == 1 else f"{nodes} nodes"
