"""Carrying out what Enter means."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from corotui.cluster.events import Connection
from corotui.rollout.model import Consent
from corotui.workflow.link_selection import selected_links
from corotui.workflow.next_action import Action, ActionKind, fixable_errors
from corotui.workflow.state import Step
from corotui.workflow.workflow import Workflow


async def run_action(workflow: Workflow, action: Action) -> None:
    """Does an enabled action and goes on to the next step where the action fulfilled this one."""
    if not action.enabled:
        return
    if action.kind is ActionKind.APPLY:
        await _apply(workflow, action)
    else:
        await _HANDLERS[action.kind](workflow)


async def _do_nothing(workflow: Workflow) -> None:
    return None


async def _go_to_next_step(workflow: Workflow) -> None:
    steps = list(Step)
    here = steps.index(workflow.state.step)
    workflow.go_to(steps[min(here + 1, len(steps) - 1)])
    if workflow.state.step is Step.REVIEW:
        await workflow.plan()


async def connect_and_discover(workflow: Workflow, names: Sequence[str] | None = None) -> None:
    """Connects to all nodes (or these) and asks those that were reached; one that failed is not tried twice."""
    await workflow.connect(names)
    reached = [
        node.name
        for node in workflow.state.nodes
        if node.connection is Connection.CONNECTED and (names is None or node.name in names)
    ]
    if reached:
        await workflow.discover(reached)


async def _discover(workflow: Workflow) -> None:
    await connect_and_discover(workflow)
    if workflow.state.step is Step.NODES and all(n.live for n in workflow.state.nodes):
        await _go_to_next_step(workflow)


async def _fix(workflow: Workflow) -> None:
    await workflow.fix(fixable_errors(workflow.state))


async def _install(workflow: Workflow) -> None:
    await workflow.install()


async def _use_links(workflow: Workflow) -> None:
    if not workflow.state.chosen_links:
        workflow.choose_links([link.network for link in selected_links(workflow.state)])
    workflow.propose_conf()
    await _go_to_next_step(workflow)


async def _save_conf(workflow: Workflow) -> None:
    proposed = workflow.state.proposed_conf
    if proposed is not None:
        workflow.save_conf(proposed)
        await _go_to_next_step(workflow)


async def _apply(workflow: Workflow, action: Action) -> None:
    await workflow.apply(
        allow_running=Consent.RUNNING in action.consents, allow_pacemaker=Consent.PACEMAKER in action.consents
    )
    ring = workflow.state.ring
    if ring is not None and ring.healthy:
        await _go_to_next_step(workflow)


async def _recover(workflow: Workflow) -> None:
    await workflow.recover()


_HANDLERS: Mapping[ActionKind, Callable[[Workflow], Awaitable[None]]] = {
    ActionKind.NONE: _do_nothing,
    ActionKind.NEXT: _go_to_next_step,
    ActionKind.DISCOVER: _discover,
    ActionKind.FIX: _fix,
    ActionKind.INSTALL: _install,
    ActionKind.USE_LINKS: _use_links,
    ActionKind.SAVE_CONF: _save_conf,
    ActionKind.RECOVER: _recover,
}
