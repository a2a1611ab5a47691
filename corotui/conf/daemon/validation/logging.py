"""What corosync refuses in the logging section (exec/logconfig.c). 2.x and 3.x exit with 7, 1.x with 8."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corotui.conf.daemon.cmap import Cmap, DaemonError
from corotui.conf.daemon.validation.resolver import Resolver
from corotui.conf.host.filesystem import IS_A_DIRECTORY, NAME_TOO_LONG, NO_SUCH_FILE, NOT_A_DIRECTORY, resolve_path
from corotui.conf.syntax import to_display
from corotui.conf.version import Version

LOGGING_EXIT = 7
LOGGING_EXIT_V1 = 8
PRIORITIES = ("alert", "crit", "debug", "emerg", "err", "error", "info", "notice", "warning")
FACILITIES = (
    *("auth", "authpriv", "cron", "daemon", "ftp", "kern", "lpr", "mail", "news", "syslog", "user", "uucp"),
    *(f"local{n}" for n in range(8)),
)
# Subsystems that exist before the file is read, and how many names the daemon has room for.
_ROOM = 32
_BUILT_IN_3 = frozenset(
    "QB APIDEF CFG CMAP CPG MAIN MON PLOAD QUORUM SERV STATS SYNC VOTEQ YKD WD".split()  # noqa: SIM905
)
_SUBSYS = re.compile(r"logging\.logger_subsys\.([^.]+)\.subsys").fullmatch
_NUMBERS = {NO_SUCH_FILE: 2, NOT_A_DIRECTORY: 20, IS_A_DIRECTORY: 21, NAME_TOO_LONG: 36}
_BOOLEAN = ("yes", "on", "no", "off")


def logging_errors(cmap: Cmap, version: Version, resolver: Resolver) -> list[DaemonError]:
    """Everything that is refused, in the daemon's order."""
    out: list[DaemonError] = []
    exit_code = LOGGING_EXIT_V1 if version.grammar == 1 else LOGGING_EXIT
    for text, key in _all(cmap, version, resolver):
        out.append(DaemonError("logging", f"parse error in config: {text}.", cmap.line(key), exit_code))
    return out


def _all(cmap: Cmap, version: Version, resolver: Resolver) -> Iterator[tuple[str, str]]:
    timestamp = ("on", "hires", "off") if version.grammar >= 3 else ("on", "off")
    top = [("fileline", ("on", "off")), ("function_name", ("on", "off")), ("timestamp", timestamp)]
    if version.grammar >= 3 or version >= Version(2, 4, 4):
        top.append(("blackbox", ("on", "off")))
    for name, allowed in top:
        given = cmap.text(f"logging.{name}")
        if given is not None and given not in allowed:
            yield f"unknown value for {name}", f"logging.{name}"
    facilities = tuple(name for name in FACILITIES if version.grammar > 1 or name not in ("authpriv", "ftp"))
    yield from _target(cmap, "logging", resolver, facilities)
    known = set(_BUILT_IN_3 if version.grammar >= 3 else _BUILT_IN_3 - {"STATS", "MON", "WD"})
    for key in cmap.keys_under("logging.logger_subsys."):
        match = _SUBSYS(key)
        if match is None:
            continue
        name = match[1]
        if len(name) >= 64 or (name not in known and len(known) >= _ROOM):
            yield "unable to create new logging subsystem", key
            continue
        known.add(name)
        yield from _target(cmap, f"logging.logger_subsys.{name}", resolver, facilities)


def _target(cmap: Cmap, path: str, resolver: Resolver, facilities: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    def value(name: str) -> str | None:
        return cmap.text(f"{path}.{name}")

    def boolean(name: str) -> Iterator[tuple[str, str]]:
        given = value(name)
        if given is not None and given not in _BOOLEAN:
            yield f"unknown value for {name}", f"{path}.{name}"

    def priority(name: str, what: str) -> Iterator[tuple[str, str]]:
        given = value(name)
        if given is not None and given.lower() not in PRIORITIES:
            yield f"unknown {what} specified", f"{path}.{name}"

    yield from boolean("to_stderr")
    yield from boolean("to_syslog")
    facility = value("syslog_facility")
    if facility is not None and facility not in facilities:
        yield "unknown syslog facility specified", f"{path}.syslog_facility"
    yield from priority("syslog_level", "syslog level")
    yield from priority("syslog_priority", "syslog priority")
    file = value("logfile")
    if file is not None:
        reason = why_unwritable(to_display(file), resolver)
        if reason:
            yield f"Can't open logfile '{to_display(file)}' for reason: {reason}", f"{path}.logfile"
    yield from boolean("to_file")
    yield from boolean("to_logfile")
    yield from priority("logfile_priority", "logfile priority")
    debug = value("debug")
    if debug is not None and debug not in ("on", "off", "trace"):
        yield "unknown value for debug", f"{path}.debug"


def why_unwritable(path: str, resolver: Resolver) -> str:
    """Why a file cannot be opened for writing on the host, "" if it can or that is not known."""
    if not path:
        return f"{NO_SUCH_FILE} (2)"
    host = resolver.host
    if host is None or host.directories is None:
        resolver.assume(f"the directory of {path} exists")
        return ""
    info = resolve_path(host, path)
    if info.kind == "absent":
        return f"{IS_A_DIRECTORY} (21)" if path.endswith("/") else ""
    return f"{info.reason} ({_NUMBERS[info.reason]})" if info.reason else ""
