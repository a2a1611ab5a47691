"""Two files: what changed in meaning, not in text, and what each change needs to take hold."""

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
    """One change. `what` names it ("node3 added", "totem.token"); `old` and `new` are None where there is nothing.
    `needs` is what it takes: none, reload, rolling (a restart of one node after the other), stop (of all at once)."""

    what: str
    old: str | None
    new: str | None
    apply_method: ApplyMethod
    why: str = ""

    def to_json(self) -> dict[str, object]:
        return {"what": self.what, "old": self.old, "new": self.new, "needs": self.apply_method, "why": self.why}


@dataclass(frozen=True, slots=True)
class ConfDiff:
    """All changes, in the order of weight, and what all of them together need."""

    changes: tuple[SettingChange, ...]
    apply_method: ApplyMethod

    @property
    def apply_method_text(self) -> str:
        """What is needed, in words."""
        return APPLY_METHODS[self.apply_method]

    def to_json(self) -> dict[str, object]:
        return {"changes": [change.to_json() for change in self.changes], "needs": self.apply_method}


def diff_documents(old: Document, new: Document, *, release: Version = DEFAULT_RELEASE) -> ConfDiff:
    """What changes for corosync when the new file takes the place of the old one. Comments, layout, order and defaults
    that are written out change nothing."""
    before, after = old.cmap(release), new.cmap(release)
    found = [*_nodes(old, new, before, after, release), *_options(before, after, release)]
    found.sort(key=lambda change: -_RANK[change.apply_method])
    needs: ApplyMethod = max((change.apply_method for change in found), key=_RANK.__getitem__, default="none")
    return ConfDiff(tuple(found), needs)


def _nodes(old: Document, new: Document, before: Cmap, after: Cmap, release: Version) -> Iterator[SettingChange]:
    knet = effective_transport(before, release) == effective_transport(after, release) == "knet"
    was = {_identity(node): node for node in conf_nodes(old)}
    now = {_identity(node): node for node in conf_nodes(new)}
    links_was = {link for node in was.values() for link in node.addresses}
    links_now = {link for node in now.values() for link in node.addresses}
    names_was = {node.name: node for node in was.values() if node.name}
    for key, node in now.items():
        if key in was:
            yield from _node(was[key], node, links_was, links_now)
        else:
            yield _node_added(node, names_was)
    for key, node in was.items():
        if key not in now and not any(node.name and other.name == node.name for other in now.values()):
            why = "Stop corosync on it first."
            yield SettingChange(f"node {_name(node)} removed", _name(node), None, "reload", why)
    for link in sorted(links_now - links_was if links_was else ()):
        yield SettingChange(f"link {link} added", None, str(link), "reload" if knet else "stop")
    for link in sorted(links_was - links_now if links_now else ()):
        why = "The other links must carry the ring while it goes."
        yield SettingChange(f"link {link} removed", str(link), None, "reload" if knet else "stop", why)


def _node_added(node: ConfNode, names_was: dict[str, ConfNode]) -> SettingChange:
    before = names_was.get(node.name)
    if before is not None:
        why = "For corosync it is another node. Remove it, let the ring forget it, add it again; or stop all nodes."
        return SettingChange(f"nodeid of {node.name}", str(before.nodeid), str(node.nodeid), "stop", why)
    return SettingChange(f"node {_name(node)} added", None, _name(node), "reload")


def _node(was: ConfNode, now: ConfNode, links_was: set[int], links_now: set[int]) -> Iterator[SettingChange]:
    if was.name != now.name:
        yield SettingChange(f"name of node {now.nodeid}", was.name or None, now.name or None, "reload")
    if was.votes != now.votes:
        yield SettingChange(f"votes of {_name(now)}", str(was.votes), str(now.votes), "reload")
    for link in sorted(links_was & links_now):
        before, after = was.addresses.get(link), now.addresses.get(link)
        if before != after:
            why = "A reload refuses it: remove the link and add it again, or stop all nodes."
            yield SettingChange(f"address of {_name(now)} on link {link}", before, after, "stop", why)


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
    """The key of the table of options for a key of the map."""
    if found := _INTERFACE(key):
        name = "member.memberaddr" if found[2].startswith("member.") else found[2]
        return f"totem.interface.{name}"
    if found := _SUBSYS(key):
        return f"logging.{found[1]}.{found[3]}"
    return ".".join(key.split(".")[::2][:2]) if key.startswith("uidgid.") else key


def _shown(key: str) -> str:
    found = _INTERFACE(key)
    return to_display(f"{found[2]} of link {found[1]}" if found else key)


def _is_same_value(option: Option, old: str | int | None, new: str | int | None, release: Version) -> bool:
    """Whether a value that is written out is the default that held before, or the other way round."""
    default = option.default_in(release)
    values = [default if value is None or (option.zero_means and value == 0) else str(value) for value in (old, new)]
    return bool(default) and values[0] == values[1]


def _needs(key: str, option: Option | None, release: Version, transport: str) -> tuple[ApplyMethod, str]:
    if key.startswith("uidgid."):
        return "reload", ""
    if option is None or not option.is_known(release):
        return "none", "corosync does not read it."
    if option.transports and transport not in option.transports:
        return "none", f"The transport {transport} makes no use of it."
    if key in _CRYPTO:
        if release < _CRYPTO_RELOADS:
            return "stop", "This release reads it at the start only, and all nodes must agree."
        if option.key in ("totem.key", "totem.keyfile"):
            return "reload", "The new key must be on all nodes before."
        return "reload", "All nodes must have the same authkey before."
    if option.apply_method == "stop" and key.startswith("totem.interface."):
        return "stop", "A reload leaves a running link as it is, and all nodes must agree."
    if option.apply_method == "stop":
        return "stop", "All nodes must agree on it, and it is read at the start only."
    if option.apply_method == "rolling":
        return "rolling", "It is read at the start only."
    return option.apply_method, ""
