"""Findings, their evidence and their remedies: the common result of every check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from corotui.cluster.remedy_action import RemedyAction
from corotui.conf.diagnostics.severity import Severity as Severity

NODE_UNREACHABLE = "node-unreachable"
"""Code of the finding that a node cannot be reached: `corotui doctor` returns 3 for it."""
UNEXPLAINED = "unknown"
"""Code of the finding that something is wrong and no known cause explains it."""
SETTLING = "settling"
"""Code of the finding that the ring is about to form."""
BEYOND_LIMITS = "answer-too-large"
"""Code of the finding that a node says more than any corosync can."""
TOOL_HUNG = "tool-hung"
"""Code of the finding that a tool on a node did not end in time, so that its answer is missing."""
NAMES_ALIKE = "names-alike"
"""Code of the finding that two names can be taken for each other."""
ALIKE_WHY = "Who reads one of them may take it for the other, and change the wrong node or cluster."
"""Why that matters."""
ANSWER_UNUSABLE = "answer-unusable"
"""Code of the finding that a member's own tools do not say what all other members say."""
TRANSIENT_CODES = frozenset({UNEXPLAINED, SETTLING, ANSWER_UNUSABLE})
"""Codes of findings that often go away by themselves within seconds, so that it is worth looking again."""


class Risk(StrEnum):
    """What a remedy puts at risk, in rising order; the remedy's `consequence` says it in a sentence."""

    NONE = "none"  # reads only, or adds what nothing uses yet
    NODE = "node"  # this node may leave the ring for a while
    RING = "ring"  # quorum may be lost


@dataclass(frozen=True, slots=True)
class Remedy:
    """What fixes a finding: an action, then commands; or a text, where the operator has to do it."""

    title: str
    """A verb phrase: "open UDP 5405 on node3"."""
    node: str | None = None
    """Name of the node that the remedy changes, None where any node will do or all are concerned."""
    commands: tuple[str, ...] = ()
    """Complete sh command lines, run in this order on `node`."""
    privileged: bool = True
    """Whether the commands run as root."""
    risk: Risk = Risk.NONE
    """What may happen while it runs."""
    consequence: str = ""
    """What the remedy does to the ring, as a clause with numbers; "" for nothing."""
    manual: str = ""
    """What the operator has to do, where corotui cannot (a security group); `commands` is empty then."""
    verify: str = ""
    """A command that returns 0 once the fault is gone, "" where there is none."""
    action: RemedyAction | None = None
    """What no command on one node can do; done before `commands`."""

    @property
    def is_automatic(self) -> bool:
        """Whether corotui can carry the remedy out."""
        return bool(self.commands) or self.action is not None

    def to_json(self) -> dict[str, object]:
        """The remedy as a JSON object."""
        return {
            "title": self.title,
            "node": self.node,
            "commands": list(self.commands),
            "privileged": self.privileged,
            "risk": self.risk.value,
            "consequence": self.consequence,
            "manual": self.manual,
            "verify": self.verify,
            "action": "" if self.action is None else self.action.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Evidence:
    """One observation that supports a finding."""

    text: str
    """The observation as a sentence, or the line that was read."""
    node: str | None = None
    """Name of the node it was made on, None for the whole cluster."""
    source: str = ""
    """How it was made: a command, a file with its line ("corosync.conf:12")."""

    def to_json(self) -> dict[str, object]:
        """The evidence as a JSON object."""
        return {"text": self.text, "node": self.node, "source": self.source}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the operator should know about a node or the cluster, with its evidence and its remedies."""

    severity: Severity
    """How bad it is."""
    code: str
    """Stable kebab-case name of the kind of finding: "host-firewall"."""
    what: str
    """A short sentence, without the code and without "Error:"."""
    node: str | None = None
    """Name of the node concerned, None for the whole cluster."""
    place: str = ""
    """Where on the node or in which file: "corosync.conf:12", "eth0"."""
    why: str = ""
    """Why it matters, or how it comes about."""
    evidence: tuple[Evidence, ...] = ()
    """What it is concluded from."""
    remedies: tuple[Remedy, ...] = ()
    """Best first; each would do alone, unless their titles say otherwise."""
    certain: bool = True
    """False where only one piece of evidence points to it."""
    ruled_out: tuple[str, ...] = ()
    """Other causes that were looked for, and why it is none of them."""

    def to_json(self) -> dict[str, object]:
        """The finding as a JSON object."""
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


def by_severity(findings: tuple[Finding, ...] | list[Finding]) -> tuple[Finding, ...]:
    """Errors first, then by node, code and place, so that the same findings always come in the same order."""
    return tuple(sorted(findings, key=lambda f: (f.severity.rank, f.node or "", f.code, f.place)))


def worst_severity(findings: tuple[Finding, ...] | list[Finding]) -> Severity:
    """The gravest severity among findings, OK for none."""
    return min((f.severity for f in findings), key=lambda severity: severity.rank, default=Severity.OK)
