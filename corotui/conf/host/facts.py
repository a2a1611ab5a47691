"""What a verdict needs to know about the host that corosync runs on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from corotui.errors import FileError

HOST_KEYS: Final = (
    *("hostname", "addresses", "hosts", "authkey_bytes", "files", "directories", "users", "groups", "reverse"),
    *("crypto_models", "compression_models"),
)


@dataclass(frozen=True, slots=True)
class Host:
    """A host, as far as corosync depends on it while it reads its configuration."""

    hostname: str | None = None
    """What `uname -n` prints, None if not known."""
    addresses: tuple[str, ...] | None = None
    """Addresses on its interfaces, with or without a prefix, loopback included or not; None if not known."""
    hosts: Mapping[str, tuple[str, ...]] | None = None
    """Addresses that the host's resolver returns, by name. A name without an entry does not resolve. None if not known.
    """
    authkey_bytes: int | None = None
    """Size of /etc/corosync/authkey in bytes, None if there is none."""
    files: Mapping[str, int] | None = None
    """Path -> size in bytes of other files, None if not known."""
    directories: frozenset[str] | None = None
    """Directories that exist beside the standard ones, None if not known."""
    users: Mapping[str, int] | None = None
    """Name -> number, None if not known."""
    groups: Mapping[str, int] | None = None
    """Name -> number, None if not known."""
    reverse_dns: Mapping[str, str] = field(default_factory=dict)
    """Address -> the name that its resolver answers."""
    authkey_known: bool = True
    """Whether `authkey_bytes` is known."""
    assumed: tuple[str, ...] = ()
    """Facts about the host that were not provided and are assumed true; phrases without a final period."""
    crypto_models: tuple[str, ...] = ("nss", "openssl")
    """Crypto models that its kronosnet has."""
    compression_models: tuple[str, ...] = ("zlib", "lz4", "lz4hc", "lzo2", "lzma", "bzip2", "zstd")
    """Compression models that its kronosnet has."""


def host_from_json(value: object, path: str) -> Host:
    """A host from the JSON of a facts file.

    Every key is optional. What is missing, or null (except for `authkey_bytes`), is assumed to be fine. FileError names
    the key that is wrong.
    """
    if not isinstance(value, dict):
        raise FileError(path, "a JSON object was expected")
    given = {key: item for key, item in value.items() if item is not None}
    default = Host()
    return Host(
        hostname=_text(given, "hostname", path),
        addresses=_texts(given["addresses"], "addresses", path) if "addresses" in given else None,
        hosts=(
            {name: _texts(answers, f"hosts.{name}", path) for name, answers in _table(given, "hosts", path).items()}
            if "hosts" in given
            else None
        ),
        authkey_bytes=_number(value.get("authkey_bytes"), "authkey_bytes", path),
        authkey_known="authkey_bytes" in value,
        files=_numbers(given, "files", path) if "files" in given else None,
        directories=frozenset(_texts(given["directories"], "directories", path)) if "directories" in given else None,
        users=_numbers(given, "users", path) if "users" in given else None,
        groups=_numbers(given, "groups", path) if "groups" in given else None,
        reverse_dns={address: str(name) for address, name in _table(given, "reverse", path).items()},
        crypto_models=_texts(given.get("crypto_models", list(default.crypto_models)), "crypto_models", path),
        compression_models=_texts(
            given.get("compression_models", list(default.compression_models)), "compression_models", path
        ),
    )


def unknown_keys(value: object) -> tuple[str, ...]:
    """Keys of a facts file that are not known."""
    return tuple(key for key in value if key not in HOST_KEYS) if isinstance(value, dict) else ()


def _text(value: dict[str, object], key: str, path: str) -> str | None:
    item = value.get(key)
    if item is not None and not isinstance(item, str):
        raise FileError(path, "a string was expected", key=key)
    return item


def _texts(value: object, key: str, path: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise FileError(path, "a list of strings was expected", key=key)
    return tuple(value)


def _table(value: dict[str, object], key: str, path: str) -> dict[str, object]:
    item = value.get(key, {})
    if not isinstance(item, dict):
        raise FileError(path, "an object was expected", key=key)
    return item


def _number(value: object, key: str, path: str) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise FileError(path, "a number of 0 or more, or null, was expected", key=key)
    return value


def _numbers(value: dict[str, object], key: str, path: str) -> dict[str, int]:
    return {name: _number(size, f"{key}.{name}", path) or 0 for name, size in _table(value, key, path).items()}
