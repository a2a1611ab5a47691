"""Parses which firewalls a node has and whether they filter. prerequisites/ decides what they let through."""

from __future__ import annotations

import re
from collections.abc import Mapping

from corotui.facts.model import Firewall

LIMIT = 64 << 10
"""Bytes of rules that are kept of each firewall."""

_BASE_CHAIN = re.compile(r"\btype filter hook \w+")
_REFUSES = re.compile(r"\b(drop|reject)\b")


def parse(texts: Mapping[str, str]) -> tuple[Firewall, ...]:
    """The firewalls in the sections firewalld, ufw, nftables and iptables, in this order.

    An empty section means that the tool is not installed. Never raises.
    """
    firewalls = []
    for tool, is_active in (("firewalld", _firewalld), ("ufw", _ufw), ("nftables", _nftables), ("iptables", _iptables)):
        text = texts.get(tool, "").strip("\n")
        if text:
            firewalls.append(Firewall(tool, is_active(text), text))
    return tuple(firewalls)


def _firewalld(text: str) -> bool | None:
    state = text.partition("\n")[0].strip()
    return {"running": True, "not running": False}.get(state)


def _ufw(text: str) -> bool | None:
    state = re.search(r"^Status: (\w+)", text, re.MULTILINE)
    return {"active": True, "inactive": False}.get(state[1]) if state else None


def _nftables(text: str) -> bool | None:
    """Whether a chain is hooked in and some rule drops or rejects packets."""
    if not _complete(text):
        return None
    return bool(_BASE_CHAIN.search(text) and _REFUSES.search(text))


def _iptables(text: str) -> bool | None:
    if not _complete(text):
        return None
    return bool(re.search(r"^:\w+ DROP\b|-j (DROP|REJECT)\b", text, re.MULTILINE))


def _complete(text: str) -> bool:
    """Whether the tool returned 0, or its rules were cut at the limit."""
    return "# rc 0" in text or len(text) >= LIMIT - 2
