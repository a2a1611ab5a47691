"""Changes all nodes or none: plans a rollout, carries it out, finishes or undoes one that was interrupted."""

from corotui.rollout.execute.apply import apply
from corotui.rollout.model import Consent, KeyChoice, NodePlan, Plan, Refusal
from corotui.rollout.outcome import Outcome, RolloutStatus
from corotui.rollout.plan.planner import plan_rollout
from corotui.rollout.recovery.choice import RecoveryMode
from corotui.rollout.recovery.forget import ForgetPreview, forget, preview_forget
from corotui.rollout.recovery.interrupted import interrupted_rollout
from corotui.rollout.recovery.recover import recover
from corotui.ssh.cancellation import StopRequest

__all__ = [
    "Consent",
    "ForgetPreview",
    "KeyChoice",
    "NodePlan",
    "Outcome",
    "Plan",
    "RecoveryMode",
    "Refusal",
    "RolloutStatus",
    "StopRequest",
    "apply",
    "forget",
    "interrupted_rollout",
    "plan_rollout",
    "preview_forget",
    "recover",
]
