"""What a rollout has to know of a corosync.conf: key, directories, nodes, and what the daemon will hold of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from corotui.conf import cluster_name, conf_nodes, parse
from corotui.conf.constants import AUTHKEY_PATH
from corotui.conf.version import Version

_STATE = "/var/lib/corosync"


@dataclass(frozen=True, slots=True)
class ConfSummary:
    """`needs_key`: the key file is read. `directories`: must be there before corosync starts (and `-t`: it opens the
    log). `names`: node id -> name. `addresses`: node id -> link -> address. `values`: what the daemon's map will hold
    of it, as text; empty where the version has no such map."""

    cluster_name: str | None = None
    needs_key: bool = False
    key_path: str = AUTHKEY_PATH
    logfile: str = ""
    directories: tuple[str, ...] = ()
    node_names: Mapping[int, str] = field(default_factory=dict)
    addresses: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    cmap: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_package_sample(self) -> bool:
        """It is a one-node configuration on loopback, as Debian's package brings: no ring that anybody uses."""
        found = [address for node in self.addresses.values() for address in node.values()]
        return len(self.addresses) == 1 and bool(found) and all(_loopback(address) for address in found)


def summarise(conf: bytes, release: Version) -> ConfSummary:
    """The meaning of a file for a release. Never raises: of a file with mistakes the rest is read."""
    document = parse(conf)
    values = {key: str(entry.value) for key, entry in document.cmap(release).entries.items()}
    found = [node for node in conf_nodes(document) if node.nodeid is not None]
    logfile = values.get("logging.logfile", "") if values.get("logging.to_logfile") in ("yes", "on") else ""
    directories = ["/etc/corosync", _STATE]
    if logfile.startswith("/") and logfile.rpartition("/")[0]:
        directories.append(logfile.rpartition("/")[0])
    return ConfSummary(
        cluster_name=cluster_name(document),
        needs_key="totem.key" not in values and _is_encrypted(values, old=release.major < 3),
        key_path=values.get("totem.keyfile") or AUTHKEY_PATH,
        logfile=logfile,
        directories=tuple(directories),
        node_names={node.nodeid: node.name or node.addresses.get(0, "") for node in found if node.nodeid is not None},
        addresses={node.nodeid: dict(node.addresses) for node in found if node.nodeid is not None},
        cmap=values,
    )


def _is_encrypted(values: Mapping[str, str], *, old: bool) -> bool:
    """Whether totem is encrypted: 3.x only when told (secauth, crypto_*), 1.x and 2.x unless told not to."""
    cipher, digest = values.get("totem.crypto_cipher"), values.get("totem.crypto_hash")
    if old:
        plain = values.get("totem.secauth") == "off" and cipher in (None, "none") and digest in (None, "none")
        return not (plain or (cipher == "none" and digest == "none"))
    if values.get("totem.transport", "knet") != "knet":
        return False
    if cipher is None and digest is None:
        return values.get("totem.secauth") == "on"
    return (cipher or "none") != "none" or (digest or "none") != "none"


def _loopback(address: str) -> bool:
    return address.startswith("127.") or address in ("::1", "localhost")
