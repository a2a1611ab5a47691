"""Whether the ring is encrypted, and whether the key for it can be read (exec/totemconfig.c)."""

from __future__ import annotations

from collections.abc import Callable

from corotui.conf.constants import AUTHKEY_PATH
from corotui.conf.daemon.cmap import Cmap
from corotui.conf.daemon.validation.resolver import Resolver
from corotui.conf.host.filesystem import STATE_DIR, resolve_path
from corotui.conf.syntax import to_display
from corotui.conf.version import Version

MODEL_CHOSEN = Version(3, 0, 2)  # from here on the parser knows the words
CIPHERS = ("none", "aes256", "aes192", "aes128")
HASHES = ("none", "md5", "sha1", "sha256", "sha384", "sha512")

ReportError = Callable[[str, str, int], None]


def effective_crypto(cmap: Cmap, version: Version) -> tuple[str, str]:
    """Cipher and hash that hold: the release's defaults, then secauth, then the options by themselves."""
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


def _lines(cmap: Cmap) -> int:
    return cmap.line("totem.crypto_cipher") or cmap.line("totem.crypto_hash") or cmap.line("totem.secauth")


def check_crypto_v3(cmap: Cmap, version: Version, resolver: Resolver, report_error: ReportError) -> bool:
    """corosync 3.x: refuse what does not go together, or a key that cannot be read. True when encrypted."""
    cipher, digest = effective_crypto(cmap, version)
    if version.is_main and "none" in (cipher, digest):
        report_error("crypto-required", "corosync is compiled to require enabled encryption", _lines(cmap))
    elif cipher != "none" and digest == "none":
        words = "crypto_cipher requires crypto_hash with value other than none"
        report_error("crypto-hash", words, cmap.line("totem.crypto_cipher") or _lines(cmap))
        return True
    if version < MODEL_CHOSEN and cmap.text("totem.crypto_model") not in (None, "nss", "openssl"):
        report_error("choice", "crypto_model should be 'nss' or 'openssl'", cmap.line("totem.crypto_model"))
    encrypted = (cipher, digest) != ("none", "none")
    if encrypted:
        file = cmap.text("totem.keyfile")
        if file is not None:
            here = to_display(cmap.text("system.state_dir") or STATE_DIR)
            _check_key_file(file, resolver, report_error, cmap.line("totem.keyfile"), 128, "minimum 1024", here)
        elif "totem.key" in cmap.entries:
            length = len(str(cmap.text("totem.key"))) + 1
            if not 128 <= length <= 4096:
                words = "key is too long" if length > 4096 else "key is too short"
                report_error("key-length", words, cmap.line("totem.key"))
        else:
            _check_key_file(AUTHKEY_PATH, resolver, report_error, _lines(cmap), 128, "minimum 1024")
    return encrypted


def check_key_v2(cmap: Cmap, version: Version, resolver: Resolver, report_error: ReportError) -> None:
    """corosync 2.x: the key alone, after everything else was read."""
    if effective_crypto(cmap, version) == ("none", "none"):
        return
    file = cmap.text("totem.keyfile")
    if file is not None:
        _check_key_file(file, resolver, report_error, cmap.line("totem.keyfile"), 128, "1024")
    elif "totem.key" in cmap.entries:
        if len(str(cmap.text("totem.key"))) + 1 > 128:
            report_error("key-length", "key is too long", cmap.line("totem.key"))
    else:
        _check_key_file(AUTHKEY_PATH, resolver, report_error, _lines(cmap), 128, "1024")


def _check_key_file(
    path: str,
    resolver: Resolver,
    report_error: ReportError,
    line: int,
    min_bytes: int,
    bits: str,
    working_dir: str = STATE_DIR,
) -> None:
    host, shown = resolver.host, to_display(path)
    listed = host is not None and shown in (host.files or ())
    if host is None or (not listed and not (host.authkey_known if shown == AUTHKEY_PATH else host.files is not None)):
        resolver.assume(f"{shown} is there, with {min_bytes} bytes at least")
        return
    if shown == AUTHKEY_PATH and not listed:
        size, why = host.authkey_bytes, "No such file or directory"
    else:
        found = resolve_path(host, shown, working_dir)
        size, why = (found.size if found.kind == "file" else None), found.reason
        if found.kind == "directory":
            report_error("key-unreadable", f"Could not read {shown}: {why}", line)
            return
    if size is None:
        report_error("key-unreadable", f"Could not open {shown}: {why}", line)
    elif size < min_bytes:
        words = f"Could only read {size * 8} bits of {bits} bits from {shown}."
        report_error("key-short", words, line)
