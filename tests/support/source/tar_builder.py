"""Builds archives: a small corosync that looks like a release, and ones that must be refused."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Sequence

from corotui.source.releases.manifest import Release

FOLDER = "corosync-3.1.7"


def tar(members: Sequence[tarfile.TarInfo | tuple[str, bytes]], *, compression: str = "gz") -> bytes:
    """A tar of these members; a pair is a file. The same members give the same bytes: gzip's header has no time."""
    out = io.BytesIO()
    mode = "w" if compression == "gz" else f"w:{compression}"
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for member in members:
            if isinstance(member, tuple):
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
            else:
                archive.addfile(member)
    return gzip.compress(out.getvalue(), mtime=0) if compression == "gz" else out.getvalue()


def good(padding: int = 100_000) -> bytes:
    """A release of some 100 kB: random enough not to be squeezed away."""
    noise = b"".join(hashlib.sha256(str(n).encode()).digest() for n in range(padding // 32))
    return tar([(f"{FOLDER}/configure", b"#!/bin/sh\n"), (f"{FOLDER}/noise", noise)])


def link(name: str, target: str, *, hard: bool = False) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = tarfile.LNKTYPE if hard else tarfile.SYMTYPE
    info.linkname = target
    return info


def special(name: str, kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    return info


def release(data: bytes, *urls: str, size: int | None = None, archive: str = "corosync-3.1.7.tar.gz") -> Release:
    """A release whose sum is that of `data`. `size` None: the real one."""
    return Release(
        "corosync",
        "3.1.7",
        archive,
        urls,
        hashlib.sha256(data).hexdigest(),
        len(data) if size is None else size,
    )
