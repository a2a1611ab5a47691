"""What a rollout needs to know about a corosync.conf: key, directories, nodes, and the values of the map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from corotui.conf import cluster_name, conf_nodes, parse
from corotui.conf.constants import AUTHKEY_PATH, CONF_DIR, STATE_DIR
from corotui.conf.version import Version


@dataclass(frozen=True, slots=True)
class ConfSummary:
    """What a file means for a rollout."""

    cluster_name: str | None = None
    """totem.cluster_name; None if it is not set."""
    needs_key: bool = False
    """Whether corosync reads the key file."""
    key_path: str = AUTHKEY_PATH
    """Path of the key that the daemon reads."""
    logfile: str = ""
    """Log file that corosync writes, "" for none."""
    directories: tuple[str, ...] = ()
    """Directories that must exist before corosync starts, and before `corosync -t`, which opens the log file; that of
    the key is the last."""
    node_names: Mapping[int, str] = field(default_factory=dict)
    """Node id -> name."""
    addresses: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    """Node id -> link -> address."""
    cmap: Mapping[str, str] = field(default_factory=dict)
    """What the daemon's map will hold of the file, values as text."""

    @property
    def is_package_sample(self) -> bool:
        """Whether it is a one-node configuration on loopback, as in Debian's package: no ring that is in use."""
        addresses = [address for node in self.addresses.values() for address in node.values()]
        return len(self.addresses) == 1 and bool(addresses) and all(_loopback(address) for address in addresses)


def summarise(conf: bytes, release: Version) -> ConfSummary:
    """Summarises a file as a release reads it. Never raises: what corosync cannot read is left out."""
    document = parse(conf)
    values = {key: str(entry.value) for key, entry in document.cmap(release).entries.items()}
    nodes = [node for node in conf_nodes(document) if node.nodeid is not None]
    logfile = values.get("logging.logfile", "") if values.get("logging.to_logfile") in ("yes", "on") else ""
    directories = [CONF_DIR, STATE_DIR]
    if logfile.startswith("/") and logfile.rpartition("/")[0]:
        directories.append(logfile.rpartition("/")[0])
    needs_key = "totem.key" not in values and _is_encrypted(values, old=release.major < 3)
    key_path = values.get("totem.keyfile") or AUTHKEY_PATH
    key_directory = key_path.rpartition("/")[0]
    if needs_key and key_path.startswith("/") and key_directory and key_directory not in directories:
        directories.append(key_directory)
    return ConfSummary(
        cluster_name=cluster_name(document),
        needs_key=needs_key,
        key_path=key_path,
        logfile=logfile,
        directories=tuple(directories),
        node_names={node.nodeid: node.name or node.addresses.get(0, "") for node in nodes if node.nodeid is not None},
        addresses={node.nodeid: dict(node.addresses) for node in nodes if node.nodeid is not None},
        cmap=values,
    )


def _is_encrypted(values: Mapping[str, str], *, old: bool) -> bool:
    """Whether the ring is encrypted: 3.x only if the file says so, 1.x and 2.x unless it says otherwise."""
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
