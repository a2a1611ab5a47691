"""A real cluster on this machine, to practise on and to test on: booted nodes, and faults to inject and heal."""

from __future__ import annotations

from corotui.practice.faults.inject import heal, inject
from corotui.practice.lifecycle import down, status, up
from corotui.practice.model import DEFAULT_NAME, DEFAULT_USER, PracticeCluster, PracticeNode, Shape
from corotui.practice.node_exec import attached, execute
from corotui.practice.status import NodeActivity, PracticeState, PracticeStatus

__all__ = [
    "DEFAULT_NAME",
    "DEFAULT_USER",
    "NodeActivity",
    "PracticeCluster",
    "PracticeNode",
    "PracticeState",
    "PracticeStatus",
    "Shape",
    "attached",
    "down",
    "execute",
    "heal",
    "inject",
    "status",
    "up",
]
