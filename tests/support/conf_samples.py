"""Whole files that verdicts are asked for."""

from __future__ import annotations

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
