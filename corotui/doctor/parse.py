"""Parsers for the sections of the doctor's script. They never raise: what is not understood is left out."""

from __future__ import annotations

import re
from collections.abc import Mapping

from corotui.cluster.text.bounded import lines_of, one_line
from corotui.doctor.evidence import ConfTest, CorosyncProcess, Counters, SchedulingPause, SystemdUnit
from corotui.ring.tools import cmap
from corotui.ssh.remote_script import MISSING_SECTION, OutputSection

_LINE = 400  # characters kept of a log line
_COUNTER = re.compile(r"^stats\.knet\.node(\d{1,10})\.link(\d{1,2})\.(\w+)$")
_MISSED = re.compile(r"^stats\.schedmiss\.(\d{1,4})\.(timestamp|delay)$")
_FLOAT = re.compile(r"\d{1,15}(?:\.\d{1,9})?")
_PROCESS = re.compile(r"^(\d{1,10}) ([A-Za-z]) (\d{1,10}) ?(.*)$")
_NEIGHBOUR = re.compile(r"^(\S+) dev \S+.*\b([A-Z]{4,10})$")


def unit(section: OutputSection) -> SystemdUnit:
    """Parses the lines of `systemctl show`."""
    values = dict(line.split("=", 1) for line in lines_of(section.text) if "=" in line)
    return SystemdUnit(
        load=values.get("LoadState", "").strip(),
        active=values.get("ActiveState", "").strip(),
        sub=values.get("SubState", "").strip(),
        result=values.get("Result", "").strip(),
        exit_status=cmap.parse_int(values.get("ExecMainStatus")),
        restarts=cmap.parse_int(values.get("NRestarts")) or 0,
        main_pid=cmap.parse_int(values.get("MainPID")) or 0,
    )


def processes(section: OutputSection) -> tuple[CorosyncProcess, ...]:
    """Parses lines "PID STATE PARENT COMMAND"."""
    return tuple(
        CorosyncProcess(int(match[1]), match[2], int(match[3]), one_line(match[4], limit=300).strip())
        for line in lines_of(section.text)
        if (match := _PROCESS.match(line))
    )


def log_lines(section: OutputSection) -> tuple[str, ...]:
    """The lines without control characters and without empty ones."""
    lines = (one_line(line, limit=_LINE).strip() for line in lines_of(section.text))
    return tuple(line for line in lines if line)


def conf_test(section: OutputSection) -> ConfTest | None:
    """The result; None where the test did not run (125: a daemon runs, or this version has none; 127: no corosync)."""
    if section.exit_code is None or section.exit_code in (125, 127):
        return None
    return ConfTest(section.exit_code, one_line(section.text.strip(), limit=1000))


def directories(section: OutputSection) -> dict[str, str]:
    """Parses lines "STATE PATH" to path -> state."""
    pairs = (line.split(" ", 1) for line in lines_of(section.text))
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2 and pair[0] in ("ok", "missing", "read-only")}


def neighbours(section: OutputSection) -> dict[str, str]:
    """Parses `ip neigh`: IP address -> REACHABLE, STALE, FAILED …"""
    return {match[1]: match[2] for line in lines_of(section.text) if (match := _NEIGHBOUR.match(line.strip()))}


def counters(section: OutputSection) -> Counters:
    """knet's counters from the statistics map; empty for other transports and older versions."""
    table: dict[tuple[int, int], dict[str, int]] = {}
    for key, value in cmap.parse(section.text).items():
        if match := _COUNTER.match(key):
            table.setdefault((int(match[1]), int(match[2])), {})[match[3]] = cmap.parse_int(value) or 0
    return table


def pauses(section: OutputSection) -> tuple[SchedulingPause, ...]:
    """The daemon's own record of times without being scheduled, newest first."""
    table: dict[str, dict[str, str]] = {}
    for key, value in cmap.parse(section.text).items():
        if match := _MISSED.match(key):
            table.setdefault(match[1], {})[match[2]] = value
    parsed = [
        SchedulingPause(float(fields["delay"]), cmap.parse_int(fields.get("timestamp")) or 0)
        for fields in table.values()
        if _FLOAT.fullmatch(fields.get("delay", ""))
    ]
    return tuple(sorted(parsed, key=lambda pause: -pause.at))


def hosts(section: OutputSection) -> tuple[str, ...]:
    """Lines of /etc/hosts as "NUMBER:LINE"."""
    return log_lines(section)


def section_of(sections: Mapping[str, OutputSection], name: str) -> OutputSection:
    """The section of that name, an empty one without exit code where it is missing."""
    return sections.get(name, MISSING_SECTION)
