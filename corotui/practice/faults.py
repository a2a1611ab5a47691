"""The faults that can be injected into a practice cluster, as data: sh in the nodes, nft rules on the wire.

The commands find in their environment: NODE and ADDRESS (the node's name and its address on link 0), SPARE (an address
there that nobody has), GATEWAY, PORTS (knet's, one per link: `5405` or `5405-5406`), LAST (the device of the last
link), NODES (`address=name` of every node on link 0) and KEEP (a folder of this fault in the node, for heal).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from corotui.practice import fault_scripts as sh
from corotui.practice.fault_scripts import AUTHKEY, CONF, HOSTS


class Where(StrEnum):
    """The nodes that something concerns, seen from the one that the fault was asked for."""

    NOBODY = "nobody"
    NODE = "node"
    OTHERS = "others"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Act:
    """An sh script for these nodes, as root. What it may fail at, it says itself with `||`."""

    where: Where
    script: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault and the way back.

    `files`: what `inject` edits on the nodes `edits`; they are kept before and given back by heal, unless somebody
    has changed them since. `heal` runs after that; then corosync is restarted on `restarts`. `wire`: an nft table
    (family, body) on this machine, beside the node's cable: $VETHS, $ADDRESS, $SPARE, $PEER, $PORTS are filled in.
    `power`: the node is switched off.
    """

    name: str
    title: str
    inject: tuple[Act, ...] = ()
    heal: tuple[Act, ...] = ()
    files: tuple[str, ...] = ()
    edits: Where = Where.NODE
    restarts: Where = Where.NOBODY
    wire: tuple[str, str] | None = None
    needs_corosync: bool = True
    needs_file: str = ""
    needs_links: int = 1
    needs_nodes: int = 1
    power: bool = False


_RESTART = Act(Where.NODE, "systemctl restart corosync || true")


def _wire(rules: str) -> tuple[str, str]:
    return ("bridge", f"chain path {{ type filter hook forward priority 0; policy accept;\n{rules}}}\n")


FAULTS = (
    Fault(
        "host-firewall",
        "the node's firewall drops the ring's UDP ports coming in",
        inject=(Act(Where.NODE, sh.firewall("input")),),
        heal=(Act(Where.NODE, sh.no_firewall("input")),),
        needs_corosync=False,
    ),
    Fault(
        "host-firewall-out",
        "the node's firewall drops the ring's UDP ports going out",
        inject=(Act(Where.NODE, sh.firewall("output")),),
        heal=(Act(Where.NODE, sh.no_firewall("output")),),
        needs_corosync=False,
    ),
    Fault(
        "security-group",
        "the network drops the ring's UDP ports to and from the node, outside of it",
        wire=_wire(
            "oifname { $VETHS } udp dport $PORTS counter drop;\niifname { $VETHS } udp dport $PORTS counter drop;\n"
        ),
        needs_corosync=False,
    ),
    Fault(
        "pair-cut",
        "the node and the one after it do not reach each other; both reach all others",
        wire=_wire("ip saddr $ADDRESS ip daddr $PEER counter drop;\nip saddr $PEER ip daddr $ADDRESS counter drop;\n"),
        needs_corosync=False,
        needs_nodes=3,
    ),
    Fault(
        "packet-loss",
        "the network loses 30 % of the ring's packets to the node",
        wire=_wire("oifname { $VETHS } udp dport $PORTS numgen random mod 100 < 30 counter drop;\n"),
        needs_corosync=False,
    ),
    Fault(
        "packet-size",
        "the network loses every packet to and from the node that is longer than 600 bytes",
        wire=_wire(
            "oifname { $VETHS } udp dport $PORTS meta length > 600 counter drop;\n"
            "iifname { $VETHS } udp dport $PORTS meta length > 600 counter drop;\n"
        ),
        needs_corosync=False,
    ),
    Fault(
        "link-down",
        "the node's last link has no carrier; link 0 stays",
        inject=(Act(Where.NODE, "ip link set $LAST down"),),
        heal=(Act(Where.NODE, "ip link set $LAST up"),),
        needs_corosync=False,
        needs_links=2,
    ),
    Fault(
        "address-gone",
        "the node's address on link 0 is another one now; ssh still gets through to it",
        inject=(Act(Where.NODE, sh.ADDRESS_CHANGED),),
        heal=(Act(Where.NODE, sh.ADDRESS_BACK),),
        wire=(
            "ip",
            "chain ssh { type nat hook output priority -100;\nip daddr $ADDRESS tcp dport 22 dnat to $SPARE;\n}\n",
        ),
        needs_corosync=False,
    ),
    Fault("node-off", "the node has no power", needs_corosync=False, power=True),
    Fault(
        "name-on-loopback",
        "the ring goes by names, and the node's own name means 127.0.1.1 there",
        inject=(Act(Where.ALL, sh.NAMES_AS_ADDRESSES), Act(Where.NODE, sh.NAME_ON_LOOPBACK), _RESTART),
        files=(HOSTS, CONF),
        edits=Where.ALL,
        restarts=Where.NODE,
    ),
    Fault(
        "authkey-differs",
        "the node has another authkey than the rest",
        inject=(Act(Where.NODE, f"head -c 256 /dev/urandom >{AUTHKEY}"), _RESTART),
        files=(AUTHKEY,),
        needs_file=AUTHKEY,
        restarts=Where.NODE,
    ),
    Fault(
        "conf-differs",
        "the node's corosync.conf has another token than the rest",
        inject=(Act(Where.NODE, sh.OTHER_TOKEN), _RESTART),
        files=(CONF,),
        restarts=Where.NODE,
    ),
    Fault(
        "not-in-nodelist",
        "the node's corosync.conf does not list the node itself",
        inject=(Act(Where.NODE, sh.WITHOUT_ME), _RESTART),
        files=(CONF,),
        restarts=Where.NODE,
    ),
    Fault(
        "conf-refused",
        "the node's corosync.conf has a line that corosync cannot read",
        inject=(Act(Where.NODE, f"echo 'this line is neither a section nor a key' >>{CONF}"), _RESTART),
        files=(CONF,),
        restarts=Where.NODE,
    ),
    Fault(
        "log-directory-missing",
        "corosync.conf logs to /var/log/cluster, which the node does not have",
        inject=(
            Act(Where.ALL, sh.LOG_ELSEWHERE),
            Act(Where.OTHERS, sh.MAKE_LOG_FOLDER),
            Act(Where.NODE, sh.TAKE_LOG_FOLDER),
            _RESTART,
        ),
        heal=(Act(Where.ALL, sh.LOG_FOLDER_AS_BEFORE),),
        files=(CONF,),
        edits=Where.ALL,
        restarts=Where.NODE,
    ),
    Fault(
        "state-dir-read-only",
        "the node cannot write to /var/lib/corosync",
        inject=(Act(Where.NODE, "mount -t tmpfs -o ro,size=64k practice /var/lib/corosync"), _RESTART),
        heal=(Act(Where.NODE, sh.STATE_DIR_BACK),),
        restarts=Where.NODE,
    ),
    Fault(
        "daemon-stopped",
        "corosync is stopped on the node",
        inject=(Act(Where.NODE, "systemctl stop corosync"),),
        restarts=Where.NODE,
    ),
    Fault(
        "daemon-hung",
        "corosync is there on the node and does not run on (SIGSTOP)",
        inject=(Act(Where.NODE, "kill -STOP $(pidof corosync)"),),
        heal=(Act(Where.NODE, "kill -CONT $(pidof corosync) || true"),),
    ),
    Fault(
        "already-running",
        "corosync was started by hand on the node, so its service fails",
        inject=(Act(Where.NODE, sh.BY_HAND),),
        heal=(Act(Where.NODE, sh.NOT_BY_HAND),),
        restarts=Where.NODE,
    ),
    Fault(
        "majority-lost",
        "corosync is stopped on all nodes but this one",
        inject=(Act(Where.OTHERS, "systemctl stop corosync"),),
        restarts=Where.OTHERS,
        needs_nodes=2,
    ),
)

BY_NAME = {fault.name: fault for fault in FAULTS}
