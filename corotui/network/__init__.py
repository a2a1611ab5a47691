"""Links that the nodes' addresses allow, what stands against them, and the proof that packets pass."""

from __future__ import annotations

from corotui.network.findings import findings
from corotui.network.model import Endpoint, LinkProposal
from corotui.network.probe import probe
from corotui.network.proof import PairResult, ProbeResult
from corotui.network.propose import propose_links

__all__ = ["Endpoint", "LinkProposal", "PairResult", "ProbeResult", "findings", "probe", "propose_links"]
