"""Decompresses an archive in small pieces, and stops where it becomes larger or slower than a release can be.

At most CHUNK bytes of compressed and of unpacked data are held at a time, whatever the archive says about itself.
"""

from __future__ import annotations

import bz2
import hashlib
import lzma
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

CHUNK = 1 << 16  # bytes
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may need at most. The largest release unpacks to 8 MiB in 1,200 members, 12 times its size."""

    members: int = 20_000
    """Number of paths, with the folders that no member names itself."""
    content_bytes: int = 256 * _MIB
    """Bytes of all files together."""
    stream_bytes: int = 320 * _MIB
    """Bytes of the whole tar, with its headers and padding."""
    ratio: int = 100
    """Unpacked bytes for each compressed byte."""
    ratio_from: int = 16 * _MIB
    """Unpacked bytes from which on the ratio counts."""
    extension_bytes: int = 1 << 16
    """Bytes of one pax header, or of one long name."""
    path_bytes: int = 512
    """Bytes of a path, or of the target of a link."""
    depth: int = 40
    """Number of the parts of a path."""
    streams: int = 1000
    """Compressed streams in one file; pbzip2 writes one for each 900 kB."""
    decoder_bytes: int = 128 * _MIB
    """Memory in bytes that xz may ask for; `xz -9` needs 65 MiB."""
    seconds: float = 60.0
    """Duration of the whole inspection in seconds."""


LIMITS = ArchiveLimits()


class ArchiveReadError(Exception):
    """The archive cannot be read, or exceeds a limit. Its text completes the sentence "archive.tar.gz …"."""


class _Decoder(Protocol):
    @property
    def eof(self) -> bool:
        """Whether the compressed stream has ended."""

    @property
    def needs_input(self) -> bool:
        """Whether more compressed data is needed before anything else can come out."""

    @property
    def unused_data(self) -> bytes:
        """What was found behind the end of the compressed stream."""

    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes:
        """At most `max_length` unpacked bytes."""


class _Gzip:
    """zlib's decoder with the interface that those of bz2 and lzma have."""

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(wbits=31)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._decoder.eof

    @property
    def unused_data(self) -> bytes:
        return self._decoder.unused_data

    def decompress(self, data: bytes, max_length: int = CHUNK, /) -> bytes:
        out = self._decoder.decompress(self._decoder.unconsumed_tail + data, max_length)
        self.needs_input = len(out) < max_length
        return out


class ArchiveReader:
    """Reads the tar inside a file, compressed by gzip, bzip2 or xz, or plain. Forwards only."""

    def __init__(
        self, file: BinaryIO, limits: ArchiveLimits = LIMITS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`file` is at its beginning. `clock` gives seconds."""
        self._file = file
        self._limits = limits
        self._clock = clock
        self._ends_at = clock() + limits.seconds
        self._hash = hashlib.sha256()
        self._compressed = 0
        self._unpacked = 0
        self._streams = 0
        self._pending = b""
        self._input = self._load()
        self._magic = next(
            (magic for magic in (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0") if self._input.startswith(magic)), b""
        )
        self._decoder = self._new_decoder() if self._magic else None

    @property
    def sha256(self) -> str:
        """SHA-256 of the file as far as it was read, in hex digits."""
        return self._hash.hexdigest()

    def read(self, size: int) -> bytes:
        """`size` unpacked bytes, fewer only at the end. Raises ArchiveReadError."""
        parts: list[bytes] = []
        missing = size
        while missing:
            if not self._pending:
                self._pending = self._unpack()
                if not self._pending:
                    break
            part, self._pending = self._pending[:missing], self._pending[missing:]
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def read_exactly(self, size: int) -> bytes:
        """`size` unpacked bytes. Raises ArchiveReadError if the archive ends before."""
        data = self.read(size)
        if len(data) < size:
            raise ArchiveReadError("cannot be read as a tar archive (it ends in the middle)")
        return data

    def skip(self, size: int) -> None:
        """Reads `size` bytes and drops them. Raises ArchiveReadError if the archive ends before."""
        while size:
            size -= len(self.read_exactly(min(size, CHUNK)))

    def _load(self) -> bytes:
        data = self._file.read(CHUNK)
        self._hash.update(data)
        self._compressed += len(data)
        return data

    def _new_decoder(self) -> _Decoder:
        self._streams += 1
        if self._streams > self._limits.streams:
            raise ArchiveReadError(f"is made of more than {self._limits.streams} compressed streams")
        if self._magic == b"BZh":
            return bz2.BZ2Decompressor()
        if self._magic == b"\x1f\x8b":
            return _Gzip()
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=self._limits.decoder_bytes)

    def _unpack(self) -> bytes:
        """The next piece, at most CHUNK bytes; b"" at the end."""
        limits = self._limits
        data = b""
        while not data:
            if self._clock() > self._ends_at:
                raise ArchiveReadError(f"cannot be inspected within {limits.seconds:g} s")
            if self._decoder is None:
                data, self._input = self._input, b""
                if not data:
                    data = self._load()
                if not data:
                    return b""
            else:
                piece = self._decode()
                if piece is None:
                    return b""
                data = piece
        self._unpacked += len(data)
        if self._unpacked > limits.stream_bytes:
            raise ArchiveReadError(f"unpacks to more than {limits.stream_bytes >> 20} MiB")
        if self._unpacked > limits.ratio_from and self._unpacked > limits.ratio * self._compressed:
            raise ArchiveReadError(f"unpacks to more than {limits.ratio} times its size")
        return data

    def _decode(self) -> bytes | None:
        """What the decoder gives next, perhaps nothing yet; None at the end of the file."""
        assert self._decoder is not None
        if self._decoder.eof:
            rest = self._decoder.unused_data or self._load()
            if not rest:
                return None
            rest += self._load() if len(rest) < len(self._magic) else b""
            if not rest.startswith(self._magic):
                raise ArchiveReadError("cannot be read as a tar archive (other data follows its end)")
            self._input, self._decoder = rest, self._new_decoder()
        if self._decoder.needs_input and not self._input:
            self._input = self._load()
            if not self._input:
                raise ArchiveReadError("cannot be read as a tar archive (it ends in the middle)")
        taken, self._input = self._input, b""
        try:
            return self._decoder.decompress(taken, CHUNK)
        except lzma.LZMAError as error:
            if "emory" in str(error):
                megabytes = self._limits.decoder_bytes >> 20
                raise ArchiveReadError(f"needs more than {megabytes} MiB of memory to unpack") from error
            raise ArchiveReadError(f"cannot be read as a tar archive ({error})") from error
        except (zlib.error, OSError, EOFError, ValueError) as error:
            raise ArchiveReadError(f"cannot be read as a tar archive ({error})") from error
