"""Files, disks and the host name."""

from __future__ import annotations

from tests.hostile.attacks.model import EVIL, Attack

_CONF = "/etc/corosync/corosync.conf"
_NODES = r"""print "nodelist {\n";
for (4..20000) { print " node {\n  name: n$_\n  nodeid: $_\n  ring0_addr: 10.9.$_\n }\n" }
print "}\n" """
_LOG = f"""for (1..20000) {{ print "[QUORUM] Members[999]: $_ {EVIL}", "x" x 500, "\\n" }}"""
_SET_HOST_NAME = r"""$name = "e\x1b]0;x\x07\x1b[2J\xc2\x9b\xe2\x80\xaez"; syscall(170, $name, length $name)"""
_FULL = """for path in /etc/corosync /var/lib/corosync /tmp; do
    mkdir -p /run/hostile/fs$path
    cp -a $path/. /run/hostile/fs$path/
    mount -t tmpfs -o size=64k hostile $path
    cp -a /run/hostile/fs$path/. $path/
    dd if=/dev/zero of=$path/.full bs=1k 2>/dev/null || :
done"""

FILE_ATTACKS = (
    *(
        Attack(
            f"conf-{name}",
            f"corosync.conf: {what}",
            setup=f"{{ {body}; }} >/run/hostile/conf\ncat /run/hostile/conf >{_CONF}",
            files=(_CONF,),
        )
        for name, what, body in (
            ("braces", "240,000 braces", "yes 'a {' | head -n 120000; yes '}' | head -n 120000"),
            (
                "nodes",
                "20,000 nodes",
                f"cat {_CONF}; perl -e '{_NODES}'",
            ),
            ("long-line", "a line of 50 MB", "printf 'totem { key: '; head -c 50000000 /dev/zero | tr '\\0' a"),
            ("million-lines", "a million lines", "yes 'a: b' | head -n 1000000"),
            ("escapes", "escapes in every value", f"perl -pe 's/$/{EVIL}/ if /:/' {_CONF}"),
            ("binary", "random bytes", "head -c 900000 /dev/urandom"),
            ("numbers", "numbers of 5,000 digits", f"perl -pe 's/\\d+/\"9\" x 5000/ge' {_CONF}"),
            ("nul", "NUL in every line", f"perl -pe 's/:/:\\0/' {_CONF}"),
        )
    ),
    Attack(
        "conf-directory",
        "corosync.conf is a directory",
        setup=f"rm {_CONF}; mkdir {_CONF}",
        cleanup=f"rmdir {_CONF}",
        files=(_CONF,),
    ),
    Attack(
        "conf-fifo",
        "corosync.conf is a FIFO",
        setup=f"rm {_CONF}; mkfifo {_CONF}",
        cleanup=f"rm {_CONF}",
        files=(_CONF,),
    ),
    Attack("conf-sparse", "corosync.conf has 100 GB", setup=f"truncate -s 100G {_CONF}", files=(_CONF,)),
    Attack(
        "files",
        "os-release and hosts with escapes, and of 20 MB",
        setup=f"for file in /usr/lib/os-release /etc/hosts /etc/debian_version; do {{ perl -pe 's/$/{EVIL}/' $file; "
        "yes 'ID=hostile' | head -c 20000000; } >/run/hostile/file; cat /run/hostile/file >$file; done",
        files=("/usr/lib/os-release", "/etc/hosts", "/etc/debian_version"),
    ),
    Attack(
        "journal",
        "20,000 lines of corosync in the journal, with escapes",
        setup=f"mkdir -p /var/log/corosync; perl -e '{_LOG}' | tee /var/log/corosync/corosync.log | logger -t corosync",
        cleanup="rm -f /var/log/corosync/corosync.log; journalctl -q --rotate; journalctl -q --vacuum-time=1s",
    ),
    Attack(
        "hostname",
        "escapes in the host name",
        setup=f"perl -e '{_SET_HOST_NAME}'",  # sethostname(2) on x86-64; hostname(1) refuses it
        cleanup="hostname node3",
    ),
    Attack(
        "disk-full",
        "no room in /etc/corosync, /var/lib/corosync, /tmp",
        setup=_FULL,
        cleanup="for path in /tmp /var/lib/corosync /etc/corosync; do umount -l $path; done; rm -rf /run/hostile/fs",
    ),
    Attack(
        "disk-readonly",
        "/etc/corosync is read-only",
        setup="mount --bind /etc/corosync /etc/corosync; mount -o remount,ro,bind /etc/corosync",
        cleanup="umount -l /etc/corosync",
    ),
)
