"""What the console says about itself: a chapter per step."""

from __future__ import annotations

from dataclasses import dataclass

from corotui.workflow.state import Step


@dataclass(frozen=True, slots=True)
class HelpTopic:
    """`shell` is the way without the console."""

    title: str
    what: str
    why: str
    shell: str


HELP_TOPICS = {
    Step.NODES: HelpTopic(
        "Nodes",
        "The machines of the cluster and how ssh reaches them. Enter connects to all at once and asks each what it is.",
        "A node needs nothing but sshd. Host keys are checked: a new one is shown, a changed one is refused.",
        "edit cluster.toml, then: corotui facts",
    ),
    Step.PREREQUISITES: HelpTopic(
        "Prerequisites",
        "What a node lacks before it can be in a ring: names, clock, firewall, room on disk. Each has its commands.",
        "Most rings that do not form fail here, and corosync's own words seldom say so.",
        "corotui check",
    ),
    Step.INSTALL: HelpTopic(
        "Install",
        "How corosync comes onto the nodes: the distribution's package, a build from source, or it is there already. "
        "A build fetches and verifies the release archives, makes packages on one node of each kind as a normal user, "
        "and installs them on all; Esc stops it and puts back what it changed. What is built is not built again.",
        "All nodes should run one version. An archive without a known sha256 is never unpacked.",
        "[install] in cluster.toml, then: corotui apply; corotui build --list, --plan, --install, --remove",
    ),
    Step.NETWORK: HelpTopic(
        "Network",
        "Subnets in which every node has an address can carry a link of the ring. p proves that UDP passes there.",
        "Two links on separate networks keep the ring together when one network fails.",
        "corotui facts; corotui check",
    ),
    Step.CONFIGURATION: HelpTopic(
        "Configuration",
        "corosync.conf, byte for byte as it will lie on the nodes, with what it means in times and votes.",
        "The daemon stops at the first mistake and takes many others without a word. Here all are shown as you type.",
        "corotui conf check corosync.conf; corotui conf explain token",
    ),
    Step.REVIEW: HelpTopic(
        "Review",
        "What the rollout will do on each node, and the difference to the file there now.",
        "The nodes are only read for this.",
        "corotui plan",
    ),
    Step.ROLLOUT: HelpTopic(
        "Rollout",
        "Key and configuration go to all nodes or to none, are tested there, and corosync starts everywhere at once.",
        "It is done when the nodes themselves report one ring and quorum. A lost terminal does not leave a half.",
        "corotui apply; after an interruption: corotui recover",
    ),
    Step.RING: HelpTopic(
        "Ring",
        "Who hears whom, from every node's own view, with the age of its last word. Below: what happened.",
        "Two nodes can disagree about who is in the ring; only all views together show it.",
        "corotui status; corotui watch",
    ),
}

DOCTOR_HELP = HelpTopic(
    "Doctor",
    "Looks at all nodes and names the cause, with what was seen, what was ruled out, and the commands that mend it.",
    "It only reads. Enter shows the commands of the chosen finding and asks before they run.",
    "corotui doctor; corotui doctor --fix CODE",
)
