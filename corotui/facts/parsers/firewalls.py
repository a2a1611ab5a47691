"""Which firewalls are on a node and whether they filter; what they let through is judged in prerequisites."""

from __future__ import annotations

import re
from collections.abc import Mapping

from corotui.facts.model import Firewall

LIMIT = 64 << 10
"""Bytes of rules that are kept of each."""

_BASE_CHAIN = re.compile(r"\btype filter hook \w+")
_REFUSES = re.compile(r"\b(drop|reject)\b")


def parse(texts: Mapping[str, str]) -> tuple[Firewall, ...]:
    """Of the sections firewalld, ufw, nftables and iptables (empty: the tool is not there), in this order."""
    found = []
    for tool, judge in (("firewalld", _firewalld), ("ufw", _ufw), ("nftables", _nftables), ("iptables", _iptables)):
        text = texts.get(tool, "").strip("\n")
        if text:
            found.append(Firewall(tool, judge(text), text))
    return tuple(found)


def _firewalld(text: str) -> bool | None:
    state = text.partition("\n")[0].strip()
    return {"running": True, "not running": False}.get(state)


def _ufw(text: str) -> bool | None:
    state = re.search(r"^Status: (\w+)", text, re.MULTILINE)
    return {"active": True, "inactive": False}.get(state[1]) if state else None


def _nftables(text: str) -> bool | None:
    """It filters where a chain is hooked in and something in the ruleset refuses packets."""
    if not _complete(text):
        return None
    return bool(_BASE_CHAIN.search(text) and _REFUSES.search(text))


def _iptables(text: str) -> bool | None:
    if not _complete(text):
        return None
    return bool(re.search(r"^:\w+ DROP\b|-j (DROP|REJECT)\b", text, re.MULTILINE))


def _complete(text: str) -> bool:
    """The tool ended well, or its rules were cut at the limit."""
    return "# rc 0" in text or len(text) >= LIMIT - 2
