"""The way in: sshd, its banner, whatever listens in its place, the login shell, sudo."""

from __future__ import annotations

from tests.hostile.attacks.model import EVIL, Attack

SUDO = ("sudo",)
_RC = "/home/ec2-user/.bashrc"
_BANNER = "/etc/ssh/hostile-banner"
_SSHD = "/etc/ssh/sshd_config.d/hostile.conf"

LOGIN_ATTACKS = (
    Attack(
        "sudo-noise", "sudo prints escapes first", SUDO, f"/usr/bin/printf '%b' '{EVIL}' >&2; exec /usr/bin/sudo \"$@\""
    ),
    Attack(
        "sudo-flood",
        "sudo's messages never end",
        SUDO,
        '/usr/bin/yes hostile >&2 & /usr/bin/sudo "$@"; code=$?; kill $!; exit $code',
    ),
    Attack("sudo-hangs", "sudo never answers", SUDO, "exec /bin/sleep 100000"),
    Attack("sudo-asks", "sudo prints its prompt again and again", SUDO, 'while :; do printf "%s" "$3$4$5" >&2; done'),
    Attack(
        "sudo-lecture",
        "a lecture of 4 MB",
        SUDO,
        '/usr/bin/yes lecture | /usr/bin/head -c 4000000 >&2; exec /usr/bin/sudo "$@"',
    ),
    *(
        Attack(
            f"bashrc-{name}",
            f"the login shell: {what}",
            setup=f"cat >/run/hostile/rc <<'END'\n{body}\nEND\ncat {_RC} >>/run/hostile/rc; cat /run/hostile/rc >{_RC}",
            files=(_RC,),
        )
        for name, what, body in (
            ("prints", "prints escapes", f"printf '%b' '{EVIL}\\n'; printf '%b' '{EVIL}' >&2"),
            ("floods", "prints 200 MB", "/usr/bin/yes hostile | /usr/bin/head -c 200000000"),
            ("endless", "prints for ever", "exec /usr/bin/yes hostile"),
            ("hangs", "never ends", "/bin/sleep 100000"),
            ("flood-beside", "a process that floods stderr for ever", "/usr/bin/yes hostile >&2 &"),
        )
    ),
    *(
        Attack(
            f"banner-{name}",
            f"sshd's banner: {what}",
            setup=f"{body} >{_BANNER}\necho 'Banner {_BANNER}' >{_SSHD}\nsystemctl reload ssh",
            cleanup=f"rm -f {_BANNER} {_SSHD}; systemctl reload ssh",
        )
        for name, what, body in (
            ("escapes", "escapes", f"/usr/bin/printf '%b' '{EVIL}\\n'"),
            ("250kb", "250 KB, the most that sshd sends", "yes hostile | head -c 250000"),
        )
    ),
    *(
        Attack(
            f"port-{name}",
            f"instead of sshd: {what}",
            setup="cat >/run/hostile/server <<'END'\n"
            "use IO::Socket::INET; $SIG{CHLD}='IGNORE'; $SIG{PIPE}='DEFAULT';\n"
            "my $s=IO::Socket::INET->new(LocalPort=>22,Listen=>50,ReuseAddr=>1) or die;\n"
            f"while (my $c=$s->accept) {{ next if fork; close $s; $c->autoflush(1); {body}; exit }}\n"
            "END\nsystemctl stop ssh.socket 2>/dev/null; systemctl stop ssh; sleep 0.3\n"
            "setsid perl /run/hostile/server >/dev/null 2>&1 </dev/null & echo $! >/run/hostile/server.pid; sleep 0.3",
            # The whole group, since a child that lives on keeps the port. The kill of dash knows no "--".
            cleanup="kill -9 -$(cat /run/hostile/server.pid); systemctl restart ssh\n"
            "for try in 1 2 3 4 5 6 7 8 9; do ss -Hltn sport = :22 | grep -q . && break; sleep 0.2; done",
        )
        for name, what, body in (
            ("silent", "nothing", "sleep 1000"),
            ("endless", "lines without an end", 'while (print $c "hostile\\r\\n") {}'),
            ("long-line", "a line without an end", 'while (print $c "hostile" x 1000) {}'),
            (
                "garbage",
                "random bytes after the version",
                'print $c "SSH-2.0-x\\r\\n"; open F,"/dev/urandom"; while (read F,$_,9000) {print $c $_}',
            ),
            ("drips", "a byte a second", 'while (print $c "S") {sleep 1}'),
            ("escapes", "escapes in the version", f'print $c "SSH-2.0-{EVIL}\\r\\n"; sleep 1'),
        )
    ),
)
