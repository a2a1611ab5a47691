"""What a verdict needs to know about the machine the daemon runs on."""

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
    """One machine, as far as corosync asks it while it reads its configuration. None: not known.

    `hostname` is what `uname -n` prints; `addresses` are those on its interfaces, loopback included or not;
    `hosts` is what its resolver answers (a name that is missing there does not resolve); `authkey_bytes` is the size
    of /etc/corosync/authkey, None when there is none; without `authkey_known` nobody looked. `files` are other files
    with their size in bytes, `directories` those that exist (the usual ones always do); `users` and `groups` map names
    to numbers. `reverse` maps an address to the name that belongs to it. `assumed`: sentences on what of this was
    taken on trust.
    """

    hostname: str | None = None
    addresses: tuple[str, ...] | None = None
    hosts: Mapping[str, tuple[str, ...]] | None = None
    authkey_bytes: int | None = None
    files: Mapping[str, int] | None = None
    directories: frozenset[str] | None = None
    users: Mapping[str, int] | None = None
    groups: Mapping[str, int] | None = None
    reverse_dns: Mapping[str, str] = field(default_factory=dict)
    authkey_known: bool = True
    assumed: tuple[str, ...] = ()
    crypto_models: tuple[str, ...] = ("nss", "openssl")
    compression_models: tuple[str, ...] = ("zlib", "lz4", "lz4hc", "lzo2", "lzma", "bzip2", "zstd")


def host_from_json(value: object, path: str) -> Host:
    """A host from the JSON of a facts file; every key is optional, and what is missing (or null, but for
    `authkey_bytes`) is taken to be well. FileError names the key that is wrong."""
    if not isinstance(value, dict):
        raise FileError(path, "a JSON object was expected")
    given = {key: found for key, found in value.items() if found is not None}
    usual = Host()
    return Host(
        hostname=_text(given, "hostname", path),
        addresses=_texts(given["addresses"], "addresses", path) if "addresses" in given else None,
        hosts=(
            {name: _texts(found, f"hosts.{name}", path) for name, found in _table(given, "hosts", path).items()}
            if "hosts" in given
            else None
        ),
        authkey_bytes=_number(value.get("authkey_bytes"), "authkey_bytes", path),
        authkey_known="authkey_bytes" in value,
        files=_numbers(given, "files", path) if "files" in given else None,
        directories=frozenset(_texts(given["directories"], "directories", path)) if "directories" in given else None,
        users=_numbers(given, "users", path) if "users" in given else None,
        groups=_numbers(given, "groups", path) if "groups" in given else None,
        reverse_dns={name: str(found) for name, found in _table(given, "reverse", path).items()},
        crypto_models=_texts(given.get("crypto_models", list(usual.crypto_models)), "crypto_models", path),
        compression_models=_texts(
            given.get("compression_models", list(usual.compression_models)), "compression_models", path
        ),
    )


def unknown_keys(value: object) -> tuple[str, ...]:
    """Keys of a facts file that mean nothing here."""
    return tuple(key for key in value if key not in HOST_KEYS) if isinstance(value, dict) else ()


def _text(value: dict[str, object], key: str, path: str) -> str | None:
    found = value.get(key)
    if found is not None and not isinstance(found, str):
        raise FileError(path, "a string was expected", key=key)
    return found


def _texts(value: object, key: str, path: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise FileError(path, "a list of strings was expected", key=key)
    return tuple(value)


def _table(value: dict[str, object], key: str, path: str) -> dict[str, object]:
    found = value.get(key, {})
    if not isinstance(found, dict):
        raise FileError(path, "an object was expected", key=key)
    return found


def _number(value: object, key: str, path: str) -> int | None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise FileError(path, "a number of 0 or more, or null, was expected", key=key)
    return value


def _numbers(value: dict[str, object], key: str, path: str) -> dict[str, int]:
    return {name: _number(found, f"{key}.{name}", path) or 0 for name, found in _table(value, key, path).items()}
