"""A new corosync.conf for nodes that have none."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from corotui.conf.constants import AUTHKEY_PATH, BASE_PORT, DEFAULT_RELEASE
from corotui.conf.lint.timers import CLOUD_TOKEN
from corotui.conf.version import Version
from corotui.errors import UsageError


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """A node of the new ring."""

    name: str
    """Name of the node."""
    nodeid: int
    """Its number, 1 to 65535."""
    addresses: tuple[str, ...]
    """Its address on each link, link 0 first."""


@dataclass(frozen=True, slots=True)
class RingSpec:
    """What the new file is made of."""

    cluster_name: str
    """Name of the cluster."""
    nodes: tuple[NodeSpec, ...]
    """The nodes."""
    release: Version = DEFAULT_RELEASE
    """The corosync that will read the file."""
    crypto: bool = True
    """Whether the ring is encrypted."""
    networks: tuple[str, ...] = ()
    """Network of each link ("10.0.0.0/24"); only 1.x needs them."""
    cloud: bool = False
    """Whether the nodes are in a cloud, where machines pause at times; the token timeout is longer then."""


def generate_conf(ring: RingSpec) -> bytes:
    """The file: knet for 3.x, udpu with a nodelist for 2.x, udpu with member blocks for 1.x.

    UsageError where no such ring is possible: no node; a name, number or address twice; text that cannot be written.
    """
    _validate_spec(ring)
    release = ring.release
    if release.grammar >= 3:
        blocks = [_totem3(ring), _nodelist(ring), _quorum(ring), _LOGGING]
    elif release.grammar == 2:
        blocks = [_totem2(ring), _nodelist(ring), _quorum(ring), _LOGGING]
    else:
        blocks = [_totem1(ring), _LOGGING]
    return ("\n".join(blocks)).encode("utf-8")


_LOGGING = """logging {
    to_stderr: no
    to_syslog: yes
    to_logfile: no
}
"""


def _totem3(ring: RingSpec) -> str:
    key = ""
    if ring.crypto:
        key = f"    # All nodes hold the same {AUTHKEY_PATH}.\n    crypto_cipher: aes256\n    crypto_hash: sha256\n"
    return (
        "# The same file on every node; a comment has a line of its own.\n"
        "totem {\n    version: 2\n"
        f"    cluster_name: {ring.cluster_name}\n    config_version: 1\n    transport: knet\n{_token(ring)}{key}}}\n"
    )


def _totem2(ring: RingSpec) -> str:
    links = len(ring.nodes[0].addresses)
    rrp = "    rrp_mode: passive\n" if links > 1 else ""
    interfaces = "".join(
        f"    interface {{\n        ringnumber: {link}\n        mcastport: {BASE_PORT + 2 * link}\n    }}\n"
        for link in range(links)
    )
    return (
        "# The same file on every node; a comment has a line of its own.\n"
        "totem {\n    version: 2\n"
        f"    cluster_name: {ring.cluster_name}\n    config_version: 1\n    transport: udpu\n{_token(ring)}{rrp}"
        f"{_secauth(ring)}{interfaces if links > 1 else ''}}}\n"
    )


def _totem1(ring: RingSpec) -> str:
    links = len(ring.nodes[0].addresses)
    rrp = "    rrp_mode: passive\n" if links > 1 else ""
    interfaces = ""
    for link in range(links):
        members = "".join(
            f"        member {{\n            memberaddr: {node.addresses[link]}\n        }}\n" for node in ring.nodes
        )
        interfaces += (
            f"    interface {{\n        ringnumber: {link}\n        bindnetaddr: {_network(ring, link)}\n"
            f"        mcastport: {BASE_PORT + 2 * link}\n{members}    }}\n"
        )
    return (
        "# The same file on every node; a comment has a line of its own.\n"
        "compatibility: whitetank\n\n"
        f"totem {{\n    version: 2\n    token: 10000\n    transport: udpu\n{rrp}{_secauth(ring)}{interfaces}}}\n"
    )


def _token(ring: RingSpec) -> str:
    return f"    # Machines in a cloud pause for seconds at times.\n    token: {CLOUD_TOKEN}\n" if ring.cloud else ""


def _secauth(ring: RingSpec) -> str:
    return f"    secauth: {'on' if ring.crypto else 'off'}\n"


def _nodelist(ring: RingSpec) -> str:
    out = "nodelist {\n"
    for node in ring.nodes:
        name = f"        name: {node.name}\n"
        addresses = "".join(f"        ring{link}_addr: {address}\n" for link, address in enumerate(node.addresses))
        out += f"    node {{\n{name}        nodeid: {node.nodeid}\n{addresses}    }}\n"
    return out + "}\n"


def _quorum(ring: RingSpec) -> str:
    two = ""
    if len(ring.nodes) == 2:
        two = "    # Either node goes on alone if the other fails; the first start needs both.\n    two_node: 1\n"
    return f"quorum {{\n    provider: corosync_votequorum\n{two}}}\n"


def _network(ring: RingSpec, link: int) -> str:
    if link < len(ring.networks):
        return str(ip_network(ring.networks[link], strict=False).network_address)
    try:
        return str(ip_network(f"{ip_address(ring.nodes[0].addresses[link])}/24", strict=False).network_address)
    except ValueError as error:
        raise UsageError(
            f"bindnetaddr needs the network of ring {link}", next_step="Give it as an address with a prefix."
        ) from error


def _validate_spec(ring: RingSpec) -> None:
    def refuse(what: str) -> None:
        raise UsageError(what, next_step="Change it and try again.")

    if not ring.nodes:
        refuse("A ring needs at least one node.")
    limit = 8 if ring.release.grammar >= 3 else 2
    counts = {len(node.addresses) for node in ring.nodes}
    if len(counts) != 1 or not 1 <= min(counts) <= limit:
        refuse(f"Every node needs an address on each link, and there may be 1 to {limit} links.")
    for what, values in (
        ("The name", [node.name for node in ring.nodes]),
        ("Node number", [str(node.nodeid) for node in ring.nodes]),
        ("The address", [address for node in ring.nodes for address in node.addresses]),
    ):
        twice = next((value for index, value in enumerate(values) if value in values[:index]), None)
        if twice is not None:
            refuse(f"{what} {twice} is given twice.")
    for node in ring.nodes:
        if not 1 <= node.nodeid <= 65535:
            refuse(f"{node.name}'s number is {node.nodeid}; it must be 1 to 65535.")
    for text in (ring.cluster_name, *(node.name for node in ring.nodes), *(a for n in ring.nodes for a in n.addresses)):
        if not text or text != text.strip() or any(ch in text for ch in "{}\r\n\0") or len(text.encode()) > 200:
            refuse(f"{text!r} cannot be written into corosync.conf.")
