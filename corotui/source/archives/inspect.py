"""Decides whether an archive may be unpacked. All its members are read; any that leaves its own folder is refused."""

from __future__ import annotations

import lzma
import posixpath
import re
import tarfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from corotui.errors import RefusedError
from corotui.source.releases.manifest import Release

MAX_MEMBERS = 20_000
MAX_UNPACKED_BYTES = 256 << 20  # bytes; the largest release unpacks to 8 MiB


@dataclass(frozen=True, slots=True)
class ArchiveContents:
    """What an archive holds."""

    folder: str
    """Its one top folder."""
    has_configure: bool
    """Whether it holds ./configure; an archive made from git does not."""
    members: int
    """Number of members."""
    unpacked: int
    """Size of all files in bytes once unpacked."""


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """One member of an archive."""

    name: str
    """Path within the archive."""
    kind: str
    """One of "file", "folder", "symlink", "hardlink" or "other"."""
    size: int = 0
    """Size in bytes."""
    target: str = ""
    """Target of a link, else ""."""


def inspect_archive(path: Path, release: Release) -> ArchiveContents:
    """Reads the header of every member without unpacking anything.

    Raises RefusedError with the reason if the archive must not be unpacked.
    """
    try:
        with tarfile.open(path, "r:*") as archive:
            return check_members((_member(info) for info in archive), release)
    except (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, OSError, UnicodeError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise _refused(release, f"cannot be read as a tar archive ({error})") from error


def check_members(archive_members: Iterable[ArchiveMember], release: Release) -> ArchiveContents:
    """What an archive with these members holds.

    Raises RefusedError if a member leaves the top folder, or if there are too many.
    """
    folder, members, unpacked, names = "", 0, 0, set[str]()
    for member in archive_members:
        members += 1
        unpacked += max(member.size, 0)
        if members > MAX_MEMBERS or unpacked > MAX_UNPACKED_BYTES:
            raise _refused(release, f"unpacks to more than {MAX_MEMBERS} files or {MAX_UNPACKED_BYTES >> 20} MiB")
        shown = ascii(member.name[:100])
        name = posixpath.normpath(member.name)
        if member.name.startswith("/") or name == ".." or name.startswith("../") or "\0" in member.name:
            raise _refused(release, f"holds {shown}, which leaves the folder it is unpacked in")
        if name == ".":
            continue
        top = name.split("/", 1)[0]
        folder = folder or top
        if top != folder:
            raise _refused(release, f"holds {shown} beside {folder!a}; a release has one folder")
        if member.kind == "other":
            raise _refused(release, f"holds {shown}, a device or pipe")
        if member.kind in ("symlink", "hardlink"):
            _check_link(member, name, folder, release)
        names.add(name)
    if not folder:
        raise _refused(release, "is empty")
    configured = f"{folder}/configure" in names
    if not re.match(rf"{release.component}-\d", folder) or not (configured or f"{folder}/configure.ac" in names):
        raise _refused(release, f"holds {folder[:100]!a} and is no source of {release.component}")
    return ArchiveContents(folder, configured, members, unpacked)


def _member(info: tarfile.TarInfo) -> ArchiveMember:
    if info.issym():
        return ArchiveMember(info.name, "symlink", target=info.linkname)
    if info.islnk():
        return ArchiveMember(info.name, "hardlink", target=info.linkname)
    kind = "file" if info.isfile() else "folder" if info.isdir() else "other"
    return ArchiveMember(info.name, kind, info.size)


def _check_link(member: ArchiveMember, name: str, folder: str, release: Release) -> None:
    base = posixpath.dirname(name) if member.kind == "symlink" else ""
    landed = posixpath.normpath(posixpath.join(base, member.target))
    if member.target.startswith("/") or not (landed == folder or landed.startswith(folder + "/")):
        raise _refused(release, f"holds the link {member.name[:100]!a} to {member.target[:100]!a}, outside its folder")


def _refused(release: Release, what: str) -> RefusedError:
    return RefusedError(
        f"{release.archive} {what}.",
        changed="It was removed; nothing was unpacked.",
        next_step="Get the release archive from the project's own page, and its sha256 from there too.",
    )
