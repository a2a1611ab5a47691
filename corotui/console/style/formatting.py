"""How the console writes times and sizes."""

from __future__ import annotations

import time

from corotui.cluster.phrasing import format_age, format_count


def format_clock(timestamp: float) -> str:
    """ "07:12:03": a time in Unix seconds, in the operator's time zone."""
    return time.strftime("%H:%M:%S", time.localtime(timestamp))


def format_wait(since: float | None, limit: float | None, now: float) -> str:
    """ "4 s, at most 38 s": how long something has been waited for and how long that may take, as far as known.

    `since` and `now` in Unix seconds, `limit` in seconds.
    """
    parts = []
    if since is not None:
        parts.append(format_age(now - since))
    if limit is not None:
        parts.append(f"at most {format_age(limit)}")
    return ", ".join(parts)


def format_latency(microseconds: int) -> str:
    """ "0.21 ms", "12 ms": a latency in microseconds."""
    value = microseconds / 1000
    return f"{value:.2f} ms" if value < 10 else f"{value:.0f} ms"


def format_milliseconds(value: float) -> str:
    """ "3650 ms", "8.0 s": a time in milliseconds, up to 4 s in the unit that corosync.conf uses."""
    return f"{value:.0f} ms" if value < 4000 else f"{value / 1000:.1f} s"


def format_size(byte_count: int) -> str:
    """ "812 bytes", "1.2 kB", "3.4 MB": a size in bytes."""
    if byte_count < 1000:
        return format_count(byte_count, "byte")
    if byte_count < 1_000_000:
        return f"{byte_count / 1000:.1f} kB"
    return f"{byte_count / 1_000_000:.1f} MB"
