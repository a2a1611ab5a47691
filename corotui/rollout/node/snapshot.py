"""One look at a node before or in the middle of a rollout: its files, and the corosync that runs."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field

from corotui.conf.constants import CONF_PATH
from corotui.ring.tools import cmap
from corotui.rollout.model import ABSENT
from corotui.ssh import file_scripts
from corotui.ssh.remote_script import MISSING_SECTION, FramedScript, OutputSection
from corotui.ssh.shell import Shell

SCRIPT = FramedScript(
    file_scripts.PREAMBLE
    + """\
conf=$1 key=$2
shift 2
sums() {
  for p in "$conf" "$key"; do
    for s in "" "$new" "$previous"; do say_sum "$p$s"; done
  done
}
missing() { for d in "$@"; do [ -d "$d" ] || printf '%s\\n' "$d"; done; }
key_size() { [ -e "$key" ] && wc -c < "$key"; }
conf() { [ -r "$conf" ] && head -c 1048576 "$conf" | base64; }
service_state() {
  if [ -d /run/systemd/system ]; then
    systemctl show corosync -p LoadState -p ActiveState -p UnitFileState
  elif [ -e /etc/init.d/corosync ]; then
    echo LoadState=loaded
    if service corosync status >/dev/null 2>&1; then echo ActiveState=active; else echo ActiveState=inactive; fi
    for link in /etc/rc3.d/S*corosync /etc/rc.d/rc3.d/S*corosync; do
      [ -e "$link" ] && echo UnitFileState=enabled && return
    done
    echo UnitFileState=disabled
  fi
}
processes() {
  for p in /proc/[0-9]*/comm; do
    read -r name 2>/dev/null < "$p" || continue
    case $name in corosync|pacemakerd) echo "$name" ;; esac
  done
}
section sums sums
section missing missing "$@"
section key key_size
section conf conf
section service service_state
section processes processes
if command -v corosync-cmapctl >/dev/null 2>&1; then
  section cmap ask corosync-cmapctl
else
  section objects ask corosync-objctl -a
fi
""",
    timeout=30.0,
    limit=4 << 20,  # 1 MiB of corosync.conf in base64, and the map
    cleaned=False,
)


@dataclass(frozen=True, slots=True)
class NodeSnapshot:
    """`sums`: path (targets and what lies beside them) -> sha256 or ABSENT. `key_size` in bytes. `conf`: the file's
    bytes, None where there is none. `service`: properties as systemctl names them. `running`: processes named corosync.
    `cmap`: what the running daemon holds (1.4: its object database, where keys of equal sections fall together).
    `missing`: directories that are not there."""

    node: str
    sums: Mapping[str, str] = field(default_factory=dict)
    key_size: int = 0
    conf: bytes | None = None
    service: Mapping[str, str] = field(default_factory=dict)
    running: int = 0
    pacemaker: bool = False
    cmap: Mapping[str, str] = field(default_factory=dict)
    missing_directories: tuple[str, ...] = ()

    def sha256_of(self, path: str) -> str:
        """sha256 of a file, ABSENT where there is none (or nothing is known of it)."""
        return self.sums.get(path, ABSENT)

    @property
    def is_active(self) -> bool:
        """The service manager says corosync runs."""
        return self.service.get("ActiveState") in ("active", "activating", "reloading")

    @property
    def is_enabled(self) -> bool:
        """It starts with the machine; True where the service manager does not tell."""
        return self.service.get("UnitFileState", "enabled") in ("enabled", "enabled-runtime", "static", "alias")


async def take_snapshot(shell: Shell, *, key_path: str, directories: tuple[str, ...] = ()) -> NodeSnapshot:
    """The snapshot of one node. `directories`: those that may be missing.

    Raises what `Shell.run` raises, and WorkError where the node's sh did not run the script.
    """
    return parse_snapshot(shell.node, await SCRIPT.run(shell, CONF_PATH, key_path, *directories))


def parse_snapshot(node: str, sections: Mapping[str, OutputSection]) -> NodeSnapshot:
    """A snapshot from the sections of the script. Never raises: what is not understood counts as not there."""
    processes = sections.get("processes", MISSING_SECTION).text.splitlines()
    size = sections.get("key", MISSING_SECTION).text.strip()
    pairs = (line.partition("=") for line in sections.get("service", MISSING_SECTION).text.splitlines())
    return NodeSnapshot(
        node=node,
        sums=file_scripts.parse_sums(sections.get("sums", MISSING_SECTION).text),
        key_size=int(size) if size.isascii() and size.isdigit() and len(size) < 12 else 0,
        conf=_decode_base64(sections.get("conf", MISSING_SECTION).text),
        service={key: value for key, equals, value in pairs if equals},
        running=processes.count("corosync"),
        pacemaker="pacemakerd" in processes,
        cmap=cmap.parse(sections.get("cmap", MISSING_SECTION).text)
        or cmap.parse_objects(sections.get("objects", MISSING_SECTION).text),
        missing_directories=tuple(line for line in sections.get("missing", MISSING_SECTION).text.splitlines() if line),
    )


def _decode_base64(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True) or None
    except (binascii.Error, ValueError):
        return None
