"""Which restart a configuration change requires, and whether a running daemon has applied it. Pure."""

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
    """Returns what it takes until a daemon that runs with `old` runs with `new`, and the settings that change.

    `key_changes`: whether its authkey changes too; nodes with different keys do not hear each other.
    """
    if old is None:
        return RequiredRestart.STOP, ()
    difference = conf.diff_documents(conf.parse(old), conf.parse(new), release=release)
    if key_changes:
        return RequiredRestart.STOP, difference.changes
    restart = RequiredRestart(difference.apply_method)
    if restart is RequiredRestart.RELOAD and release.major < _FULL_RELOAD_SERIES:
        restart = RequiredRestart.ROLLING
    return restart, difference.changes


def unapplied_keys(expected: ConfSummary, cmap: Mapping[str, str]) -> tuple[str, ...]:
    """Returns the keys in which the running daemon differs from the file, sorted.

    It has another value, or none, or (of nodes only) one that the file no longer has. Empty if the daemon's map is
    not known.
    """
    if not cmap:
        return ()
    compared = {key: value for key, value in expected.cmap.items() if key.startswith(_COMPARED_PREFIXES)}
    different = {key for key, value in compared.items() if key in cmap and not _same(cmap[key], value)}
    absent = {key for key in compared if key not in cmap and key.startswith(("nodelist.node.", "quorum."))}
    surplus = {
        key for key in cmap if key.startswith("nodelist.node.") and key.endswith("_addr") and key not in expected.cmap
    }
    return tuple(sorted(different | absent | surplus))


def _same(running: str, written: str) -> bool:
    return running == written or (_number(running) is not None and _number(running) == _number(written))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 21 else None
