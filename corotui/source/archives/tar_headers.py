"""Reads the headers of a tar: v7, ustar, pax and GNU.

What two programs could read in two ways is refused, so that the members seen here are those that tar unpacks on the
node. POSIX.1-2017, pax, describes ustar and pax; the GNU extensions are those of src/tar.h (GNU tar 1.34).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from corotui.source.archives.decompress import CHUNK, LIMITS, ArchiveLimits, ArchiveReader, ArchiveReadError

BLOCK = 512  # bytes
_ZEROS = bytes(BLOCK)
_KINDS = {b"0": "file", b"\0": "file", b"1": "hardlink", b"2": "symlink", b"5": "folder"}
_DEVICES = (b"3", b"4", b"6")
_OCTAL = re.compile(rb"[ \0]*([0-7]+)[ \0]*")
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{0,12})?")
_PAX_LENGTH = re.compile(rb"([1-9]\d{0,6}) ")
_PAX_NUMBERS = frozenset({"mtime", "atime", "ctime", "uid", "gid"})
_PAX_NAMES = frozenset({"path", "linkpath"})
_PAX_IGNORED = re.compile(
    r"(comment|uname|gname|LIBARCHIVE\..+|RHT\.security\.selinux|SCHILY\.(dev|ino|nlink|fflags|xattr\..+|acl\..+))"
)


@dataclass(frozen=True, slots=True)
class ArchiveMember:
    """One member of an archive."""

    name: str
    """Path within the archive."""
    kind: str
    """One of "file", "folder", "symlink", "hardlink", "device" or "other"."""
    size: int = 0
    """Size in bytes."""
    target: str = ""
    """Target of a link, else ""."""
    mode: int = 0o644
    """Permission bits."""


@dataclass(slots=True)
class _Extensions:
    """What the headers before a member say about it."""

    pax: Mapping[str, str] = field(default_factory=dict)
    """The records of a pax header."""
    name: str | None = None
    """GNU's long name."""
    target: str | None = None
    """GNU's long target of a link."""

    @property
    def is_empty(self) -> bool:
        return not self.pax and self.name is None and self.target is None


def read_members(reader: ArchiveReader, limits: ArchiveLimits = LIMITS) -> Iterator[ArchiveMember]:
    """The members of the archive in order; their content is read and dropped.

    Raises ArchiveReadError if the archive is damaged, exceeds a limit, or has a header that is not understood.
    """
    extensions = _Extensions()
    while True:
        block = reader.read_exactly(BLOCK)
        if block == _ZEROS:
            if not extensions.is_empty:
                raise _damaged("its last header describes nothing")
            _check_end(reader)
            return
        kind, size = _check_header(block)
        if kind in (b"x", b"g", b"L", b"K"):
            if not 0 < size <= limits.extension_bytes:
                raise ArchiveReadError(f"has a header of {size} bytes; at most {limits.extension_bytes} are expected")
            data = reader.read_exactly(size)
            reader.skip(-size % BLOCK)
            _extend(extensions, kind, data)
            continue
        yield _member(block, kind, size, extensions)
        extensions = _Extensions()
        reader.skip(size)
        reader.skip(-size % BLOCK)


def _check_end(reader: ArchiveReader) -> None:
    while data := reader.read(CHUNK):
        if data.count(0) != len(data):
            raise _damaged("other data follows its end")


def _check_header(block: bytes) -> tuple[bytes, int]:
    """The type and the size in bytes of what the header describes."""
    if _number(block[148:156], "checksum") != sum(block[:148]) + sum(block[156:]) + 8 * 32:
        raise _damaged("the checksum of a header is wrong")
    if block[257:265] not in (b"ustar\x0000", b"ustar  \0", bytes(8)):
        raise _damaged("a header is of an unknown format")
    for begin, end, name in ((108, 116, "uid"), (116, 124, "gid"), (136, 148, "mtime")):
        if block[begin] not in (0x80, 0xFF):  # GNU's binary form, for numbers that do not fit
            _number(block[begin:end], name)
    return block[156:157], _number(block[124:136], "size")


def _member(block: bytes, kind: bytes, size: int, extensions: _Extensions) -> ArchiveMember:
    mode = _number(block[100:108], "mode")
    name, target = block[:100].split(b"\0", 1)[0], block[157:257].split(b"\0", 1)[0]
    if block[257:263] == b"ustar\0" and (prefix := block[345:500].split(b"\0", 1)[0]):
        name = prefix + b"/" + name
    path = extensions.pax.get("path", extensions.name)
    link = extensions.pax.get("linkpath", extensions.target)
    path = _text(name) if path is None else path
    link = _text(target) if link is None else link
    word = _KINDS.get(kind, "device" if kind in _DEVICES else "other")
    if word in ("file", "folder"):
        link = ""
    if word != "file" and size:
        raise ArchiveReadError(f"holds {path[:100]!a}, a {word} with content")
    if word == "file" and path.endswith("/"):
        raise ArchiveReadError(f"holds {path[:100]!a}, a file with the name of a folder")
    return ArchiveMember(path, word, size, link, mode)


def _extend(extensions: _Extensions, kind: bytes, data: bytes) -> None:
    """Takes over what an extension header says. Each may come once for a member, and only one may name it."""
    if kind == b"g":  # git archive writes one with the commit's hash
        if set(_pax_records(data)) - {"comment"}:
            raise _damaged("a header describes all members that follow")
        return
    if kind == b"x":
        if extensions.pax:
            raise _damaged("two headers describe one member")
        extensions.pax = _pax_records(data)
    elif kind == b"L":
        if extensions.name is not None:
            raise _damaged("two headers name one member")
        extensions.name = _long_name(data)
    else:
        if extensions.target is not None:
            raise _damaged("two headers name one link")
        extensions.target = _long_name(data)
    if ("path" in extensions.pax and extensions.name is not None) or (
        "linkpath" in extensions.pax and extensions.target is not None
    ):
        raise _damaged("two headers name one member")


def _pax_records(data: bytes) -> dict[str, str]:
    """The records "LENGTH KEY=VALUE\\n" of a pax header. An unknown key is an error: it might change what is read."""
    records: dict[str, str] = {}
    while data:
        length = _PAX_LENGTH.match(data)
        end = int(length[1]) if length else 0
        if length is None or end > len(data) or data[end - 1 : end] != b"\n" or end <= length.end():
            raise _damaged("a pax header is damaged")
        key, equals, value = _text(data[length.end() : end - 1], any_text=True).partition("=")
        data = data[end:]
        known = key in _PAX_NAMES or key in _PAX_NUMBERS or _PAX_IGNORED.fullmatch(key)
        if not equals or not known:
            raise _damaged(f"a pax header has the key {key[:40]!a}")
        if key in records or (key in _PAX_NUMBERS and not _NUMBER.fullmatch(value)):
            raise _damaged(f"a pax header says {key[:40]!a} twice or without a number")
        records[key] = _text(value.encode("utf-8", "surrogateescape")) if key in _PAX_NAMES else value
        if key in _PAX_NAMES and not value:
            raise _damaged("a pax header has an empty name")
    return records


def _long_name(data: bytes) -> str:
    name = data.removesuffix(b"\0")
    if not name or b"\0" in name:
        raise _damaged("a long name is damaged")
    return _text(name)


def _text(data: bytes, *, any_text: bool = False) -> str:
    """The text of a name. Only printable ASCII is allowed there, since other names look or sort alike."""
    text = data.decode("utf-8", "surrogateescape")
    if not any_text and not (text.isascii() and (text.isprintable() or not text)):
        raise ArchiveReadError(f"holds {text[:100]!a}, a name with characters other than printable ASCII")
    return text


def _number(field_bytes: bytes, name: str) -> int:
    match = _OCTAL.fullmatch(field_bytes)
    if match is None:
        raise _damaged(f"the {name} in a header is no number")
    return int(match[1], 8)


def _damaged(reason: str) -> ArchiveReadError:
    return ArchiveReadError(f"cannot be read as a tar archive ({reason})")
