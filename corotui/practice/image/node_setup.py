"""Writes what is particular to a node into its root directory before it boots: name, keys, user, hosts."""

from __future__ import annotations

import os
import subprocess
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from corotui.errors import UsageError, WorkError
from corotui.practice.image import build
from corotui.practice.model import PracticeNode, Shape
from corotui.practice.subprocesses import run

_UID = 1000
_SSHD = """\
PermitRootLogin {root}
PasswordAuthentication {password}
KbdInteractiveAuthentication no
"""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An ed25519 key pair as OpenSSH writes it. The private half stands in no repr."""

    private: bytes
    """Content of the private key file."""
    public: bytes
    """Content of the public key file."""

    def __repr__(self) -> str:
        return f"KeyPair({self.public.decode().strip()!r})"


def key_pairs(names: list[str], folder: Path) -> list[KeyPair]:
    """Creates key pairs at the same time, with `names` as their comments. `folder` must be empty and root's own."""
    started = []
    for number, name in enumerate(names):
        path = folder / f"key{number}"
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)]
        started.append((path, subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)))
    pairs = []
    for path, process in started:
        _, said = process.communicate(timeout=30)
        if process.returncode != 0:
            raise WorkError(f"`ssh-keygen` returned {process.returncode}: {said.decode(errors='replace').strip()}")
        public = path.with_suffix(".pub")
        pairs.append(KeyPair(path.read_bytes(), public.read_bytes()))
        path.unlink()
        public.unlink()
    return pairs


@dataclass(frozen=True, slots=True)
class NodeSecrets:
    """What lets the operator log in to a node, and the node prove what it is."""

    host_key: KeyPair
    """Key pair of the node."""
    operator_key: bytes
    """Public key that may log in."""
    password: str = field(default="", repr=False)
    """Password of the user with `password_sudo`, else ""."""


def set_up_node(
    root: Path, node: PracticeNode, all_nodes: tuple[PracticeNode, ...], shape: Shape, secrets: NodeSecrets
) -> None:
    """Writes all files of one node into its root directory."""
    build.place_file(root, "/etc/hostname", f"{node.name}\n".encode())
    build.place_file(root, "/etc/hosts", hosts(all_nodes).encode())
    build.place_file(root, "/etc/machine-id", f"{uuid.uuid4().hex}\n".encode(), 0o444)
    build.place_file(root, "/etc/resolv.conf", build.resolver().encode())
    build.place_file(root, "/etc/ssh/ssh_host_ed25519_key", secrets.host_key.private, 0o600)
    build.place_file(root, "/etc/ssh/ssh_host_ed25519_key.pub", secrets.host_key.public)
    as_root = shape.user == "root"
    settings = _SSHD.format(
        root="prohibit-password" if as_root else "no", password="yes" if shape.password_sudo else "no"
    )
    build.place_file(root, "/etc/ssh/sshd_config.d/practice.conf", settings.encode(), 0o600)
    if as_root:
        _authorize(root, "/root", secrets.operator_key, 0)
        return
    _add_user(root, shape.user)
    _authorize(root, f"/home/{shape.user}", secrets.operator_key, _UID)
    rule = "ALL" if shape.password_sudo else "NOPASSWD:ALL"
    build.place_file(root, "/etc/sudoers.d/practice", f"{shape.user} ALL=(ALL:ALL) {rule}\n".encode(), 0o440)
    if shape.password_sudo:
        run(["chroot", str(root), "/usr/sbin/chpasswd"], stdin=f"{shape.user}:{secrets.password}\n")


def hosts(all_nodes: tuple[PracticeNode, ...]) -> str:
    """An /etc/hosts in which each node's name resolves to its address on link 0."""
    lines = ["127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback"]
    lines += [f"{node.host}\t{node.name}" for node in all_nodes]
    return "\n".join(lines) + "\n"


def _authorize(root: Path, home: str, operator: bytes, owner: int) -> None:
    folder = root / home.lstrip("/") / ".ssh"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    build.place_file(root, f"{home}/.ssh/authorized_keys", operator, 0o600)
    _own(folder, owner)
    _own(folder / "authorized_keys", owner)


def _add_user(root: Path, name: str) -> None:
    passwd = (root / "etc/passwd").read_text()
    group = (root / "etc/group").read_text()
    if any(line.split(":")[0] == name for line in (*passwd.splitlines(), *group.splitlines())):
        raise UsageError(f"{name!r} is a user or group of the system itself; take another --user.", changed="")
    home = f"/home/{name}"
    _append(root / "etc/passwd", f"{name}:x:{_UID}:{_UID}:{name}:{home}:/bin/bash\n")
    _append(root / "etc/group", f"{name}:x:{_UID}:\n")
    _append(root / "etc/shadow", f"{name}:*:19000:0:99999:7:::\n")
    run(["cp", "-rT", str(root / "etc/skel"), str(root / home.lstrip("/"))])
    (root / home.lstrip("/")).chmod(0o750)
    run(["chown", "-R", f"{_UID}:{_UID}", str(root / home.lstrip("/"))])


def _append(path: Path, line: str) -> None:
    with path.open("a") as file:
        file.write(line)


def _own(path: Path, owner: int) -> None:
    os.chown(path, owner, owner, follow_symlinks=False)
