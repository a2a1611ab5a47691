"""Small HTTP and FTP servers on loopback, which behave well or badly as their Site says."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Site:
    """What a server holds and how it behaves."""

    files: dict[str, bytes]
    """File name -> content."""
    ranges: bool = True
    """Whether it honours Range."""
    cut: int | None = None
    """Bytes of the body after which an answer ends, although it promised more."""
    cuts: int = 10**6
    """How many answers end that way."""
    stated: int | None = None
    """The Content-Length that it sends instead of the real one."""
    pause: float = 0.0
    """Seconds between the halves of a body."""
    redirect: dict[str, str] = field(default_factory=dict)
    """Path -> where it redirects to."""
    seen: list[tuple[str, str]] = field(default_factory=list)
    """The requests so far: path (FTP: verb) and Range header (FTP: argument)."""


@contextmanager
def http_server(site: Site, *, certificate: Path | None = None, address: str = "127.0.0.1") -> Iterator[str]:
    """Serves a site on an address of this machine, with a certificate over TLS; yields its base URL.

    Used as a proxy, it looks only at the last part of the URL.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            site.seen.append((self.path, wanted))
            if self.path in site.redirect:
                self.send_response(302)
                self.send_header("Location", site.redirect[self.path])
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            body = site.files.get(self.path.rsplit("/", 1)[-1])
            if body is None:
                self.send_error(404)
                return
            begin = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and site.ranges else 0
            if begin >= len(body) > 0:
                self.send_error(416)
                return
            self.send_response(206 if begin else 200)
            if begin:
                self.send_header("Content-Range", f"bytes {begin}-{len(body) - 1}/{len(body)}")
            self.send_header("Content-Length", str(site.stated or len(body) - begin))
            self.end_headers()
            rest = body[begin:]
            if site.cut is not None and site.cuts > 0 and len(rest) > site.cut:
                site.cuts -= 1
                rest = rest[: site.cut]
                self.close_connection = True
            self.wfile.write(rest[: len(rest) // 2])
            time.sleep(site.pause)
            self.wfile.write(rest[len(rest) // 2 :])
            if site.stated is not None:
                self.close_connection = True

        def log_message(self, *args: Any) -> None:
            return None

    server = ThreadingHTTPServer((address, 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    with _running(server):
        yield f"{'https' if certificate else 'http'}://{address}:{server.server_address[1]}"


def certificate_for_loopback(path: Path) -> None:
    """Writes a fresh key and self-signed certificate for 127.0.0.1 as one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )


@contextmanager
def ftp_server(site: Site) -> Iterator[str]:
    """An FTP server with SIZE, REST, EPSV, PASV and RETR."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            rest, listener = 0, socket.create_server(("127.0.0.1", 0))
            self._say("220 ready")
            for line in self.rfile:
                verb, _, word = line.decode().strip().partition(" ")
                name = word.rsplit("/", 1)[-1]
                site.seen.append((verb, word))
                match verb.upper():
                    case "USER":
                        self._say("331 password")
                    case "PASS" | "TYPE":
                        self._say("200 ok")
                    case "SIZE":
                        self._say(f"213 {len(site.files[name])}" if name in site.files else "550 no such file")
                    case "REST":
                        rest = int(word)
                        self._say("350 ok")
                    case "EPSV":
                        self._say(f"229 passive (|||{listener.getsockname()[1]}|)")
                    case "PASV":
                        port = listener.getsockname()[1]
                        self._say(f"227 passive (127,0,0,1,{port // 256},{port % 256})")
                    case "RETR" if name in site.files:
                        self._say("150 here it comes")
                        with listener.accept()[0] as data:
                            body = site.files[name][rest:]
                            if site.cut is not None and site.cuts > 0:
                                site.cuts -= 1
                                body = body[: site.cut]
                            data.sendall(body)
                        self._say("226 done")
                    case "RETR":
                        self._say("550 no such file")
                    case "QUIT":
                        self._say("221 bye")
                        break
                    case _:
                        self._say("502 what")
            listener.close()

        def _say(self, words: str) -> None:
            self.wfile.write(words.encode() + b"\r\n")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    with _running(server):
        yield f"ftp://127.0.0.1:{server.server_address[1]}"


@contextmanager
def dripping_server(head: bytes, *, ends: bool = False) -> Iterator[str]:
    """Sends these bytes to whoever connects, and then one every tenth of a second, or nothing more if it `ends`."""
    stopped = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                self.request.sendall(head)
                while not ends and not stopped.wait(0.1):
                    self.request.sendall(b"x")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    with _running(server):
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            stopped.set()


@contextmanager
def _running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
