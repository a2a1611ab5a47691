"""The script that asks a node for its facts, and the frame its answer comes in."""

from __future__ import annotations

import re
from importlib.resources import files

from corotui.cluster.quoting import command, quote

PROGRAMS = (
    *("corosync-cmapctl", "corosync-cfgtool", "corosync-quorumtool", "corosync-keygen", "corosync-objctl"),
    *("gcc", "cc", "make", "autoconf", "automake", "libtool", "pkg-config", "groff", "rpmbuild", "rpm", "dpkg-deb"),
    *("apt-get", "dnf", "yum", "zypper", "curl", "wget", "tar", "gzip", "xz", "git", "sha256sum", "python3", "perl"),
    *("nft", "iptables", "firewall-cmd", "ufw", "chronyc", "timedatectl", "systemctl", "ip", "ss", "ifconfig"),
    *("createrepo_c", "createrepo", "dpkg-buildpackage", "systemd-run", "runuser", "tcpdump", "ping"),
)
"""Programs that the rooms ask about; NodeFacts.commands holds those that are there."""

PACKAGES = (
    *("corosync", "corosynclib", "libcorosync4", "corosync-libs", "libknet1", "libqb0", "libqb100", "libqb"),
    *("libknet1-crypto-nss-plugin", "libknet1-crypto-openssl-plugin", "pacemaker", "pcs", "crmsh", "chrony", "ntp"),
    *(
        "libc6-dev",
        "glibc-devel",
        "build-essential",
        "gcc",
        "make",
        "pkg-config",
        "pkgconf",
        "pkgconf-pkg-config",
        "pkgconfig",
        "groff",
    ),
    *("groff-full", "rpm", "rpm-build", "createrepo-c", "createrepo_c", "libtool", "autoconf", "automake"),
    *("libqb-dev", "libknet-dev", "libnss3-dev", "zlib1g-dev", "libxml2-utils", "libssl-dev", "liblzma-dev"),
    *("libqb-devel", "libknet1-devel", "libknet-devel", "nss-devel", "mozilla-nss-devel", "zlib-devel"),
    *("systemd-devel", "libsystemd-dev", "openssl-devel", "libopenssl-devel", "libxml2-devel", "bzip2-devel"),
)
"""Packages that the rooms ask about; NodeFacts.packages holds those that are installed."""


def script_text(mark: str) -> bytes:
    """The script for stdin of `sh -s`, framing its sections with `mark` (a word nobody on the node can guess)."""
    head = f"MARK={quote(mark)}\nPROGRAMS={quote(' '.join(PROGRAMS))}\nPACKAGES={quote(' '.join(PACKAGES))}\n"
    return head.encode() + files("corotui.facts").joinpath("script.sh").read_bytes()


def command_line(names: tuple[str, ...]) -> str:
    """`sh -s` with the names to resolve as its positional parameters."""
    return command("sh", "-s", "--", *names)


def parse_sections(output: bytes, mark: str) -> dict[str, bytes]:
    """The sections of the script's output by name, bytes exactly as the probe printed them.

    A section whose end is missing (output cut off) is left out; what stands between sections is ignored.
    """
    frame = re.compile(rb"^%b (begin|end) ([a-z-]+)$" % re.escape(mark.encode()), re.MULTILINE)
    found: dict[str, bytes] = {}
    begun: re.Match[bytes] | None = None
    for edge in frame.finditer(output):
        if edge[1] == b"end" and begun is not None and begun[2] == edge[2]:
            found[edge[2].decode()] = output[begun.end() + 1 : edge.start() - 1]
        begun = edge if edge[1] == b"begin" else None
    return found
