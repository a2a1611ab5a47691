"""The doctor: evidence from all nodes, the causes that it shows, ranked, and their remedies."""

from __future__ import annotations

from corotui.doctor.context import DiagnosisContext, build_context
from corotui.doctor.diagnose import CAUSE_COUNT, diagnose
from corotui.doctor.examine import examine

__all__ = ["CAUSE_COUNT", "DiagnosisContext", "build_context", "diagnose", "examine"]
