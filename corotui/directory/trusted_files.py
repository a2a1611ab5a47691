"""Opens files only where no other user of this machine can choose what is opened.

corotui often runs as root in a directory that a user made, cloned or unpacked. The rules are those of sshd for
authorized_keys (StrictModes in sshd_config(5)), and stricter about links, because git and tar create links that belong
to whoever unpacks them:

- Each directory from / to the file belongs to this user or to root. Nobody else may write to it; of those above the
  cluster directory, one with the sticky bit (/tmp) may be written to by all.
- The file is a regular one, has one name, belongs to this user or to root, and nobody else may write to it.
- In the cluster directory and below it no symbolic link is followed. On the way to it links are, if their owner is
  this user or root.
- Under sudo the user who called it counts as this user.
- Write permission of a group is harmless where the group holds nobody but the owner (the default of many
  distributions).

Each step is made relative to the descriptor of the directory before it, so that nothing can be swapped in between.
"""

from __future__ import annotations

import errno
import grp
import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from corotui.cluster.quoting import quote
from corotui.errors import UntrustedFileError

STATE_DIR = ".corotui"
"""Name of corotui's own folder in a cluster directory."""

_LINKS = 40  # as Linux allows on one path
_TRIES = 100  # a file may be replaced by another corotui between two system calls
# O_PATH needs no read permission on a directory; systems without it need that.
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFBLK: "a device",
    stat.S_IFCHR: "a device",
}


@contextmanager
def open_folder(path: Path, *, create_mode: int | None = None) -> Iterator[int]:
    """Holds a descriptor of a directory for calls with `dir_fd`; it may not be readable itself.

    `create_mode`: missing directories are created with this mode; None: they raise FileNotFoundError.
    Raises UntrustedFileError, and OSError as open(2) does.
    """
    path = path.absolute()
    cluster_directory, below = _split(path)
    handle = _open_way(cluster_directory, create_mode)
    try:
        _check_folder(handle, cluster_directory, sticky_is_enough=False)
        shown = cluster_directory
        for name in below:
            shown /= name
            handle = _replace(handle, _enter(handle, name, shown, create_mode))
            _check_folder(handle, shown, sticky_is_enough=False)
        yield handle
    finally:
        os.close(handle)


def open_file(path: Path, flags: int, mode: int = 0o600) -> int:
    """Opens a file as open(2) does and returns the descriptor, which the caller closes. It never blocks.

    `flags` may hold O_CREAT, never O_TRUNC: a file is checked before it is changed. `mode` is that of a new file.
    Raises UntrustedFileError, and OSError as open(2) does.
    """
    with open_folder(path.parent) as folder:
        return open_file_in(folder, path, flags, mode)


def open_file_in(folder: int, path: Path, flags: int, mode: int = 0o600) -> int:
    """As `open_file`, for a file in the directory that `folder` is a descriptor of."""
    assert not flags & os.O_TRUNC
    safe = flags | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
    for _ in range(_TRIES):
        with suppress(FileExistsError, FileNotFoundError):
            # Looked at before it is opened: opening alone may block (FIFO) or act (device).
            if (seen := check_file_in(folder, path)) is None:
                if not flags & os.O_CREAT:
                    break
                return os.open(path.name, safe | os.O_EXCL, mode, dir_fd=folder)
            handle = os.open(path.name, safe & ~os.O_CREAT, dir_fd=folder)
            try:
                if os.path.samestat(os.fstat(handle), seen):
                    _check_file(os.fstat(handle), path)
                    return handle
            except BaseException:
                os.close(handle)
                raise
            os.close(handle)
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))


def check_file_in(folder: int, path: Path) -> os.stat_result | None:
    """Checks a file in the directory that `folder` is a descriptor of; None if there is none of that name.

    Raises UntrustedFileError.
    """
    try:
        status = os.stat(path.name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    _check_file(status, path)
    return status


def _split(path: Path) -> tuple[Path, tuple[str, ...]]:
    """The cluster directory of a folder, and the names below it."""
    parts = path.parts
    if STATE_DIR not in parts:
        return path, ()
    at = parts.index(STATE_DIR)
    return Path(*parts[:at]), parts[at:]


def _open_way(path: Path, create_mode: int | None) -> int:
    """A descriptor of `path`. Links on the way are followed, each directory but the last one is checked."""
    handle, shown = os.open("/", _FOLDER), Path("/")
    names = list(reversed(path.parts[1:]))
    links = 0
    try:
        while names:
            _check_folder(handle, shown, sticky_is_enough=True)
            name = names.pop()
            entry = shown / name
            target = _link_target(handle, name, entry)
            if target is None:
                handle = _replace(handle, _enter(handle, name, entry, create_mode))
                shown = entry
                continue
            links += 1
            if links > _LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
            names += reversed(target.parts)
            if target.is_absolute():
                names.pop()
                handle, shown = _replace(handle, os.open("/", _FOLDER)), Path("/")
    except BaseException:
        os.close(handle)
        raise
    return handle


def _link_target(folder: int, name: str, shown: Path) -> Path | None:
    """Where a symbolic link on the way points; None for anything else, also for what is missing."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if not stat.S_ISLNK(status.st_mode):
        return None
    _check_owner(status, shown)
    return Path(os.readlink(name, dir_fd=folder))


def _enter(folder: int, name: str, shown: Path, create_mode: int | None) -> int:
    """A descriptor of the directory `name`, never through a link."""
    try:
        return os.open(name, _FOLDER, dir_fd=folder)
    except FileNotFoundError:
        if create_mode is None:
            raise
        with suppress(FileExistsError):
            os.mkdir(name, create_mode, dir_fd=folder)
        return os.open(name, _FOLDER, dir_fd=folder)
    except OSError:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
        if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
            raise _kind_error(mode, shown, "a directory") from None
        raise


def _replace(old: int, new: int) -> int:
    os.close(old)
    return new


def _check_folder(handle: int, path: Path, *, sticky_is_enough: bool) -> None:
    status = os.fstat(handle)
    _check_owner(status, path)
    if not (sticky_is_enough and status.st_mode & stat.S_ISVTX):
        _check_writers(status, path, f"/proc/self/fd/{handle}")


def _check_file(status: os.stat_result, path: Path) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise _kind_error(status.st_mode, path, "a regular file")
    _check_owner(status, path)
    # The directory is checked already, so that this path still names the same file.
    _check_writers(status, path, str(path))
    if status.st_nlink > 1:
        name = quote(str(path))
        raise UntrustedFileError(
            f"{path} has {status.st_nlink} names (hard links): a change would reach the others, too",
            next_step=f"Make it a file of its own: cp -p {name} {name}.own && mv {name}.own {name}",
        )


def _check_owner(status: os.stat_result, path: Path) -> None:
    if status.st_uid not in _trusted_users():
        raise UntrustedFileError(
            f"{path} belongs to {_user_name(status.st_uid)}, who could change at any time what corotui does as "
            f"{_user_name(os.geteuid())}",
            next_step="Work as that user, or read the files and copy cluster.toml and corosync.conf into a directory "
            "of your own.",
        )


def _check_writers(status: os.stat_result, path: Path, acl_path: str) -> None:
    """Refuses what others may write. `acl_path` is where its access list can be read."""
    if status.st_mode & stat.S_IWOTH:
        writers, change = "every user of this machine", "o-w"
    elif status.st_mode & stat.S_IWGRP and (
        not _is_private_group(status.st_uid, status.st_gid) or _has_access_list(acl_path)
    ):
        writers, change = f"the group {_group_name(status.st_gid)}", "g-w"
    else:
        return
    raise UntrustedFileError(
        f"{path} can be changed by {writers}",
        next_step=f"See that its content is yours, then: chmod {change} {quote(str(path))} "
        "(a team shares a cluster's files by a repository, each member with a copy).",
    )


def _kind_error(mode: int, path: Path, wanted: str) -> UntrustedFileError:
    kind = _KINDS.get(stat.S_IFMT(mode), "something else")
    next_step = f"Remove it: rm {quote(str(path))}"
    if stat.S_ISLNK(mode):
        next_step = f"Put the file itself there, or remove the link: rm {quote(str(path))}"
    return UntrustedFileError(f"{path} is {kind}, not {wanted}", next_step=next_step)


def _trusted_users() -> frozenset[int]:
    """Numbers of the users whose files are trusted. Root under sudo trusts the user who called sudo, as git does."""
    own = os.geteuid()
    caller = os.environ.get("SUDO_UID", "")
    if own == 0 and caller.isascii() and caller.isdigit() and len(caller) < 11:
        return frozenset((0, int(caller)))
    return frozenset((0, own))


def _is_private_group(user: int, group: int) -> bool:
    """Whether a group is the user's own, of the same name and without other members."""
    try:
        account, members = pwd.getpwuid(user), grp.getgrgid(group)
    except KeyError:
        return False
    return account.pw_gid == group and members.gr_name == account.pw_name and set(members.gr_mem) <= {account.pw_name}


def _has_access_list(path: str) -> bool:
    """Whether an access list grants more than the mode says; then the mode's group bits are the list's mask."""
    read = getattr(os, "getxattr", None)
    try:
        return read is not None and bool(read(path, "system.posix_acl_access"))
    except OSError:
        return False


def _user_name(number: int) -> str:
    try:
        return f"{pwd.getpwuid(number).pw_name} (uid {number})"
    except KeyError:
        return f"uid {number}"


def _group_name(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return f"gid {number}"
