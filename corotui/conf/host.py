"""What a verdict needs to know about the machine the daemon runs on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from corotui.errors import FileError

USUAL: Final = frozenset(
    f"/{path}" for path in ("", "dev", "etc", "proc", "run", "tmp", "usr", "var", "var/lib", "var/log", "var/tmp")
)
WELL: Final = 256  # bytes of an authkey as corosync-keygen makes it


@dataclass(frozen=True, slots=True)
class Host:
    """One machine, as far as corosync asks it while it reads its configuration. None: not known.

    `hostname` is what `uname -n` prints; `addresses` are those on its interfaces, loopback included or not;
    `hosts` is what its resolver answers (a name that is missing there does not resolve); `authkey_bytes` is the size
    of /etc/corosync/authkey, None when there is none. `files` are other files with their size in bytes,
    `directories` those that exist (the usual ones always do); `users` and `groups` map names to numbers. `reverse` maps
    an address to the name that belongs to it.
    """

    hostname: str | None = None
    addresses: tuple[str, ...] | None = None
    hosts: Mapping[str, tuple[str, ...]] | None = None
    authkey_bytes: int | None = None
    files: Mapping[str, int] | None = None
    directories: frozenset[str] | None = None
    users: Mapping[str, int] | None = None
    groups: Mapping[str, int] | None = None
    reverse: Mapping[str, str] = field(default_factory=dict)
    crypto_models: tuple[str, ...] = ("nss", "openssl")
    compression_models: tuple[str, ...] = ("zlib", "lz4", "lz4hc", "lzo2", "lzma", "bzip2", "zstd")


def from_json(value: object, path: str) -> Host:
    """A host from the JSON of a facts file; every key is optional, and what is missing is taken to be well. FileError
    names the key that is wrong."""
    if not isinstance(value, dict):
        raise FileError(path, "a JSON object was expected")
    return Host(
        hostname=_text(value, "hostname", path),
        addresses=_texts(value["addresses"], "addresses", path) if "addresses" in value else None,
        hosts=(
            {name: _texts(found, f"hosts.{name}", path) for name, found in _table(value, "hosts", path).items()}
            if "hosts" in value
            else None
        ),
        authkey_bytes=_number(value.get("authkey_bytes", WELL), "authkey_bytes", path),
        files=_numbers(value, "files", path) if "files" in value else None,
        directories=(frozenset(_texts(value["directories"], "directories", path)) if "directories" in value else None),
        users=_numbers(value, "users", path) if "users" in value else None,
        groups=_numbers(value, "groups", path) if "groups" in value else None,
        reverse={name: str(found) for name, found in _table(value, "reverse", path).items()},
    )


def folders(host: Host) -> frozenset[str] | None:
    """Folders that exist on a machine: those told of, those around them, the usual ones. None: nobody knows."""
    if host.directories is None:
        return None
    out = set(USUAL)
    for path in (*(f"{name.rstrip('/')}/." for name in host.directories), *(host.files or ())):
        while "/" in path:
            path = path.rpartition("/")[0]
            out.add(path or "/")
    return frozenset(out)


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
