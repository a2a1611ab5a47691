"""What a path in the file leads to on a host, as far as its facts are known."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from corotui.conf.host.facts import Host
from corotui.conf.syntax import to_latin1

STANDARD_DIRECTORIES: Final = frozenset(
    f"/{path}"
    for path in (
        *("", "bin", "boot", "dev", "dev/shm", "etc", "etc/default", "home", "lib", "media", "mnt", "opt", "proc"),
        *("root", "run", "run/lock", "sbin", "srv", "sys", "tmp", "usr", "usr/bin", "usr/lib", "usr/local", "usr/sbin"),
        *("usr/share", "var", "var/cache", "var/lib", "var/log", "var/opt", "var/spool", "var/tmp"),
        # Every package of corosync has these.
        *("etc/corosync", "etc/corosync/uidgid.d", "var/lib/corosync", "var/log/corosync"),
    )
)
_ENDLESS: Final = 1 << 20  # bytes: more than corosync reads of any file
_DEVICES: Final = {
    **dict.fromkeys(("/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"), _ENDLESS),
    **dict.fromkeys(("/etc/passwd", "/etc/group"), _ENDLESS),
    "/dev/null": 0,
}
_LONGEST_NAME: Final = 255  # bytes

NO_SUCH_FILE: Final = "No such file or directory"
NOT_A_DIRECTORY: Final = "Not a directory"
NAME_TOO_LONG: Final = "File name too long"
IS_A_DIRECTORY: Final = "Is a directory"

PathKind = Literal["directory", "file", "absent", "error"]


class PathInfo(NamedTuple):
    """What a path leads to."""

    kind: PathKind
    """`"absent"`: the directory exists and the file does not yet; `"error"`: there can be no file."""
    reason: str = ""
    """Why there is no file to open, as strerror(3) says it; "" for a file."""
    size: int = 0
    """Size of a file in bytes."""


def resolve_path(host: Host, path: str, working_dir: str = "/") -> PathInfo:
    """Resolve a path from `working_dir`, name by name as the kernel does. Symbolic links are not known."""
    if not path:
        return PathInfo("error", NO_SUCH_FILE)
    directories, files = _directories(host), _files(host)
    names = [name for name in (working_dir if not path.startswith("/") else "").split("/") if name]
    parts = path.split("/")
    for index, part in enumerate(parts):
        if part in ("", "."):
            continue
        if part == "..":
            names = names[:-1]
            continue
        if len(to_latin1(part)) > _LONGEST_NAME:
            return PathInfo("error", NAME_TOO_LONG)
        names.append(part)
        full = "/" + "/".join(names)
        if full in directories:
            continue
        if full in files:
            last = index == len(parts) - 1
            return PathInfo("file", size=files[full]) if last else PathInfo("error", NOT_A_DIRECTORY)
        creatable = not any(parts[index + 1 :]) and names[0] not in ("proc", "sys")
        return PathInfo("absent" if creatable else "error", NO_SUCH_FILE)
    return PathInfo("directory", IS_A_DIRECTORY)


def _directories(host: Host) -> set[str]:
    """The known directories, the parents of those and of known files, and the standard ones."""
    out = set(STANDARD_DIRECTORIES)
    for path in (*(f"{name.rstrip('/')}/." for name in host.directories or ()), *(host.files or ())):
        while "/" in path:
            path = path.rpartition("/")[0]
            out.add(path or "/")
    return out


def _files(host: Host) -> dict[str, int]:
    return {**_DEVICES, **(host.files or {})}
