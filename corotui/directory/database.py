"""state.db: what must outlive a session, such as the journal of rollouts and the step of the workflow."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from collections.abc import Sequence
from pathlib import Path

from corotui.cluster.events import EventSink, Note, ignore_event
from corotui.directory.atomic_files import os_error_text, write_error
from corotui.directory.trusted_files import check_file_in, open_file, open_folder
from corotui.errors import FileError, WorkError

SCHEMA = 1
BUSY_MS = 5000
CHECK_UP_TO = 8 << 20  # bytes; reading every page of a larger file would delay the first screen
_MALFORMED = "malformed"


def connect(
    path: Path, *, room: str = "", migrations: Sequence[str] = (), report: EventSink = ignore_event
) -> sqlite3.Connection:
    """Opens the database in WAL mode with file mode 0600. It waits up to 5 s for another process's lock.

    Each room owns its tables. It passes its name and its `migrations`: SQL scripts in order, never changed once
    released. Those that have not run in this file yet run in one transaction. The table `room` holds the number of
    scripts that have run for each room. Any thread may use the connection, one at a time.

    A damaged file is kept as state.db.damaged-<time>, a Note says so, and a new file is started.
    Raises WorkError (disk full, no permission, locked), FileError (written by a newer corotui) or UntrustedFileError.
    """
    try:
        return _open(path, room, migrations)
    except sqlite3.DatabaseError as error:
        if not _damaged(error):
            raise _failed(path, error) from None
    except OSError as error:
        raise write_error(path, error) from None
    aside = _set_aside(path)
    report(Note(text=f"{path} was damaged. It is kept as {aside.name}; a new one starts without its history."))
    try:
        return _open(path, room, migrations)
    except sqlite3.DatabaseError as error:
        raise _failed(path, error) from None
    except OSError as error:
        raise write_error(path, error) from None


def _open(path: Path, room: str, migrations: Sequence[str]) -> sqlite3.Connection:
    _check_files(path)
    database = sqlite3.connect(path, timeout=BUSY_MS / 1000, check_same_thread=False)
    try:
        database.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("PRAGMA foreign_keys=ON")
        _check_pages(database, path.stat().st_size)
        _migrate(database, path, room, migrations)
    except BaseException:
        database.close()
        raise
    return database


def _check_files(path: Path) -> None:
    """Creates the file, makes it private, and checks it and the files that sqlite keeps beside it.

    sqlite opens them by name. Their folder is one that no other user can write to, so that the names stay what they
    are.
    """
    # sqlite would create the file with the umask's mode. Its -wal and -shm files take the mode of the file itself.
    handle = open_file(path, os.O_RDWR | os.O_CREAT)
    try:
        status = os.fstat(handle)
        if status.st_uid == os.geteuid() and stat.S_IMODE(status.st_mode) != 0o600:
            os.fchmod(handle, 0o600)
    finally:
        os.close(handle)
    with open_folder(path.parent) as folder:
        for end in ("-wal", "-shm", "-journal"):
            check_file_in(folder, path.with_name(path.name + end))


def _check_pages(database: sqlite3.Connection, size: int) -> None:
    database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if size > CHECK_UP_TO:
        return
    first = database.execute("PRAGMA quick_check(1)").fetchone()
    if first is None or first[0] != "ok":
        raise sqlite3.DatabaseError(_MALFORMED)


def _migrate(database: sqlite3.Connection, path: Path, room: str, migrations: Sequence[str]) -> None:
    version = int(database.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA:
        raise FileError(str(path), "was written by a newer corotui; use that one, or another directory")
    if version < SCHEMA:
        # Two processes may get here at once. The second one waits and then finds the table.
        database.executescript(
            "BEGIN IMMEDIATE;"
            "CREATE TABLE IF NOT EXISTS room (name TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT;"
            f"PRAGMA user_version={SCHEMA}; COMMIT;"
        )
    if not room or _version(database, room, path, migrations) == len(migrations):
        return
    database.execute("BEGIN IMMEDIATE")
    with database:  # commits, or rolls back on an exception
        done = _version(database, room, path, migrations)
        for script in migrations[done:]:
            for statement in _statements(script):
                database.execute(statement)
        database.execute("INSERT OR REPLACE INTO room VALUES (?, ?)", (room, len(migrations)))


def _version(database: sqlite3.Connection, room: str, path: Path, migrations: Sequence[str]) -> int:
    row = database.execute("SELECT version FROM room WHERE name = ?", (room,)).fetchone()
    done = int(row[0]) if row else 0
    if done > len(migrations):
        raise FileError(str(path), f"holds {room} of a newer corotui; use that one, or another directory")
    return done


def _statements(script: str) -> list[str]:
    """The statements of a script. `executescript` cannot be used: it commits the surrounding transaction."""
    statements: list[str] = []
    part = ""
    for piece in script.split(";"):
        part += piece + ";"
        if sqlite3.complete_statement(part):
            statements.append(part)
            part = ""
    return [statement for statement in statements if statement.strip("; \n\t")]


def _damaged(error: sqlite3.DatabaseError) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return str(error) == _MALFORMED
    return (code & 0xFF) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _set_aside(path: Path) -> Path:
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    try:
        path.replace(aside)
        for end in ("-wal", "-shm"):
            side = path.with_name(path.name + end)
            if side.exists():
                side.replace(aside.with_name(aside.name + end))
    except OSError as error:
        raise write_error(path, error) from None
    return aside


def _failed(path: Path, error: sqlite3.Error | OSError) -> WorkError:
    said = os_error_text(error) if isinstance(error, OSError) else str(error)
    return WorkError(
        f"{path} cannot be used: {said}",
        next_step="Make room there, give write permission, or end the other corotui, then do the same again.",
    )
