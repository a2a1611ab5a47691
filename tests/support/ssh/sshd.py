"""A real sshd on a free port of the loopback, with a folder of its own, that leaves nothing behind."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corotui.cluster.model import Node, Ssh

USER = getpass.getuser()


class Sshd:
    """`key` is a private key that is let in; `log` the output of sshd."""

    def __init__(self, folder: Path, options: str = "", *, kinds: tuple[str, ...] = ("ed25519",)) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self.key = make_key(folder / "id")
        (folder / "authorized").write_text(public(self.key))
        self.host_keys = [make_key(folder / f"host_{kind}", kind) for kind in kinds]
        self.log = folder / "log"
        self.port = free_port()
        self.extra = options  # lines of sshd_config before ours: the first one wins
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/sbin:" + os.environ.get("PATH", ""))
        assert program, "these tests need sshd: install openssh-server"
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # what the service would make
        host_keys = "".join(f"HostKey {key}\n" for key in self.host_keys)
        config = self.folder / "sshd_config"
        # the first line wins
        config.write_text(
            f"{self.extra}\nPort {self.port}\nListenAddress 127.0.0.1\n{host_keys}PidFile none\nStrictModes no\n"
            f"AuthorizedKeysFile {self.folder / 'authorized'}\nPermitRootLogin yes\nUsePAM no\n"
            "PasswordAuthentication no\nKbdInteractiveAuthentication no\n"
        )
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [program, "-D", "-e", "-f", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 120
        while not self._answers():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def stop(self) -> None:
        """Ends the listener and all sessions: they share its process group."""
        if self._process is None:
            return
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait()
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process = None

    def node(self, name: str = "a", **ssh: object) -> Node:
        values: dict[str, object] = {"user": USER, "port": self.port, "key": str(self.key), **ssh}
        return Node(name, "127.0.0.1", Ssh(**values))  # type: ignore[arg-type]

    def known(self, number: int = 0, *, host: str | None = None) -> str:
        """The line of known_hosts for the host key of that number."""
        return f"{host or f'[127.0.0.1]:{self.port}'} {public(self.host_keys[number])}"

    def fingerprint(self, number: int = 0) -> str:
        done = subprocess.run(
            ["ssh-keygen", "-lf", str(self.host_keys[number])], capture_output=True, text=True, check=True
        )
        return done.stdout.split()[1]

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as probe:
                return probe.recv(4) == b"SSH-"
        except OSError:
            return False


@contextmanager
def running(sshd: Sshd) -> Iterator[Sshd]:
    try:
        sshd.start()
        yield sshd
    finally:
        sshd.stop()


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "", *, form: tuple[str, ...] = ()) -> Path:
    argv = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "", "-f", str(path), *form]
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)
    return path


def public(key: Path) -> str:
    return key.with_name(key.name + ".pub").read_text()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
