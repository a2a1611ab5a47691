"""Possible links from the nodes' addresses, what speaks against them, and a probe that packets pass."""

from __future__ import annotations

from corotui.network.findings import findings
from corotui.network.link_proposals import propose_links
from corotui.network.model import Endpoint, LinkProposal
from corotui.network.probe_result import PairResult, ProbeResult
from corotui.network.udp_probe import probe

__all__ = ["Endpoint", "LinkProposal", "PairResult", "ProbeResult", "findings", "probe", "propose_links"]
