"""Why a corosync does not start: from `corosync -t`, the exit code of the service and the log.

Exit codes: exec/util.h (3.1.7). The sentences are those of conf/daemon/start_reasons.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from corotui.conf.daemon.start_reasons import (
    AUTHKEY,
    CONF,
    LIBRARY,
    LOG,
    NAME,
    NODELIST,
    RUNNING,
    STATE,
    VERSION,
    Reason,
    match_reason,
)
from corotui.doctor.evidence import NodeEvidence

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
