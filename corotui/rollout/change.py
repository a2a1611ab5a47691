"""What a changed corosync.conf asks of daemons that run on the old one, and whether they run on it."""

from __future__ import annotations

from collections.abc import Mapping

from corotui import conf
from corotui.rollout.meaning import Meaning
from corotui.rollout.model import Need

_OWN = ("totem.", "nodelist.node.", "quorum.")
_RELOADS = 3  # the first series whose reload reads nearly all options again


def need(old: bytes | None, new: bytes, version: str, *, key_changes: bool) -> tuple[Need, tuple[conf.Meaning, ...]]:
    """What it takes until a daemon that runs on `old` runs on `new`, and the changes. `key_changes`: its authkey is
    another one afterwards, and nodes with different keys do not hear each other."""
    if old is None:
        return Need.STOP, ()
    found = conf.difference(conf.parse(old), conf.parse(new), corosync=version)
    if key_changes:
        return Need.STOP, found.changes
    wanted = Need(found.needs)
    if wanted is Need.RELOAD and int(version.partition(".")[0]) < _RELOADS:
        wanted = Need.ROLLING
    return wanted, found.changes


def not_applied(new: Meaning, cmap: Mapping[str, str]) -> tuple[str, ...]:
    """Keys that the running daemon holds with another value than the file, or not at all, or that the file no longer
    has (nodes only). Empty where the daemon told nothing."""
    if not cmap:
        return ()
    wanted = {key: value for key, value in new.values.items() if key.startswith(_OWN)}
    other = {key for key, value in wanted.items() if key in cmap and not _same(cmap[key], value)}
    absent = {key for key in wanted if key not in cmap and key.startswith(("nodelist.node.", "quorum."))}
    gone = {key for key in cmap if key.startswith("nodelist.node.") and key.endswith("_addr") and key not in new.values}
    return tuple(sorted(other | absent | gone))


def _same(running: str, written: str) -> bool:
    return running == written or (_number(running) is not None and _number(running) == _number(written))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 21 else None
