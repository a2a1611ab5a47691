"""Why a corosync does not start: from `corosync -t`, the exit code of the service and the log.

Exit codes: exec/util.h (3.1.7); texts: exec/totemconfig.c, main.c, coroparse.c, cmap.c, totemsrp.c of the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from corotui.doctor.evidence import NodeEvidence

# Codes of the findings.
AUTHKEY = "authkey-missing"
NODELIST = "not-in-nodelist"
LOG = "log-directory-missing"
STATE = "state-directory"
RUNNING = "already-running"
VERSION = "config-version-lower"
NAME = "name-unresolved"
LIBRARY = "library-missing"
CONF = "conf-refused"

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), code)
    for pattern, code in (
        (r"Could not (?:open|read) (?P<what>\S*key[^\s:]*).*", AUTHKEY),
        (r"Could only read (?P<what>\d+) bits of .*", AUTHKEY),
        (r"No valid name found for local host", NODELIST),
        (r"Can't open logfile '(?P<what>[^']*)'.*", LOG),
        (r"Cannot chdir to (?:state|run) directory (?P<what>[^\s.]+).*", STATE),
        (r"Couldn't (?:create|write|open|store) (?:new )?ring ?id.*", STATE),
        (r"Another Corosync instance is already running.*", RUNNING),
        (
            r"Received config version \((?P<what>\d+)\) is different than my config version \(\d+\).*",
            VERSION,
        ),
        (r"failed to parse node address '(?P<what>[^']*)'.*", NAME),
        (r"failed to parse bindnet address '(?P<what>[^']*)'.*", NAME),
        (r"error while loading shared libraries: (?P<what>[^:\s]+).*", LIBRARY),
        (r"parser error: .*", CONF),
        (r"parse error in config: .*", CONF),
        (r"Can't read file (?P<what>\S+).*", CONF),
        (r"configuration error: .*", CONF),
        (r"Unable to dlopen|unable to dlopen (?P<what>\S+).*", LIBRARY),
    )
)
_CODES_BY_EXIT = {
    0: (VERSION,),
    7: (LOG,),
    8: (CONF, NODELIST, AUTHKEY, NAME),
    15: (LIBRARY, CONF),
    16: (STATE,),
    18: (RUNNING,),
    20: (CONF,),
    21: (STATE,),
    127: (LIBRARY,),
}


@dataclass(frozen=True, slots=True)
class StartFailure:
    """The reason that corosync gives for not starting."""

    code: str
    """Code of the finding."""
    text: str
    """corosync's own sentence."""
    subject: str = ""
    """What the sentence names: a path, a name, a number; "" for nothing."""
    tested: bool = False
    """Whether `corosync -t` reports it now."""
    logged: bool = False
    """Whether the log has it, too."""
    exit_fits: bool = False
    """Whether the exit code of the service is one that this failure has."""

    @property
    def certain(self) -> bool:
        """Whether two independent pieces of evidence agree, or corosync refuses the files as they are now."""
        return self.tested or (self.logged and self.exit_fits)


class Reason(NamedTuple):
    """A known sentence of corosync about why it does not start."""

    code: str
    text: str
    """The sentence."""
    subject: str
    """What it names: a path, a name, a number; "" for nothing."""


def find_start_failure(node: NodeEvidence) -> StartFailure | None:
    """Why corosync does not start on a node; None where it runs, or where nothing keeps it from starting."""
    if not node.reachable or node.view.running or node.view.hung:
        return None
    logged = _logged_reason(node)
    if node.conf_test is not None and node.conf_test.code != 0:
        unknown = Reason(CONF, node.conf_test.text or "it does not say why", "")
        reason = match_reason(node.conf_test.text) or logged or unknown
        return _failure(node, reason, tested=True, logged=logged)
    if (
        node.conf_test is not None
        and logged is not None
        and logged.code not in (STATE, VERSION, RUNNING, LIBRARY, CONF)
    ):
        return None  # -t tests for it, so it has been fixed since
    if node.conf_test is not None and logged is not None and logged.code == CONF and node.unit.exit_status != 20:
        return None
    return None if logged is None else _failure(node, logged, tested=False, logged=logged)


def match_reason(text: str) -> Reason | None:
    """The first known sentence in a text, None for none."""
    for pattern, code in _PATTERNS:
        if match := pattern.search(text):
            groups = match.groupdict()
            return Reason(code, match[0], groups.get("what") or "")
    return None


def _failure(node: NodeEvidence, reason: Reason, *, tested: bool, logged: Reason | None) -> StartFailure:
    return StartFailure(
        code=reason.code,
        text=reason.text,
        subject=reason.subject,
        tested=tested,
        logged=logged is not None and logged.code == reason.code,
        exit_fits=node.unit.exit_status is not None and reason.code in _CODES_BY_EXIT.get(node.unit.exit_status, ()),
    )


_STARTED = ("Starting Corosync", "Corosync Cluster Engine ready to provide service", "Starting corosync")


def _logged_reason(node: NodeEvidence) -> Reason | None:
    """The last known reason in the journal or else the log file, if it belongs to the last start."""
    return _last_reason(node.journal) or _last_reason(node.log)


def _last_reason(lines: tuple[str, ...]) -> Reason | None:
    for line in reversed(lines):
        if reason := match_reason(line):
            return reason
        if any(text in line for text in _STARTED):
            return None
    return None
