"""Generated known_hosts files and hosts, what corotui decides about them, and what `ssh-keygen -F` finds."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from corotui.ssh.connect.known_hosts import HostKeyNames, HostKeyVerdict, KnownHosts

KINDS = ("ed25519", "ecdsa", "rsa")
HOSTS = (
    *("node1", "Node1", "node1.example.com", "NODE1.example.com", "n", "a-b_c", "node10", "münchen", "10.0.0.1"),
    *("10.0.0.11", "fe80::1", "FE80:0::1", "2001:db8::1", "localhost"),
)
PORTS = (22, 22, 22, 2222, 22022)
ALIASES = ("", "", "", "ring-a", "Ring-A", "node1", "[node1]:2222")
FOUND = re.compile(rb"^# Host .* found: line (\d+) ?(CA|REVOKED)?", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys made by ssh-keygen, in one folder."""

    folder: Path
    """Where they and the configurations of sshd are."""
    lines: dict[str, str]
    """Name -> `TYPE BASE64`; host_KIND is what sshd presents, other_KIND belongs to somebody else."""

    @classmethod
    def make(cls, folder: Path) -> Keys:
        """Makes them. Raises CalledProcessError without ssh-keygen."""
        lines = {}
        for kind in KINDS:
            for owner in ("host", "other"):
                path = folder / f"{owner}_{kind}"
                run("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "", "-f", str(path))
                lines[path.name] = path.with_suffix(".pub").read_text().strip()
            config = f"HostKey {folder}/host_{kind}\nPidFile none\nStrictModes no\nUsePAM no\n"
            (folder / f"sshd_{kind}").write_text(config)
        run("ssh-keygen", "-q", "-s", str(folder / "other_rsa"), "-I", "x", "-h", "-n", "*", f"{folder}/host_ecdsa.pub")
        lines["certificate"] = " ".join((folder / "host_ecdsa-cert.pub").read_text().split()[:2])
        return cls(folder, lines)


@dataclass(frozen=True, slots=True)
class Case:
    """One file and one host that is looked up in it."""

    text: bytes
    """The known_hosts file."""
    keys: tuple[str, ...]
    """For each line the name of its key; "" for a line without one."""
    host: str
    """The host to connect to."""
    port: int
    """Its port."""
    alias: str
    """HostKeyAlias, "" for none."""
    kind: str
    """The kind of key that the host presents."""

    @property
    def names(self) -> HostKeyNames:
        """The names that are looked up."""
        return HostKeyNames.of(self.host, self.port, self.alias)


def run(*argv: str) -> bytes:
    """What a program prints; raises CalledProcessError if it fails."""
    return subprocess.run(argv, check=True, capture_output=True, stdin=subprocess.DEVNULL).stdout


def case(dice: random.Random, keys: Keys) -> Case:
    """A random case. Most lines are about the host or nearly so."""
    host, port, alias = dice.choice(HOSTS), dice.choice(PORTS), dice.choice(ALIASES)
    kind = dice.choice(("ed25519", "ed25519", "ed25519", "ecdsa", "rsa"))
    names = HostKeyNames.of(host, port, alias)
    lines: list[bytes] = []
    used: list[str] = []
    for _ in range(dice.randint(1, 5)):
        line, key = _line(dice, keys, names, kind)
        lines.append(line)
        used.append(key)
    text = b"\n".join(lines) + dice.choice((b"", b"\n"))
    return Case(text, tuple(used), host, port, alias, kind)


def _line(dice: random.Random, keys: Keys, names: HostKeyNames, kind: str) -> tuple[bytes, str]:
    """One line and the name of its key, "" for a line without a key that can be read."""
    odd = dice.random()
    if odd < 0.05:
        junk = (
            b"",
            b"# comment",
            b"   ",
            b"garbage",
            b"@revoked",
            b"\x00",
            b"node1",
            b"\xff\xfe x",
            b"@",
            b"\r",
            b"a #b",
        )
        return dice.choice(junk), ""
    blank = dice.choice((" ", " ", " ", " ", "\t", "  ", " \t "))
    marker = dice.choice(("", "", "", "", "", "@revoked", "@cert-authority", "@Revoked", "@revoked @revoked", "@other"))
    name = dice.choice((f"host_{kind}", f"host_{kind}", f"other_{kind}", "other_ed25519", "other_rsa", "certificate"))
    key = _key(dice, keys.lines[name], blank)
    tail = dice.choice(("", "", " comment", " # comment", "\t", " trailing garbage", "\r", " \r", "\v"))
    start = dice.choice(("", "", "", " ", "\t"))
    patterns = _patterns(dice, names)
    # ssh-keygen -F does not read the key: a damaged one counts for it as none
    name = name if key.split() == keys.lines[name].split() else ""
    text = start + (marker + dice.choice((" ", blank)) if marker else "") + patterns + blank + key + tail
    return text.encode("utf-8", "surrogateescape"), name


def _key(dice: random.Random, key: str, blank: str) -> str:
    """A key, seldom damaged."""
    kind, packed = key.split()
    damage = dice.random()
    if damage < 0.88:
        return f"{kind}{blank}{packed}"
    return dice.choice(
        (
            f"{kind.upper()} {packed}",
            f"ssh-rsa {packed}",
            f"ecdsa-sha2-nistp384 {packed}",
            f"{kind} {packed[:-4]}",
            f"{kind} {packed}AAAA",
            f"{kind} {packed.rstrip('=')}",
            f"{kind} {packed}====",
            f"{kind} !{packed}",
            kind,
            f"1024 65537 {packed}",
            f"no-pty {kind} {packed}",
            f"{kind},{packed}",
        )
    )


def _patterns(dice: random.Random, names: HostKeyNames) -> str:
    """The names of a line: the host's, or something like it."""
    near = [_near(dice, names) for _ in range(dice.choice((1, 1, 1, 2, 3)))]
    if len(near) == 1 and dice.random() < 0.25:
        return _hashed(dice, near[0])
    return dice.choice((",", ",", ",", ",,")).join(near) + dice.choice(("", "", "", ","))


def _near(dice: random.Random, names: HostKeyNames) -> str:
    """One pattern."""
    exact = names.exact
    short = names.without_port or names.former or exact
    middle = len(exact) // 2
    return dice.choice(
        (
            *(
                exact,
                exact,
                exact,
                short,
                short,
                exact.upper(),
                exact.capitalize(),
                f"!{exact}",
                f"!{short}",
                "*",
                "!*",
            ),
            *(exact[:middle] + "*", exact[:middle] + "?" + exact[middle + 1 :], "?" * len(exact), "*" + exact[middle:]),
            *(f"[{exact}]:22", f"[{short}]:*", "[*]:2222", f"[{short}]:2222", "other", "!other", "*.example.com"),
            *("10.0.0.0/8", "10.0.0.*", exact + ".", exact[:-1], "!!" + exact, "", "|", exact + "x" * 1100, "[a-z]*"),
        )
    )


def _hashed(dice: random.Random, name: str) -> str:
    """A hashed name, seldom damaged."""
    salt = dice.randbytes(dice.choice((20, 20, 20, 20, 19, 21)))
    digest = hmac.new(salt, name.encode("utf-8", "surrogateescape"), hashlib.sha1).digest()
    parts = ["", "1", base64.b64encode(salt).decode(), base64.b64encode(digest).decode()]
    damage = dice.random()
    if damage < 0.03:
        parts[1] = "2"
    elif damage < 0.06:
        parts.append("")
    elif damage < 0.09:
        parts[3] = parts[3][:-1]
    return "|".join(parts)


def our_verdict(one: Case, keys: Keys, path: Path) -> str:
    """What corotui decides."""
    key = asyncssh.import_public_key(keys.lines[f"host_{one.kind}"])
    return KnownHosts(path.with_name("none"), [path]).keys_for(one.names).verdict(key).value


def keygen_verdict(one: Case, path: Path) -> str:
    """What follows from the lines that `ssh-keygen -F` finds, by the rules of check_host_key() in sshconnect.c."""
    presented = f"host_{one.kind}"
    for name in (one.names.exact, one.names.without_port):
        if not name:
            break
        done = subprocess.run(
            ["ssh-keygen", "-F", name, "-f", str(path)], capture_output=True, stdin=subprocess.DEVNULL, check=False
        )
        lines = [(match[2], one.keys[int(match[1]) - 1]) for match in FOUND.finditer(done.stdout)]
        # the certificate of the tests certifies the host's ECDSA key: revoked with it, but never the host's key itself
        revoked = {"host_ecdsa" if key == "certificate" else key for marker, key in lines if marker == b"REVOKED"}
        known = {key for marker, key in lines if key and not marker}
        if presented in revoked:
            return HostKeyVerdict.REVOKED.value
        if presented in known:
            return HostKeyVerdict.TRUSTED.value
        if known and name == one.names.exact:
            return HostKeyVerdict.CHANGED.value
    return HostKeyVerdict.UNKNOWN.value
