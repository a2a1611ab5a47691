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

LOG_FUNCTIONS = r"""
configured() {
    sed -n "s/^[[:space:]]*$1[[:space:]]*:[[:space:]]*//p" /etc/corosync/corosync.conf 2>/dev/null | tail -n 1
}
# Root would read any file through a link, and a log that others can write or replace says what they want.
log_problem() {
    if [ -L "$1" ]; then
        echo "it is a symbolic link"
        return
    fi
    for path in "${1%/*}/" "$1"; do
        case $(stat -L -c '%u %g %A' "$path") in
        "0 0 "????????[!w]*) ;;
        "0 "*" "?????[!w]??[!w]*) ;;
        *)
            echo "others than root can write $path"
            return
            ;;
        esac
    done
}
# log_of FILE...: the end of the first of these logs that only root can write.
# log_of refused FILE...: the logs before it, with the reason why they are not read.
log_of() {
    what=read
    [ "$1" != refused ] || { what=refused; shift; }
    for file; do
        case $file in /*) ;; *) continue ;; esac
        [ -f "$file" ] || continue
        problem=$(log_problem "$file")
        if [ -n "$problem" ]; then
            [ "$what" = read ] || echo "$file: $problem"
            continue
        fi
        [ "$what" = refused ] || tail -n 100 "$file" | cut -c 1-600
        return 0
    done
}
logs() { log_of "$@" "$(configured logfile)" /var/log/corosync/corosync.log /var/log/cluster/corosync.log; }
"""
"""Shell functions that read corosync's log file."""

SCRIPT = FramedScript(
    LOG_FUNCTIONS
    + r"""
unit() {
    [ -d /run/systemd/system ] || return 127
    limit 5 systemctl show corosync.service \
        -p LoadState -p ActiveState -p SubState -p Result -p ExecMainStatus -p NRestarts -p MainPID
}
# Of a command line only printable characters: root could have put a newline into it.
processes() {
    for pid in $corosync_pids; do
        state= parent=
        while read -r key value rest; do
            case $key in
            State:) state=$value ;;
            PPid:) parent=$value ;;
            esac
        done <"$PROC/$pid/status"
        command_line=$(head -c 300 "$PROC/$pid/cmdline" | tr '\000-\037\177' ' ')
        printf '%s %s %s %s\n' "$pid" "$state" "$parent" "$command_line"
    done 2>/dev/null
}
journal() {
    if command -v journalctl >/dev/null 2>&1 && [ -d /run/systemd/system ]; then
        # With --since, -n would keep the oldest lines (systemd 252).
        corosync_journal limit 5 journalctl -q --no-pager -o short-iso --since -30min | tail -n 150
        return
    fi
    for file in /var/log/messages /var/log/syslog; do
        if [ -r "$file" ]; then tail -n 2000 "$file" | grep corosync | tail -n 150; fi
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
    [ -z "$corosync_pids" ] || return 125
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
section log 65536 logs
section log-refused 8192 logs refused
"""
    + _COUNTERS,
    seconds=_SECONDS,
    limit=_LIMIT,
    name="evidence",
)

SECOND_SAMPLE = FramedScript(_COUNTERS, seconds=_SECONDS, limit=_LIMIT, name="counters")
"""The counters alone, for the second of two samples."""
