"""Links that the nodes' addresses allow, what stands against them, and the proof that packets pass."""

from __future__ import annotations

from corotui.network.findings import findings
from corotui.network.model import Endpoint, LinkProposal
from corotui.network.propose import propose

__all__ = ["Endpoint", "LinkProposal", "findings", "propose"]
