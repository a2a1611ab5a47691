"""Practice nodes and a home of an operator with planted secrets, and what is left there after a run."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from corotui.practice import PracticeCluster, instance_record
from corotui.practice.machine.processes import init_pid
from tests.support.nodes.cli_runner import on_all, wipe
from tests.support.nodes.ring_setup import AUTHKEY, CONF, conf_text, inside
from tests.support.secrets.forms import Hit, Needles, Secret

NODE_TOPS = ("etc", "var", "run", "tmp", "dev/shm", "root", "home", "srv", "opt")
ON_NODES = (AUTHKEY, CONF, f"{CONF}.corotui-previous")
"""Where a node may hold the keys."""
JOURNAL = "journalctl --no-pager -a -o export; cat /var/log/auth.log /var/log/syslog /home/*/.*history /root/.*history"
_MAX_FILE = 64 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Ground:
    """One practice cluster and one operator, with all secrets planted."""

    practice: PracticeCluster
    """The nodes; their user needs the planted password for sudo."""
    root: Path
    """Folder that holds all that the operator has: home, temporary files, cluster directories."""
    authkey: Secret
    """The key in /etc/corosync/authkey of the nodes."""
    other_key: Secret
    """A key that does not fit, for nodes that disagree."""
    inline: Secret
    """The key in the corosync.conf of the directory `inline`."""
    sudo_password: Secret
    """Password of the nodes' user."""
    passphrase: Secret
    """Passphrase of the ssh key."""
    began: float = field(default_factory=time.time)
    """When the secrets were planted, Unix seconds."""

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """All planted secrets."""
        return (self.authkey, self.other_key, self.inline, self.sudo_password, self.passphrase)

    @property
    def with_file(self) -> Path:
        """The cluster directory whose corosync.conf leaves the key in its file."""
        return self.root / "file"

    @property
    def with_inline_key(self) -> Path:
        """The cluster directory whose corosync.conf holds the key."""
        return self.root / "inline"

    @property
    def ssh_key(self) -> Path:
        """The operator's ssh key, which has a passphrase."""
        return self.root / "home" / ".ssh" / "id_planted"

    @property
    def environ(self) -> dict[str, str]:
        """What the operator's processes get on top of this process's environment."""
        folders = {"HOME": "home", "TMPDIR": "tmp", "XDG_CONFIG_HOME": "home/.config", "XDG_CACHE_HOME": "home/.cache"}
        folders |= {"XDG_STATE_HOME": "home/.state", "XDG_DATA_HOME": "home/.share", "XDG_RUNTIME_DIR": "run"}
        return {name: str(self.root / folder) for name, folder in folders.items()} | {"SSH_AUTH_SOCK": ""}


def plant(practice: PracticeCluster, root: Path) -> Ground:
    """Wipes the nodes and plants the secrets: one key on node1, one in a corosync.conf, password and passphrase."""
    ground = Ground(
        practice,
        root,
        Secret("authkey", secrets.token_bytes(256)),
        Secret("other authkey", secrets.token_bytes(256)),
        Secret("inline key", secrets.token_urlsafe(150).encode()),
        Secret("sudo password", f"p'\"$ {secrets.token_urlsafe(24)} ü{{}}%\\".encode()),
        Secret("key passphrase", f"s\\ {secrets.token_urlsafe(24)} $(é)'\"".encode()),
    )
    for folder in ground.environ.values():
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
    ground.ssh_key.parent.mkdir(mode=0o700)
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", ground.passphrase.value, "-f", str(ground.ssh_key)], check=True
    )
    _make_directories(ground)
    wipe(practice)
    public = ground.ssh_key.with_suffix(".pub").read_text()
    user = practice.shape.user
    for node in practice.nodes:
        inside(practice, node.name, f"cat >>/home/{user}/.ssh/authorized_keys", stdin=public)
        inside(practice, node.name, "chpasswd", stdin=user.encode() + b":" + ground.sudo_password.value + b"\n")
    plant_key(ground, "node1", ground.authkey)
    return ground


def plant_key(ground: Ground, node: str, key: Secret) -> None:
    """Writes a key on a node as an operator would."""
    inside(ground.practice, node, f"umask 277; cat >{AUTHKEY}.new; mv {AUTHKEY}.new {AUTHKEY}", stdin=key.value)


def _make_directories(ground: Ground) -> None:
    text = conf_text(ground.practice)
    key = f"\tcrypto_hash: sha256\n\tkey: {ground.inline.value.decode()}"
    for path, conf in (
        (ground.with_file, text),
        (ground.with_inline_key, text.replace("\tcrypto_hash: sha256", key).replace("_version: 1", "_version: 2")),
    ):
        left_out = shutil.ignore_patterns("state.db*", "generations", "corosync.conf", "practice_*")
        shutil.copytree(ground.practice.directory, path, ignore=left_out)
        toml = path / "cluster.toml"
        toml.write_text(toml.read_text().replace('key = "practice_key"', f'key = "{ground.ssh_key}"'))
        (path / "corosync.conf").write_text(conf)


def left_on_nodes(ground: Ground) -> Iterator[tuple[str, bytes]]:
    """(where, content) of each file of a node that changed since the secrets were planted, and of its logs."""
    record = instance_record.load(ground.practice.name)
    assert record is not None
    for node in ground.practice.nodes:
        init = init_pid(record.resources_of(node.name).cgroups)
        assert init is not None, f"{node.name} is off"
        root = Path("/proc", str(init), "root")
        assert (root / "etc/hostname").read_text().strip() == node.name, f"{root} is not the root of {node.name}"
        for top in NODE_TOPS:
            yield from _changed_files(root / top, node.name, top, ground.began)
    for name, text in on_all(ground.practice, f"({JOURNAL}) 2>/dev/null || true").items():
        yield f"{name}: journal and logs", text.encode()


def _changed_files(folder: Path, node: str, top: str, since: float) -> Iterator[tuple[str, bytes]]:
    for path, _, names in os.walk(folder):
        for name in names:
            file = Path(path, name)
            try:
                state = file.lstat()
                if state.st_ctime >= since and file.is_file() and not file.is_symlink() and state.st_size <= _MAX_FILE:
                    yield f"{node}:/{top}/{file.relative_to(folder)}", file.read_bytes()
            except OSError:
                continue  # it is gone, or a file of a kind that cannot be read


def left_at_the_operator(ground: Ground) -> Iterator[tuple[str, bytes]]:
    """(where, content) of each file below the operator's folder, state.db and its journal included."""
    for path in sorted(ground.root.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(ground.root)), path.read_bytes()


def belongs(ground: Ground, where: str, secret: str) -> bool:
    """Whether a key may be at that place.

    `conf convert` and `conf format` write the operator's own file. A directory keeps each file that it replaced.
    """
    if any(where.endswith(f":{path}") for path in ON_NODES):
        return secret in (ground.authkey.name, ground.other_key.name, ground.inline.name)
    written = where.startswith(
        tuple(f"output of conf {verb} {ground.with_inline_key}/" for verb in ("convert", "format"))
    )
    kept = (
        written
        or where == "inline/corosync.conf"
        or where.startswith(("inline/.corotui/generations/", "file/.corotui/generations/"))
    )
    return kept and secret == ground.inline.name


class Search:
    """The result of a search through all that is left."""

    def __init__(self, ground: Ground, report: Callable[[Hit], object] = lambda hit: None) -> None:
        """`report`: called with each hit at once."""
        self.hits: list[Hit] = []
        """Secrets where they do not belong."""
        self.expected: list[Hit] = []
        """Secrets where they belong: that they are found shows that the search works."""
        self.places = 0
        """How many files, outputs and logs were searched."""
        self.size = 0
        """Their bytes."""
        self._ground = ground
        self._needles = Needles(ground.secrets)
        self._report = report

    def add(self, where: str, data: bytes) -> None:
        """Searches one more place."""
        self.places += 1
        self.size += len(data)
        for hit in self._needles.search(data, where):
            if belongs(self._ground, where, hit.secret):
                self.expected.append(hit)
            else:
                self.hits.append(hit)
                self._report(hit)
