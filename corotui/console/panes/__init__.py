"""The panes: one for each step, and the doctor."""

from __future__ import annotations

from collections.abc import Mapping

from corotui.console.panes.base import StepPane
from corotui.console.panes.configuration import ConfigurationPane
from corotui.console.panes.doctor import DoctorPane
from corotui.console.panes.install import InstallPane
from corotui.console.panes.network import NetworkPane
from corotui.console.panes.nodes import NodesPane
from corotui.console.panes.prerequisites import PrerequisitesPane
from corotui.console.panes.review import ReviewPane
from corotui.console.panes.ring import RingPane
from corotui.console.panes.rollout import RolloutPane
from corotui.workflow.state import Step

__all__ = ["PANES", "DoctorPane", "StepPane"]

PANES: Mapping[Step, type[StepPane]] = {
    Step.NODES: NodesPane,
    Step.PREREQUISITES: PrerequisitesPane,
    Step.INSTALL: InstallPane,
    Step.NETWORK: NetworkPane,
    Step.CONFIGURATION: ConfigurationPane,
    Step.REVIEW: ReviewPane,
    Step.ROLLOUT: RolloutPane,
    Step.RING: RingPane,
}
"""The pane of each step."""
