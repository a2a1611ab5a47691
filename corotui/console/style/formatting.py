"""Numbers, times and counts as the console says them."""

from __future__ import annotations

import time

from corotui.cluster.phrasing import format_age, format_count


def format_clock(timestamp: float) -> str:
    """ "07:12:03", in the operator's time zone. `at` in Unix seconds."""
    return time.strftime("%H:%M:%S", time.localtime(timestamp))


def format_wait(since: float | None, limit: float | None, now: float) -> str:
    """ "4 s, at most 38 s": since when something is waited for and how long it may last, as far as both are known."""
    parts = []
    if since is not None:
        parts.append(format_age(now - since))
    if limit is not None:
        parts.append(f"at most {format_age(limit)}")
    return ", ".join(parts)


def format_latency(microseconds: int) -> str:
    """ "0.21 ms", "12 ms": a latency that the ring gives in microseconds."""
    value = microseconds / 1000
    return f"{value:.2f} ms" if value < 10 else f"{value:.0f} ms"


def format_milliseconds(value: float) -> str:
    """ "3650 ms", "8.0 s": a time of the configuration; up to 4 s in the file's own unit."""
    return f"{value:.0f} ms" if value < 4000 else f"{value / 1000:.1f} s"


def format_size(octets: int) -> str:
    """ "812 bytes", "1.2 kB", "3.4 MB"."""
    if octets < 1000:
        return format_count(octets, "byte")
    if octets < 1_000_000:
        return f"{octets / 1000:.1f} kB"
    return f"{octets / 1_000_000:.1f} MB"
