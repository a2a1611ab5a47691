"""Changes all nodes or none: plans a rollout, carries it out, finishes or undoes one that was interrupted."""

from corotui.rollout.execute.apply import apply
from corotui.rollout.execute.recover import RecoveryMode, interrupted_rollout, recover
from corotui.rollout.model import Consent, KeyChoice, NodePlan, Plan, Refusal
from corotui.rollout.outcome import Outcome, RolloutStatus
from corotui.rollout.plan.planner import plan_rollout
from corotui.ssh.cancellation import StopRequest

__all__ = [
    "Consent",
    "KeyChoice",
    "NodePlan",
    "Outcome",
    "Plan",
    "RecoveryMode",
    "Refusal",
    "RolloutStatus",
    "StopRequest",
    "apply",
    "interrupted_rollout",
    "plan_rollout",
    "recover",
]
