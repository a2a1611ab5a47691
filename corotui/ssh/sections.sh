# The start of every script whose output comes in sections. POSIX sh (dash, busybox ash, bash).
# Set by the lines before: mark (random word), seconds (for the whole script), merge (not empty: stderr belongs to the output).
#
# Whatever a tool does, it costs its own answer and a few seconds: it has a limit of time (`limit`), a section has a limit of
# size, and a process that keeps the output open is left behind after `keep_seconds`. Once a tool hung, every other one
# gets 2 seconds at most. A script whose tools are slow and do not hang has `slow_seconds` more. `say_limits` ends the
# script; it says which tools hung and how long each section may be.

LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
unset LANGUAGE

exec 3>/dev/null 4>&1
now_seconds() { date +%s; }
deadline=$(($(now_seconds) + seconds))
keep_seconds=8
slow_seconds=2
hung=
silent=
limits=

if timeout -k 1 9 true 2>/dev/null; then
    bounded() { timeout -k 1 "$@"; }
elif timeout 9 true 2>/dev/null; then
    bounded() { timeout "$@"; }
elif timeout -t 9 true 2>/dev/null; then # busybox before 1.30
    bounded() { timeout -t "$@"; }
else
    bounded() {
        allowed=$1
        shift
        { "$@" <&5 5<&- & } 5<&0 # a command in the background would have no stdin
        tool=$!
        (sleep "$allowed" && kill "$tool" && sleep 1 && kill -9 "$tool") >/dev/null 2>&1 3>&- 4>&- &
        guard=$!
        wait "$tool"
        code=$?
        kill "$guard" 2>/dev/null
        return "$code"
    }
fi

# limit SECONDS COMMAND...: 124 after its time, 127 where there is no such command. Status goes to fd 3 of the section.
limit() {
    most=$1
    shift
    command -v "$1" >/dev/null 2>&1 || return 127
    left=$((deadline - $(now_seconds)))
    if [ -n "$hung" ]; then
        [ "$most" -le 2 ] || most=2
    else
        left=$((left + slow_seconds))
    fi
    [ "$left" -ge "$most" ] || most=$left
    if [ "$most" -le 0 ]; then
        echo "skipped $1 0" >&3
        return 124
    fi
    bounded "$most" "$@" 3>&- 4>&-
    code=$?
    case $code in
    124 | 137 | 143)
        hung=yes
        echo "hung $1 $most" >&3
        return 124
        ;;
    esac
    return "$code"
}

# ask COMMAND...: a corosync tool, which may wait for ever while the ring forms. After one hung no other is asked (125).
# Nor is any while no daemon runs: the tools connect to abstract sockets, which any user may bind then, and do not look
# who answers (libqb 2.0.6). `corosync_pids` is set after this file.
ask() {
    [ -z "$silent" ] || return 125
    command -v "$1" >/dev/null 2>&1 || return 127
    if [ -z "$corosync_pids" ]; then
        echo "no corosync of root runs, so $1 was not asked (CS_ERR_LIBRARY)"
        return 1
    fi
    limit 5 "$@"
}

answer() {
    if [ -n "$merge" ]; then "$@" 2>&1; else "$@" 2>/dev/null; fi </dev/null 4>&-
    echo "rc $? 0" >&3
}

# A process that a command leaves behind may hold its output open: then the answer is lost, and that is said.
keep() {
    bounded "$keep_seconds" head -c "$bytes" >&4 3>&-
    case $? in 124 | 137 | 143) echo "hung \`$name\` $keep_seconds" >&3 ;; esac
}

# section NAME BYTES COMMAND...: what the command prints, cut to the bytes, and its exit code.
section() {
    name=$1
    bytes=$2
    shift 2
    printf '%s begin %s\n' "$mark" "$name"
    status="rc 127 0"
    if command -v "$1" >/dev/null 2>&1; then
        status=$({ answer "$@" | keep; } 3>&1)
    fi
    rc=
    # shellcheck disable=SC2086
    set -- $status
    while [ $# -ge 3 ]; do
        case $1 in
        rc) rc=$2 ;;
        hung | skipped)
            hung=yes
            case $2 in corosync-*) silent=yes ;; esac
            limits="$limits$1 $name $2 $3
"
            ;;
        esac
        shift 3
    done
    printf '\n%s end %s%s\n' "$mark" "$name" "${rc:+ $rc}"
    limits="${limits}bytes $name - $bytes
"
}

say_limits() {
    printf '%s begin limits\n%s\n%s end limits 0\n' "$mark" "$limits" "$mark"
}
