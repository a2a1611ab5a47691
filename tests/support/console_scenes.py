"""Every pane and every dialog in the conditions an operator meets: what the snapshots show and the bench measures."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from corotui.cluster.events import CommandEnded, CommandOutput, CommandStarted, Connection, Event, Note, ProgressState
from corotui.cluster.finding import Severity
from corotui.console.prompts import ConsolePrompter
from corotui.ring.model import Ring, RingEvent
from corotui.rollout import Consent, Refusal
from corotui.workflow.state import NodeStatus, Progress, ProgressCell, ProgressKind, Step, WorkflowState
from tests.support import console_states as states
from tests.support.states import NAMES, NOW, facts

FINGERPRINT = "SHA256:1hCwNQV9mXDvGZL5sRP3hHcu2zFQk2Q0eZqzT1pLbCE"
REFUSED = "10.77.0.3 port 22 refuses the connection. Start sshd there."
SILENT = "10.77.0.3 did not answer within 5 s."

Question = Callable[[ConsolePrompter], Coroutine[Any, Any, object]]


@dataclass(frozen=True, slots=True)
class Scene:
    """A state of the workflow, and what the operator does in it."""

    name: str
    """ "PANE-CONDITION" or "dialog-NAME"; also the name of the snapshot's file."""
    state: WorkflowState
    """What the console shows before any key."""
    keys: tuple[str, ...] = ()
    """Keys pressed in that state, named as Textual names them."""
    events: tuple[Event, ...] = ()
    """What the workflow reports before the keys are pressed."""
    question: Question | None = None
    """What ssh asks the operator before the keys are pressed, None for nothing."""

    @property
    def is_passive(self) -> bool:
        """Whether the operator only looks, so that another scene can follow on the same console."""
        return not self.keys and not self.events and self.question is None


def _empty(step: Step) -> WorkflowState:
    return states.at(step, states.empty())


def _loading(step: Step) -> WorkflowState:
    return states.at(step, states.connecting())


def _lost(base: WorkflowState) -> WorkflowState:
    """The same with the connection to node3 lost; what is known of it is 42 s old."""
    gone = NodeStatus("node3", Connection.LOST, SILENT, facts("node3", corosync="3.1.7", age=42.0))
    return replace(base, nodes=(*base.nodes[:2], gone))


def _installing(*, error: str = "") -> WorkflowState:
    running = not error
    last = ProgressCell(ProgressState.FAILED, error) if error else ProgressCell(ProgressState.RUNNING, "", NOW - 7)
    cells = {
        "refresh package lists": dict.fromkeys(NAMES, ProgressCell(ProgressState.DONE, seconds=3.2)),
        "install corosync": {
            **dict.fromkeys(NAMES, ProgressCell(ProgressState.DONE, seconds=8.0)),
            "node3": last,
        },
    }
    title = "installing on 3 nodes"
    progress = Progress(
        ProgressKind.INSTALL, title, tuple(cells), NAMES, cells, {"install corosync": 600.0}, running, error
    )
    busy, since = (title, NOW - 9) if running else ("", None)
    base = states.at(Step.INSTALL, states.looked())
    return replace(base, progress=progress, busy=busy, busy_since=since, error=error)


def _refused_plan() -> WorkflowState:
    planned = states.planned()
    assert planned.plan is not None
    refusals = (
        Refusal("pacemaker", "Pacemaker runs there.", "node2", consent=Consent.PACEMAKER),
        Refusal("release", "corosync 1.4.2 cannot read this file.", "node3", next_step="Upgrade it."),
    )
    return replace(planned, plan=replace(planned.plan, refusals=refusals))


def _without_ring(*, busy: bool) -> WorkflowState:
    asking = ("asking 3 nodes", NOW - 2) if busy else ("", None)
    return replace(states.planned(), step=Step.RING, busy=asking[0], busy_since=asking[1])


def _ring_without_quorum() -> WorkflowState:
    views = (
        states.view("node1", lost=("node2", "node3")),
        states.view("node2", up=False),
        states.view("node3", up=False),
    )
    events = (
        RingEvent(NOW - 90, "the ring is whole", detail="3 members, quorum"),
        RingEvent(NOW - 42, "node3 left", Severity.WARNING, "node3", "2 members, quorum kept"),
        RingEvent(NOW - 41, "node2 left", Severity.ERROR, "node2", "1 member, quorum lost"),
    )
    ring = Ring(False, False, 3, ("node1",), views)
    return replace(states.planned(), step=Step.RING, ring=ring, ring_events=events)


def _interrupted() -> WorkflowState:
    return replace(_lost(states.at(Step.ROLLOUT, states.planned())), interrupted="A rollout to 3 nodes")


BROKEN_CONF = states.CONF.replace(b"cluster_name:", b"cluster_nam:").replace(b"nodeid: 2", b"nodeid: 1")

PANES: tuple[Scene, ...] = (
    Scene("nodes-empty", states.empty()),
    Scene("nodes-loading", states.connecting()),
    Scene("nodes-normal", states.looked("3.1.7", running=40)),
    Scene("nodes-error", replace(states.connecting(), busy="", busy_since=None, error=f"node3: {REFUSED}")),
    Scene("nodes-lost", _lost(states.looked("3.1.7"))),
    Scene("prerequisites-empty", _empty(Step.PREREQUISITES)),
    Scene("prerequisites-loading", _loading(Step.PREREQUISITES)),
    Scene("prerequisites-normal", states.lacking()),
    Scene("prerequisites-error", replace(states.lacking(), error="node3: nft returned 1. Nothing was changed there.")),
    Scene("prerequisites-lost", _lost(states.lacking())),
    Scene("install-empty", _empty(Step.INSTALL)),
    Scene("install-loading", _installing()),
    Scene("install-normal", states.at(Step.INSTALL, states.looked())),
    Scene("install-error", _installing(error="apt-get returned 100: no network.")),
    Scene("install-lost", _lost(states.at(Step.INSTALL))),
    Scene("network-empty", _empty(Step.NETWORK)),
    Scene("network-loading", _loading(Step.NETWORK)),
    Scene("network-normal", states.at(Step.NETWORK)),
    Scene("network-error", states.network()),
    Scene("network-lost", _lost(states.network())),
    Scene("configuration-empty", _empty(Step.CONFIGURATION)),
    Scene("configuration-loading", _loading(Step.CONFIGURATION)),
    Scene("configuration-normal", states.configured()),
    Scene("configuration-error", replace(states.configured(), proposed_conf=BROKEN_CONF)),
    Scene("configuration-lost", _lost(states.configured())),
    Scene("review-empty", _empty(Step.REVIEW)),
    Scene("review-loading", replace(states.planned(), plan=None, busy="making the plan", busy_since=NOW - 1)),
    Scene("review-normal", states.planned()),
    Scene("review-error", _refused_plan()),
    Scene("review-lost", _lost(states.planned())),
    Scene("rollout-empty", _empty(Step.ROLLOUT)),
    Scene("rollout-loading", states.rolling()),
    Scene("rollout-normal", states.at(Step.ROLLOUT, states.planned())),
    Scene("rollout-error", states.rolling(running=False, error="corosync -t refuses the file.")),
    Scene(
        "rollout-lost", replace(_lost(states.at(Step.ROLLOUT, states.planned())), interrupted="A rollout to 3 nodes")
    ),
    Scene("ring-empty", _without_ring(busy=False)),
    Scene("ring-loading", _without_ring(busy=True)),
    Scene("ring-normal", states.ring()),
    Scene("ring-error", _ring_without_quorum()),
    Scene("ring-lost", states.ring(healthy=False)),
    Scene("ring-stale", states.ring(age=42)),
    Scene("doctor-empty", states.ring(), ("d",)),
    Scene("doctor-loading", replace(states.ring(), busy="examining 3 nodes", busy_since=NOW - 2), ("d",)),
    Scene("doctor-normal", replace(states.ring(), doctor=states.FINE), ("d",)),
    Scene("doctor-error", replace(states.ring(healthy=False), doctor=(states.FIREWALL, states.LOOPBACK)), ("d",)),
    Scene("doctor-lost", _lost(replace(states.ring(healthy=False), doctor=(states.FIREWALL,))), ("d",)),
)

_EVENTS: tuple[Event, ...] = (
    CommandStarted(node="node1", command="corosync -t", run=1, at=NOW - 9),
    CommandStarted(node="node2", command="corosync -t", run=2, at=NOW - 9),
    CommandEnded(node="node1", command="corosync -t", run=1, exit_code=0, seconds=0.2, at=NOW - 8),
    CommandEnded(node="node2", command="corosync -t", run=2, exit_code=8, seconds=0.3, at=NOW - 8),
    CommandStarted(node="node1", command="systemctl start corosync", run=3, at=NOW - 2),
    CommandOutput(node="node1", run=3, text="Starting Corosync Cluster Engine", at=NOW - 1),
    Note(text="Nothing on the nodes was changed.", at=NOW),
)

DIALOGS: tuple[Scene, ...] = (
    Scene("dialog-help", states.lacking(), ("question_mark",)),
    Scene("dialog-help-doctor", replace(states.ring(), doctor=states.FINE), ("d", "question_mark")),
    Scene("dialog-confirm-fix", states.lacking(), ("enter",)),
    Scene("dialog-confirm-install", states.at(Step.INSTALL, states.looked()), ("enter",)),
    Scene("dialog-confirm-rollout", states.at(Step.ROLLOUT, states.planned()), ("enter",)),
    Scene("dialog-confirm-remove", states.fresh(), ("down", "x")),
    Scene("dialog-add-node", states.empty(), ("a",)),
    Scene("dialog-edit-node", states.fresh(), ("down", "e")),
    Scene("dialog-add-node-error", states.fresh(), ("a", *"bad", "space", *"host", "enter")),
    Scene("dialog-quit", states.rolling(), ("q",)),
    Scene("dialog-difference", states.configured(), ("d",)),
    Scene(
        "dialog-host-key",
        states.fresh(),
        question=lambda prompter: prompter.host_key("node1", "10.77.0.1", 22, "ssh-ed25519", FINGERPRINT),
    ),
    Scene(
        "dialog-sudo-password",
        states.fresh(),
        ("s", "e", "c"),
        question=lambda prompter: prompter.sudo_password("node1", "ec2-user", ("node2", "node3")),
    ),
    Scene(
        "dialog-sudo-password-many",
        states.fresh(),
        question=lambda prompter: prompter.sudo_password("node1", "ec2-user", [f"node{n}" for n in range(2, 17)]),
    ),
    Scene(
        "dialog-passphrase",
        states.fresh(),
        question=lambda prompter: prompter.passphrase("/home/me/.ssh/id_ed25519"),
    ),
    Scene("command-line", states.fresh(), ("colon", "n", "e")),
    Scene("filter", states.lacking(), ("slash", *"127.0", "enter")),
    Scene("filter-nothing", states.lacking(), ("slash", *"zzz", "enter")),
    Scene("editing", states.configured(), ("e", "down", "down")),
    Scene("log-small", states.rolling(), events=_EVENTS),
    Scene("log-large", states.rolling(), ("l", "tab"), events=_EVENTS),
)

SCENES: tuple[Scene, ...] = PANES + DIALOGS
