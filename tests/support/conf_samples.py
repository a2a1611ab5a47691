"""Whole files that verdicts are asked for."""

from __future__ import annotations

from corotui.conf import Host

TWO = b"""totem {
    version: 2
    transport: %s
}
nodelist {
    node {
        name: node1
        nodeid: 1
        ring0_addr: 10.77.0.1
    }
    node {
        name: node2
        nodeid: 2
        ring0_addr: node2
    }
}
quorum {
    provider: corosync_votequorum
    two_node: 1
}
"""

OLD = b"""compatibility: whitetank
totem {
    version: 2
    secauth: off
    token: ten
    transport: udpu
    interface {
        ringnumber: 0
        bindnetaddr: 10.77.0.0
        mcastport: 5405
        member {
            memberaddr: 10.77.0.1
            anything: goes
        }
    }
}
"""

HOST = Host(
    hostname="node1",
    addresses=("10.77.0.1", "fd99::1"),
    hosts={
        "localhost": ("127.0.0.1",),
        "node1": ("10.77.0.1",),
        "node1.example.com": ("10.77.0.1",),
        "alias1": ("10.77.0.1",),
        "node2": ("10.77.0.2",),
        "six2": ("fd99::2",),
        "both3": ("10.77.0.3", "fd99::3"),
    },
    reverse_dns={"10.77.0.1": "node1"},
    authkey_bytes=256,
    files={"/etc/corosync/authkey": 256, "/k/127": 127, "/k/128": 128, "/k/4096": 4096, "/k/5000": 5000},
    directories=frozenset({"/etc/corosync", "/k", "/tmp", "/var/lib/corosync"}),
    users={"root": 0, "daemon": 1},
    groups={"root": 0, "daemon": 1},
    crypto_models=("nss", "openssl"),
)
"""The machine of the generated files: its addresses, names and users."""
