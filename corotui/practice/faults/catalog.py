"""The faults that can be injected into a practice cluster, as data: sh scripts in the nodes, nft rules on the links.

The scripts find in their environment: NODE and ADDRESS (the node's name and its address on link 0), SPARE (an address
there that no node has), GATEWAY, PORTS (knet's, one per link: `5405` or `5405-5406`), LAST (the device of the last
link), NODES (`address=name` of every node on link 0) and KEEP (a folder of this fault in the node, for heal).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from corotui.cluster.service_manager import ServiceManager
from corotui.conf.constants import AUTHKEY_PATH, CONF_PATH
from corotui.practice.faults import scripts as sh
from corotui.practice.faults.scripts import HOSTS


class NodeScope(StrEnum):
    """The nodes that a step concerns, relative to the node that the fault is injected into."""

    NONE = "none"
    NODE = "node"
    OTHERS = "others"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class FaultStep:
    """One sh script, run as root."""

    scope: NodeScope
    """The nodes it runs on."""
    script: str
    """The script. It runs with `sh -eu`; what may fail in it ends with `|| true`."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault, and how it is healed."""

    name: str
    """Name in kebab-case."""
    title: str
    """What it does, as a clause ("the node has no power")."""
    inject_steps: tuple[FaultStep, ...] = ()
    """Scripts that inject it."""
    heal_steps: tuple[FaultStep, ...] = ()
    """Scripts that heal it, after the files are restored."""
    edited_files: tuple[str, ...] = ()
    """Files that it edits. They are backed up before, and restored by heal unless somebody changed them since."""
    edited_nodes: NodeScope = NodeScope.NODE
    """The nodes whose files it edits."""
    restarted_nodes: NodeScope = NodeScope.NONE
    """The nodes where heal restarts corosync."""
    nft_table: tuple[str, str] | None = None
    """Family and body of an nft table on this machine, beside the node's links.

    $VETHS, $ADDRESS, $SPARE, $PEER and $PORTS are filled in.
    """
    needs_corosync: bool = True
    """Whether corosync must run on the node."""
    needs_file: str = ""
    """A file that must exist on the node, or ""."""
    needs_links: int = 1
    """Least number of links."""
    needs_nodes: int = 1
    """Least number of nodes."""
    powers_off: bool = False
    """Whether the node is switched off."""


_RESTART = FaultStep(NodeScope.NODE, f"{ServiceManager.SYSTEMD.command('restart')} || true")


def _wire(rules: str) -> tuple[str, str]:
    return ("bridge", f"chain path {{ type filter hook forward priority 0; policy accept;\n{rules}}}\n")


FAULTS = (
    Fault(
        "host-firewall",
        "the node's firewall drops the ring's UDP ports coming in",
        inject_steps=(FaultStep(NodeScope.NODE, sh.add_firewall("input")),),
        heal_steps=(FaultStep(NodeScope.NODE, sh.remove_firewall("input")),),
        needs_corosync=False,
    ),
    Fault(
        "host-firewall-out",
        "the node's firewall drops the ring's UDP ports going out",
        inject_steps=(FaultStep(NodeScope.NODE, sh.add_firewall("output")),),
        heal_steps=(FaultStep(NodeScope.NODE, sh.remove_firewall("output")),),
        needs_corosync=False,
    ),
    Fault(
        "security-group",
        "the network drops the ring's UDP ports to and from the node, outside of it",
        nft_table=_wire(
            "oifname { $VETHS } udp dport $PORTS counter drop;\niifname { $VETHS } udp dport $PORTS counter drop;\n"
        ),
        needs_corosync=False,
    ),
    Fault(
        "pair-cut",
        "the node and the one after it do not reach each other; both reach all others",
        nft_table=_wire(
            "ip saddr $ADDRESS ip daddr $PEER counter drop;\nip saddr $PEER ip daddr $ADDRESS counter drop;\n"
        ),
        needs_corosync=False,
        needs_nodes=3,
    ),
    Fault(
        "packet-loss",
        "the network loses 30 % of the ring's packets to the node",
        nft_table=_wire("oifname { $VETHS } udp dport $PORTS numgen random mod 100 < 30 counter drop;\n"),
        needs_corosync=False,
    ),
    Fault(
        "packet-size",
        "the network loses every packet to and from the node that is longer than 600 bytes",
        nft_table=_wire(
            "oifname { $VETHS } udp dport $PORTS meta length > 600 counter drop;\n"
            "iifname { $VETHS } udp dport $PORTS meta length > 600 counter drop;\n"
        ),
        needs_corosync=False,
    ),
    Fault(
        "link-down",
        "the node's last link has no carrier; link 0 stays",
        inject_steps=(FaultStep(NodeScope.NODE, "ip link set $LAST down"),),
        heal_steps=(FaultStep(NodeScope.NODE, "ip link set $LAST up"),),
        needs_corosync=False,
        needs_links=2,
    ),
    Fault(
        "address-gone",
        "the node's address on link 0 is another one now; ssh still gets through to it",
        inject_steps=(FaultStep(NodeScope.NODE, sh.CHANGE_ADDRESS),),
        heal_steps=(FaultStep(NodeScope.NODE, sh.RESTORE_ADDRESS),),
        nft_table=(
            "ip",
            "chain ssh { type nat hook output priority -100;\nip daddr $ADDRESS tcp dport 22 dnat to $SPARE;\n}\n",
        ),
        needs_corosync=False,
    ),
    Fault("node-off", "the node has no power", needs_corosync=False, powers_off=True),
    Fault(
        "name-on-loopback",
        "the ring goes by names, and the node's own name means 127.0.1.1 there",
        inject_steps=(
            FaultStep(NodeScope.ALL, sh.NAMES_AS_ADDRESSES),
            FaultStep(NodeScope.NODE, sh.NAME_ON_LOOPBACK),
            _RESTART,
        ),
        edited_files=(HOSTS, CONF_PATH),
        edited_nodes=NodeScope.ALL,
        restarted_nodes=NodeScope.NODE,
    ),
    Fault(
        "authkey-differs",
        "the node has another authkey than the rest",
        inject_steps=(FaultStep(NodeScope.NODE, f"head -c 256 /dev/urandom >{AUTHKEY_PATH}"), _RESTART),
        edited_files=(AUTHKEY_PATH,),
        needs_file=AUTHKEY_PATH,
        restarted_nodes=NodeScope.NODE,
    ),
    Fault(
        "conf-differs",
        "the node's corosync.conf has another token than the rest",
        inject_steps=(FaultStep(NodeScope.NODE, sh.CHANGE_TOKEN), _RESTART),
        edited_files=(CONF_PATH,),
        restarted_nodes=NodeScope.NODE,
    ),
    Fault(
        "not-in-nodelist",
        "the node's corosync.conf does not list the node itself",
        inject_steps=(FaultStep(NodeScope.NODE, sh.REMOVE_OWN_NODE), _RESTART),
        edited_files=(CONF_PATH,),
        restarted_nodes=NodeScope.NODE,
    ),
    Fault(
        "conf-refused",
        "the node's corosync.conf has a line that corosync cannot read",
        inject_steps=(
            FaultStep(NodeScope.NODE, f"echo 'this line is neither a section nor a key' >>{CONF_PATH}"),
            _RESTART,
        ),
        edited_files=(CONF_PATH,),
        restarted_nodes=NodeScope.NODE,
    ),
    Fault(
        "log-directory-missing",
        "corosync.conf logs to /var/log/cluster, which the node does not have",
        inject_steps=(
            FaultStep(NodeScope.ALL, sh.LOG_TO_FILE),
            FaultStep(NodeScope.OTHERS, sh.MAKE_LOG_FOLDER),
            FaultStep(NodeScope.NODE, sh.REMOVE_LOG_FOLDER),
            _RESTART,
        ),
        heal_steps=(FaultStep(NodeScope.ALL, sh.RESTORE_LOG_FOLDER),),
        edited_files=(CONF_PATH,),
        edited_nodes=NodeScope.ALL,
        restarted_nodes=NodeScope.NODE,
    ),
    Fault(
        "state-dir-read-only",
        "the node cannot write to /var/lib/corosync",
        inject_steps=(FaultStep(NodeScope.NODE, "mount -t tmpfs -o ro,size=64k practice /var/lib/corosync"), _RESTART),
        heal_steps=(FaultStep(NodeScope.NODE, sh.RESTORE_STATE_DIR),),
        restarted_nodes=NodeScope.NODE,
    ),
    Fault(
        "daemon-stopped",
        "corosync is stopped on the node",
        inject_steps=(FaultStep(NodeScope.NODE, ServiceManager.SYSTEMD.command("stop")),),
        restarted_nodes=NodeScope.NODE,
    ),
    Fault(
        "daemon-hung",
        "corosync is there on the node and does not run on (SIGSTOP)",
        inject_steps=(FaultStep(NodeScope.NODE, "kill -STOP $(pidof corosync)"),),
        heal_steps=(FaultStep(NodeScope.NODE, "kill -CONT $(pidof corosync) || true"),),
    ),
    Fault(
        "already-running",
        "corosync was started by hand on the node, so its service fails",
        inject_steps=(FaultStep(NodeScope.NODE, sh.START_BY_HAND),),
        heal_steps=(FaultStep(NodeScope.NODE, sh.STOP_STARTED_BY_HAND),),
        restarted_nodes=NodeScope.NODE,
    ),
    Fault(
        "majority-lost",
        "corosync is stopped on all nodes but this one",
        inject_steps=(FaultStep(NodeScope.OTHERS, ServiceManager.SYSTEMD.command("stop")),),
        restarted_nodes=NodeScope.OTHERS,
        needs_nodes=2,
    ),
)

FAULTS_BY_NAME = {fault.name: fault for fault in FAULTS}
