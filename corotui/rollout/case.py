"""All that a plan is judged from, and what is asked of it again and again. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from corotui.cluster.model import Cluster
from corotui.facts.model import NodeFacts
from corotui.rollout import meaning
from corotui.rollout.meaning import SMALLEST_KEY, Meaning
from corotui.rollout.model import CONF_PATH, ConfAction, KeyAction
from corotui.rollout.sight import Sight
from corotui.source.choice import version_of


@dataclass(frozen=True)
class Case:
    """`known`: sha256 of every configuration that was ever rolled out from this directory."""

    cluster: Cluster
    conf: bytes
    facts: Mapping[str, NodeFacts]
    sights: Mapping[str, Sight]
    known: Collection[str] = ()

    @cached_property
    def version(self) -> str:
        """What the configuration is judged for."""
        return version_of(self.facts, self.cluster.install)

    @cached_property
    def new(self) -> Meaning:
        """The meaning of the file that is to be rolled out."""
        return meaning.read(self.conf, self.version)

    @cached_property
    def digest(self) -> str:
        """sha256 of that file."""
        return hashlib.sha256(self.conf).hexdigest()

    def old(self, node: str) -> Meaning | None:
        """The meaning of the file that lies on a node, None where there is none."""
        before = self.sights[node].conf
        return None if before is None else meaning.read(before, self.version)

    def in_a_ring(self, node: str) -> bool:
        """corosync runs there, and not on a one-node sample."""
        old = self.old(node)
        return self.sights[node].running > 0 and not (old is not None and old.sample)

    @property
    def before(self) -> bytes | None:
        """The file of all nodes that are in a ring, None where they differ or there are none."""
        found = {self.sights[node.name].conf for node in self.cluster.nodes if self.in_a_ring(node.name)}
        return found.pop() if len(found) == 1 else None

    def conf_action(self, node: str) -> ConfAction:
        return ConfAction.KEEP if self.sights[node].sum(CONF_PATH) == self.digest else ConfAction.WRITE

    @cached_property
    def key_source(self) -> tuple[str, bool]:
        """(node whose key the others get, whether it has to make it first); ("", False) where no key is needed.

        A key that running nodes use wins, then the one that most nodes have, then the first node's.
        """
        if not self.new.needs_key:
            return "", False
        path, sights = self.new.key_path, self.sights
        usable = {name: sight.sum(path) for name, sight in sights.items() if sight.key_size >= SMALLEST_KEY}
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
        path = self.new.key_path
        same = not makes and self.sights[node].sum(path) == self.sights[source].sum(path)
        return KeyAction.KEEP if same else KeyAction.COPY

    def key_changes(self, node: str) -> bool:
        return self.key_action(node) in (KeyAction.CREATE, KeyAction.COPY)
