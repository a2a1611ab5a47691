"""Compares two files: what changed in meaning, not in text, and what it takes to apply each change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from corotui.conf import options
from corotui.conf.constants import DEFAULT_RELEASE
from corotui.conf.daemon.cmap import Cmap
from corotui.conf.document import Document
from corotui.conf.effects import effective_transport
from corotui.conf.options.model import APPLY_METHODS, ApplyMethod, Option
from corotui.conf.queries import ConfNode, conf_nodes
from corotui.conf.syntax import to_display
from corotui.conf.version import Version

_RANK: dict[ApplyMethod, int] = {"none": 0, "reload": 1, "rolling": 2, "stop": 3}
_INTERFACE = re.compile(r"totem\.interface\.(\d+)\.(.+)").fullmatch
_SUBSYS = re.compile(r"logging\.(logger_subsys|logging_daemon)\.([^.]+)\.(.+)").fullmatch
_CRYPTO = (
    "totem.crypto_model",
    "totem.crypto_cipher",
    "totem.crypto_hash",
    "totem.secauth",
    "totem.key",
    "totem.keyfile",
)
_CRYPTO_RELOADS = Version(3, 1)


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One change."""

    what: str
    """Names the change: "node3 added", "totem.token"."""
    old: str | None
    """Value before, None if there was none."""
    new: str | None
    """Value after, None if there is none."""
    apply_method: ApplyMethod
    """What it takes until the change holds; see `APPLY_METHODS`."""
    why: str = ""
    """Why it takes that, or what to do; "" where that is plain."""

    def to_json(self) -> dict[str, object]:
        return {"what": self.what, "old": self.old, "new": self.new, "needs": self.apply_method, "why": self.why}


@dataclass(frozen=True, slots=True)
class ConfDiff:
    """All changes between two files."""

    changes: tuple[SettingChange, ...]
    """Those that take most come first."""
    apply_method: ApplyMethod
    """What all of them together take."""

    @property
    def apply_method_text(self) -> str:
        """What all changes together take, as text."""
        return APPLY_METHODS[self.apply_method]

    def to_json(self) -> dict[str, object]:
        return {"changes": [change.to_json() for change in self.changes], "needs": self.apply_method}


def diff_documents(old: Document, new: Document, *, release: Version = DEFAULT_RELEASE) -> ConfDiff:
    """What changes for corosync when the new file replaces the old one. Comments, layout, order and defaults that are
    written out change nothing."""
    before, after = old.cmap(release), new.cmap(release)
    changes = [*_nodes(old, new, before, after, release), *_options(before, after, release)]
    changes.sort(key=lambda change: -_RANK[change.apply_method])
    needs: ApplyMethod = max((change.apply_method for change in changes), key=_RANK.__getitem__, default="none")
    return ConfDiff(tuple(changes), needs)


def _nodes(old: Document, new: Document, before: Cmap, after: Cmap, release: Version) -> Iterator[SettingChange]:
    knet = effective_transport(before, release) == effective_transport(after, release) == "knet"
    old_nodes = {_identity(node): node for node in conf_nodes(old)}
    new_nodes = {_identity(node): node for node in conf_nodes(new)}
    old_links = {link for node in old_nodes.values() for link in node.addresses}
    new_links = {link for node in new_nodes.values() for link in node.addresses}
    old_names = {node.name: node for node in old_nodes.values() if node.name}
    for key, node in new_nodes.items():
        if key in old_nodes:
            yield from _node(old_nodes[key], node, old_links, new_links)
        else:
            yield _node_added(node, old_names)
    for key, node in old_nodes.items():
        if key not in new_nodes and not any(node.name and other.name == node.name for other in new_nodes.values()):
            why = "Stop corosync on it first."
            yield SettingChange(f"node {_name(node)} removed", _name(node), None, "reload", why)
    for link in sorted(new_links - old_links if old_links else ()):
        yield SettingChange(f"link {link} added", None, str(link), "reload" if knet else "stop")
    for link in sorted(old_links - new_links if new_links else ()):
        why = "The other links must carry the ring meanwhile."
        yield SettingChange(f"link {link} removed", str(link), None, "reload" if knet else "stop", why)


def _node_added(node: ConfNode, old_names: dict[str, ConfNode]) -> SettingChange:
    before = old_names.get(node.name)
    if before is not None:
        why = "For corosync it is another node. Remove it, wait until it has left the ring, add it; or stop all nodes."
        return SettingChange(f"nodeid of {node.name}", str(before.nodeid), str(node.nodeid), "stop", why)
    return SettingChange(f"node {_name(node)} added", None, _name(node), "reload")


def _node(old: ConfNode, new: ConfNode, old_links: set[int], new_links: set[int]) -> Iterator[SettingChange]:
    if old.name != new.name:
        yield SettingChange(f"name of node {new.nodeid}", old.name or None, new.name or None, "reload")
    if old.votes != new.votes:
        yield SettingChange(f"votes of {_name(new)}", str(old.votes), str(new.votes), "reload")
    for link in sorted(old_links & new_links):
        before, after = old.addresses.get(link), new.addresses.get(link)
        if before != after:
            why = "A reload refuses it: remove the link and add it again, or stop all nodes."
            yield SettingChange(f"address of {_name(new)} on link {link}", before, after, "stop", why)


def _identity(node: ConfNode) -> object:
    if node.nodeid is not None:
        return node.nodeid
    return node.name or tuple(sorted(node.addresses.items()))


def _name(node: ConfNode) -> str:
    return node.name or next(iter(node.addresses.values()), f"number {node.position + 1}")


def _options(before: Cmap, after: Cmap, release: Version) -> Iterator[SettingChange]:
    for key in sorted(before.entries.keys() | after.entries.keys()):
        if key.startswith("nodelist."):
            continue
        old = None if key not in before.entries else before.entries[key].value
        new = None if key not in after.entries else after.entries[key].value
        if old == new:
            continue
        option = options.find(_table_key(key))
        if option is not None and _is_same_value(option, old, new, release):
            continue
        shown_old = None if old is None else to_display(str(old))
        shown_new = None if new is None else to_display(str(new))
        if key == "totem.key":
            shown_old, shown_new = shown_old and "(a key)", shown_new and "(a key)"
        needs, why = _needs(key, option, release, effective_transport(after, release))
        yield SettingChange(_shown(key), shown_old, shown_new, needs, why)


def _table_key(key: str) -> str:
    """The key in the option tables for a key of the map."""
    if match := _INTERFACE(key):
        name = "member.memberaddr" if match[2].startswith("member.") else match[2]
        return f"totem.interface.{name}"
    if match := _SUBSYS(key):
        return f"logging.{match[1]}.{match[3]}"
    return ".".join(key.split(".")[::2][:2]) if key.startswith("uidgid.") else key


def _shown(key: str) -> str:
    match = _INTERFACE(key)
    return to_display(f"{match[2]} of link {match[1]}" if match else key)


def _is_same_value(option: Option, old: str | int | None, new: str | int | None, release: Version) -> bool:
    """Whether a value that is written out is the default that applied before, or the other way round."""
    default = option.default_in(release)
    values = [default if value is None or (option.zero_means and value == 0) else str(value) for value in (old, new)]
    return bool(default) and values[0] == values[1]


def _needs(key: str, option: Option | None, release: Version, transport: str) -> tuple[ApplyMethod, str]:
    if key.startswith("uidgid."):
        return "reload", ""
    if option is None or not option.is_known(release):
        return "none", "corosync does not read it."
    if option.transports and transport not in option.transports:
        return "none", f"The transport {transport} does not use it."
    if key in _CRYPTO:
        if release < _CRYPTO_RELOADS:
            return "stop", "This release reads it only at the start, and all nodes must agree."
        if option.key in ("totem.key", "totem.keyfile"):
            return "reload", "The new key must be on all nodes first."
        return "reload", "All nodes must have the same authkey first."
    if option.apply_method == "stop" and key.startswith("totem.interface."):
        return "stop", "A reload leaves a running link as it is, and all nodes must agree."
    if option.apply_method == "stop":
        return "stop", "All nodes must agree on it, and it is read only at the start."
    if option.apply_method == "rolling":
        return "rolling", "It is read only at the start."
    return option.apply_method, ""
