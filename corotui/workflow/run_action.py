"""Carries out the action of a step."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.cluster.events import Connection
from corotui.workflow.link_selection import selected_links
from corotui.workflow.next_action import Action, ActionKind, fixable_errors
from corotui.workflow.state import Step
from corotui.workflow.workflow import Workflow


async def run_action(workflow: Workflow, action: Action) -> None:
    """Carries an enabled action out, and goes to the next step where that fulfilled this one."""
    if not action.enabled:
        return
    match action.kind:
        case ActionKind.NONE:
            return
        case ActionKind.NEXT:
            await _go_to_next_step(workflow)
        case ActionKind.DISCOVER:
            await _discover(workflow)
        case ActionKind.FIX:
            await workflow.fix(fixable_errors(workflow.state))
        case ActionKind.INSTALL:
            await workflow.install()
        case ActionKind.USE_LINKS:
            await _use_links(workflow)
        case ActionKind.SAVE_CONF:
            await _save_conf(workflow)
        case ActionKind.APPLY:
            await workflow.apply(action.consents)
            if workflow.state.ring is not None and workflow.state.ring.healthy:
                await _go_to_next_step(workflow)
        case ActionKind.RECOVER:
            await workflow.recover()


async def _go_to_next_step(workflow: Workflow) -> None:
    steps = list(Step)
    current = steps.index(workflow.state.step)
    workflow.go_to(steps[min(current + 1, len(steps) - 1)])
    if workflow.state.step is Step.REVIEW:
        await workflow.plan()


async def connect_and_discover(workflow: Workflow, names: Sequence[str] | None = None) -> None:
    """Connects to all nodes (or to `names`) and gathers facts of those that were reached; none is tried twice."""
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
    if workflow.state.step is Step.NODES and all(node.live for node in workflow.state.nodes):
        await _go_to_next_step(workflow)


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
