"""Decides whether an archive may be unpacked. All its members are read; any that leaves its own folder is refused.

What is accepted here is unpacked by tar on the node without an error and without a file outside the folder.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from corotui.errors import RefusedError
from corotui.source.archives.decompress import LIMITS, ArchiveLimits, ArchiveReader, ArchiveReadError
from corotui.source.archives.tar_headers import ArchiveMember, read_members
from corotui.source.releases.manifest import Release

_SET_ID = 0o6000  # the mode bits setuid and setgid


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


def inspect_archive(path: Path, release: Release, limits: ArchiveLimits = LIMITS) -> ArchiveContents:
    """Reads the header of every member without unpacking anything. Holds at most some 30 MB, whatever the archive.

    Raises RefusedError with the reason if the archive must not be unpacked, or is not the one with the release's
    sha256. Raises OSError if the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            reader = ArchiveReader(file, limits)
            contents = check_members(read_members(reader, limits), release, limits)
            if reader.sha256 != release.sha256:
                raise ArchiveReadError(f"is another file than the one with the sha256 {release.sha256}")
            return contents
    except ArchiveReadError as error:
        raise _refused(release, str(error)) from error
    except MemoryError as error:
        raise _refused(release, "needs more memory to inspect than this machine has") from error


def check_members(
    archive_members: Iterable[ArchiveMember], release: Release, limits: ArchiveLimits = LIMITS
) -> ArchiveContents:
    """What an archive with these members holds.

    Raises ArchiveReadError if a member leaves the top folder, could be unpacked in more than one way, or if there are
    too many.
    """
    tree = _Tree(limits)
    members = unpacked = 0
    for member in archive_members:
        members += 1
        unpacked += member.size
        if unpacked > limits.content_bytes:
            raise ArchiveReadError(f"unpacks to more than {limits.content_bytes >> 20} MiB")
        tree.add(member)
    tree.check_symlinks()
    folder = tree.folder
    if not folder:
        raise ArchiveReadError("is empty")
    is_configured = tree.kinds.get(f"{folder}/configure") == "file"
    is_source = is_configured or tree.kinds.get(f"{folder}/configure.ac") == "file"
    if not re.match(rf"{release.component}-\d", folder) or not is_source:
        raise ArchiveReadError(f"holds {folder[:100]!a} and is no source of {release.component}")
    return ArchiveContents(folder, is_configured, members, unpacked)


@dataclass(slots=True)
class _Tree:
    """The tree of files that the members seen so far unpack to."""

    limits: ArchiveLimits
    """What it may hold at most."""
    folder: str = ""
    """The one top folder."""
    kinds: dict[str, str] = field(default_factory=dict)
    """"file", "folder" or "symlink" by path, with folders that no member names. A hard link is a file."""
    named: set[str] = field(default_factory=set)
    """Paths that a member names."""
    spellings: dict[str, str] = field(default_factory=dict)
    """Path by its lower-case form."""
    symlinks: list[tuple[str, str]] = field(default_factory=list)
    """Path and target of each symbolic link."""

    def add(self, member: ArchiveMember) -> None:
        """Adds a member. Raises ArchiveReadError if it must not be unpacked."""
        name = self._checked_path(member)
        shown = ascii(name[:100])
        if member.kind not in ("file", "folder", "symlink", "hardlink"):
            what = "device or pipe" if member.kind == "device" else "member of an unknown type"
            raise ArchiveReadError(f"holds {shown}, a {what}")
        if member.kind == "file" and member.mode & _SET_ID:
            raise ArchiveReadError(f"holds {shown}, a program that runs with its owner's rights (setuid or setgid)")
        parts = name.split("/")
        for length in range(1, len(parts)):
            parent = "/".join(parts[:length])
            if self.kinds.get(parent, "folder") != "folder":
                raise ArchiveReadError(f"holds {shown}, whose path goes through the {self.kinds[parent]} {parent!a}")
            self._put(parent, "folder")
        if name in self.named or (member.kind != "folder" and name in self.kinds):
            raise ArchiveReadError(f"holds {shown} twice")
        if member.kind == "hardlink":
            self._check_hard_link(member, shown)
        if member.kind == "symlink":
            self.symlinks.append((name, member.target))
        self._put(name, "file" if member.kind == "hardlink" else member.kind)
        self.named.add(name)

    def check_symlinks(self) -> None:
        """Raises ArchiveReadError if a symbolic link leads out of the folder or through another one.

        Call it after the last member: any of them may be a link that another one leads through.
        """
        for name, target in self.symlinks:
            shown = f"the link {name[:100]!a} to {target[:100]!a}"
            if not target or len(target) > self.limits.path_bytes:
                raise ArchiveReadError(f"holds {shown}: no target, or one of more than {self.limits.path_bytes} bytes")
            if target.startswith("/"):
                raise ArchiveReadError(f"holds {shown}, outside its folder")
            place = name.split("/")[:-1]
            for part in target.split("/"):
                if self.kinds.get("/".join(place)) == "symlink":
                    raise ArchiveReadError(f"holds {shown}, which leads through another link")
                if part == "..":
                    place = place[:-1]
                elif part not in ("", "."):
                    place = [*place, part]
                if place[:1] != [self.folder]:
                    raise ArchiveReadError(f"holds {shown}, outside its folder")

    def _checked_path(self, member: ArchiveMember) -> str:
        """The path without a leading "./" and a trailing "/"."""
        shown = ascii(member.name[:100])
        name = member.name.removeprefix("./")
        if member.kind == "folder":
            name = name.removesuffix("/")
        parts = name.split("/")
        if len(name) > self.limits.path_bytes or len(parts) > self.limits.depth or max(map(len, parts)) > 255:
            limit = f"{self.limits.path_bytes} bytes in {self.limits.depth} parts of 255"
            raise ArchiveReadError(f"holds {shown}, a path of more than {limit}")
        if name.startswith("/") or _goes_up(parts):
            raise ArchiveReadError(f"holds {shown}, which leaves the folder it is unpacked in")
        self.folder = self.folder or parts[0]
        if parts[0] != self.folder or (len(parts) > 1 and parts[1] == ".."):
            raise ArchiveReadError(f"holds {shown} beside {self.folder[:100]!a}; a release has one folder")
        if any(part in ("", ".", "..") for part in parts):
            raise ArchiveReadError(f"holds {shown}, a path with '..', '.' or an empty part")
        if len(parts) == 1 and member.kind != "folder":
            raise ArchiveReadError(f"holds {shown}, which is no folder; a release has one folder")
        return name

    def _check_hard_link(self, member: ArchiveMember, shown: str) -> None:
        target = member.target.removeprefix("./")
        words = f"holds the link {shown} to {target[:100]!a}"
        if not target.startswith(self.folder + "/"):
            raise ArchiveReadError(f"{words}, outside its folder")
        if self.kinds.get(target) != "file":
            raise ArchiveReadError(f"{words}, which is no file before it")

    def _put(self, path: str, kind: str) -> None:
        lower = path.lower()
        if self.spellings.setdefault(lower, path) != path:
            raise ArchiveReadError(
                f"holds {path[:100]!a} and {self.spellings[lower][:100]!a}, which differ in case only"
            )
        self.kinds[path] = kind
        if len(self.kinds) > self.limits.members:
            raise ArchiveReadError(f"unpacks to more than {self.limits.members} files and folders")


def _goes_up(parts: list[str]) -> bool:
    """Whether a path leaves the folder that it starts in."""
    depth = 0
    for part in parts:
        depth += -1 if part == ".." else 0 if part in ("", ".") else 1
        if depth < 0:
            return True
    return False


def _refused(release: Release, what: str) -> RefusedError:
    return RefusedError(
        f"{release.archive} {what}.",
        changed="It was removed; nothing was unpacked.",
        next_step="Get the release archive from the project's own page, and its sha256 from there too.",
    )
