"""One transfer from one source over HTTP(S), FTP or from a file, from an offset on."""

from __future__ import annotations

import ftplib
import http.client
import os
import re
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit

from corotui.errors import RefusedError, UsageError
from corotui.source.archives.deadline import TransferDeadline

READ_TIMEOUT = 30.0  # seconds without a byte
MAX_REDIRECTS = 5
_MAX_TEXT = 120  # characters of a server's own words
_MAX_FTP_LINES = 200  # lines of all answers of an FTP server


class TransferError(Exception):
    """A source did not deliver the archive. If `final` is True, another try is of no use."""

    def __init__(self, words: str, *, final: bool = False) -> None:
        super().__init__(words[:_MAX_TEXT])
        self.is_permanent = final


class TransferCancelled(Exception):
    """The operator cancelled the transfer."""


@dataclass(frozen=True, slots=True)
class ArchiveStream:
    """An open transfer."""

    offset: int
    """Offset in bytes that the stream starts at."""
    total: int | None
    """Size of the whole archive in bytes; None if the source does not report it."""
    _read: Callable[[int], bytes]
    """Reads at most so many bytes."""

    def read(self, size: int) -> bytes:
        """At most `size` bytes, b"" at the end. Raises TransferError if the connection breaks."""
        try:
            return self._read(size)
        except http.client.IncompleteRead as error:
            if error.partial:
                return error.partial
            raise TransferError("the connection broke off") from error
        except (OSError, http.client.HTTPException, EOFError) as error:
            raise TransferError(f"the connection broke off ({error})") from error


@contextmanager
def open_stream(url: str, offset: int, stop: threading.Event, deadline: TransferDeadline) -> Iterator[ArchiveStream]:
    """Opens a URL (http, https, ftp, file) or a path, from byte `offset` on. The connection breaks off at `deadline`.

    Raises TransferError if it cannot be opened, RefusedError for a redirect to a weaker scheme.
    """
    scheme = urlsplit(url).scheme.lower()
    if stop.is_set():
        raise TransferCancelled
    if scheme in ("http", "https"):
        opened = _http(url, offset, deadline)
    elif scheme == "ftp" and "ftp" in urllib.request.getproxies():
        opened = _http(url, 0, deadline)
    elif scheme == "ftp":
        opened = _ftp(url, offset, deadline)
    elif scheme in ("", "file"):
        opened = _file(url, offset)
    else:
        raise UsageError(f"{scheme}: is no way to fetch an archive.", next_step="Use https, http, ftp or a file.")
    with opened as source:
        yield source


@contextmanager
def _http(url: str, offset: int, deadline: TransferDeadline) -> Iterator[ArchiveStream]:
    request = urllib.request.Request(url, headers={"User-Agent": "corotui", "Accept-Encoding": "identity"})  # noqa: S310
    if offset:
        request.add_header("Range", f"bytes={offset}-")
    try:
        response = _opener(deadline).open(request, timeout=READ_TIMEOUT)
    except urllib.error.HTTPError as error:
        with error:
            if 300 <= error.code < 400:
                scheme = urlsplit(error.headers.get("Location", "")).scheme.lower()
                if scheme not in ("", "http", "https"):
                    raise _weaker(url, scheme) from error
                raise TransferError(f"redirects in a circle or more than {MAX_REDIRECTS} times", final=True) from error
            if error.code == 416 and offset:
                raise TransferError("has less than what came before", final=True) from error
            raise TransferError(f"{error.code} {error.reason}", final=400 <= error.code < 500) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise TransferError(f"{reason}", final=isinstance(reason, socket.gaierror)) from error
    with response:
        status = getattr(response, "status", 200)
        length = response.headers.get("Content-Length", "")
        begin, total = 0, int(length) if re.fullmatch(r"[0-9]{1,15}", length) else None
        if status == 206:
            content_range = re.fullmatch(
                r"bytes ([0-9]{1,15})-[0-9]{1,15}/([0-9]{1,15}|\*)", response.headers.get("Content-Range", "").strip()
            )
            if content_range is None or int(content_range[1]) > offset:
                raise TransferError("answers a request for the rest with something else", final=True)
            begin, total = int(content_range[1]), int(content_range[2]) if content_range[2] != "*" else None
        yield ArchiveStream(begin, total, response.read1 if hasattr(response, "read1") else response.read)


class _WatchedConnection(http.client.HTTPConnection):
    """A connection that the deadline breaks off."""

    deadline: TransferDeadline

    def connect(self) -> None:
        super().connect()
        self.deadline.watch(self.sock)


class _WatchedTlsConnection(http.client.HTTPSConnection, _WatchedConnection):
    """The same over TLS. HTTPSConnection calls `connect` of the class above before its handshake."""


class _WatchedHandler(urllib.request.HTTPHandler, urllib.request.HTTPSHandler):
    """Opens http and https by connections that the deadline can close."""

    def __init__(self, deadline: TransferDeadline) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(self._connect, _WatchedConnection), req)

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        connect = partial(self._connect, _WatchedTlsConnection)
        return self.do_open(connect, req, context=ssl.create_default_context())

    def _connect(self, kind: type[_WatchedConnection], host: str, **options: Any) -> _WatchedConnection:  # urllib's
        connection = kind(host, **options)
        connection.deadline = self._deadline
        return connection


def _opener(deadline: TransferDeadline) -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_Redirects, _WatchedHandler(deadline))


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects to http and https only, and from https only to https."""

    max_redirections = MAX_REDIRECTS

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        before, after = urlsplit(req.full_url).scheme.lower(), urlsplit(newurl).scheme.lower()
        if after != "https" and (before == "https" or after != "http"):
            raise _weaker(req.full_url, after)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _weaker(url: str, scheme: str) -> RefusedError:
    parts = urlsplit(url)
    return RefusedError(
        f"{(parts.hostname or '')[:_MAX_TEXT]} sends the request on from {parts.scheme} to "
        f"{ascii(scheme[:20])[1:-1] or 'nowhere'}, "
        "which is not protected.",
        changed="Nothing was fetched from there.",
        next_step="Use another source (--mirror).",
    )


class _BoundedFtp(ftplib.FTP):
    """An FTP connection that the deadline breaks off, and whose answers end."""

    def __init__(self, deadline: TransferDeadline) -> None:
        super().__init__(timeout=READ_TIMEOUT)
        self._deadline = deadline
        self._lines = 0

    def getline(self) -> str:
        if not self._lines and self.sock is not None:
            self._deadline.watch(self.sock)
        self._lines += 1
        if self._lines > _MAX_FTP_LINES:
            raise EOFError("an answer without end")
        return super().getline()


@contextmanager
def _ftp(url: str, offset: int, deadline: TransferDeadline) -> Iterator[ArchiveStream]:
    parts = urlsplit(url)
    path = unquote(parts.path)
    if any(ch in path for ch in "\r\n\0"):
        raise TransferError("is no path", final=True)
    with ExitStack() as stack:
        try:
            ftp = _BoundedFtp(deadline)
            stack.callback(ftp.close)  # its own exit waits for an answer, and raises what that is
            ftp.connect(parts.hostname or "", parts.port or 21)
            ftp.login(unquote(parts.username or "anonymous"), unquote(parts.password or "anonymous@"))
            ftp.voidcmd("TYPE I")
            try:
                total = ftp.size(path)
            except ftplib.error_perm:
                total = None
            connection, content_range = ftp.ntransfercmd(f"RETR {path}", rest=offset or None)
            stack.enter_context(connection)
        except ftplib.error_perm as error:
            raise TransferError(f"{error}", final=True) from error
        except (OSError, EOFError, ValueError, ftplib.Error) as error:
            raise TransferError(f"{error}") from error
        yield ArchiveStream(offset, total if total is not None else content_range, connection.recv)


@contextmanager
def _file(url: str, offset: int) -> Iterator[ArchiveStream]:
    parts = urlsplit(url)
    if parts.scheme and parts.netloc not in ("", "localhost"):
        raise TransferError("a file: URL names no other machine", final=True)
    path = Path(unquote(parts.path) if parts.scheme else url).expanduser()
    try:
        file = path.open("rb")
    except OSError as error:
        raise TransferError(f"{error.strerror}", final=True) from error
    with file:
        total = os.fstat(file.fileno()).st_size
        file.seek(min(offset, total))
        yield ArchiveStream(min(offset, total), total, file.read)
