"""Tools that answer with what no parser expects, or do not answer.

A body is the sh of a program that stands first in PATH under the name of a tool. `$real` is the tool itself. It names
every other program by its path, since those may be attacked, too.
"""

from __future__ import annotations

from tests.hostile.attacks.model import EVIL, Attack

CLUSTER_TOOLS = ("corosync-quorumtool", "corosync-cfgtool", "corosync-cmapctl", "corosync")
"""What speaks for corosync."""
SYSTEM_TOOLS = (
    *("systemctl", "journalctl", "ip", "nft", "iptables-save", "ss", "dpkg-query", "rpm", "timedatectl", "getent"),
    *("hostname", "df", "firewall-cmd", "ufw", "chronyc", "python3"),
)
"""What speaks for the system."""
BASE_TOOLS = ("cat", "head", "tail", "sed", "grep", "cut", "tr", "uname", "id", "date", "stat", "sha256sum", "timeout")
"""What scripts are made of."""


def _filtered(expression: str) -> str:
    """The real tool's output through perl."""
    return f'"$real" "$@" 2>&1 | /usr/bin/perl -pe \'{expression}\''


_BODIES = (
    ("200mb", "200 MB of text", "/usr/bin/yes 'runtime.members.1.status (str) = joined' | /usr/bin/head -c 200000000"),
    ("endless", "output without an end", "exec /usr/bin/yes 'stats.knet.node1.link0.connected (u8) = 1'"),
    ("endless-stderr", "messages without an end", "exec /usr/bin/yes 'hostile message' >&2"),
    ("hangs", "never answers", "exec /bin/sleep 100000"),
    ("hangs-deaf", "never answers, ignores SIGTERM", "trap '' TERM INT HUP; while :; do /bin/sleep 1; done"),
    ("drips", "one byte a second", "while :; do printf 1; /bin/sleep 1; done"),
    ("slow", "answers after 4.5 s", '/bin/sleep 4.5; exec "$real" "$@"'),
    ("holds-stdout", "leaves a process that holds its output open", '/bin/sleep 300 & exec "$real" "$@"'),
    ("binary", "20 MB of random bytes", "/usr/bin/head -c 20000000 /dev/urandom"),
    ("nul", "2 MB of NUL", "/usr/bin/head -c 2000000 /dev/zero"),
    ("million-lines", "a million different lines", "exec /usr/bin/seq -f 'a.%.0f.b (u32) = 1' 1000000"),
    ("long-line", "a line of 50 MB", "/usr/bin/head -c 50000000 /dev/zero | /usr/bin/tr '\\0' a"),
    ("braces", "240,000 braces", "/usr/bin/yes 'a {' | /usr/bin/head -n 240000"),
    ("json-deep", "a JSON of 200,000 levels", "/usr/bin/head -c 200000 /dev/zero | /usr/bin/tr '\\0' '['"),
    ("escapes", "escapes behind every word", _filtered(f"s/(\\w+)/$1{EVIL}/g")),
    ("escapes-eol", "escapes at the end of every line", _filtered(f"s/$/{EVIL}/")),
    ("utf8", "invalid UTF-8 behind every word", _filtered(r"s/(\w+)/$1\xff\xfe\xed\xa0\x80\xc0\xaf/g")),
    ("huge-numbers", "every number has 5,000 digits", _filtered(r's/\d+/"9" x 5000/ge')),
    ("big-numbers", "every number is 2**70", _filtered(r"s/\d+/1180591620717411303424/g")),
    ("odd-digits", "digits that are none to int()", _filtered(r"s/\d/\xc2\xb2/g")),
    ("negative", "every number is negative", _filtered(r"s/(?<![\w.])\d+/-1/g")),
    (
        "lies",
        "another answer each time, each contradicting the last",
        _filtered(
            r"s/\d+/int(rand(9999))/ge; s/\b(joined|Yes|connected|active)\b/rand()<.5?$1:"
            r'"left"/ge; s/node\d+/"node".int(rand(9))/ge'
        ),
    ),
    ("empty", "nothing, exit code 0", "exit 0"),
    ("wrong-codes", "the right answer, exit code 77", '"$real" "$@"; exit 77'),
    ("says-yes", "exit code 0 whatever happened", '"$real" "$@"; exit 0'),
    ("killed", "killed by a signal", "kill -9 $$"),
    ("kills-shell", "kills the script that asks", "kill -9 $PPID"),
    (
        "kills-connection",
        "ends the ssh connection",
        "/usr/bin/pkill -9 -f 'sshd: ec2-user' ; /bin/sleep 5",
    ),
)

_BASE_BODIES = ("endless", "hangs-deaf", "escapes", "empty", "killed", "wrong-codes", "binary")

TOOL_ATTACKS = (
    *(Attack(f"cluster-{name}", f"corosync's tools: {what}", CLUSTER_TOOLS, body) for name, what, body in _BODIES),
    *(Attack(f"system-{name}", f"the system's tools: {what}", SYSTEM_TOOLS, body) for name, what, body in _BODIES),
    *(
        Attack(f"base-{name}", f"cat, head, sed, …: {what}", BASE_TOOLS, body)
        for name, what, body in _BODIES
        if name in _BASE_BODIES
    ),
)
