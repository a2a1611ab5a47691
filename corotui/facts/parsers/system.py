"""Parses operating system, service, clock, disks, resolver and cloud, each from its section of the script.

No function here raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from ipaddress import ip_address

from corotui.facts.model import Clock, Cloud, Disk, File, IpAddress, Os, Service

_RHEL = frozenset({"rhel", "centos", "fedora", "rocky", "almalinux", "ol", "amzn", "scientific", "cloudlinux"})
_FAMILIES = {
    "debian": "debian",
    "ubuntu": "debian",
    "suse": "suse",
    "opensuse": "suse",
    "sles": "suse",
} | dict.fromkeys(_RHEL, "rhel")
_OLD_NAMES = (
    ("amazon linux", "amzn", "rhel"),
    ("centos", "centos", "rhel"),
    ("red hat enterprise", "rhel", "rhel"),
    ("scientific", "scientific", "rhel"),
    ("oracle", "ol", "rhel"),
    ("fedora", "fedora", "rhel"),
    ("suse", "sles", "suse"),
)


def key_values(text: str) -> Iterator[tuple[str, str]]:
    """The first word and the rest of every line that has both."""
    for line in text.split("\n"):
        key, _, value = line.strip().partition(" ")
        if value.strip():
            yield key, value.strip()


def operating_system(release: str, *, machine: str = "", kernel: str = "", programs: Sequence[str] = ()) -> Os:
    """The operating system, from os-release or from the release file of older systems.

    Such a file holds a line like "CentOS release 6.10 (Final)".
    """
    words: dict[str, str] = {}
    old: dict[str, str] = {}
    for file, line in key_values(release):
        if file == "os-release":
            key, _, value = line.partition("=")
            words[key] = value.strip().strip("\"'")
        else:
            old.setdefault(file, line)
    if words.get("ID"):
        name, os_id, version = words.get("PRETTY_NAME", ""), words["ID"].lower(), words.get("VERSION_ID", "")
        likes = (os_id, os_id.partition("-")[0], *words.get("ID_LIKE", "").lower().split())
        family = next((_FAMILIES[like] for like in likes if like in _FAMILIES), "")
    else:
        name, os_id, version, family = _old_release(old)
    return Os(os_id, version, name, family, _package_tool(family, programs), machine, kernel)


def _old_release(files: dict[str, str]) -> tuple[str, str, str, str]:
    for name, line in files.items():
        if name == "debian_version":
            continue
        number = re.search(r"\d+(\.\d+)*", line)
        for words, os_id, family in _OLD_NAMES:
            if words in line.lower():
                return line, os_id, number[0] if number else "", family
    if "debian_version" in files:
        return f"Debian {files['debian_version']}", "debian", files["debian_version"], "debian"
    return "", "", "", ""


def _package_tool(family: str, programs: Sequence[str]) -> str:
    tools = {"debian": ("apt-get",), "rhel": ("dnf", "yum"), "suse": ("zypper",)}.get(
        family, ("apt-get", "dnf", "yum", "zypper")
    )
    installed = next((tool for tool in tools if tool in programs), "")
    return "apt" if installed == "apt-get" else installed


def service(text: str) -> Service:
    """The service, from `KEY=VALUE` lines of `systemctl show`, or what the script prints in their place with SysV."""
    values = dict(line.strip().split("=", 1) for line in text.split("\n") if "=" in line)
    status = values.get("ExecMainStatus", "")
    return Service(
        load=values.get("LoadState", ""),
        active=values.get("ActiveState", ""),
        sub=values.get("SubState", ""),
        enabled=values.get("UnitFileState", ""),
        exit_status=int(status) if re.fullmatch(r"[0-9]{1,5}", status) else None,
    )


def file(path: str, text: str) -> File | None:
    """The file, from `stat SIZE MODE OWNER GROUP` and a line with its SHA-256; None if there is no such file."""
    stat = re.search(r"^stat ([0-9]{1,18}) ([0-7]{1,5}) (\S+) (\S+)$", text, re.MULTILINE)
    if stat is None:
        return None
    sha256 = re.search(r"^([0-9a-f]{64})\b", text, re.MULTILINE)
    return File(path, int(stat[1]), int(stat[2], 8), stat[3], stat[4], sha256[1] if sha256 else "")


def resolver_answers(text: str) -> tuple[dict[str, tuple[IpAddress, ...]], str, str]:
    """Addresses by the number of the name, the node's full name, and the lines that were not understood.

    A name that could not be asked is absent.
    """
    addresses: dict[str, list[IpAddress]] = {}
    unknown: set[str] = set()
    fqdn = ""
    strange: list[str] = []
    for number, rest in key_values(text):
        words = rest.split()
        if words[0] == "rc":
            # getent: 2 is "not found"; 124 ran out of time; anything else says nothing about the name.
            if words[1:] in (["0"], ["2"], ["124"]):
                addresses.setdefault(number, [])
            else:
                unknown.add(number)
        elif number == "fqdn":
            fqdn = words[0]
        else:
            try:
                address = ip_address(words[0].partition("%")[0])
            except ValueError:
                strange.append(f"{number} {rest}")
                continue
            known = addresses.setdefault(number, [])
            if address not in known:
                known.append(address)
    answers = {
        number: tuple(known) for number, known in addresses.items() if number not in unknown and number != "fqdn"
    }
    return answers, fqdn, "\n".join(strange)


def clock(begin: str, end: str, *, sent: float, received: float, synchronised: str) -> Clock | None:
    """The node's clock, from four times in Unix seconds; None if the node printed none.

    `sent` and `received` are the operator's clock, `begin` and `end` the node's. The time that the node spends between
    `begin` and `end` does not count as uncertainty. A `date` without fractions adds 0.5 s.
    """
    started, ended = _time(begin), _time(end)
    if started is None or ended is None:
        return None
    (first, coarse), (last, _) = started, ended
    offset = ((first - sent) + (last - received)) / 2
    uncertainty = max((received - sent) - (last - first), 0.0) / 2 + coarse
    return Clock(round(offset * 1000, 3), round(uncertainty * 1000, 3), _synchronised(synchronised))


def _time(text: str) -> tuple[float, float] | None:
    """A time and how far off it may be, in seconds.

    A busybox without nanoseconds prints nothing for "%N", or "%N" itself.
    """
    match = re.match(r"\s*([0-9]{1,12})(\.[0-9]{1,9})?", text)
    if match is None:
        return None
    return (float(match[0]), 0.0) if match[2] else (float(match[1]) + 0.5, 0.5)


def _synchronised(text: str) -> bool | None:
    """Whether timedatectl or chronyc says that the clock is synchronised; None if neither says anything."""
    answers = [word.lower() == "yes" for word in re.findall(r"(?:NTPSynchronized=|synchronized: )(yes|no)", text)]
    answers += [state.strip() == "Normal" for state in re.findall(r"Leap status\s*: ([^\n]+)", text)]
    return any(answers) if answers else None


def disks(text: str) -> tuple[tuple[Disk, ...], tuple[str, ...], str]:
    """Disks, the directories that exist, and the lines that were not understood.

    A disk is a line `PATH OPTIONS` followed by a row of df in blocks of 1024 bytes.
    """
    found_disks: list[Disk] = []
    directories: list[str] = []
    strange: list[str] = []
    for path, rest in key_values(text):
        if path == "directory":
            directories.append(rest)
            continue
        row = re.match(r"(?:(\S+) )?.*?\s([0-9]{1,15})\s+([0-9]{1,15})\s+(-?[0-9]{1,15})\s+\S+\s+/", rest)
        if row is None:
            strange.append(f"{path} {rest}")
            continue
        read_only = "ro" in (row[1] or "").split(",")
        found_disks.append(Disk(path, max(int(row[4]), 0) * 1024, int(row[2]) * 1024, read_only))
    return tuple(found_disks), tuple(directories), "\n".join(strange)


def cloud(text: str) -> Cloud | None:
    """The cloud, from lines `KEY VALUE`; of a key that occurs twice the first value counts. None without a provider."""
    pairs = list(key_values(text))
    provider = next((value for key, value in pairs if key == "provider"), "")
    if not provider:
        return None
    first = dict(reversed(pairs))
    return Cloud(
        provider,
        instance_id=first.get("instance-id", ""),
        instance_type=first.get("instance-type", ""),
        region=first.get("placement/region", ""),
        security_groups=tuple(value for key, value in pairs if key == "security-groups"),
    )


def crypto_models(text: str) -> tuple[str, ...] | None:
    """The models in `Available crypto models: nss openssl`; empty if the line names none, None without the line."""
    line = re.search(r"^Available crypto models:([^\n]*)$", text, re.MULTILINE)
    return tuple(line[1].split()) if line else None


def corosync_version(text: str) -> tuple[str, str]:
    """Version and path of corosync, both "" if it is not installed. A program that cannot run has a path only."""
    path = re.match(r"path (\S+)", text)
    version = re.search(r"version '([^']{1,60})'", text)
    return version[1] if version else "", path[1] if path else ""
