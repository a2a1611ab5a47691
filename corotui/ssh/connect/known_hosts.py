"""Reads which host keys are trusted: from the cluster directory's known_hosts, the operator's, and the machine's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from asyncssh import SSHKey, SSHKnownHosts

from corotui.directory.atomic_files import make_folder, read_optional, write_atomic

SSH_PORT = 22
HOST_KEY_ALGORITHMS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
    "ssh-rsa",  # the only one of an sshd as old as corosync 1.4
)
"""Host key algorithms, best first."""
_CERTIFICATES = tuple(f"{kind}-cert-v01@openssh.com" for kind in HOST_KEY_ALGORITHMS)
USER_FILES = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2")
"""The operator's known_hosts files, as in ssh's default for UserKnownHostsFile."""
SYSTEM_FILES = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
"""The machine's known_hosts files, as in ssh's default for GlobalKnownHostsFile."""


@dataclass(frozen=True, slots=True)
class HostKeys:
    """What the files say about one host."""

    keys: tuple[SSHKey, ...]
    """Keys of exactly this host and port."""
    default_port_keys: tuple[SSHKey, ...]
    """Keys of the host at port 22, for a host at another port.

    They are good enough to trust a key, not to call another key changed.
    """
    authorities: tuple[SSHKey, ...]
    """Keys that may sign host certificates."""
    revoked: tuple[SSHKey, ...]
    """Keys that are never accepted."""

    def algorithms(self) -> list[str]:
        """Returns host key algorithms, best first: certificates if an authority is known, then those of known keys.

        The others follow, so that a host with a new kind of key gets as far as showing it.
        """
        known = [name.decode() for key in (*self.keys, *self.default_port_keys) for name in key.sig_algorithms]
        kinds = [kind for kind in HOST_KEY_ALGORITHMS if kind in known] + [
            kind for kind in HOST_KEY_ALGORITHMS if kind not in known
        ]
        return [*(_CERTIFICATES if self.authorities else ()), *kinds]

    def lists(self) -> tuple[Sequence[SSHKey], ...]:
        """Returns them as asyncssh needs them: trusted keys, trusted authorities, revoked keys, and no X.509."""
        trusted = [key for key in (*self.keys, *self.default_port_keys) if key not in self.revoked]
        authorities = [key for key in self.authorities if key not in self.revoked]
        # Without an authority a revoked key is left to the client, whose error names it.
        return trusted, authorities, self.revoked if authorities else (), (), (), (), ()


class KnownHosts:
    """The known_hosts files, read again for each connection: another corotui, or ssh, may have added to them."""

    def __init__(self, own: Path, others: Sequence[Path] | None = None) -> None:
        """`own` is the cluster directory's file, the only one that is written. `others`: None for those of ssh."""
        self._own = own
        self._others = tuple(Path(name).expanduser() for name in (*USER_FILES, *SYSTEM_FILES))
        if others is not None:
            self._others = tuple(others)
        self._parsed: dict[Path, tuple[object, SSHKnownHosts]] = {}

    def keys_for(self, host: str, port: int, extra: Sequence[Path] = ()) -> HostKeys:
        """Returns what is known about `host` at `port`. A line that cannot be parsed is skipped, as ssh does."""
        files = [self._entries(path) for path in self._files(extra)]
        exact = _match(files, host, port)
        by_name = _match(files, host, SSH_PORT) if port != SSH_PORT else ((), (), ())
        return HostKeys(exact[0], by_name[0], (*exact[1], *by_name[1]), (*exact[2], *by_name[2]))

    def file_with_key(self, host: str, port: int, extra: Sequence[Path] = ()) -> Path:
        """Returns the first file that holds a key of `host` at `port`."""
        for path in self._files(extra):
            if _match([self._entries(path)], host, port)[0]:
                return path
        return self._own

    def add(self, host: str, port: int, key: SSHKey) -> None:
        """Adds the key to the directory's file, atomically, mode 0600. Raises WorkError if it cannot be written."""
        make_folder(self._own.parent, mode=0o700)
        text = self._text(self._own)
        if text and not text.endswith("\n"):
            text += "\n"
        line = f"{host_pattern(host.lower(), port)} {' '.join(public_key_fields(key))}\n"
        write_atomic(self._own, (text + line).encode("utf-8", "surrogateescape"), mode=0o600)

    def _files(self, extra: Sequence[Path]) -> tuple[Path, ...]:
        """Returns the files in the order in which they are read."""
        return tuple(dict.fromkeys((self._own, *extra, *self._others)))

    def _entries(self, path: Path) -> SSHKnownHosts:
        """Parses a file, again only after it changed: some hold thousands of lines."""
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
        """Reads a file. One that cannot be read counts as empty; our own raises FileError."""
        if path == self._own:
            return (read_optional(path) or b"").decode("utf-8", "surrogateescape")
        try:
            return path.read_text("utf-8", "surrogateescape")
        except OSError:
            return ""


def host_pattern(host: str, port: int) -> str:
    """Returns the host as known_hosts writes it: `host`, or `[host]:port` if the port is not 22."""
    return host if port == SSH_PORT else f"[{host}]:{port}"


def public_key_fields(key: SSHKey) -> tuple[str, str]:
    """Returns key type and base64 of a public key."""
    kind, data = key.export_public_key("openssh").decode("ascii").split()[:2]
    return kind, data


def fingerprint(key: SSHKey) -> str:
    """Returns the fingerprint as ssh shows it: `SHA256:…`."""
    return key.get_fingerprint("sha256")


def _match(files: Sequence[SSHKnownHosts], host: str, port: int) -> tuple[tuple[SSHKey, ...], ...]:
    """Returns keys, authorities and revoked keys of exactly this host and port.

    A name is not also looked up by its address: that may belong to another machine tomorrow.
    """
    keys: list[SSHKey] = []
    authorities: list[SSHKey] = []
    revoked: list[SSHKey] = []
    for entries in files:
        matches = entries.match(host_pattern(host.lower(), port), "", None)
        keys += matches[0]
        authorities += matches[1]
        revoked += matches[2]
    return tuple(keys), tuple(authorities), tuple(revoked)


def _state(path: Path) -> object:
    """Returns another value whenever the file has changed."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
