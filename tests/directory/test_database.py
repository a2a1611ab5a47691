"""state.db: tables of each room, damage, and other processes."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from corotui.cluster.events import Event, Note
from corotui.directory import Directory
from corotui.directory import database as room
from corotui.errors import FileError, WorkError

FIRST = "CREATE TABLE step (name TEXT); CREATE INDEX step_name ON step (name);"
SECOND = "ALTER TABLE step ADD COLUMN at REAL; INSERT INTO step VALUES ('a;b', 1.0);"


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    return Directory.create(tmp_path / "db", "db")


@pytest.fixture
def path(directory: Directory) -> Path:
    return directory.state_dir / "state.db"


def rows(directory: Directory, *migrations: str) -> list[tuple[object, ...]]:
    with closing(directory.open_database("journal", migrations)) as database:
        return database.execute("SELECT * FROM step").fetchall()


def test_it_is_private_and_in_wal_mode(directory: Directory, path: Path) -> None:
    with closing(directory.open_database()) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert database.execute("PRAGMA busy_timeout").fetchone() == (5000,)
        database.execute("CREATE TABLE x (y)")
        assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.glob("state.db*")} == {0o600}


def test_each_migration_runs_once(directory: Directory) -> None:
    assert rows(directory, FIRST) == []
    assert rows(directory, FIRST, SECOND) == [("a;b", 1.0)]
    assert rows(directory, FIRST, SECOND) == [("a;b", 1.0)]


def test_rooms_do_not_know_each_other(directory: Directory) -> None:
    with (
        closing(directory.open_database("journal", [FIRST])),
        closing(directory.open_database("ring", ["CREATE TABLE r (x)"])),
    ):
        pass
    with closing(directory.open_database()) as database:
        assert database.execute("SELECT * FROM room ORDER BY name").fetchall() == [("journal", 1), ("ring", 1)]


def test_a_migration_that_fails_leaves_nothing_of_it(directory: Directory) -> None:
    with pytest.raises(WorkError, match="cannot be used"):
        directory.open_database("journal", [FIRST, "CREATE TABLE other (x); CREATE TABLE step (x);"])
    with closing(directory.open_database()) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert tables == {"room"}


def test_a_newer_corotui_was_here(directory: Directory) -> None:
    rows(directory, FIRST, SECOND)
    with pytest.raises(FileError, match="newer corotui"):
        rows(directory, FIRST)
    with closing(directory.open_database()) as database:
        database.execute(f"PRAGMA user_version={room.SCHEMA + 1}")
    with pytest.raises(FileError, match="newer corotui"):
        directory.open_database()


@pytest.mark.parametrize("damage", [b"not a database " * 1000, b"\0" * 8192, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_damaged_file_is_set_aside_and_a_note_says_so(directory: Directory, path: Path, damage: bytes) -> None:
    rows(directory, FIRST, SECOND)
    path.write_bytes(damage)
    events: list[Event] = []
    with closing(directory.open_database("journal", [FIRST], report=events.append)) as database:
        assert database.execute("SELECT * FROM step").fetchall() == []
    (note,) = events
    assert isinstance(note, Note)
    assert "was damaged" in note.text
    (aside,) = path.parent.glob("state.db.damaged-*[0-9]")
    assert aside.name in note.text
    assert aside.read_bytes() == damage


def test_a_page_that_is_damaged_is_found(directory: Directory, path: Path) -> None:
    with closing(directory.open_database("journal", [FIRST])) as database:
        database.executemany("INSERT INTO step VALUES (?)", [("x" * 100,)] * 1000)
        database.commit()
    data = bytearray(path.read_bytes())
    data[3 * 4096 : 4 * 4096] = b"\xa5" * 4096
    path.write_bytes(data)
    events: list[Event] = []
    directory.open_database(report=events.append).close()
    assert len(events) == 1


def test_an_empty_file_is_a_new_one(directory: Directory, path: Path) -> None:
    path.write_bytes(b"")
    events: list[Event] = []
    directory.open_database(report=events.append).close()
    assert events == []


def test_a_lock_that_lasts_is_reported(directory: Directory, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows(directory, FIRST)
    monkeypatch.setattr(room, "BUSY_MS", 10)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(WorkError, match="locked"):
            directory.open_database("journal", [FIRST, SECOND])
    assert rows(directory, FIRST, SECOND) == [("a;b", 1.0)]


def test_a_folder_in_its_place(directory: Directory, path: Path) -> None:
    path.mkdir()
    with pytest.raises(WorkError, match="directory"):
        directory.open_database()
