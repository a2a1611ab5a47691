"""Reads files of the operator, and writes them whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from corotui.errors import FileError, WorkError


def read_file(path: Path, *, hint: str = "") -> bytes:
    """The bytes of a file. Raises FileError with the reason; `hint` says what to do about a missing file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        what = "there is no such file"
        raise FileError(str(path), f"{what}; {hint}" if hint else what) from None
    except OSError as error:
        raise FileError(str(path), f"cannot be read: {os_error_text(error)}") from None


def write_atomic(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Replaces a file as a whole: temporary file beside it, fsync, rename, fsync of the folder.

    `mode` None keeps the mode of the old file; a new file gets 0644. A symbolic link stays one, and the file that it
    points to is replaced. Raises WorkError; the old file is then unchanged.
    """
    try:
        replace_file(path, data, mode=mode)
    except OSError as error:
        raise write_error(path, error) from None


def replace_file(path: Path, data: bytes, *, mode: int | None = None, durable: bool = True) -> None:
    """Does the work of `write_atomic` and raises OSError; the old file is then unchanged.

    `durable` False leaves out fsync, for text that is saved at each keystroke.
    """
    target = Path(os.path.realpath(path))
    if mode is None:
        mode = target.stat().st_mode & 0o7777 if target.exists() else 0o644
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(target.parent)


def make_folder(path: Path, *, mode: int = 0o755) -> None:
    """Creates a folder and its parents. An existing folder is left as it is. Raises WorkError."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=mode)
    except OSError as error:
        raise write_error(path, error) from None


def sync_folder(path: Path) -> None:
    """Writes the folder itself to the disk, so that a rename in it survives a loss of power."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
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
