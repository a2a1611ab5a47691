# Which processes are corosync and Pacemaker, and what corosync wrote to the journal. POSIX sh.
#
# Any user can give a process and a line of syslog the name corosync. What no user can choose is looked at besides.

PROC=/proc

# daemon_pids NAME: the process ids of this node's daemon NAME, one a line. A daemon is a process
# - of that name whose program has that name, too ("(deleted)" follows it after an upgrade of the package);
# - with root's number four times: a process of a user namespace has another number outside of it;
# - whose program is not set-user-ID: su and sudo run as root for everybody, under any name (a symlink is enough);
# - of the PID namespace and the root directory of this script: others are in containers;
# - that neither has ended (Z) nor only prints its version (-v) or tests a file (-t).
# Only root can see programs, roots and namespaces of root's processes; else name and numbers have to do.
daemon_pids() (
    exec 2>/dev/null
    own_namespace=$(readlink "$PROC/self/ns/pid")
    own_number=$(id -u)
    for folder in "$PROC"/[0-9]*; do
        read -r comm <"$folder/comm" || continue
        [ "$comm" = "$1" ] || continue
        state= numbers=
        while read -r key one two three four; do
            case $key in
            State:) state=$one ;;
            Uid:) numbers="$one $two $three $four" ;;
            esac
        done <"$folder/status"
        [ "$numbers" = "0 0 0 0" ] && [ "$state" != Z ] || continue
        program=$(readlink "$folder/exe")
        if [ -n "$program" ]; then
            program=${program%" (deleted)"}
            [ "${program##*/}" = "$1" ] && [ ! -u "$folder/exe" ] && [ "$folder/root/." -ef / ] || continue
            [ "$(readlink "$folder/ns/pid")" = "$own_namespace" ] || continue
        elif [ "$own_number" = 0 ]; then
            continue
        fi
        case $(tr '\0' ' ' <"$folder/cmdline") in
        *" -v "* | *" -t "*) ;;
        *) echo "${folder##*/}" ;;
        esac
    done
    return 0
)

# corosync_journal COMMAND...: runs a journalctl for what corosync.service wrote, what systemd wrote about it, and what a
# corosync wrote that root started by hand. A field that begins with _ is set by journald, any other by the process that
# writes the line (systemd.journal-fields(7)).
corosync_journal() {
    "$@" _SYSTEMD_UNIT=corosync.service + UNIT=corosync.service _PID=1 + SYSLOG_IDENTIFIER=corosync _UID=0
}
