"""All that a plan is judged from, and what is asked of it again and again. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from corotui.cluster.model import Cluster
from corotui.conf import summary
from corotui.conf.constants import CONF_PATH, MIN_KEY_SIZE
from corotui.conf.summary import ConfSummary
from corotui.conf.version import Version
from corotui.facts.model import NodeFacts
from corotui.rollout.model import ConfAction, KeyAction
from corotui.rollout.node.snapshot import NodeSnapshot
from corotui.source.releases.target import release_for


@dataclass(frozen=True)
class PlanInputs:
    """`known`: sha256 of every configuration that was ever rolled out from this directory."""

    cluster: Cluster
    conf: bytes
    facts: Mapping[str, NodeFacts]
    snapshots: Mapping[str, NodeSnapshot]
    known_digests: Collection[str] = ()

    @cached_property
    def target_release(self) -> Version:
        """The corosync that must accept the configuration."""
        return release_for(self.facts, self.cluster.install)

    @cached_property
    def target_summary(self) -> ConfSummary:
        """The meaning of the file that is to be rolled out."""
        return summary.summarise(self.conf, self.target_release)

    @cached_property
    def conf_sha256(self) -> str:
        """sha256 of that file."""
        return hashlib.sha256(self.conf).hexdigest()

    def summary_on(self, node: str) -> ConfSummary | None:
        """The meaning of the file that lies on a node, None where there is none."""
        before = self.snapshots[node].conf
        return None if before is None else summary.summarise(before, self.target_release)

    def is_in_ring(self, node: str) -> bool:
        """corosync runs there, and not on a one-node sample."""
        old = self.summary_on(node)
        return self.snapshots[node].running > 0 and not (old is not None and old.is_package_sample)

    @property
    def current_conf(self) -> bytes | None:
        """The file of all nodes that are in a ring, None where they differ or there are none."""
        found = {self.snapshots[node.name].conf for node in self.cluster.nodes if self.is_in_ring(node.name)}
        return found.pop() if len(found) == 1 else None

    def conf_action(self, node: str) -> ConfAction:
        return ConfAction.KEEP if self.snapshots[node].sha256_of(CONF_PATH) == self.conf_sha256 else ConfAction.WRITE

    @cached_property
    def key_source(self) -> tuple[str, bool]:
        """(node whose key the others get, whether it has to make it first); ("", False) where no key is needed.

        A key that running nodes use wins, then the one that most nodes have, then the first node's.
        """
        if not self.target_summary.needs_key:
            return "", False
        path, sights = self.target_summary.key_path, self.snapshots
        usable = {name: sight.sha256_of(path) for name, sight in sights.items() if sight.key_size >= MIN_KEY_SIZE}
        if not usable:
            return self.cluster.nodes[0].name, True
        running = Counter(key for name, key in usable.items() if sights[name].running)
        counts = Counter(usable.values())
        place = {node.name: index for index, node in enumerate(self.cluster.nodes)}
        return max(usable, key=lambda name: (running[usable[name]], counts[usable[name]], -place[name])), False

    def key_action(self, node: str) -> KeyAction:
        source, makes = self.key_source
        if not source:
            return KeyAction.NONE
        if node == source:
            return KeyAction.CREATE if makes else KeyAction.KEEP
        path = self.target_summary.key_path
        same = not makes and self.snapshots[node].sha256_of(path) == self.snapshots[source].sha256_of(path)
        return KeyAction.KEEP if same else KeyAction.COPY

    def key_changes(self, node: str) -> bool:
        return self.key_action(node) in (KeyAction.CREATE, KeyAction.COPY)
