"""The help of each step and of the doctor."""

from __future__ import annotations

from dataclasses import dataclass

from corotui.workflow.state import Step


@dataclass(frozen=True, slots=True)
class HelpTopic:
    """What `?` says about a step."""

    title: str
    """Name of the step."""
    what: str
    """What the step does."""
    why: str
    """Why it is needed, or why it is safe."""
    shell: str
    """How to do the same in a shell."""


HELP_TOPICS = {
    Step.NODES: HelpTopic(
        "Nodes",
        "The machines of the cluster, and how ssh reaches them. Enter connects to all of them at once and asks each "
        "one about itself.",
        "A node needs nothing but sshd. Host keys are checked: you are shown a new one, and a changed one is refused.",
        "edit cluster.toml, then: corotui facts",
    ),
    Step.PREREQUISITES: HelpTopic(
        "Prerequisites",
        "What keeps a node out of a ring: names, clock, firewall, disk space. Each finding shows the commands that "
        "fix it.",
        "Most rings that do not form fail here, and corosync's own messages seldom say why.",
        "corotui check",
    ),
    Step.INSTALL: HelpTopic(
        "Install",
        "How corosync gets onto the nodes: as the distribution's package, built from source, or not at all, because it "
        "is installed already. A build downloads and verifies the release archives, makes packages as a normal user on "
        "one node of each kind, and installs them on all nodes. Esc stops it and undoes what it changed. Packages that "
        "were built before are used again.",
        "All nodes should run the same version. An archive without a known sha256 is never unpacked.",
        "[install] in cluster.toml, then: corotui apply; corotui build --list, --plan, --install, --remove",
    ),
    Step.NETWORK: HelpTopic(
        "Network",
        "A subnet in which every node has an address can be a link of the ring. p tests whether UDP passes on the "
        "links you use.",
        "Two links on separate networks keep the ring together when one network fails.",
        "corotui facts; corotui check",
    ),
    Step.CONFIGURATION: HelpTopic(
        "Configuration",
        "corosync.conf, byte for byte as it will be on the nodes, and what it means in times and votes.",
        "corosync stops at the first mistake and silently accepts many others. Here you see all of them as you type.",
        "corotui conf check corosync.conf; corotui conf explain token",
    ),
    Step.REVIEW: HelpTopic(
        "Review",
        "What the rollout will do on each node, and how the new file differs from the one that is there.",
        "For this the nodes are only read. Nothing is changed yet. Where keys differ, k takes another one.",
        "corotui plan",
    ),
    Step.ROLLOUT: HelpTopic(
        "Rollout",
        "Key and configuration go to all nodes or to none. Each node tests them first; then corosync starts everywhere "
        "at once.",
        "It is done when the nodes themselves report one ring with quorum. A lost terminal leaves nothing half done.",
        "corotui apply; after an interruption: corotui recover, corotui recover --forget",
    ),
    Step.RING: HelpTopic(
        "Ring",
        "Which nodes see each other, as each node reports it, and how old each report is. Below that: what happened.",
        "Two nodes can disagree about who is in the ring. Only all reports together show that.",
        "corotui status; corotui watch",
    ),
}

DOCTOR_HELP = HelpTopic(
    "Doctor",
    "Examines all nodes and names the cause: what was seen, what was ruled out, and the commands that fix it.",
    "Examining changes nothing. Enter shows the commands for the selected cause and asks before they run.",
    "corotui doctor; corotui doctor --fix CODE",
)
