"""The doctor's own script, beside the facts and the view of the ring.

It only reads, but for `corosync -t`, which opens the log file and runs only where no corosync does.
"""

from __future__ import annotations

from corotui.ssh.remote_script import FramedScript

_SECONDS = 8  # a second sample follows
_LIMIT = 2 << 20  # bytes

_COUNTERS = r"""
counters() {
    ask corosync-cmapctl -m stats | grep -E \
        -e '^stats\.knet\.node[0-9]+\.link[0-9]+\.(rx_p[io]ng_packets|tx_ping_packets|connected) ' \
        -e '^stats\.knet\.node[0-9]+\.link[0-9]+\.(tx_ping_errors|tx_total_errors) ' \
        -e '^stats\.schedmiss\.'
    return 0
}
section counters 524288 counters
"""

SCRIPT = FramedScript(
    r"""
unit() {
    [ -d /run/systemd/system ] || return 127
    limit 5 systemctl show corosync.service \
        -p LoadState -p ActiveState -p SubState -p Result -p ExecMainStatus -p NRestarts -p MainPID
}
# Daemons only: not `corosync -v` or `-t`, and none of another PID namespace (a container's).
daemons() {
    own=$(readlink /proc/self/ns/pid)
    for folder in /proc/[0-9]*; do
        read -r comm <"$folder/comm" || continue
        [ "$comm" = corosync ] || continue
        namespace=$(readlink "$folder/ns/pid")
        if [ -n "$own" ] && [ -n "$namespace" ] && [ "$own" != "$namespace" ]; then continue; fi
        case $(tr '\0' ' ' <"$folder/cmdline") in
        *" -v "* | *" -t "*) ;;
        *) echo "$folder" ;;
        esac
    done 2>/dev/null
}
processes() {
    for folder in $(daemons); do
        state= parent=
        while read -r key value rest; do
            case $key in
            State:) state=$value ;;
            PPid:) parent=$value ;;
            esac
        done <"$folder/status"
        printf '%s %s %s %s\n' "${folder#/proc/}" "$state" "$parent" "$(tr '\0' ' ' <"$folder/cmdline" | head -c 300)"
    done 2>/dev/null
}
journal() {
    if command -v journalctl >/dev/null 2>&1 && [ -d /run/systemd/system ]; then
        # With --since, -n would keep the oldest lines (systemd 252).
        limit 5 journalctl -q --no-pager -o short-iso --since -30min \
            SYSLOG_IDENTIFIER=corosync + _SYSTEMD_UNIT=corosync.service + UNIT=corosync.service | tail -n 150
        return
    fi
    for file in /var/log/messages /var/log/syslog; do
        if [ -r "$file" ]; then tail -n 2000 "$file" | grep corosync | tail -n 150; fi
    done
}
configured() {
    sed -n "s/^[[:space:]]*$1[[:space:]]*:[[:space:]]*//p" /etc/corosync/corosync.conf 2>/dev/null | tail -n 1
}
log() {
    file=$(configured logfile)
    for file in "$file" /var/log/corosync/corosync.log /var/log/cluster/corosync.log; do
        if [ -f "$file" ]; then
            tail -n 100 "$file" | cut -c 1-600
            return
        fi
    done
}
directories() {
    file=$(configured logfile)
    case $(configured to_logfile) in
    yes | on) case $file in /*) log_directory=${file%/*} ;; esac ;;
    esac
    for path in /var/lib/corosync /etc/corosync "${log_directory:-}"; do
        [ -n "$path" ] || continue
        if [ ! -d "$path" ]; then echo "missing $path"
        elif [ ! -w "$path" ]; then echo "read-only $path"
        else echo "ok $path"
        fi
    done
}
test_conf() {
    [ -z "$(daemons)" ] || return 125
    [ -f /etc/corosync/corosync.conf ] || return 125
    case $(limit 5 corosync -v 2>/dev/null) in
    *"'3."* | *"'2.4"* | *"'2.3.4'"* | *"'2.3.5'"* | *"'2.3.6'"*) limit 10 corosync -t ;;
    *) return 125 ;;
    esac
}
neighbours() { limit 3 ip neigh show | head -n 500; }
section unit 8192 unit
section processes 65536 processes
section test 65536 test_conf
section hosts 65536 grep -nE '^[[:space:]]*(127\.|::1)' /etc/hosts
section directories 8192 directories
section neighbours 65536 neighbours
# After the test: what it finds may go to the journal only.
section journal 131072 journal
section log 65536 log
"""
    + _COUNTERS,
    seconds=_SECONDS,
    limit=_LIMIT,
    name="evidence",
)

SECOND_SAMPLE = FramedScript(_COUNTERS, seconds=_SECONDS, limit=_LIMIT, name="counters")
"""The counters alone, for the second of two samples."""
