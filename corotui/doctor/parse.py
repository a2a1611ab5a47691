"""From what the doctor's script printed to evidence. Total: what is not understood is left out."""

from __future__ import annotations

import re
from collections.abc import Mapping

from corotui.cluster.text import clean_line
from corotui.doctor.evidence import ConfTest, Counters, Pause, Process, Unit
from corotui.ring import cmap
from corotui.ring.sections import MISSING, Section

_LINE = 400  # characters kept of a log line
_COUNTER = re.compile(r"^stats\.knet\.node(\d{1,10})\.link(\d{1,2})\.(\w+)$")
_MISSED = re.compile(r"^stats\.schedmiss\.(\d{1,4})\.(timestamp|delay)$")
_FLOAT = re.compile(r"\d{1,15}(?:\.\d{1,9})?")
_PROCESS = re.compile(r"^(\d{1,10}) ([A-Za-z]) (\d{1,10}) ?(.*)$")
_NEIGHBOUR = re.compile(r"^(\S+) dev \S+.*\b([A-Z]{4,10})$")


def unit(section: Section) -> Unit:
    """`systemctl show` lines."""
    values = dict(line.split("=", 1) for line in section.text.splitlines() if "=" in line)
    return Unit(
        load=values.get("LoadState", "").strip(),
        active=values.get("ActiveState", "").strip(),
        sub=values.get("SubState", "").strip(),
        result=values.get("Result", "").strip(),
        exit_status=cmap.number(values.get("ExecMainStatus")),
        restarts=cmap.number(values.get("NRestarts")) or 0,
        main_pid=cmap.number(values.get("MainPID")) or 0,
    )


def processes(section: Section) -> tuple[Process, ...]:
    """`PID STATE PARENT COMMAND` lines."""
    return tuple(
        Process(int(match[1]), match[2], int(match[3]), clean_line(match[4], limit=300).strip())
        for line in section.text.splitlines()
        if (match := _PROCESS.match(line))
    )


def log_lines(section: Section) -> tuple[str, ...]:
    """Its lines, cleaned, without empty ones."""
    lines = (clean_line(line, limit=_LINE).strip() for line in section.text.splitlines())
    return tuple(line for line in lines if line)


def test(section: Section) -> ConfTest | None:
    """None where it was not run (125: a daemon runs, or this version has no test; 127: no corosync)."""
    if section.code is None or section.code in (125, 127):
        return None
    return ConfTest(section.code, clean_line(section.text.strip(), limit=1000))


def directories(section: Section) -> dict[str, str]:
    """`STATE PATH` lines: path -> state."""
    pairs = (line.split(" ", 1) for line in section.text.splitlines())
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2 and pair[0] in ("ok", "missing", "read-only")}


def neighbours(section: Section) -> dict[str, str]:
    """Address -> REACHABLE, STALE, FAILED …"""
    return {match[1]: match[2] for line in section.text.splitlines() if (match := _NEIGHBOUR.match(line.strip()))}


def counters(section: Section) -> Counters:
    """knet's counters; empty for other transports and versions."""
    table: dict[tuple[int, int], dict[str, int]] = {}
    for key, value in cmap.parse(section.text).items():
        if match := _COUNTER.match(key):
            table.setdefault((int(match[1]), int(match[2])), {})[match[3]] = cmap.number(value) or 0
    return table


def pauses(section: Section) -> tuple[Pause, ...]:
    """The daemon's own record of not having been scheduled, newest first."""
    table: dict[str, dict[str, str]] = {}
    for key, value in cmap.parse(section.text).items():
        if match := _MISSED.match(key):
            table.setdefault(match[1], {})[match[2]] = value
    found = [
        Pause(float(words["delay"]), cmap.number(words.get("timestamp")) or 0)
        for words in table.values()
        if _FLOAT.fullmatch(words.get("delay", ""))
    ]
    return tuple(sorted(found, key=lambda pause: -pause.at))


def hosts(section: Section) -> tuple[str, ...]:
    """`NUMBER:LINE` of /etc/hosts."""
    return log_lines(section)


def section_of(sections: Mapping[str, Section], name: str) -> Section:
    return sections.get(name, MISSING)
