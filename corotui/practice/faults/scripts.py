"""The sh scripts that faults run inside a node. `catalog` says what their variables hold."""

from __future__ import annotations

from corotui.conf.constants import CONF_PATH

HOSTS = "/etc/hosts"


def add_firewall(hook: str) -> str:
    """Drops the ring's ports in a hook ("input" or "output") of the node's own firewall."""
    return (
        "nft add table inet host_firewall\n"
        f"nft add chain inet host_firewall {hook}"
        f" '{{ type filter hook {hook} priority 0; policy accept; }}'\n"
        f"nft add rule inet host_firewall {hook} udp dport $PORTS counter drop\n"
    )


def remove_firewall(hook: str) -> str:
    """Removes what `add_firewall` added."""
    return (
        f"nft delete chain inet host_firewall {hook} 2>/dev/null || true\n"
        "nft list table inet host_firewall 2>/dev/null | grep -q chain ||"
        " nft delete table inet host_firewall 2>/dev/null || true\n"
    )


def edit_conf(awk: str) -> str:
    """Passes corosync.conf through an awk program; owner and mode of the file stay."""
    return f"awk '{awk}' {CONF_PATH} >$KEEP/edited\ncat $KEEP/edited >{CONF_PATH}\nrm $KEEP/edited\n"


NAMES_AS_ADDRESSES = (
    "for pair in $NODES; do\n"
    r'  sed -i "s/^\([[:space:]]*ring0_addr:[[:space:]]*\)${pair%=*}[[:space:]]*$/\1${pair#*=}/"'
    f" {CONF_PATH}\ndone\n"
)
NAME_ON_LOOPBACK = f"""\
sed -i "/[[:space:]]$NODE\\([[:space:]]\\|$\\)/d" {HOSTS}
sed -i "1a 127.0.1.1\\t$NODE" {HOSTS}
"""
CHANGE_TOKEN = edit_conf(
    r"""
/^[ \t]*totem[ \t]*[{]/ && !seen { print; print "\ttoken: 7000"; seen = 1; next }
seen && /^[ \t]*token:/ { next }
{ print }"""
)
REMOVE_OWN_NODE = (
    edit_conf(
        r"""
/^[ \t]*node[ \t]*[{]/ { block = $0; inside = 1; mine = 0; next }
inside {
  block = block "\n" $0
  if ($NF == ENVIRON["ADDRESS"] || $NF == ENVIRON["NODE"]) mine = 1
  if ($0 ~ /[}]/) { if (!mine) print block; inside = 0 }
  next
}
{ print }"""
    )
    + f'! grep -qF "$ADDRESS" {CONF_PATH}\n'
)
LOG_TO_FILE = edit_conf(
    r"""
/^[ \t]*logging[ \t]*[{]/ && !seen {
  print; print "\tto_logfile: yes"; print "\tlogfile: /var/log/cluster/corosync.log"; seen = 1; next
}
seen && /^[ \t]*(to_logfile|logfile):/ { next }
{ print }
END { if (!seen) print "logging {\n\tto_logfile: yes\n\tlogfile: /var/log/cluster/corosync.log\n}" }"""
)
START_BY_HAND = """\
systemctl stop corosync
systemd-run --quiet --scope --collect corosync
systemctl start corosync || true
"""
STOP_STARTED_BY_HAND = """\
main=$(systemctl show corosync -p MainPID --value)
for pid in $(pidof corosync); do [ "$pid" = "$main" ] || kill "$pid"; done
for turn in $(seq 100); do
  left=0
  for pid in $(pidof corosync); do [ "$pid" = "$main" ] || left=1; done
  [ $left = 1 ] || break
  sleep 0.1
done
"""
CHANGE_ADDRESS = """\
ip address delete $ADDRESS/24 dev eth0
ip address add $SPARE/24 broadcast + dev eth0
ip route replace default via $GATEWAY
"""
RESTORE_ADDRESS = """\
ip address add $ADDRESS/24 broadcast + dev eth0 2>/dev/null || true
ip address delete $SPARE/24 dev eth0 2>/dev/null || true
ip address show dev eth0 | grep -q " $ADDRESS/" || ip address add $ADDRESS/24 broadcast + dev eth0
ip route replace default via $GATEWAY
"""
MAKE_LOG_FOLDER = "[ -d /var/log/cluster ] || { mkdir /var/log/cluster; touch $KEEP/made-folder; }\n"
REMOVE_LOG_FOLDER = "[ ! -d /var/log/cluster ] || mv /var/log/cluster $KEEP/folder\n"
RESTORE_LOG_FOLDER = """\
[ ! -e $KEEP/made-folder ] || rm -rf /var/log/cluster
[ ! -d $KEEP/folder ] || [ -d /var/log/cluster ] || mv $KEEP/folder /var/log/cluster
"""
RESTORE_STATE_DIR = """\
if mountpoint -q /var/lib/corosync; then
  systemctl stop corosync || true
  umount /var/lib/corosync
fi
"""
