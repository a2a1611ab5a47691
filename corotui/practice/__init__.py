"""A real cluster on this machine, to practise on and to test on: booted nodes, faults, and the way back."""

from __future__ import annotations

from corotui.practice.entering import attached, execute
from corotui.practice.injection import heal, inject
from corotui.practice.instance import down, status, up
from corotui.practice.model import DEFAULT_NAME, DEFAULT_USER, PracticeCluster, PracticeNode, Shape

__all__ = [
    "DEFAULT_NAME",
    "DEFAULT_USER",
    "PracticeCluster",
    "PracticeNode",
    "Shape",
    "attached",
    "down",
    "execute",
    "heal",
    "inject",
    "status",
    "up",
]
