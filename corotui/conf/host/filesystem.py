"""What a path of the file leads to on a machine, as far as its facts tell."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from corotui.conf.host.facts import Host
from corotui.conf.syntax import to_latin1

STATE_DIR: Final = "/var/lib/corosync"

STANDARD_DIRECTORIES: Final = frozenset(
    f"/{path}"
    for path in (
        *("", "bin", "boot", "dev", "dev/shm", "etc", "etc/default", "home", "lib", "media", "mnt", "opt", "proc"),
        *("root", "run", "run/lock", "sbin", "srv", "sys", "tmp", "usr", "usr/bin", "usr/lib", "usr/local", "usr/sbin"),
        *("usr/share", "var", "var/cache", "var/lib", "var/log", "var/opt", "var/spool", "var/tmp"),
        # What any package of corosync brings.
        *("etc/corosync", "etc/corosync/uidgid.d", "var/lib/corosync", "var/log/corosync"),
    )
)
_ENDLESS: Final = 1 << 20  # bytes: more than anybody reads
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
    """`kind` "absent": the folder is there, the file is not yet; "error": nothing can be there, `why` says so in the
    system's words. `size` in bytes, of a file."""

    kind: PathKind
    reason: str = ""
    size: int = 0


def resolve_path(host: Host, path: str, working_dir: str = "/") -> PathInfo:
    """Follow a path from the folder `here`, name by name as the kernel does. No symbolic links are known."""
    if not path:
        return PathInfo("error", NO_SUCH_FILE)
    folders, files = _directories(host), _files(host)
    names = [name for name in (working_dir if not path.startswith("/") else "").split("/") if name]
    parts = path.split("/")
    for place, part in enumerate(parts):
        if part in ("", "."):
            continue
        if part == "..":
            names = names[:-1]
            continue
        if len(to_latin1(part)) > _LONGEST_NAME:
            return PathInfo("error", NAME_TOO_LONG)
        names.append(part)
        full = "/" + "/".join(names)
        if full in folders:
            continue
        if full in files:
            last = place == len(parts) - 1
            return PathInfo("file", size=files[full]) if last else PathInfo("error", NOT_A_DIRECTORY)
        made = not any(parts[place + 1 :]) and names[0] not in ("proc", "sys")
        return PathInfo("absent" if made else "error", NO_SUCH_FILE)
    return PathInfo("directory", IS_A_DIRECTORY)


def _directories(host: Host) -> set[str]:
    """Those told of, those around them and around files, the usual ones."""
    out = set(STANDARD_DIRECTORIES)
    for path in (*(f"{name.rstrip('/')}/." for name in host.directories or ()), *(host.files or ())):
        while "/" in path:
            path = path.rpartition("/")[0]
            out.add(path or "/")
    return out


def _files(host: Host) -> dict[str, int]:
    return {**_DEVICES, **(host.files or {})}
