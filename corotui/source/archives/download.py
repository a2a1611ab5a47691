"""Downloads release archives onto the operator's machine: verified, resumable, kept by hash.

The standard library's urllib and ftplib do it, in a thread and with bounded reads. They know proxies, FTP and ranges;
the few requests of a build do not justify another dependency.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from corotui.directory.file_lock import lock_file
from corotui.errors import CorotuiError, LockedError, RefusedError, UsageError, WorkError
from corotui.source.archives.deadline import TransferDeadline
from corotui.source.archives.inspect import ArchiveContents, inspect_archive
from corotui.source.archives.stream import TransferCancelled, TransferError, open_stream
from corotui.source.releases.manifest import Release
from corotui.ssh.cancellation import run_to_safe_point
from corotui.ssh.fanout import gather_or_raise

CHUNK = 1 << 16
MAX_ARCHIVE_BYTES = 64 << 20  # bytes, where the manifest knows no size
DOWNLOAD_SECONDS = 1800.0  # seconds for one archive, from all its sources together
TRIES = 3  # of one source, each going on where the last one stopped


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """Progress of one download."""

    release: Release
    """The release that is downloaded."""
    received: int
    """Bytes so far."""
    total: int | None
    """Size of the archive in bytes; None if the server does not report it."""
    seconds: float
    """Seconds since the download began."""


@dataclass(frozen=True, slots=True)
class VerifiedArchive:
    """An archive with the right hash and harmless content."""

    release: Release
    """The release that it holds."""
    path: Path
    """Where it is in the cache on this machine."""
    contents: ArchiveContents
    """What is in it."""
    remote_path: str = ""
    """Where it is on the build node if it was downloaded there, else ""."""


OnProgress = Callable[[DownloadProgress], None]


def cache_folder() -> Path:
    """The folder where archives are kept: corotui/archives below XDG_CACHE_HOME or ~/.cache."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".cache") / "corotui" / "archives"


async def fetch(
    release: Release, *, mirror: str = "", cache: Path | None = None, on_progress: OnProgress = lambda _: None
) -> VerifiedArchive:
    """The archive of a release, from the cache, from `mirror` (a folder's URL or path), or from the release's own URLs.

    Raises RefusedError if there is no sha256, the content is wrong, a redirect leads to a weaker scheme, or the archive
    must not be unpacked; the file is then removed. Raises WorkError if no source gave the whole file; the part that
    arrived is kept, and the next call continues there. Cancelling keeps it too.
    """
    stop = threading.Event()
    loop = asyncio.get_running_loop()

    def tell(received: DownloadProgress) -> None:
        loop.call_soon_threadsafe(on_progress, received)

    work = loop.run_in_executor(None, lambda: _fetch(release, mirror, cache or cache_folder(), tell, stop))
    return await run_to_safe_point(work, stop.set)


async def fetch_all(
    releases: Sequence[Release],
    *,
    mirror: str = "",
    cache: Path | None = None,
    on_progress: OnProgress = lambda _: None,
) -> tuple[VerifiedArchive, ...]:
    """Fetches all archives at once and returns them in the given order. The first failure ends the others and is
    raised.
    """
    return await gather_or_raise([fetch(r, mirror=mirror, cache=cache, on_progress=on_progress) for r in releases])


def source_urls(release: Release, mirror: str) -> tuple[str, ...]:
    """The URLs to try, in order. The folder of the mirror comes first."""
    first = (f"{mirror.rstrip('/')}/{release.archive}",) if mirror else ()
    return first + release.urls


def _fetch(release: Release, mirror: str, cache: Path, tell: OnProgress, stop: threading.Event) -> VerifiedArchive:
    if not release.sha256:
        raise RefusedError(f"No sha256 is known for {release.label}.", next_step="Give it with --sha256.")
    path = cache / f"{release.sha256}-{release.archive}"
    part = path.with_suffix(path.suffix + ".part")
    began = time.monotonic()
    try:
        cache.mkdir(parents=True, exist_ok=True, mode=0o755)
        with _locked(part, release):
            if path.is_file() and _sha256(path) != release.sha256:
                path.unlink()
            if not path.is_file():
                with TransferDeadline(DOWNLOAD_SECONDS) as deadline:
                    _Download(release, part, began, tell, stop, deadline).receive(source_urls(release, mirror))
                part.replace(path)
            contents = _inspected(path, release)
    except TransferCancelled:
        raise WorkError(
            f"The download of {release.archive} was stopped.", changed="What came is kept for the next time."
        ) from None
    except OSError as error:
        raise WorkError(_os_words(error, path), changed="Nothing was unpacked.") from error
    size = path.stat().st_size
    tell(DownloadProgress(release, size, size, time.monotonic() - began))
    return VerifiedArchive(release, path, contents)


@dataclass(frozen=True, slots=True)
class _Download:
    """The download of one archive into a partial file."""

    release: Release
    """The release to download."""
    part: Path
    """The partial file."""
    began: float
    """When the download began, in seconds of the monotonic clock."""
    on_progress: OnProgress
    """Called with the progress, at most five times a second."""
    stop: threading.Event
    """Set when the operator cancels."""
    deadline: TransferDeadline
    """The limit for all sources together."""

    def receive(self, urls: Sequence[str]) -> None:
        """Completes the partial file to the full, verified archive from the first source that has it."""
        release = self.release
        failures: list[str] = []
        refusal: CorotuiError | None = None
        if not urls:
            raise UsageError(f"Nobody says where {release.archive} is.", next_step="Give --mirror or --archive.")
        for url in urls:
            try:
                self._receive_from(url)
            except TransferError as broken:
                failures.append(f"{_without_credentials(url)}: {broken}")
            except RefusedError as refused:
                refusal = refused
                self.part.unlink(missing_ok=True)
            else:
                return
        if refusal is not None:
            raise refusal
        has_part = self.part.exists() and self.part.stat().st_size
        raise WorkError(
            f"{release.archive} could not be had: " + "; ".join(failures) + ".",
            changed="What came is kept." if has_part else "Nothing was changed.",
            next_step="Run it again to go on, or name a --mirror that has it.",
        )

    def _receive_from(self, url: str) -> None:
        for attempt in range(TRIES):
            offset = self.part.stat().st_size if self.part.exists() else 0
            resumed = offset > 0
            try:
                self._append(url, offset)
            except TransferError as broken:
                if self.deadline.is_over:
                    late = f"did not come within the {self.deadline.seconds:g} s that all sources together have"
                    raise TransferError(late, final=True) from broken
                if broken.is_permanent or attempt == TRIES - 1:
                    raise
                continue
            if _sha256(self.part) == self.release.sha256:
                return
            size = self.part.stat().st_size
            self.part.unlink()
            if not resumed:  # otherwise an old part and a new archive may have been joined: once more from the start
                _raise_checksum_mismatch(self.release, url, size)
        raise TransferError(f"did not come whole in {TRIES} tries")

    def _append(self, url: str, offset: int) -> None:
        release = self.release
        limit = release.size or MAX_ARCHIVE_BYTES
        if offset >= limit:
            return
        with open_stream(url, offset, self.stop, self.deadline) as source:
            begin = source.offset
            total = source.total if source.total is not None else release.size or None
            if total is not None and total > limit:
                _raise_oversized(release, url, total, limit)
            with self.part.open("r+b" if self.part.exists() else "xb") as file:
                file.truncate(begin)
                file.seek(begin)
                done, reported_at = begin, 0.0
                while chunk := source.read(CHUNK):
                    if self.stop.is_set():
                        raise TransferCancelled
                    if self.deadline.is_over:
                        raise TransferError("is too slow")
                    done += len(chunk)
                    if done > limit:
                        _raise_oversized(release, url, done, limit)
                    file.write(chunk)
                    now = time.monotonic()
                    if now - reported_at > 0.2:
                        reported_at = now
                        self.on_progress(DownloadProgress(release, done, total, now - self.began))
        if self.deadline.is_over or (source.total is not None and done < source.total):
            raise TransferError(f"ended after {done} of {source.total} bytes")


def _raise_checksum_mismatch(release: Release, url: str, size: int) -> None:
    if release.size and size < release.size:
        what = f"is cut off: {size} of {release.size} bytes"
    else:
        what = f"is another file than the one that is known: its sha256 is not {release.sha256}"
    raise RefusedError(
        f"{release.archive} from {_without_credentials(url)} {what}.",
        changed="It was removed; nothing was unpacked.",
        next_step="Take it from another place (--mirror), or compare the sum with the project's own page.",
    )


def _raise_oversized(release: Release, url: str, size: int, limit: int) -> None:
    raise RefusedError(
        f"{release.archive} from {_without_credentials(url)} is too large: {size} bytes or more "
        f"where {limit} are expected.",
        changed="It was removed; nothing was unpacked.",
        next_step="Take it from another place (--mirror).",
    )


def _inspected(path: Path, release: Release) -> ArchiveContents:
    try:
        return inspect_archive(path, release)
    except RefusedError:  # of an OSError nobody knows whether the file is to blame
        path.unlink(missing_ok=True)
        raise


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _locked(part: Path, release: Release) -> Iterator[None]:
    try:
        handle = lock_file(part.with_suffix(".lock"))
    except BlockingIOError:
        raise LockedError(
            f"Another corotui downloads {release.archive} just now.", next_step="Let it end, then run this again."
        ) from None
    try:
        yield
    finally:
        os.close(handle)


def _without_credentials(url: str) -> str:
    """The URL without user and password."""
    parts = urlsplit(url)
    return url if "@" not in parts.netloc else parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _os_words(error: OSError, path: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"No room is left in {path.parent} on this machine."
    return f"{error.filename or path}: {error.strerror or error}."
