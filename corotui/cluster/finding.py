"""A finding: what prerequisites, configuration, network, rollout and doctor all speak."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """error: the ring will not work or does not; warning: it works and will hurt; info: worth knowing; ok: fine."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    OK = "ok"


class Risk(StrEnum):
    """What a remedy risks, in rising order; `why` of the remedy says it in words."""

    NONE = "none"  # reads only, or adds what nobody uses yet
    NODE = "node"  # this node may leave the ring for a while
    RING = "ring"  # quorum may be lost


@dataclass(frozen=True, slots=True)
class Remedy:
    """What mends a finding. `commands` run in this order on `node` (each a complete sh command line), as root when
    `privileged`. `title` is a verb phrase ("open UDP 5405 on node3"). `consequence` says what it does to the ring, in
    words and numbers. `manual` is for what corotui cannot do itself (a security group): commands is empty then, and
    `manual` holds the words. `verify` is a command that returns 0 once the fault is gone, or empty.

    `action` is what no command of one node can do, done before `commands`: "copy-authkey:node1" brings node1's key to
    `node` (through memory only), "copy-conf:node1" brings node1's corosync.conf, "copy-conf:" the cluster directory's;
    "apply" rolls the directory's corosync.conf out to all nodes. Empty: the commands are all.
    """

    title: str
    node: str | None = None
    commands: tuple[str, ...] = ()
    privileged: bool = True
    risk: Risk = Risk.NONE
    consequence: str = ""
    manual: str = ""
    verify: str = ""
    action: str = ""

    def to_json(self) -> dict[str, object]:
        return {
            "title": self.title,
            "node": self.node,
            "commands": list(self.commands),
            "privileged": self.privileged,
            "risk": self.risk.value,
            "consequence": self.consequence,
            "manual": self.manual,
            "verify": self.verify,
            "action": self.action,
        }


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was seen: the sentence, the node it was seen on, and how (a command, "corosync.conf:12")."""

    text: str
    node: str | None = None
    source: str = ""

    def to_json(self) -> dict[str, object]:
        return {"text": self.text, "node": self.node, "source": self.source}


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` is stable and kebab-case ("host-firewall"); `node` is where, None for the whole cluster;
    `place` narrows it ("corosync.conf:12", "eth0"). `what` is a short sentence without a code or an "Error:".
    `certain` is False where only one piece of evidence points to it. `ruled_out` lists what it is not, and why.
    """

    severity: Severity
    code: str
    what: str
    node: str | None = None
    place: str = ""
    why: str = ""
    evidence: tuple[Evidence, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    certain: bool = True
    ruled_out: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, object]:
        return {
            "severity": self.severity.value,
            "code": self.code,
            "node": self.node,
            "place": self.place,
            "what": self.what,
            "why": self.why,
            "evidence": [item.to_json() for item in self.evidence],
            "remedies": [item.to_json() for item in self.remedies],
            "certain": self.certain,
            "ruled_out": list(self.ruled_out),
        }


_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2, Severity.OK: 3}


def by_severity(findings: tuple[Finding, ...] | list[Finding]) -> tuple[Finding, ...]:
    """Errors first, then by node and code; the order is total so that output does not jump."""
    return tuple(sorted(findings, key=lambda f: (_ORDER[f.severity], f.node or "", f.code, f.place)))


def worst_severity(findings: tuple[Finding, ...] | list[Finding]) -> Severity:
    """The gravest severity among findings, OK for none."""
    return min((f.severity for f in findings), key=_ORDER.__getitem__, default=Severity.OK)
