"""The inputs of planning, with the derived facts that several rules need. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from corotui.cluster.model import Cluster
from corotui.cluster.text.lookalikes import alike_sentences
from corotui.conf import summary
from corotui.conf.constants import CONF_PATH
from corotui.conf.summary import ConfSummary
from corotui.conf.version import Version
from corotui.facts.model import NodeFacts
from corotui.rollout.model import NO_KEY_CHOICE, ConfAction, KeyAction, KeyChoice
from corotui.rollout.node.snapshot import NodeSnapshot
from corotui.source.releases.target import release_for


@dataclass(frozen=True)
class PlanInputs:
    """What a plan is made from."""

    cluster: Cluster
    """The cluster as cluster.toml describes it."""
    conf: bytes
    """The corosync.conf to roll out."""
    facts: Mapping[str, NodeFacts]
    """Facts of each node of the cluster."""
    snapshots: Mapping[str, NodeSnapshot]
    """Files and daemon of each node of the cluster."""
    known_digests: Collection[str] = ()
    """sha256 of every configuration that was ever rolled out from this directory."""
    key_choice: KeyChoice = NO_KEY_CHOICE
    """What the operator said about the key."""

    @cached_property
    def target_release(self) -> Version:
        """The corosync that must accept the configuration."""
        return release_for(self.facts, self.cluster.install)

    @cached_property
    def target_summary(self) -> ConfSummary:
        """What the file to roll out says."""
        return summary.summarise(self.conf, self.target_release)

    @cached_property
    def conf_sha256(self) -> str:
        """sha256 of the file to roll out."""
        return hashlib.sha256(self.conf).hexdigest()

    def summary_on(self, node: str) -> ConfSummary | None:
        """Returns what the present file of a node says, None if there is none."""
        conf = self.snapshots[node].conf
        return None if conf is None else summary.summarise(conf, self.target_release)

    def names_alike(self) -> list[str]:
        """Says which names of nodes and clusters look alike, those of the present files among them."""
        present = [each for node in self.cluster.nodes if (each := self.summary_on(node.name)) is not None]
        clusters = [self.cluster.name, self.target_summary.cluster_name, *(each.cluster_name for each in present)]
        summaries = [self.target_summary, *present]
        hosts = [
            *(node.name for node in self.cluster.nodes),
            *(n for each in summaries for n in each.node_names.values()),
        ]
        return [
            *alike_sentences(hosts, "Names of nodes"),
            *alike_sentences(filter(None, clusters), "Names of clusters"),
        ]

    def is_in_ring(self, node: str) -> bool:
        """Whether corosync runs there, and not on the one-node sample of its package."""
        present = self.summary_on(node)
        return self.snapshots[node].running > 0 and not (present is not None and present.is_package_sample)

    @property
    def current_conf(self) -> bytes | None:
        """The file of the nodes that are in a ring, None if they have different ones or there are none."""
        confs = {self.snapshots[node.name].conf for node in self.cluster.nodes if self.is_in_ring(node.name)}
        return confs.pop() if len(confs) == 1 else None

    def conf_action(self, node: str) -> ConfAction:
        """Returns whether the file of a node is written or is the same already."""
        return ConfAction.KEEP if self.snapshots[node].sha256_of(CONF_PATH) == self.conf_sha256 else ConfAction.WRITE

    @cached_property
    def key_source(self) -> tuple[str, bool]:
        """The node whose key the others get, and whether it has to create it; ("", False) if no key is needed.

        The operator's choice comes first, then a key that running nodes use, then the one that most nodes have, then
        the first node's.
        """
        if not self.target_summary.needs_key:
            return "", False
        path, snapshots = self.target_summary.key_path, self.snapshots
        usable = {name: each.sha256_of(path) for name, each in snapshots.items() if each.has_key(path)}
        if self.key_choice.source in usable:
            return self.key_choice.source, False
        if not usable:
            return self.cluster.nodes[0].name, True
        running = Counter(key for name, key in usable.items() if snapshots[name].running)
        counts = Counter(usable.values())
        position = {node.name: index for index, node in enumerate(self.cluster.nodes)}
        return max(usable, key=lambda name: (running[usable[name]], counts[usable[name]], -position[name])), False

    def uses_key(self, node: str) -> bool:
        """Whether the daemon that runs on a node reads its key where the target's key is."""
        snapshot, present = self.snapshots[node], self.summary_on(node)
        if not snapshot.running:
            return False
        own = present.key_path if present is not None and present.needs_key else None
        return snapshot.cmap.get("totem.keyfile", own) == self.target_summary.key_path

    def key_action(self, node: str) -> KeyAction:
        """Returns what happens to the key of a node."""
        source, creates = self.key_source
        if not source:
            return KeyAction.NONE
        if node == source:
            return KeyAction.CREATE if creates else KeyAction.KEEP
        path = self.target_summary.key_path
        same = not creates and self.snapshots[node].sha256_of(path) == self.snapshots[source].sha256_of(path)
        return KeyAction.KEEP if same else KeyAction.COPY

    def key_changes(self, node: str) -> bool:
        """Whether a node has another key afterwards."""
        return self.key_action(node) in (KeyAction.CREATE, KeyAction.COPY)
