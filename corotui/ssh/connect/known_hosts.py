"""Which host keys are trusted: known_hosts of the cluster directory, then the operator's, then the machine's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asyncssh import SSHKey, SSHKnownHosts

from corotui.directory.atomic_files import make_folder, read_file, write_atomic

SSH_PORT = 22
HOST_KEY_ALGORITHMS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
    "ssh-rsa",  # all that the sshd of corosync 1.4's days can do
)
_CERTIFICATES = tuple(f"{kind}-cert-v01@openssh.com" for kind in HOST_KEY_ALGORITHMS)
USER_FILES = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2")
SYSTEM_FILES = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")


@dataclass(frozen=True, slots=True)
class HostKeys:
    """What the files say of one host. `keys` stand for exactly this host and port; `by_name` for the host's name at
    the standard port, good enough to trust a key at another port, not to call another key a changed one."""

    keys: tuple[SSHKey, ...]
    default_port_keys: tuple[SSHKey, ...]
    authorities: tuple[SSHKey, ...]
    revoked: tuple[SSHKey, ...]

    def algorithms(self) -> list[str]:
        """Host key algorithms, best first: certificates where an authority is known, then the kinds that are known.

        The others stay in the list, so that a host which changed its kind of key shows it and is told apart from one
        that cannot be talked to.
        """
        known = [name.decode() for key in (*self.keys, *self.default_port_keys) for name in key.sig_algorithms]
        kinds = [kind for kind in HOST_KEY_ALGORITHMS if kind in known] + [
            kind for kind in HOST_KEY_ALGORITHMS if kind not in known
        ]
        return [*(_CERTIFICATES if self.authorities else ()), *kinds]

    def lists(self) -> tuple[Sequence[SSHKey], ...]:
        """As asyncssh takes them: trusted keys, trusted authorities, revoked keys, and no X.509."""
        trusted = [key for key in (*self.keys, *self.default_port_keys) if key not in self.revoked]
        authorities = [key for key in self.authorities if key not in self.revoked]
        # With no authority a revoked key comes to the client's own judgement, which names it.
        return trusted, authorities, self.revoked if authorities else (), (), (), (), ()


class KnownHosts:
    """The known_hosts files. Looked at anew for each connection: another corotui, or ssh, may have added to them."""

    def __init__(self, own: Path, others: Sequence[Path] | None = None) -> None:
        """`own` is the cluster directory's, the only one that is written."""
        self._own = own
        self._others = tuple(Path(name).expanduser() for name in (*USER_FILES, *SYSTEM_FILES))
        if others is not None:
            self._others = tuple(others)
        self._parsed: dict[Path, tuple[object, SSHKnownHosts]] = {}

    def keys_for(self, host: str, port: int, extra: Sequence[Path] = ()) -> HostKeys:
        """What is known of `host` at `port`. A line that cannot be read is passed over, as ssh does."""
        files = [self._entries(path) for path in self._files(extra)]
        exact = _match(files, host, port)
        by_name = _match(files, host, SSH_PORT) if port != SSH_PORT else ((), (), ())
        return HostKeys(exact[0], by_name[0], (*exact[1], *by_name[1]), (*exact[2], *by_name[2]))

    def file_with_key(self, host: str, port: int, extra: Sequence[Path] = ()) -> Path:
        """The first file that holds a key of `host` at `port`."""
        for path in self._files(extra):
            if _match([self._entries(path)], host, port)[0]:
                return path
        return self._own

    def add(self, host: str, port: int, key: SSHKey) -> None:
        """Appends the key to the directory's file, whole or not at all, 0600. Raises WorkError."""
        make_folder(self._own.parent, mode=0o700)
        text = self._text(self._own)
        if text and not text.endswith("\n"):
            text += "\n"
        line = f"{host_pattern(host.lower(), port)} {' '.join(public_key_fields(key))}\n"
        write_atomic(self._own, (text + line).encode("utf-8", "surrogateescape"), mode=0o600)

    def _files(self, extra: Sequence[Path]) -> tuple[Path, ...]:
        return tuple(dict.fromkeys((self._own, *extra, *self._others)))

    def _entries(self, path: Path) -> SSHKnownHosts:
        """What a file says, parsed once for each of its states: some hold thousands of lines."""
        state = _state(path)
        known = self._parsed.get(path)
        if known is not None and known[0] == state:
            return known[1]
        entries = SSHKnownHosts()
        for line in self._text(path).splitlines():
            try:
                entries.load(line)
            except ValueError:
                continue
        self._parsed[path] = (state, entries)
        return entries

    def _text(self, path: Path) -> str:
        """A file of others that cannot be read tells nothing; the own one raises FileError then."""
        if path == self._own and path.exists():
            return read_file(path).decode("utf-8", "surrogateescape")
        try:
            return path.read_text("utf-8", "surrogateescape")
        except OSError:
            return ""


def host_pattern(host: str, port: int) -> str:
    """The host as known_hosts writes it: `host`, or `[host]:port` where the port is not 22."""
    return host if port == SSH_PORT else f"[{host}]:{port}"


def public_key_fields(key: SSHKey) -> tuple[str, str]:
    """Key type and base64 of a public key."""
    kind, data = key.export_public_key("openssh").decode("ascii").split()[:2]
    return kind, data


def fingerprint(key: SSHKey) -> str:
    """`SHA256:…`, as ssh shows it."""
    return key.get_fingerprint("sha256")


def _match(files: Sequence[SSHKnownHosts], host: str, port: int) -> tuple[tuple[SSHKey, ...], ...]:
    """Keys, authorities and revoked keys, for exactly this host and port.

    A name is not looked up by its address too: that may be another machine's tomorrow.
    """
    keys: list[SSHKey] = []
    authorities: list[SSHKey] = []
    revoked: list[SSHKey] = []
    for entries in files:
        found = entries.match(host_pattern(host.lower(), port), "", None)
        keys += found[0]
        authorities += found[1]
        revoked += found[2]
    return tuple(keys), tuple(authorities), tuple(revoked)


def _state(path: Path) -> object:
    """Another value whenever the file has changed."""
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_mtime_ns, seen.st_size, seen.st_ino
