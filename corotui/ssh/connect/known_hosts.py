"""Reads which host keys are trusted: from the cluster directory's known_hosts, the operator's, and the machine's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from asyncssh import SSHKey

from corotui.directory.atomic_files import make_folder, read_optional, write_atomic
from corotui.ssh.connect.known_hosts_file import (
    SSH_PORT,
    KnownHostsLine,
    Marker,
    host_name,
    host_pattern,
    lower_ascii,
    parse_known_hosts,
)

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


class HostKeyVerdict(Enum):
    """What the known_hosts files say about a key that a host presents."""

    TRUSTED = "trusted"
    """It is the host's key."""
    UNKNOWN = "unknown"
    """No key of the host is known: this is the first contact."""
    CHANGED = "changed"
    """Other keys of the host are known."""
    REVOKED = "revoked"
    """It must never be accepted."""


@dataclass(frozen=True, slots=True)
class HostKeyNames:
    """The names under which the keys of one host are looked up."""

    exact: str
    """The name itself: HostKeyAlias, or the host with its port if that is not 22."""
    without_port: str
    """The host alone, for a host at another port than 22 and without an alias; else ""."""
    former: str
    """`[alias]:port`, which corotui wrote to the cluster directory in earlier versions; "" if that is `exact`."""

    @classmethod
    def of(cls, host: str, port: int, alias: str = "") -> HostKeyNames:
        """Returns the names for a host at a port. `alias`: the value of HostKeyAlias, "" for none."""
        if alias:
            name = lower_ascii(alias)
            return cls(name, "", host_pattern(name, port) if port != SSH_PORT else "")
        name = host_name(host)
        return cls(host_pattern(name, port), name if port != SSH_PORT else "", "")


@dataclass(frozen=True, slots=True)
class HostKeys:
    """What the files say about one host."""

    exact: tuple[KnownHostsLine, ...]
    """The lines about its exact name."""
    without_port: tuple[KnownHostsLine, ...]
    """The lines about its name at port 22, for a host at another port.

    They are good enough to trust a key, not to call another key changed.
    """

    def verdict(self, key: SSHKey) -> HostKeyVerdict:
        """Returns whether a plain key is the host's. The same as OpenSSH's own decision (check_host_key, 9.2)."""
        if _holds(self.exact, Marker.REVOKED, key):
            return HostKeyVerdict.REVOKED
        if _holds(self.exact, Marker.NONE, key):
            return HostKeyVerdict.TRUSTED
        if any(line.marker is Marker.NONE for line in self.exact):
            return HostKeyVerdict.CHANGED
        if _holds(self.without_port, Marker.REVOKED, key):
            return HostKeyVerdict.REVOKED
        return HostKeyVerdict.TRUSTED if _holds(self.without_port, Marker.NONE, key) else HostKeyVerdict.UNKNOWN

    @property
    def keys(self) -> tuple[SSHKey, ...]:
        """The known keys of exactly this host and port."""
        return _keys(self.exact, Marker.NONE)

    @property
    def authorities(self) -> tuple[SSHKey, ...]:
        """Keys that may sign host certificates."""
        revoked = self.revoked
        exact = _keys(self.exact, Marker.AUTHORITY)
        return tuple(key for key in exact or _keys(self.without_port, Marker.AUTHORITY) if key not in revoked)

    @property
    def revoked(self) -> tuple[SSHKey, ...]:
        """Keys that no certificate may have or be signed with."""
        return _keys((*self.exact, *self.without_port), Marker.REVOKED)

    def revokes(self, keys: set[bytes]) -> bool:
        """Whether one of the keys, given as public data, is revoked: a certificate's own key or its authority's."""
        return any(key.public_data in keys for key in self.revoked)

    def lists(self) -> tuple[Sequence[SSHKey], ...]:
        """Returns what asyncssh may accept by itself: certificates of the authorities. `verdict` decides on keys."""
        return (), self.authorities, (), (), (), (), ()

    def algorithms(self, *, certificates: bool = True) -> list[str]:
        """Returns host key algorithms, best first: certificates if an authority is known, then those of known keys.

        The others follow, so that a host with a new kind of key gets as far as showing it.
        """
        lines = (*self.exact, *self.without_port)
        known = [name.decode() for key in _keys(lines, Marker.NONE) for name in key.sig_algorithms]
        kinds = [kind for kind in HOST_KEY_ALGORITHMS if kind in known] + [
            kind for kind in HOST_KEY_ALGORITHMS if kind not in known
        ]
        return [*(_CERTIFICATES if certificates and self.authorities else ()), *kinds]


class KnownHosts:
    """The known_hosts files, read again for each connection: another corotui, or ssh, may have added to them."""

    def __init__(self, own: Path, others: Sequence[Path] | None = None) -> None:
        """`own` is the cluster directory's file, the only one that is written. `others`: None for those of ssh."""
        self._own = own
        self._others = tuple(Path(name).expanduser() for name in (*USER_FILES, *SYSTEM_FILES))
        if others is not None:
            self._others = tuple(others)
        self._parsed: dict[Path, tuple[object, tuple[KnownHostsLine, ...]]] = {}

    def keys_for(self, names: HostKeyNames, extra: Sequence[Path] = ()) -> HostKeys:
        """Returns what is known about a host. `extra`: files that the ssh configuration names.

        A name is not also looked up by its address: that may belong to another machine tomorrow.
        """
        exact: list[KnownHostsLine] = []
        without_port: list[KnownHostsLine] = []
        for path in self._files(extra):
            exact += self._exact_lines(path, names)
            if names.without_port:
                without_port += _matching(self._lines(path), names.without_port)
        return HostKeys(tuple(exact), tuple(without_port))

    def file_with_key(self, names: HostKeyNames, extra: Sequence[Path] = ()) -> tuple[Path, str]:
        """Returns the first file that holds a key of the host, and the name that it has there."""
        for path in self._files(extra):
            for line in self._exact_lines(path, names):
                if line.marker is Marker.NONE:
                    return path, names.exact if line.matches(names.exact) else names.former
        return self._own, names.exact

    def add(self, names: HostKeyNames, key: SSHKey) -> None:
        """Adds the key to the directory's file, atomically, mode 0600. Raises WorkError if it cannot be written."""
        make_folder(self._own.parent, mode=0o700)
        text = self._text(self._own)
        if text and not text.endswith(b"\n"):
            text += b"\n"
        line = f"{names.exact} {' '.join(public_key_fields(key))}\n"
        write_atomic(self._own, text + line.encode("utf-8", "surrogateescape"), mode=0o600)

    def _exact_lines(self, path: Path, names: HostKeyNames) -> list[KnownHostsLine]:
        """Returns the lines of a file about the host's exact name; in our own file about its former name, too."""
        lines = _matching(self._lines(path), names.exact)
        if names.former and path == self._own:
            lines += _matching(self._lines(path), names.former)
        return lines

    def _files(self, extra: Sequence[Path]) -> tuple[Path, ...]:
        """Returns the files in the order in which they are read."""
        return tuple(dict.fromkeys((self._own, *extra, *self._others)))

    def _lines(self, path: Path) -> tuple[KnownHostsLine, ...]:
        """Parses a file, again only after it changed: some hold thousands of lines."""
        state = _state(path)
        known = self._parsed.get(path)
        if known is None or known[0] != state:
            known = (state, parse_known_hosts(self._text(path)))
            self._parsed[path] = known
        return known[1]

    def _text(self, path: Path) -> bytes:
        """Reads a file. One that cannot be read counts as empty; our own raises FileError."""
        if path == self._own:
            return read_optional(path) or b""
        try:
            return path.read_bytes()
        except OSError:
            return b""


def public_key_fields(key: SSHKey) -> tuple[str, str]:
    """Returns key type and base64 of a public key."""
    kind, data = key.export_public_key("openssh").decode("ascii").split()[:2]
    return kind, data


def fingerprint(key: SSHKey) -> str:
    """Returns the fingerprint as ssh shows it: `SHA256:…`."""
    return key.get_fingerprint("sha256")


def _matching(lines: Sequence[KnownHostsLine], name: str) -> list[KnownHostsLine]:
    """Returns the lines about a host whose key can be read."""
    return [line for line in lines if line.matches(name) and line.known is not None]


def _keys(lines: Sequence[KnownHostsLine], marker: Marker) -> tuple[SSHKey, ...]:
    """Returns the keys of the lines with a marker."""
    return tuple(line.known.key for line in lines if line.marker is marker and line.known is not None)


def _holds(lines: Sequence[KnownHostsLine], marker: Marker, key: SSHKey) -> bool:
    """Whether a line with the marker has this key. A certificate without a marker is another key, as for OpenSSH."""
    return any(
        line.known is not None
        and line.known.key.public_data == key.public_data
        and not (marker is Marker.NONE and line.known.is_certificate)
        for line in lines
        if line.marker is marker
    )


def _state(path: Path) -> object:
    """Returns another value whenever the file has changed."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
