"""What is at the path of the key on a node, and whether it is a key of corosync's. Pure."""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass
from pathlib import PurePosixPath

from corotui.cluster.text.bounded import lines_of
from corotui.conf.constants import AUTHKEY_PATH, CONF_DIR, MIN_KEY_SIZE
from corotui.ssh.secret_file import MAX_KEY_SIZE

_FILE = re.compile(r"file ([0-9]{1,18}) ([0-9a-f]{1,8}) ([0-9]{1,10}) ([0-9]{1,10}) ([0-9]{1,12})")
_BINARY = re.compile(r"binary ([0-9]{1,5})")
_DIRECTORY = re.compile(r"dir ([0-9a-f]{1,8}) ([0-9]{1,10}) ([0-9]{1,10}) (/.*)")
_MIN_BINARY = 4  # one in so many bytes; of random bytes 5 in 8 are no printable ASCII, of text almost none
# Files of this kind are keys or tables of another program, also where their bytes look random.
_FOREIGN_PLACES = (
    "/boot",
    "/dev",
    "/etc/krb5",
    "/etc/pacemaker",
    "/etc/pki",
    "/etc/ssh",
    "/etc/ssl",
    "/proc",
    "/root/.ssh",
    "/sys",
    "/usr",
    "/var/lib/pcsd",
)


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The file at the path of the key; where that is a link, the link, with the size of what it leads to."""

    size: int = 0
    """Bytes."""
    mode: int = stat.S_IFREG | 0o400
    """Type and mode bits, as st_mode has them."""
    uid: int = 0
    """Number of the owner."""
    gid: int = 0
    """Number of the group."""
    mtime: int = 0
    """When its content changed last, in Unix seconds."""
    binary: int | None = None
    """How many of its first 4096 bytes are no printable ASCII; None if it was not read."""

    @property
    def is_regular(self) -> bool:
        """Whether it is a file, not a link, a device, a pipe or a directory."""
        return stat.S_ISREG(self.mode)

    @property
    def has_key_size(self) -> bool:
        """Whether corosync could read it as a key."""
        return (self.is_regular or stat.S_ISLNK(self.mode)) and MIN_KEY_SIZE <= self.size <= MAX_KEY_SIZE


def key_problem(path: str, file: KeyFile | None, open_directory: str, *, in_use: bool) -> str:
    """Returns why there is or may be no key of corosync's at `path`, as the rest of a sentence that begins with it.

    "" if nothing stands against a key there. `file`: what is there, None if nothing is. `open_directory`: as
    `parse_open_directory` returns it. `in_use`: whether the daemon that runs there reads its key from this path.
    """
    if file is not None:
        problem = _attribute_problem(file)
        if problem:
            return problem
    if is_own_place(path):
        return ""
    if open_directory:
        return f"is below {open_directory}, where others than root can write"
    if in_use:
        return ""
    if _is_foreign(path):
        return "is in a place of another program"
    return "" if file is None else _content_problem(file)


def _attribute_problem(file: KeyFile) -> str:
    permissions = f"{stat.S_IMODE(file.mode):04o}"
    if not file.is_regular:
        return f"is {_kind(file.mode)}"
    if file.uid != 0:
        return f"belongs to the user {file.uid}, not to root"
    if file.mode & 0o007:
        return f"has the mode {permissions}, which lets others at it"
    if file.mode & 0o020 and file.gid != 0:
        return f"has the mode {permissions}, which lets the group {file.gid} write it"
    if file.size > MAX_KEY_SIZE:
        return f"has {file.size} bytes, and a key at most {MAX_KEY_SIZE}"
    return ""


def _content_problem(file: KeyFile) -> str:
    if file.size < MIN_KEY_SIZE:
        return f"has {file.size} bytes, and a key at least {MIN_KEY_SIZE}"
    if file.binary is not None and file.binary * _MIN_BINARY < file.size:
        return "holds text, not the random bytes of a key"
    return ""


def is_own_place(path: str) -> bool:
    """Whether the file lies directly in /etc/corosync, under a name that is no configuration's."""
    place = PurePosixPath(path)
    return path == AUTHKEY_PATH or (str(place.parent) == CONF_DIR and not place.name.startswith("corosync.conf"))


def _is_foreign(path: str) -> bool:
    return any(path == place or path.startswith((f"{place}/", f"{place}.")) for place in _FOREIGN_PLACES)


def _kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a symbolic link"
    if stat.S_ISDIR(mode):
        return "a directory"
    if stat.S_ISFIFO(mode):
        return "a pipe"
    return "a socket" if stat.S_ISSOCK(mode) else "a device"


def parse_key_file(text: str) -> KeyFile | None:
    """Parses what the snapshot's script prints of the key; None if there is no such file. Never raises."""
    lines = lines_of(text)
    found = next((match for line in lines if (match := _FILE.fullmatch(line))), None)
    if found is None:
        return None
    binary = next((int(match[1]) for line in lines if (match := _BINARY.fullmatch(line))), None)
    size, mode, uid, gid, mtime = found.groups()
    return KeyFile(int(size), int(mode, 16), int(uid), int(gid), int(mtime), binary)


def parse_open_directory(text: str) -> str:
    """Returns the first directory above the key in which others than root can replace files; "" if there is none.

    `text` is what the snapshot's script prints of the key. Never raises.
    """
    for line in lines_of(text):
        match = _DIRECTORY.fullmatch(line)
        if match is not None:
            mode, uid, gid = int(match[1], 16), int(match[2]), int(match[3])
            if uid != 0 or mode & 0o002 or (mode & 0o020 and gid != 0):
                return match[4]
    return ""
