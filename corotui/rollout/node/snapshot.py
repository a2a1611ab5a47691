"""A snapshot of a node before or during a rollout: its files, and the corosync that runs there."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field

from corotui.cluster.limits import bounded_conf
from corotui.cluster.text.bounded import lines_of
from corotui.conf.constants import CONF_PATH
from corotui.errors import WorkError
from corotui.ring.tools import cmap
from corotui.rollout.model import ABSENT
from corotui.rollout.node.key_file import KeyFile, parse_key_file, parse_open_directory
from corotui.ssh import file_scripts
from corotui.ssh.fanout import Shells, on_nodes
from corotui.ssh.file_scripts import FileOwner
from corotui.ssh.remote_script import MISSING_SECTION, FramedScript, OutputSection, describe_limits
from corotui.ssh.shell import Shell

SCRIPT = FramedScript(
    file_scripts.PREAMBLE
    + """\
conf=$1 key=$2
shift 2
sums() {
  for p in "$conf" "$key"; do
    for s in "" "$previous"; do say_sum "$p$s"; done
  done
}
staged() {
  for p in "$conf" "$key"; do printf 'sum %s %s\\n' "$p" "$(sum "$p$new")"; done
}
missing() {
  for d in "$@"; do
    list=
    case $d in /*) ;; *) continue ;; esac
    while [ -n "$d" ] && [ ! -e "$d" ]; do
      list="$d
$list"
      d=${d%/*}
    done
    printf '%s' "$list"
  done
}
key_file() {
  if [ -e "$key" ] || [ -L "$key" ]; then
    stat -c "file $(stat -L -c %s "$key" 2>/dev/null || echo 0) %f %u %g %Y" "$key"
    if [ -f "$key" ] && [ ! -L "$key" ]; then
      printf 'binary %s\\n' "$(head -c 4096 "$key" | tr -d '\\11\\12\\15\\40-\\176' | wc -c)"
    fi
  fi
  d=$(readlink -m "${key%/*}") || return 0
  while :; do
    if [ -d "$d" ]; then stat -c 'dir %f %u %g %n' "$d"; fi
    if [ -z "$d" ] || [ "$d" = / ]; then break; fi
    d=${d%/*}
    d=${d:-/}
  done
}
conf() { [ -f "$conf" ] && head -c 1048576 "$conf" | limit 5 base64; }
service_state() {
  if [ -d /run/systemd/system ]; then
    limit 5 systemctl show corosync -p LoadState -p ActiveState -p UnitFileState
  elif [ -e /etc/init.d/corosync ]; then
    echo LoadState=loaded
    if limit 5 service corosync status >/dev/null 2>&1; then echo ActiveState=active; else echo ActiveState=inactive; fi
    for link in /etc/rc3.d/S*corosync /etc/rc.d/rc3.d/S*corosync; do
      [ -e "$link" ] && echo UnitFileState=enabled && return
    done
    echo UnitFileState=disabled
  fi
}
processes() {
  for d in corosync pacemakerd; do daemon_pids "$d" | sed "s/.*/$d/"; done
}
section sums 16384 sums
section staged 65536 staged
section missing 16384 missing "$@"
section key 16384 key_file
section conf 1500000 conf
section conf-stat 4096 owner_of "$conf"
section service 4096 service_state
section processes 16384 processes
if command -v corosync-cmapctl >/dev/null 2>&1; then
  section cmap 524288 ask corosync-cmapctl
else
  section objects 524288 ask corosync-objctl -a
fi
""",
    name="snapshot",
    seconds=6,
    limit=4 << 20,  # 1 MiB of corosync.conf in base64, and the map
    exact=True,
)


@dataclass(frozen=True, slots=True)
class NodeSnapshot:
    """The state of one node."""

    node: str
    """Name of the node."""
    sums: Mapping[str, str] = field(default_factory=dict)
    """Path -> sha256 or ABSENT, of the target files and of the previous ones beside them."""
    key: KeyFile | None = None
    """What is at the path of the key, None if nothing is."""
    key_open_directory: str = ""
    """The first directory above the key in which others than root can replace files, "" if there is none."""
    conf: bytes | None = None
    """Content of corosync.conf, None if there is none."""
    conf_owner: FileOwner | None = None
    """Mode and owner of corosync.conf, None if there is none."""
    service: Mapping[str, str] = field(default_factory=dict)
    """Properties of the service, named as systemctl names them; empty if there is none."""
    running: int = 0
    """Number of processes of corosync, its daemon that is."""
    pacemaker: bool = False
    """Whether Pacemaker runs."""
    cmap: Mapping[str, str] = field(default_factory=dict)
    """What the running daemon holds. For 1.4 its object database, in which the keys of equal sections overwrite each
    other."""
    missing_directories: tuple[str, ...] = ()
    """Those of the requested directories and of the directories above them that do not exist, upper ones first."""
    staged: Mapping[str, str] = field(default_factory=dict)
    """Path of the target -> sha256 or ABSENT of the staged file beside it."""

    def sha256_of(self, path: str) -> str:
        """Returns the sha256 of a file, ABSENT if there is none or it was not asked for."""
        return self.sums.get(path, ABSENT)

    def has_key(self, path: str) -> bool:
        """Whether corosync could read the file at the path of the key as one."""
        return self.key is not None and self.key.has_key_size and self.sha256_of(path) not in (ABSENT, "unreadable")

    @property
    def is_active(self) -> bool:
        """Whether corosync runs according to the service manager."""
        return self.service.get("ActiveState") in ("active", "activating", "reloading")

    @property
    def is_enabled(self) -> bool:
        """Whether corosync starts at boot; True if the service manager does not say."""
        return self.service.get("UnitFileState", "enabled") in ("enabled", "enabled-runtime", "static", "alias")


async def take_snapshot(
    shell: Shell, *, key_path: str, directories: tuple[str, ...] = (), file_id: str = ""
) -> NodeSnapshot:
    """Returns the snapshot of one node. `directories` are checked for existence, and the staged files of `file_id`.

    Raises what `Shell.run` raises, and WorkError if the node's sh did not run the script, or a tool of it hangs: with a
    part of the answers nothing can be planned.
    """
    sections = await SCRIPT.run(shell, file_id, CONF_PATH, key_path, *directories)
    _require_whole(shell.node, sections)
    return _require_readable(parse_snapshot(shell.node, sections))


async def take_snapshots(
    shells: Shells, *, key_path: str, directories: tuple[str, ...] = (), file_id: str = ""
) -> dict[str, NodeSnapshot]:
    """Returns the snapshots of all nodes, taken at once.

    Raises the error of a node that has no connection or cannot be asked; an ExceptionGroup of several.
    """
    results = await on_nodes(
        shells, lambda shell: take_snapshot(shell, key_path=key_path, directories=directories, file_id=file_id)
    )
    results.raise_all()
    return results.ok


_NEEDED = ("sums", "staged", "missing", "key", "conf", "conf-stat", "service", "processes")


def _require_whole(node: str, sections: Mapping[str, OutputSection]) -> None:
    """Raises WorkError unless all sections without which nothing can be planned are whole."""
    missing = [name for name in _NEEDED if not sections.get(name, MISSING_SECTION).is_whole]
    if missing:
        hung, cut = describe_limits({name: each for name, each in sections.items() if name in _NEEDED})
        why = "; ".join((*hung, *cut)) or f"the answer to `{missing[0]}` is missing"
        raise WorkError(f"{why}.", node=node, next_step="Log in there and see what keeps it.")


def _require_readable(snapshot: NodeSnapshot) -> NodeSnapshot:
    """Returns the snapshot; raises WorkError if its corosync.conf is larger than any can be."""
    _, left_out = bounded_conf(snapshot.conf or b"")
    if left_out:
        raise WorkError(f"{left_out[0]}.", node=snapshot.node, next_step=f"Move {CONF_PATH} away there.")
    return snapshot


def parse_snapshot(node: str, sections: Mapping[str, OutputSection]) -> NodeSnapshot:
    """Parses the sections of the script. Never raises: what is not understood counts as absent."""
    processes = lines_of(sections.get("processes", MISSING_SECTION).text)
    key = sections.get("key", MISSING_SECTION).text
    pairs = (line.partition("=") for line in lines_of(sections.get("service", MISSING_SECTION).text))
    return NodeSnapshot(
        node=node,
        sums=file_scripts.parse_sums(sections.get("sums", MISSING_SECTION).text),
        staged=file_scripts.parse_sums(sections.get("staged", MISSING_SECTION).text),
        key=parse_key_file(key),
        key_open_directory=parse_open_directory(key),
        conf=_decode_base64(sections.get("conf", MISSING_SECTION).text),
        conf_owner=file_scripts.parse_owner(sections.get("conf-stat", MISSING_SECTION).text),
        service={key: value for key, equals, value in pairs if equals},
        running=processes.count("corosync"),
        pacemaker="pacemakerd" in processes,
        cmap=cmap.parse(sections.get("cmap", MISSING_SECTION).text)
        or cmap.parse_objects(sections.get("objects", MISSING_SECTION).text),
        missing_directories=tuple(
            dict.fromkeys(line for line in lines_of(sections.get("missing", MISSING_SECTION).text) if line)
        ),
    )


def _decode_base64(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True) or None
    except (binascii.Error, ValueError):
        return None
