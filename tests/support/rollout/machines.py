"""Nodes that are folders: real sh runs the real scripts there, with small programs in the place of corosync's.

For what cannot be had on a practice node at will: a failure at exactly one point, on exactly one node.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from corotui.cluster.model import Node
from corotui.errors import NodeUnreachableError
from corotui.ring.model import NodeView, Ring
from corotui.ssh.local import LocalShell
from corotui.ssh.shell import LineSession
from tests.support.fake_shell import FakeShell, Reply, Request, local_processes

_PROGRAMS = {
    "corosync": """
[ "$1" = -v ] && { echo "Corosync Cluster Engine, version '3.1.7'"; exit 0; }
while [ $# -gt 0 ]; do [ "$1" = -c ] && file=$2; shift; done
[ -e "$ROOT/refuse" ] && { echo "parser error: $file:1: no" >&2; exit 8; }
key=$(sed -n 's/^ *keyfile: //p' "$file" | tail -n 1)
[ -e "$ROOT${key:-/etc/corosync/authkey}" ] || { echo "Could not open the key" >&2; exit 8; }
""",
    "corosync-keygen": """
[ "$1" = -h ] && { echo "usage: corosync-keygen [-k <keyfile>]"; exit 0; }
head -c 256 /dev/urandom > "$3"
""",
    "systemctl": """
[ "$1" = show ] || echo "$*" >> "$ROOT/systemctl.log"
case $1 in
start|restart)
  [ -e "$ROOT/no-start" ] && exit 1
  cp "$ROOT/etc/corosync/corosync.conf" "$ROOT/running"
  mkdir -p "$ROOT/proc/7" && cd "$ROOT/proc/7" && echo corosync > comm
  printf 'State:\tS\nUid:\t0\t0\t0\t0\n' > status && ln -sf /usr/sbin/corosync exe && ln -sfn / root ;;
stop) rm -rf "$ROOT/running" "$ROOT/proc" ;;
show)
  echo LoadState=loaded
  if [ -e "$ROOT/running" ]; then echo ActiveState=active; else echo ActiveState=inactive; fi
  if [ -e "$ROOT/enabled" ]; then echo UnitFileState=enabled; else echo UnitFileState=disabled; fi ;;
enable) touch "$ROOT/enabled" ;;
disable) rm -f "$ROOT/enabled" ;;
esac
""",
    "corosync-cfgtool": 'echo "cfgtool $*" >> "$ROOT/systemctl.log"; [ ! -e "$ROOT/no-reload" ]',
    "journalctl": "cat \"$ROOT/journal\" 2>/dev/null || echo '  [MAIN  ] from the daemon'",
    "sync": "",
}


class Machine(FakeShell):
    """A node whose files are in the folder `root`.

    `fail_put`: text in the path of a file that cannot be written. `lost`: the connection is gone. `lost_at`: text of
    the command at which it is lost. `slow`: seconds that each command waits before it runs.
    """

    def __init__(self, node: str, root: Path) -> None:
        super().__init__(self._handle, node)
        self.root = root
        self.fail_put = ""
        self.lost = False
        self.lost_at = ""
        self.slow = 0.0
        programs = root / "bin"
        for folder in (root / "etc/corosync", root / "var/lib/corosync", root / "run/systemd/system", programs):
            folder.mkdir(parents=True, exist_ok=True)
        for name, text in _PROGRAMS.items():
            (programs / name).write_text(f"#!/bin/sh\n{text}\n")
            (programs / name).chmod(0o755)

    @property
    def etc(self) -> Path:
        return self.root / "etc" / "corosync"

    def files(self) -> dict[str, bytes]:
        """All files and folders, as far as a rollout might touch them."""
        content = {}
        for top in ("etc", "var"):
            for path in sorted((self.root / top).rglob("*")):
                content[str(path.relative_to(self.root))] = path.read_bytes() if path.is_file() else b"folder"
        return content

    @property
    def running(self) -> bool:
        return (self.root / "running").exists()

    def _local(self, text: str) -> str:
        for top in (
            "/etc/corosync",
            "/var/lib/corosync",
            "/var/log",
            "/run/systemd/system",
            "/run/corotui",
        ):
            text = text.replace(top, f"{self.root}{top}")
        return text.replace("PROC=/proc", f"PROC={self.root}/proc")

    @asynccontextmanager
    async def session(self, command: str, *, privileged: bool = False) -> AsyncIterator[LineSession]:
        """The command runs in a process of its own, as the lock of a real node does."""
        if self.lost:
            raise NodeUnreachableError("the connection was lost", node=self.node, stage="run", changed="")
        local = LocalShell(Node(self.node, "localhost", local=True))
        async with local.session(self._local(command)) as session:
            yield session

    async def _handle(self, request: Request) -> Reply:
        if self.lost_at and self.lost_at in request.command:
            self.lost = True
        if self.lost:
            raise NodeUnreachableError("the connection was lost", node=self.node, stage="run", changed="")
        await asyncio.sleep(self.slow)
        if request.path:
            return self._write(request)
        process = local_processes(
            ("/bin/sh", "-c"), {"PATH": f"{self.root}/bin:{os.environ['PATH']}", "ROOT": str(self.root)}, inherit=False
        )
        script = self._local((request.stdin or b"").decode()).encode()
        reply = await process(replace(request, command=self._local(request.command), stdin=script))
        out, err = (text.replace(str(self.root).encode(), b"") for text in (reply.stdout, reply.stderr))
        return Reply(out, reply.exit_code, err)

    def _write(self, request: Request) -> Reply:
        if self.fail_put and self.fail_put in request.path:
            return Reply(exit_code=1, stderr=b"No space left on device")
        path = Path(self._local(request.path))
        path.write_bytes(request.stdin or b"")
        path.chmod(request.mode)
        return Reply()


def view(machine: Machine, members: tuple[str, ...], *, quorate: bool = True) -> NodeView:
    """What a machine would say of its ring."""
    return NodeView(
        name=machine.node,
        reachable=not machine.lost,
        taken_at=time.time(),
        corosync_version="3.1.7",
        running=machine.running,
        ring_id="1.2",
        quorate=quorate and machine.running,
        members=members if machine.running else (),
    )


def ring_of(machines: dict[str, Machine]) -> Ring:
    """A ring of all machines that run."""
    up = tuple(name for name, machine in machines.items() if machine.running)
    whole = len(up) == len(machines)
    views = tuple(view(machine, up) for machine in machines.values())
    return Ring(whole, bool(up), len(machines), up, views)
