"""Nodes that are folders: real sh runs the real scripts there, with small programs in the place of corosync's.

For what cannot be had on a practice node at will: a failure at exactly one point, on exactly one node.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from corotui.cluster.quoting import quote
from corotui.cluster.sanitize import clean_line
from corotui.errors import CommandError, NodeUnreachableError
from corotui.ring.model import NodeView, Ring
from corotui.ssh.shell import CommandResult

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
echo "$*" >> "$ROOT/systemctl.log"
case $1 in
start|restart) [ -e "$ROOT/no-start" ] && exit 1; cp "$ROOT/etc/corosync/corosync.conf" "$ROOT/running" ;;
stop) rm -f "$ROOT/running" ;;
enable) touch "$ROOT/enabled" ;;
disable) rm -f "$ROOT/enabled" ;;
esac
""",
    "corosync-cfgtool": 'echo "cfgtool $*" >> "$ROOT/systemctl.log"; [ ! -e "$ROOT/no-reload" ]',
    "journalctl": "echo '  [MAIN  ] said by the daemon'",
    "sync": "",
}


class Machine:
    """A Shell for a folder. `fail_put`, `lost`, `lost_at`: what goes wrong there. `commands`: what was run."""

    def __init__(self, node: str, root: Path) -> None:
        self._node = node
        self.root = root
        self.commands: list[str] = []
        self.fail_put = ""
        self.lost = False
        self.lost_at = ""
        programs = root / "bin"
        for folder in (root / "etc" / "corosync", root / "var" / "lib" / "corosync", programs):
            folder.mkdir(parents=True, exist_ok=True)
        for name, text in _PROGRAMS.items():
            (programs / name).write_text(f"#!/bin/sh\n{text}\n")
            (programs / name).chmod(0o755)

    @property
    def node(self) -> str:
        return self._node

    @property
    def etc(self) -> Path:
        return self.root / "etc" / "corosync"

    def files(self) -> dict[str, bytes]:
        """All files and folders, as far as a rollout might touch them."""
        found = {}
        for top in ("etc", "var"):
            for path in sorted((self.root / top).rglob("*")):
                found[str(path.relative_to(self.root))] = path.read_bytes() if path.is_file() else b"folder"
        return found

    @property
    def running(self) -> bool:
        return (self.root / "running").exists()

    def _local(self, text: str) -> str:
        for top in ("/etc/corosync", "/var/lib/corosync", "/var/log"):
            text = text.replace(top, f"{self.root}{top}")
        return text

    def _check(self, command: str) -> None:
        if self.lost_at and self.lost_at in command:
            self.lost = True
        if self.lost:
            raise NodeUnreachableError("the connection was lost", node=self._node, stage="run", changed="")

    async def run(
        self,
        command: str,
        *,
        stdin: bytes | None = None,
        privileged: bool = False,
        timeout: float = 30.0,
        limit: int = 1 << 20,
        secret: bool = False,
    ) -> CommandResult:
        self.commands.append(command)
        self._check(command)
        script = self._local((stdin or b"").decode())
        process = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            self._local(command),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"PATH": f"{self.root}/bin:{os.environ['PATH']}", "ROOT": str(self.root)},
        )
        out, err = await asyncio.wait_for(process.communicate(script.encode()), timeout)
        out, err = (text.replace(str(self.root).encode(), b"") for text in (out, err))
        return CommandResult(self._node, command, process.returncode, out[:limit], err[:limit], 0.0, secret=secret)

    @asynccontextmanager
    async def stream(
        self, command: str, *, privileged: bool = False, timeout: float | None = None
    ) -> AsyncIterator[AsyncIterator[str]]:
        result = await self.run(command)

        async def lines() -> AsyncIterator[str]:
            for line in result.stdout.decode().splitlines():
                yield clean_line(line)
            if result.exit_code != 0:
                raise CommandError(node=self._node, command=command, returncode=result.exit_code, output=result.text)

        yield lines()

    async def put(self, path: str, data: bytes, *, mode: int = 0o644, owner: str = "root", group: str = "root") -> None:
        line = f"write {quote(path)}"
        self.commands.append(line)
        self._check(line)
        if self.fail_put and self.fail_put in path:
            raise CommandError(node=self._node, command=line, returncode=1, output="No space left on device")
        _write(Path(self._local(path)), data, mode)


def _write(path: Path, data: bytes, mode: int) -> None:
    path.write_bytes(data)
    path.chmod(mode)


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
