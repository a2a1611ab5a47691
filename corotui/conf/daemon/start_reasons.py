"""corosync's own sentences about why it does not start, does not stay up or forms no ring.

Texts: exec/totemconfig.c, main.c, coroparse.c, cmap.c, totemsrp.c (3.1.7).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

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
# What a daemon that runs says when it cannot form a ring, or did not take a reload.
_RUNNING_TROUBLE = (
    "Totem is unable to form a cluster",
    "invalid digest",
    "has different crypto",
    "Digest does not match",
    "Cannot configure new interface definitions",
    "Unable to reload config",
    "Unable to load new config",
)
_TROUBLE = re.compile(
    r"\b(?:error|unable|cannot|can't|couldn't|could not|failed|invalid|refused|denied)\b", re.IGNORECASE
)
# systemd's own words about the service: they say that it failed, and only some say how.
_SERVICE_ENDED = re.compile(r"(?:Control|Main) process exited|start operation timed out|Dependency failed")
_CONSEQUENCES = ("Failed with result", "Failed to start", "Start request repeated", "Scheduled restart job")
# What every start and every stop logs, whatever the reason.
_ROUTINE = (
    "Service engine unloaded",
    "Service engine loaded",
    "Unloading all Corosync service engines",
    "withdrawing server sockets",
    "exiting normally",
    "shut down by a signal",
    "Please migrate config file",
    "Starting corosync.service",
    "Stopping corosync.service",
    "Stopped corosync.service",
    "Deactivated successfully",
)
_MAX_CAUSES = 3


class Reason(NamedTuple):
    """A known sentence of corosync about why it does not start."""

    code: str
    text: str
    """The sentence."""
    subject: str
    """What it names: a path, a name, a number; "" for nothing."""


def match_reason(text: str) -> Reason | None:
    """The first known sentence in a text, None for none."""
    for pattern, code in _PATTERNS:
        if match := pattern.search(text):
            groups = match.groupdict()
            return Reason(code, match[0], groups.get("what") or "")
    return None


def causal_lines(lines: Sequence[str]) -> tuple[str, ...]:
    """Returns the lines of a node's log that say why corosync failed, oldest first, at most three.

    Known sentences come before lines that sound like trouble, those before systemd's words on how the service ended,
    and the last lines that are not routine are what is left. Empty where the log holds only routine.
    """
    telling = [line for line in lines if not any(text in line for text in (*_ROUTINE, *_CONSEQUENCES))]
    known = [line for line in telling if match_reason(line) or any(text in line for text in _RUNNING_TROUBLE)]
    ended = [line for line in telling if _SERVICE_ENDED.search(line)]
    trouble = [line for line in telling if line not in ended and _TROUBLE.search(line)]
    chosen = known or trouble or ended or telling
    newest_first = dict.fromkeys(reversed(chosen))
    return tuple(reversed(list(newest_first)[:_MAX_CAUSES]))
