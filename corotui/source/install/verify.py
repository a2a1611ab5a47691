"""Asks a node what is installed and whether it is complete."""

from __future__ import annotations

import re
from dataclasses import dataclass

from corotui.cluster.service_manager import ServiceManager
from corotui.cluster.text.bounded import lines_of, one_line
from corotui.conf.constants import CONF_DIR, STATE_DIR
from corotui.conf.version import version_or_none
from corotui.errors import WorkError
from corotui.ssh.remote_script import RemoteScript
from corotui.ssh.shell import Shell

# What a distribution's package makes besides its files.
DIRECTORIES = ((CONF_DIR, "0755"), (STATE_DIR, "0700"), ("/var/log/cluster", "0755"))

SCRIPT = RemoteScript(
    r"""
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
where=$(command -v corosync)
echo "path $where"
echo "version $(corosync -v 2>&1 | head -n 1)"
if [ -n "$where" ]; then
    for file in "$where" $(find /usr/lib* /usr/local/lib* -name 'crypto_*.so' -path '*kronosnet*' 2>/dev/null); do
        ldd "$file" 2>/dev/null | sed -n 's/^[[:space:]]*\([^ ]*\) => not found.*/missing \1/p'
    done
fi
ldconfig -p 2>/dev/null |
    sed -n 's/^[[:space:]]*\(lib\(qb\|knet\|corosync_common\|totem_pg\)\.so\.[0-9]*\) .*/library \1/p'
if command -v systemctl >/dev/null 2>&1 && systemctl cat corosync.service >/dev/null 2>&1; then echo "unit systemd"
elif [ -x /etc/init.d/corosync ]; then echo "unit sysv"; fi
for directory in /etc/corosync /var/lib/corosync /var/log/cluster; do
    [ -d $directory ] && echo "directory $directory"
done
for tool in cmapctl objctl cfgtool quorumtool keygen; do
    command -v corosync-$tool >/dev/null 2>&1 && echo "tool corosync-$tool"
done
id -u root >/dev/null 2>&1 && echo "user root"
:
""",
    timeout=60.0,
)
"""Prints a line "KEY VALUE" for each thing it finds."""


@dataclass(frozen=True, slots=True)
class InstalledCorosync:
    """What a node reports about its installed corosync."""

    path: str = ""
    """Path of the program, or ""."""
    version: str = ""
    """Version, or "" if the program does not run."""
    service_manager: ServiceManager = ServiceManager.UNKNOWN
    """What starts it as a service; UNKNOWN without a unit or an init script."""
    missing: tuple[str, ...] = ()
    """Libraries that corosync or its plug-ins need and do not find."""
    libraries: tuple[str, ...] = ()
    """Libraries that it uses."""
    directories: tuple[str, ...] = ()
    """Its directories that exist."""
    tools: tuple[str, ...] = ()
    """Its tools that are installed."""
    users: tuple[str, ...] = ()
    """Its users that exist."""
    version_output: str = ""
    """Output of `corosync -v`."""

    def problems(self, version: str) -> tuple[str, ...]:
        """What is wrong on a node that should have this version of corosync, one sentence each."""
        faults: list[str] = []
        if not self.path:
            faults.append("There is no corosync in the path.")
        elif self.version != version:
            faults.append(f"`corosync -v` says {self.version or repr(self.version_output)} and not {version}.")
        if self.missing:
            faults.append(f"The linker does not find {', '.join(self.missing)}.")
        if self.path and not self.service_manager:
            faults.append("There is no unit and no init script for corosync.")
        absent = [path for path, _ in DIRECTORIES if path not in self.directories]
        if absent:
            faults.append(f"{', '.join(absent)} is not there.")
        release = version_or_none(version)
        map_tool = "corosync-objctl" if release is not None and release.major == 1 else "corosync-cmapctl"
        absent = [tool for tool in (map_tool, "corosync-cfgtool", "corosync-keygen") if tool not in self.tools]
        if self.path and absent:
            faults.append(f"{', '.join(absent)} is not in the path.")
        if "root" not in self.users:
            faults.append("There is no user root.")
        return tuple(faults)


def parse(text: str) -> InstalledCorosync:
    """Parses the output of SCRIPT. Unknown lines are skipped."""
    values: dict[str, list[str]] = {}
    for line in lines_of(text):
        key, _, value = line.partition(" ")
        values.setdefault(key, []).append(one_line(value.strip(), limit=300))

    def last(key: str) -> str:
        return values.get(key, [""])[-1]

    def each(key: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value for value in values.get(key, []) if value))

    version = re.search(r"version '?([\w.~+-]+)'?", last("version"))
    return InstalledCorosync(
        path=last("path"),
        version=version[1] if version else "",
        service_manager=ServiceManager.from_text(last("unit")),
        missing=each("missing"),
        libraries=each("library"),
        directories=each("directory"),
        tools=each("tool"),
        users=each("user"),
        version_output=last("version"),
    )


async def query_installed(shell: Shell) -> InstalledCorosync:
    """What the node has now."""
    result = await SCRIPT.run(shell)
    return parse(result.expect().text)


async def verify_installed(shell: Shell, version: str) -> InstalledCorosync:
    """Returns what the node has installed. Raises WorkError with all that is wrong."""
    installed = await query_installed(shell)
    faults = installed.problems(version)
    if faults:
        raise WorkError(" ".join(faults), node=shell.node, changed="")
    return installed
