"""A stand-in for corosync 1.4.2 on practice nodes whose services are SysV scripts.

The release archives of 1.4 cannot be had where these tests run, so no daemon of 1.4 runs here. Real are the nodes,
sshd, `service`, update-rc.d, the files and the processes. The programs answer with what the real ones printed on node 1
of a ring of three that 1.4.2 formed on practice nodes (tests/fixtures/ring/1.4.2-*), with these nodes' addresses, their
ids and the token of the file that the "daemon" was started on in their places. Members are all nodes, but those that
`leave` names. Exit codes are the recorded ones: a `stop` that worked returns 1, an unknown option of cfgtool 0.
"""

from __future__ import annotations

from ipaddress import IPv4Address

from corotui.practice import PracticeCluster
from tests.support.nodes.cli_runner import on_all
from tests.support.nodes.ring_setup import inside
from tests.support.ring_outputs import recorded

HERE = "/usr/lib/standin"
RECORDED = ("10.77.1.1", "10.77.1.2", "10.77.1.3")
SYSV = "mv /run/systemd/system /run/systemd/away"  # what `service`, update-rc.d and corotui know a booted systemd by
PROGRAMS = {
    "/usr/sbin/corosync": """#!/bin/sh
case ${1:-} in
-v) exec cat HERE/corosync-v ;;
-*) echo "corosync: invalid option -- '${1#-}'" >&2; exit 1 ;;
esac
[ ! -e HERE/refuses ] && cp /etc/corosync/corosync.conf HERE/running || exit 8
setsid HERE/corosync infinity >/dev/null 2>&1 </dev/null &
until pidof corosync >/dev/null; do sleep 0.05; done
""",
    "/usr/sbin/corosync-objctl": """#!/bin/sh
pidof corosync >/dev/null || { echo "Could not initialize objdb library. Error 6"; exit 1; }
token=$(sed -n 's/^ *token: *//p' HERE/running)
sed -e "s/^totem.token=.*/totem.token=$token/" -f HERE/left HERE/objctl-a
""",
    "/usr/sbin/corosync-cfgtool": """#!/bin/sh
[ "$1" = -s ] || { echo "corosync-cfgtool: invalid option -- '${1#-}'" >&2; exit 0; }
pidof corosync >/dev/null && exec cat HERE/cfgtool-s
printf 'Printing ring status.\\nCould not initialize corosync configuration API error 6\\n'
exit 1
""",
    "/usr/sbin/corosync-quorumtool": """#!/bin/sh
pidof corosync >/dev/null && exec cat HERE/quorumtool-s
echo "Cannot connect to quorum service, is it loaded?" >&2
""",
    "/etc/init.d/corosync": """#!/bin/sh
### BEGIN INIT INFO
# Provides: corosync
# Required-Start: $network
# Required-Stop: $network
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
# Short-Description: stand-in
### END INIT INFO
case $1 in
start) pidof corosync >/dev/null || corosync ;;
stop) kill $(pidof corosync); while pidof corosync >/dev/null; do sleep 0.1; done; exit 1 ;;
restart) "$0" stop; exec "$0" start ;;
status) pidof corosync >/dev/null ;;
esac
""",
}


def dress(practice: PracticeCluster) -> None:
    """Turns bare nodes into ones with 1.4.2 and SysV services."""
    on_all(practice, f"{SYSV}; mkdir -p {HERE} /etc/corosync; cp /bin/sleep {HERE}/corosync; : >{HERE}/left")
    hosts = [node.host for node in practice.nodes]
    for node in practice.nodes:
        for path, text in PROGRAMS.items():
            _put(practice, node.name, path, text.replace("HERE", HERE))
        for name in ("corosync-v", "objctl-a", "quorumtool-s", "cfgtool-s"):
            text = _placed(recorded(f"1.4.2-{name}"), hosts)
            if name == "cfgtool-s":
                text = text.replace(str(_id(hosts[0])), str(_id(node.host))).replace(hosts[0], node.host)
            _put(practice, node.name, f"{HERE}/{name}", text)


def leave(practice: PracticeCluster, host: str) -> None:
    """From now on the nodes say that the node at this address has left; "" for none."""
    line = f"s/members.{_id(host)}.status=joined/members.{_id(host)}.status=left/" if host else ""
    on_all(practice, f"echo '{line}' >{HERE}/left")


def _placed(text: str, hosts: list[str]) -> str:
    for old, new in zip(RECORDED, hosts, strict=True):
        text = text.replace(old, new).replace(str(_id(old)), str(_id(new)))
    return text


def _id(host: str) -> int:
    return int.from_bytes(IPv4Address(host).packed, "little")


def _put(practice: PracticeCluster, node: str, path: str, text: str) -> None:
    inside(practice, node, f"cat >{path}; chmod 755 {path}", stdin=text)
