"""Facts of the nodes -> findings about prerequisites of a ring -> the commands that fix them. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from corotui.cluster.finding import Finding, by_severity
from corotui.cluster.model import Install, InstallMethod
from corotui.facts.model import NodeFacts
from corotui.prerequisites import build_tools, corosync, node
from corotui.prerequisites.corosync import is_installed
from corotui.prerequisites.firewall import findings as firewall
from corotui.prerequisites.install_packages import install_corosync, install_packages

__all__ = ["findings", "install_corosync", "install_packages", "is_installed"]


def findings(facts: Mapping[str, NodeFacts], install: Install) -> tuple[Finding, ...]:
    """Every prerequisite that is not met, worst first. The commands of all remedies are safe to run twice."""
    found = [*node.findings(facts), *corosync.findings(facts, install), *firewall.findings(facts)]
    if install.method is InstallMethod.SOURCE and not all(map(is_installed, facts.values())):
        found += build_tools.findings(facts, install)
    return by_severity(found)
