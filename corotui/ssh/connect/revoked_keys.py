"""Checks a host key against the files of RevokedHostKeys: lists of public keys, or binary KRLs of ssh-keygen."""

from __future__ import annotations

import base64
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import asyncssh

from corotui.cluster.text.bounded import one_line
from corotui.ssh.connect.known_hosts_file import parse_key

_KRL_MAGIC = b"SSHKRL\n\0"
_TIMEOUT = 10.0  # seconds for ssh-keygen


def revocation(files: Sequence[Path], presented: bytes) -> str:
    """Returns why a host key must not be accepted, "" if no file revokes it.

    `presented`: the key or certificate as the host sent it. A file that cannot be read revokes every key, as in ssh.
    """
    for path in files:
        try:
            text = path.read_bytes()
        except OSError as error:
            return f"RevokedHostKeys names {path}, which cannot be read ({error.strerror or error})"
        if text.startswith(_KRL_MAGIC):
            problem = _krl_revocation(path, presented)
        else:
            problem = _list_revocation(path, text, presented)
        if problem:
            return problem
    return ""


def is_certificate(presented: bytes) -> bool:
    """Whether a host sent a certificate instead of a plain key."""
    return b"-cert-v01@openssh.com" in presented[4:68]


def keys_of(presented: bytes) -> set[bytes]:
    """Returns the keys that a list may name, as public data: the key itself; of a certificate its key and authority's.

    Empty for a certificate that cannot be read.
    """
    if not is_certificate(presented):
        return {presented}
    try:
        certificate = asyncssh.import_certificate(_line(presented))
    except ValueError:
        return set()
    authority = getattr(certificate, "signing_key", None)
    return {certificate.key.public_data} | (
        {authority.public_data} if isinstance(authority, asyncssh.SSHKey) else set()
    )


def _list_revocation(path: Path, text: bytes, presented: bytes) -> str:
    """Returns why a list of public keys forbids the key. A line that is no key forbids every key."""
    keys = keys_of(presented)
    if not keys:
        return "it is no key that can be compared with RevokedHostKeys"
    for number, line in enumerate(text.split(b"\n"), 1):
        line = line.strip(b" \t\r")
        if not line or line.startswith(b"#"):
            continue
        known = parse_key(line)
        if known is None:
            return f"line {number} of {path} (RevokedHostKeys) is no public key"
        if known.key.public_data in keys:
            return f"it is revoked by line {number} of {path} (RevokedHostKeys)"
    return ""


def _krl_revocation(path: Path, presented: bytes) -> str:
    """Returns why a KRL forbids the key: ssh-keygen knows what it holds, certificates by number included."""
    program = shutil.which("ssh-keygen")
    if program is None:
        return (
            f"{path} (RevokedHostKeys) is a binary KRL, which only ssh-keygen can read, and there is no ssh-keygen here"
        )
    with tempfile.NamedTemporaryFile("w", prefix="corotui-host-key-", suffix=".pub") as file:
        file.write(_line(presented) + "\n")
        file.flush()
        try:
            done = subprocess.run(
                [program, "-Q", "-f", str(path), file.name],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"ssh-keygen cannot check {path} (RevokedHostKeys): {one_line(str(error))}"
    if done.returncode == 0:
        return ""
    if b"REVOKED" in done.stdout:
        return f"it is revoked by {path} (RevokedHostKeys)"
    output = one_line(done.stderr + done.stdout, limit=200).strip()
    return f"ssh-keygen cannot check {path} (RevokedHostKeys): {output or f'it returned {done.returncode}'}"


def _line(presented: bytes) -> str:
    """Returns a key or certificate as a line of a file: type and base64."""
    length = int.from_bytes(presented[:4], "big")
    kind = presented[4 : 4 + length].decode("ascii", "replace")
    return f"{kind} {base64.b64encode(presented).decode('ascii')}"
