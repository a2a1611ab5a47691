"""What a changed corosync.conf asks of daemons that run on the old one."""

from __future__ import annotations

import re
from collections.abc import Mapping

from corotui.rollout.meaning import Meaning
from corotui.rollout.model import Order

# With one of these different, two nodes do not understand or do not find each other: exec/totemconfig.c,
# exec/totemknet.c, exec/totemudp.c of 3.1.7.
_APART = re.compile(
    r"totem\.(version|transport|crypto_model|crypto_cipher|crypto_hash|secauth|keyfile|key|ip_version|link_mode"
    r"|knet_compression_model|interface\.\d+\.(mcastport|mcastaddr|knet_transport|bindnetaddr|broadcast))"
)
_OWN = ("totem.", "nodelist.node.", "quorum.")


def order(old: Meaning, new: Meaning, *, key_changes: bool) -> Order:
    """ROLLING when nodes on the old and on the new configuration form one ring meanwhile, else TOGETHER."""
    if key_changes and (old.needs_key or new.needs_key):
        return Order.TOGETHER
    keys = {key for key in (*old.values, *new.values) if _APART.fullmatch(key)}
    if any(old.values.get(key) != new.values.get(key) for key in keys):
        return Order.TOGETHER
    if new.values.get("totem.transport") == "udp" and old.cluster_name != new.cluster_name:
        return Order.TOGETHER
    both = old.addresses.keys() & new.addresses.keys()
    if any(old.addresses[node] != new.addresses[node] for node in both) or not both:
        return Order.TOGETHER
    return Order.ROLLING


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
