"""Reads files of the operator, and writes them whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from corotui.directory.trusted_files import check_file_in, open_file, open_folder
from corotui.errors import FileError, WorkError


def read_file(path: Path, *, hint: str = "") -> bytes:
    """The bytes of a file. `hint` says what to do about a missing file.

    Raises FileError with the reason, and UntrustedFileError.
    """
    data = read_optional(path)
    if data is None:
        what = "there is no such file"
        raise FileError(str(path), f"{what}; {hint}" if hint else what)
    return data


def read_optional(path: Path) -> bytes | None:
    """The bytes of a file, None if there is none. Raises FileError with the reason, and UntrustedFileError."""
    try:
        with os.fdopen(open_file(path, os.O_RDONLY), "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FileError(str(path), f"cannot be read: {os_error_text(error)}") from None


def write_atomic(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Replaces a file as a whole: temporary file beside it, fsync, rename, fsync of the folder.

    `mode` None keeps the mode of the old file; a new file gets 0644. Raises WorkError, and UntrustedFileError if there
    is something that is not the user's own file; what was there is then unchanged.
    """
    try:
        replace_file(path, data, mode=mode)
    except OSError as error:
        raise write_error(path, error) from None


def replace_file(path: Path, data: bytes, *, mode: int | None = None, durable: bool = True) -> None:
    """Does the work of `write_atomic` and raises OSError; the old file is then unchanged.

    `durable` False leaves out fsync, for text that is saved at each keystroke.
    """
    with open_folder(path.parent) as folder:
        old = check_file_in(folder, path)
        if mode is None:
            mode = stat.S_IMODE(old.st_mode) if old is not None else 0o644
        name = f".{path.name}.{secrets.token_hex(8)}"
        handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                os.fchmod(file.fileno(), mode)
                file.write(data)
                file.flush()
                if durable:
                    os.fsync(file.fileno())
            os.rename(name, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)
            raise
        if durable:
            _sync_folder(folder)


def append_file(path: Path, data: bytes) -> None:
    """Adds bytes to the end of a file, which is created with mode 0600. Raises OSError, and UntrustedFileError."""
    with os.fdopen(open_file(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), "ab") as file:
        file.write(data)


def make_folder(path: Path, *, mode: int = 0o755) -> None:
    """Creates a folder and its parents. An existing folder is left as it is.

    Raises WorkError, and UntrustedFileError if another user could exchange the folder.
    """
    try:
        with open_folder(path, create_mode=mode):
            pass
    except OSError as error:
        raise write_error(path, error) from None


def _sync_folder(folder: int) -> None:
    """Writes the folder itself to the disk, so that a rename in it survives a loss of power."""
    handle = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def os_error_text(error: OSError) -> str:
    """The message of the operating system, such as "No space left on device"."""
    return error.strerror or str(error)


def write_error(path: Path, error: OSError) -> WorkError:
    """The error for a file that cannot be written; the file itself is unchanged."""
    return WorkError(
        f"{path} cannot be written: {os_error_text(error)}",
        changed="It is as it was.",
        next_step="Make room or give write permission there, then do the same again.",
    )
