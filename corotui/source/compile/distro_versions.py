"""Asks a node which packages of its distribution it has and which it can install."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from corotui.cluster.quoting import command
from corotui.cluster.text.bounded import lines_of
from corotui.facts.model import Os
from corotui.ssh.shell import Shell

_LINE = re.compile(r"^(\S+) (\S+)$")


async def installed_versions(shell: Shell, os: Os, names: Sequence[str]) -> Mapping[str, str]:
    """The versions of those packages that are installed, by name."""
    if not names:
        return {}
    if os.family == "debian":
        query = command("dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Package} ${Version}\\n", *names)
        result = await shell.run(f"{query} 2>/dev/null")
        return _pairs("\n".join(line[3:].strip() for line in lines_of(result.text) if line.startswith("ii ")))
    if os.family in ("rhel", "suse"):
        # A name may be what another package provides (zlib-devel by zlib-ng-compat-devel); ask for each by itself.
        words = command(*names)
        query = "rpm -q --qf '%{VERSION}-%{RELEASE}\\n' --whatprovides"
        each = f'v=$({query} "$p" 2>/dev/null) && echo "$p $(echo "$v" | head -n 1)"'
        # As root: some systems keep another database for each user.
        result = await shell.run(f"for p in {words}; do {each}; done; :", privileged=True)
        return _pairs(result.text)
    return {}


async def available_versions(shell: Shell, os: Os, names: Sequence[str]) -> Mapping[str, str]:
    """The versions that the node's package manager would install, by name. Unknown packages are left out."""
    if not names:
        return {}
    if os.family == "debian":
        result = await shell.run(command("apt-cache", "policy", *names), timeout=60)
        return parse_apt_policy(result.text)
    tool = {"zypper": "zypper", "yum": "yum"}.get(os.package_tool, "dnf")
    if os.family == "suse":
        result = await shell.run(command("zypper", "-q", "info", *names) + " 2>/dev/null", timeout=120)
        return parse_zypper_info(result.text)
    if os.family == "rhel":
        fmt = "%{name} %{version}-%{release}"
        words = (
            ("repoquery", "--qf", fmt)
            if tool == "yum"
            else ("dnf", "-q", "repoquery", "--latest-limit=1", "--qf", fmt + "\\n")
        )
        result = await shell.run(command(*words, *names) + " 2>/dev/null", timeout=120)
        return _pairs(result.text)
    return {}


def parse_apt_policy(text: str) -> dict[str, str]:
    """Candidate version by name, from `apt-cache policy`."""
    versions: dict[str, str] = {}
    name = ""
    for line in lines_of(text):
        if line and not line[0].isspace() and line.endswith(":"):
            name = line[:-1]
        candidate = re.match(r"\s+Candidate: (\S+)$", line)
        if candidate and candidate[1] != "(none)" and name:
            versions[name] = candidate[1]
    return versions


def parse_zypper_info(text: str) -> dict[str, str]:
    """Version by name, from `zypper info`."""
    versions: dict[str, str] = {}
    name = ""
    for line in lines_of(text):
        key, _, value = (part.strip() for part in line.partition(":"))
        if key == "Name":
            name = value
        elif key == "Version" and name:
            versions[name] = value
    return versions


def _pairs(text: str) -> dict[str, str]:
    return {match[1]: match[2] for line in lines_of(text) if (match := _LINE.match(line.strip()))}
