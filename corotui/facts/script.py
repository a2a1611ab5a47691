"""The script that gathers the facts of a node, and the parser for its sections."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from corotui.cluster.quoting import quote
from corotui.ssh.remote_script import LIMITS_SECTION, RemoteScript, sections_preamble, sentinel_line, split_frames

PROGRAMS = (
    *("corosync-cmapctl", "corosync-cfgtool", "corosync-quorumtool", "corosync-keygen", "corosync-objctl"),
    *("gcc", "cc", "make", "autoconf", "automake", "libtool", "pkg-config", "groff", "rpmbuild", "rpm", "dpkg-deb"),
    *("apt-get", "dnf", "yum", "zypper", "curl", "wget", "tar", "gzip", "xz", "git", "sha256sum", "python3", "perl"),
    *("nft", "iptables", "firewall-cmd", "ufw", "chronyc", "timedatectl", "systemctl", "ip", "ss", "ifconfig"),
    *("createrepo_c", "createrepo", "cpio", "dpkg-buildpackage", "systemd-run", "runuser", "tcpdump", "ping"),
)
"""Programs that checks look for; NodeFacts.commands has those that a node has."""

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
"""Packages that checks look for; NodeFacts.packages has those that are installed."""

_SECONDS = 7
"""Seconds after which the script asks no more tools, if one hung before. A plan asks a second script afterwards."""
_SLOW_SECONDS = 5
"""Seconds more that it has if none hung: names, packages and firewalls may be slow on an honest node."""
_TIMEOUT = 15.0  # seconds
_LIMIT = 3 << 20  # bytes


def facts_script(sentinel: str) -> RemoteScript:
    """The script that frames its sections with `sentinel`; its arguments are "--" and the names to resolve."""
    limits = f"{sentinel_line(sentinel)}seconds={_SECONDS}\nmerge=\n{sections_preamble()}"
    head = f"slow_seconds={_SLOW_SECONDS}\nPROGRAMS={quote(' '.join(PROGRAMS))}\nPACKAGES={quote(' '.join(PACKAGES))}\n"
    return RemoteScript(limits + head + _body(), _TIMEOUT, _LIMIT)


@cache
def _body() -> str:
    return files("corotui.facts").joinpath("script.sh").read_text("utf-8")


def parse_sections(output: bytes, sentinel: str) -> dict[str, bytes]:
    """The sections of the script's output by name, bytes exactly as each probe printed them.

    A section whose end is missing (output cut off) is left out; what stands between sections is ignored.
    """
    frames = split_frames(output.decode("latin-1"), sentinel)
    return {
        frame.name: frame.body.encode("latin-1")
        for frame in frames
        if frame.is_complete and frame.name != LIMITS_SECTION
    }
