"""What a changed corosync.conf asks of daemons that run on the old one, and whether they run on it."""

from __future__ import annotations

from collections.abc import Mapping

from corotui import conf
from corotui.conf.summary import ConfSummary
from corotui.conf.version import Version
from corotui.rollout.model import RequiredRestart

_COMPARED_PREFIXES = ("totem.", "nodelist.node.", "quorum.")
_FULL_RELOAD_SERIES = 3  # the first series whose reload reads nearly all options again


def required_restart(
    old: bytes | None, new: bytes, release: Version, *, key_changes: bool
) -> tuple[RequiredRestart, tuple[conf.SettingChange, ...]]:
    """What it takes until a daemon that runs on `old` runs on `new`, and the changes. `key_changes`: its authkey is
    another one afterwards, and nodes with different keys do not hear each other."""
    if old is None:
        return RequiredRestart.STOP, ()
    found = conf.diff_documents(conf.parse(old), conf.parse(new), release=release)
    if key_changes:
        return RequiredRestart.STOP, found.changes
    wanted = RequiredRestart(found.apply_method)
    if wanted is RequiredRestart.RELOAD and release.major < _FULL_RELOAD_SERIES:
        wanted = RequiredRestart.ROLLING
    return wanted, found.changes


def unapplied_keys(expected: ConfSummary, cmap: Mapping[str, str]) -> tuple[str, ...]:
    """Keys that the running daemon holds with another value than the file, or not at all, or that the file no longer
    has (nodes only). Empty where the daemon told nothing."""
    if not cmap:
        return ()
    wanted = {key: value for key, value in expected.cmap.items() if key.startswith(_COMPARED_PREFIXES)}
    other = {key for key, value in wanted.items() if key in cmap and not _same(cmap[key], value)}
    absent = {key for key in wanted if key not in cmap and key.startswith(("nodelist.node.", "quorum."))}
    gone = {
        key for key in cmap if key.startswith("nodelist.node.") and key.endswith("_addr") and key not in expected.cmap
    }
    return tuple(sorted(other | absent | gone))


def _same(running: str, written: str) -> bool:
    return running == written or (_number(running) is not None and _number(running) == _number(written))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 21 else None
