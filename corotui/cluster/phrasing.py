"""Counts, lists and durations in sentences: "1 node", "3 nodes", "a, b and c", "1.2 s"."""

from __future__ import annotations

from collections.abc import Sequence


def format_count(number: int, noun: str) -> str:
    """ "1 node", "3 nodes": a number with its noun, which takes a plain "s" for more than one."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def format_list(items: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"; empty for nothing."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def format_node_names(names: Sequence[str], node_count: int) -> str:
    """Short text for these nodes of a cluster of `node_count`: "all", one node's name, or "3 nodes"."""
    if len(names) == node_count and node_count > 1:
        return "all"
    if len(names) <= 1:
        return "".join(names)
    return format_count(len(names), "node")


def format_age(seconds: float) -> str:
    """ "4 s", "3 min", "2 h", "5 days": how long ago or how long already; never negative."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 48 * 3600:
        return f"{whole // 3600} h"
    return f"{whole // 86400} days"


def format_duration(seconds: float) -> str:
    """ "0.04 s", "1.2 s", "38 s", "4 min": how long something lasted."""
    if seconds < 0.1:
        return f"{seconds:.2f} s"
    if seconds < 10:
        return f"{seconds:.1f} s"
    return format_age(seconds)


def excerpt(text: str, limit: int) -> str:
    """Text on one line of at most `limit` characters: newlines and tabs become blanks, "…" stands for what is cut."""
    line = text[:limit].replace("\r\n", " ").replace("\n", " ").replace("\t", " ")
    return line if len(text) <= limit else line[: limit - 1] + "…"
