"""Evidence of all nodes to causes, ranked, to remedies."""

from __future__ import annotations

from corotui.doctor.case import Case, open_case
from corotui.doctor.diagnose import LOOKED_AT, diagnose
from corotui.doctor.examine import examine

__all__ = ["LOOKED_AT", "Case", "diagnose", "examine", "open_case"]
