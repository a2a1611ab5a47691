"""A change to all nodes or to none: plan it, carry it out, finish or undo one that was cut off."""

from corotui.rollout.apply import apply
from corotui.rollout.model import Consent, NodePlan, Outcome, Plan, Refusal, Result
from corotui.rollout.plan import plan
from corotui.rollout.recover import interrupted, recover
from corotui.rollout.stop import Stop

__all__ = [
    "Consent",
    "NodePlan",
    "Outcome",
    "Plan",
    "Refusal",
    "Result",
    "Stop",
    "apply",
    "interrupted",
    "plan",
    "recover",
]
