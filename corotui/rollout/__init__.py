"""A change to all nodes or to none: plan it, carry it out, finish or undo one that was cut off."""

from corotui.rollout.execute.apply import apply
from corotui.rollout.execute.recover import interrupted_rollout, recover
from corotui.rollout.model import Consent, NodePlan, Outcome, Plan, Refusal, RolloutStatus
from corotui.rollout.plan.make import plan_rollout
from corotui.ssh.cancellation import StopRequest

__all__ = [
    "Consent",
    "NodePlan",
    "Outcome",
    "Plan",
    "Refusal",
    "RolloutStatus",
    "StopRequest",
    "apply",
    "interrupted_rollout",
    "plan_rollout",
    "recover",
]
