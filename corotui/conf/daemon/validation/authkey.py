"""Whether the ring is encrypted, and whether the key for it can be read (exec/totemconfig.c)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from corotui.conf.constants import AUTHKEY_PATH, MIN_KEY_SIZE, STATE_DIR
from corotui.conf.daemon.cmap import Cmap
from corotui.conf.daemon.validation.resolver import Resolver
from corotui.conf.host.filesystem import resolve_path
from corotui.conf.syntax import to_display
from corotui.conf.version import Version

CHECKED_BY_PARSER_SINCE = Version(3, 0, 2)  # from here on the parser checks the values
_MAX_INLINE_KEY_SIZE = 4096  # bytes of totem.key, corosync 3.x
CIPHERS = ("none", "aes256", "aes192", "aes128")
HASHES = ("none", "md5", "sha1", "sha256", "sha384", "sha512")

ReportError = Callable[[str, str, int], None]


def effective_crypto(cmap: Cmap, version: Version) -> tuple[str, str]:
    """The cipher and hash in effect: the release's defaults, then secauth, then the options themselves."""
    cipher, digest = "none", "none"
    secauth = cmap.text("totem.secauth")
    ciphers: tuple[str, ...] = CIPHERS
    if version.grammar < 3:
        if secauth != "off":
            cipher, digest = "aes256", "sha1"
    elif version.is_main:
        cipher, digest = ("aes256", "sha256") if secauth in (None, "on") else ("none", "none")
    elif secauth == "on" and version >= Version(3, 0, 2):
        cipher, digest = "aes256", "sha256"
    if Version(2, 1, 1) <= version < Version(3, 0, 2):
        ciphers = (*CIPHERS, "3des")
    elif version < Version(2, 1, 1):
        ciphers = CIPHERS[:2]
    given = cmap.text("totem.crypto_cipher")
    cipher = given if given in ciphers else cipher
    given = cmap.text("totem.crypto_hash")
    return cipher, given if given in HASHES else digest


def _line(cmap: Cmap) -> int:
    """The line that turns encryption on; 0 where it is the default."""
    return cmap.line("totem.crypto_cipher") or cmap.line("totem.crypto_hash") or cmap.line("totem.secauth")


def check_crypto_v3(cmap: Cmap, version: Version, resolver: Resolver, report_error: ReportError) -> bool:
    """corosync 3.x: report a wrong combination, or a key that cannot be read. Returns whether the ring is encrypted."""
    cipher, digest = effective_crypto(cmap, version)
    if version.is_main and "none" in (cipher, digest):
        report_error("crypto-required", "corosync is compiled to require enabled encryption", _line(cmap))
    elif cipher != "none" and digest == "none":
        message = "crypto_cipher requires crypto_hash with value other than none"
        report_error("crypto-hash", message, cmap.line("totem.crypto_cipher") or _line(cmap))
        return True
    if version < CHECKED_BY_PARSER_SINCE and cmap.text("totem.crypto_model") not in (None, "nss", "openssl"):
        report_error("choice", "crypto_model should be 'nss' or 'openssl'", cmap.line("totem.crypto_model"))
    encrypted = (cipher, digest) != ("none", "none")
    if encrypted:
        file = cmap.text("totem.keyfile")
        if file is not None:
            working_dir = to_display(cmap.text("system.state_dir") or STATE_DIR)
            for code, message in _key_file_errors(file, resolver, "minimum 1024", working_dir):
                report_error(code, message, cmap.line("totem.keyfile"))
        elif "totem.key" in cmap.entries:
            length = len(str(cmap.text("totem.key"))) + 1
            if not MIN_KEY_SIZE <= length <= _MAX_INLINE_KEY_SIZE:
                message = "key is too long" if length > _MAX_INLINE_KEY_SIZE else "key is too short"
                report_error("key-length", message, cmap.line("totem.key"))
        else:
            for code, message in _key_file_errors(AUTHKEY_PATH, resolver, "minimum 1024"):
                report_error(code, message, _line(cmap))
    return encrypted


def check_key_v2(cmap: Cmap, version: Version, resolver: Resolver, report_error: ReportError) -> None:
    """corosync 2.x: report a key that cannot be read. The daemon checks it after everything else."""
    if effective_crypto(cmap, version) == ("none", "none"):
        return
    file = cmap.text("totem.keyfile")
    if file is not None:
        for code, message in _key_file_errors(file, resolver, "1024"):
            report_error(code, message, cmap.line("totem.keyfile"))
    elif "totem.key" in cmap.entries:
        if len(str(cmap.text("totem.key"))) + 1 > MIN_KEY_SIZE:
            report_error("key-length", "key is too long", cmap.line("totem.key"))
    else:
        for code, message in _key_file_errors(AUTHKEY_PATH, resolver, "1024"):
            report_error(code, message, _line(cmap))


def _key_file_errors(
    path: str, resolver: Resolver, required_bits: str, working_dir: str = STATE_DIR
) -> Iterator[tuple[str, str]]:
    """Code and the daemon's message for a key file that cannot be read or is too short."""
    host, shown = resolver.host, to_display(path)
    listed = host is not None and shown in (host.files or ())
    if host is None or (not listed and not (host.authkey_known if shown == AUTHKEY_PATH else host.files is not None)):
        resolver.assume(f"{shown} exists, with at least {MIN_KEY_SIZE} bytes")
        return
    if shown == AUTHKEY_PATH and not listed:
        size, reason = host.authkey_bytes, "No such file or directory"
    else:
        info = resolve_path(host, shown, working_dir)
        size, reason = (info.size if info.kind == "file" else None), info.reason
        if info.kind == "directory":
            yield "key-unreadable", f"Could not read {shown}: {reason}"
            return
    if size is None:
        yield "key-unreadable", f"Could not open {shown}: {reason}"
    elif size < MIN_KEY_SIZE:
        yield "key-short", f"Could only read {size * 8} bits of {required_bits} bits from {shown}."
