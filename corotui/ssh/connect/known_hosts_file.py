"""Parses and matches known_hosts files exactly as OpenSSH does (hostfile.c and match.c of OpenSSH 9.2)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import socket
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

import asyncssh
from asyncssh import SSHKey

SSH_PORT = 22
_BLANKS = b" \t"
_SPACES = b" \t\n\v\f\r"  # what OpenSSH skips within base64
_MAX_MARKER = 32  # bytes of a marker with its end, in check_markers()
_MAX_PATTERN = 1024  # bytes of one pattern with its end, in match_pattern_list()
_SALT_BYTES = 20  # of HMAC-SHA1
_KEY_TYPES = (
    "ssh-ed25519",
    "ssh-rsa",
    "ssh-dss",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519",
    "sk-ecdsa-sha2-nistp256",
)
_CERTIFICATE = "-cert-v01@openssh.com"


class Marker(Enum):
    """What a line says about its key."""

    NONE = ""
    """It is the host's key."""
    AUTHORITY = "@cert-authority"
    """It may sign host certificates."""
    REVOKED = "@revoked"
    """It is never accepted."""


@dataclass(frozen=True, slots=True)
class KnownKey:
    """The key of a line."""

    key: SSHKey
    """The public key; of a certificate the key that it certifies."""
    is_certificate: bool
    """Whether the line holds a certificate. It is no key of the host, but it says that one is known."""


@dataclass(frozen=True, slots=True)
class KnownHostsLine:
    """One line of a known_hosts file that is no comment. Its key is not checked before it is asked for."""

    number: int
    """The line's number, from 1."""
    marker: Marker
    """The marker before the names."""
    names: bytes
    """The patterns, or the hashed name."""
    rest: bytes
    """Key type, key and comment, not checked yet."""

    def matches(self, name: str) -> bool:
        """Whether the line is about a host. `name`: as `host_name` and `host_pattern` return it."""
        return _matches(name.encode("utf-8", "surrogateescape"), self.names)

    @property
    def known(self) -> KnownKey | None:
        """The key, None if it is none that OpenSSH would read."""
        return parse_key(self.rest)


def parse_known_hosts(text: bytes) -> tuple[KnownHostsLine, ...]:
    """Returns the lines of a known_hosts file. One that OpenSSH would skip is left out."""
    lines = (_parse_line(number, line) for number, line in enumerate(text.split(b"\n"), 1))
    return tuple(line for line in lines if line is not None)


@lru_cache(maxsize=1 << 12)
def parse_key(text: bytes) -> KnownKey | None:
    """Returns the public key at the start of `TYPE BASE64 COMMENT`, None if OpenSSH would not read it."""
    kind, rest = _split_word(text.lstrip(_BLANKS))
    encoded, _ = _split_word(rest)
    name = kind.decode("ascii", "replace")
    packed = encoded.translate(None, _SPACES)
    plain = name.removesuffix(_CERTIFICATE)
    is_certificate = plain != name
    if plain.removesuffix("@openssh.com") not in _KEY_TYPES or not packed:
        return None
    if not is_certificate and name.startswith("sk-") != name.endswith("@openssh.com"):
        return None
    try:
        blob = base64.b64decode(packed, validate=True)
        if base64.b64encode(blob) != packed:
            return None
        line = f"{name} {packed.decode('ascii')}"
        if is_certificate:
            certificate = asyncssh.import_certificate(line)
            return KnownKey(certificate.key, is_certificate=True) if certificate.public_data == blob else None
        key = asyncssh.import_public_key(line)
    except (ValueError, binascii.Error):
        return None
    # a blob with bytes after the key, or of another type than its line says, is no key for OpenSSH
    if key.public_data != blob or key.algorithm.decode() != name:
        return None
    return KnownKey(key, is_certificate=False)


def host_name(host: str) -> str:
    """Returns a host as ssh looks it up: in lower case, an address in its short form."""
    try:
        ((*_, address),) = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        return socket.getnameinfo(address, socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)[0]
    except (OSError, UnicodeError, ValueError):
        return lower_ascii(host)


def lower_ascii(name: str) -> str:
    """Returns a name with A to Z in lower case; all other letters stay, as in OpenSSH."""
    return name.encode("utf-8", "surrogateescape").lower().decode("utf-8", "surrogateescape")


def host_pattern(host: str, port: int) -> str:
    """Returns the host as known_hosts writes it: `host`, or `[host]:port` if the port is not 22."""
    return host if port == SSH_PORT else f"[{host}]:{port}"


def _parse_line(number: int, line: bytes) -> KnownHostsLine | None:
    """Returns a line, None for a comment and for what OpenSSH skips."""
    line = line.split(b"\0", 1)[0].lstrip(_BLANKS)
    if not line or line.startswith(b"#"):
        return None
    marker = Marker.NONE
    if line.startswith(b"@"):
        # OpenSSH looks for a blank first and for a tab only if the whole line holds no blank
        end = line.find(b" ") if b" " in line else line.find(b"\t")
        if not 1 < end < _MAX_MARKER or line[:end] not in (b"@cert-authority", b"@revoked"):
            return None
        marker = Marker(line[:end].decode("ascii"))
        line = line[end:].lstrip(_BLANKS)
        if line.startswith(b"@"):
            return None
    names, rest = _split_word(line)
    if not rest or rest.startswith(b"#"):
        return None
    return KnownHostsLine(number, marker, names, rest)


def _split_word(text: bytes) -> tuple[bytes, bytes]:
    """Returns the first word and what follows it without the blanks between."""
    for position, byte in enumerate(text):
        if byte in _BLANKS:
            return text[:position], text[position:].lstrip(_BLANKS)
    return text, b""


def _matches(name: bytes, patterns: bytes) -> bool:
    """Whether a lower-case name is among the patterns, or is the hashed name."""
    if patterns.startswith(b"|"):
        return _matches_hash(name, patterns)
    found = False
    position = 0
    while position < len(patterns):
        negated = patterns[position : position + 1] == b"!"
        start = position + negated
        end = patterns.find(b",", start)
        end = len(patterns) if end < 0 else end
        if end - start >= _MAX_PATTERN - 1:
            return False
        if match_wildcards(name, patterns[start:end].lower()):
            if negated:
                return False
            found = True
        position = end + 1
    return found


def _matches_hash(name: bytes, hashed: bytes) -> bool:
    """Whether `|1|SALT|HASH` is the hash of a name."""
    parts = hashed.split(b"|")
    if len(parts) < 4 or parts[:2] != [b"", b"1"]:
        return False
    try:
        salt = base64.b64decode(parts[2], validate=True)
    except (ValueError, binascii.Error):
        return False
    if len(salt) != _SALT_BYTES:
        return False
    digest = hmac.new(salt, name, hashlib.sha1).digest()
    return hashed == b"|1|" + base64.b64encode(salt) + b"|" + base64.b64encode(digest)


def match_wildcards(name: bytes, pattern: bytes) -> bool:
    """Whether a name matches a pattern with * and ?. Takes at most len(name) * len(pattern) steps."""
    at = in_pattern = 0
    star = resume = -1
    while at < len(name):
        if in_pattern < len(pattern) and pattern[in_pattern] == ord("*"):
            star, resume = in_pattern, at
            in_pattern += 1
        elif in_pattern < len(pattern) and pattern[in_pattern] in (ord("?"), name[at]):
            at += 1
            in_pattern += 1
        elif star >= 0:
            resume += 1
            at, in_pattern = resume, star + 1
        else:
            return False
    return not pattern[in_pattern:].strip(b"*")
