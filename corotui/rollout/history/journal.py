"""The journal of rollouts in state.db. Each step is written before and after it is done, so an interruption shows."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from corotui.cluster.events import ProgressState
from corotui.cluster.text.redaction import redact
from corotui.directory import Directory

_MIGRATIONS = (
    """
    CREATE TABLE run (
        id INTEGER PRIMARY KEY,
        title TEXT NOT NULL,
        began REAL NOT NULL,
        ended REAL,
        state TEXT NOT NULL,
        pid INTEGER NOT NULL,
        plan TEXT NOT NULL
    ) STRICT;
    CREATE TABLE step (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES run (id),
        step TEXT NOT NULL,
        node TEXT NOT NULL,
        state TEXT NOT NULL,
        detail TEXT NOT NULL,
        at REAL NOT NULL
    ) STRICT;
    CREATE INDEX step_of_run ON step (run, id);
    CREATE TABLE generation (
        number INTEGER PRIMARY KEY,
        sha256 TEXT NOT NULL,
        at REAL NOT NULL,
        note TEXT NOT NULL
    ) STRICT;
    """,
    """
    CREATE TABLE forgotten (
        run INTEGER PRIMARY KEY REFERENCES run (id),
        operator TEXT NOT NULL,
        why TEXT NOT NULL,
        left_behind TEXT NOT NULL
    ) STRICT;
    """,
)


class RunState(StrEnum):
    """How a run is, or how it ended."""

    RUNNING = "running"
    """In progress; interrupted if nobody holds the directory's lock."""
    DONE = "done"
    UNDONE = "undone"
    FAILED = "failed"
    """Files and daemons are in place, the ring is not as it should be."""
    FORGOTTEN = "forgotten"
    """It was closed without being finished or undone; the journal says who did that, and what is left."""
    OPEN = "open"
    """It ended between two safe points and waits for `recover`."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A rollout in the journal."""

    id: int
    """Number of the run."""
    title: str
    """What it does, for people."""
    began: float
    """Unix seconds."""
    ended: float | None
    """Unix seconds, None while it is in progress."""
    state: RunState
    """Whether it is in progress, and how it ended."""
    pid: int
    """The process that runs it, or ran it last."""
    plan: Mapping[str, Any]  # Any: JSON, which plan_codec reads
    """The plan as `plan_codec.to_json` returned it."""

    @property
    def is_unfinished(self) -> bool:
        """Whether it is in progress, or interrupted."""
        return self.state in (RunState.RUNNING, RunState.OPEN)


@dataclass(frozen=True, slots=True)
class ForgottenRun:
    """Why a rollout was closed without being finished or undone. Its `RunRecord.ended` says when."""

    operator: str
    """Who closed it: user@host."""
    why: str
    """The operator's reason, "" if none was given."""
    left: tuple[tuple[str, str], ...]
    """(node, what was found there), as far as the nodes answered."""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A step that changed its state."""

    id: int
    """Number of the entry."""
    step: str
    """Name of the step, see execute.run.STEPS."""
    node: str
    """The node, "" for the step as a whole."""
    state: ProgressState
    """The new state of the step."""
    detail: str
    """What is being waited for, or what went wrong."""
    at: float
    """Unix seconds."""


class Journal:
    """The journal of one directory. Close it, or use it as a context manager."""

    def __init__(self, directory: Directory) -> None:
        self.database: sqlite3.Connection = directory.open_database("rollout", _MIGRATIONS)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the database."""
        self.database.close()

    def begin(self, title: str, plan: Mapping[str, object]) -> int:
        """Begins a run and returns its id."""
        with self.database:
            cursor = self.database.execute(
                "INSERT INTO run (title, began, state, pid, plan) VALUES (?, ?, ?, ?, ?)",
                (title, time.time(), RunState.RUNNING.value, os.getpid(), json.dumps(plan)),
            )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def resume(self, run_id: int) -> None:
        """Records that this process continues a run."""
        with self.database:
            self.database.execute(
                "UPDATE run SET state = ?, pid = ?, ended = NULL WHERE id = ?",
                (RunState.RUNNING.value, os.getpid(), run_id),
            )

    def update_plan(self, run_id: int, plan: Mapping[str, object]) -> None:
        """Replaces the plan of a run."""
        with self.database:
            self.database.execute("UPDATE run SET plan = ? WHERE id = ?", (json.dumps(plan), run_id))

    def end(self, run_id: int, state: RunState) -> None:
        """Ends a run."""
        with self.database:
            self.database.execute(
                "UPDATE run SET state = ?, ended = ? WHERE id = ?", (state.value, time.time(), run_id)
            )

    def forget(self, run_id: int, operator: str, why: str, left: Iterable[tuple[str, str]] = ()) -> None:
        """Closes a run that is neither finished nor undone. The arguments are the fields of ForgottenRun."""
        with self.database:
            self.database.execute(
                "INSERT OR REPLACE INTO forgotten VALUES (?, ?, ?, ?)", (run_id, operator, why, json.dumps(list(left)))
            )
            self.database.execute(
                "UPDATE run SET state = ?, ended = ? WHERE id = ?", (RunState.FORGOTTEN.value, time.time(), run_id)
            )

    def forgotten(self, run_id: int) -> ForgottenRun | None:
        """Returns why a run was forgotten, None if it was not."""
        row = self.database.execute(
            "SELECT operator, why, left_behind FROM forgotten WHERE run = ?", (run_id,)
        ).fetchone()
        return ForgottenRun(row[0], row[1], tuple((node, what) for node, what in json.loads(row[2]))) if row else None

    def add_entries(self, run_id: int, step: str, state: ProgressState, nodes: Iterable[str], detail: str = "") -> None:
        """Adds entries for several nodes in one transaction. Secrets in `detail` are left out."""
        now = time.time()
        detail = redact(detail)
        with self.database:
            self.database.executemany(
                "INSERT INTO step (run, step, node, state, detail, at) VALUES (?, ?, ?, ?, ?, ?)",
                [(run_id, step, node, state.value, detail, now) for node in nodes],
            )

    def last_run(self) -> RunRecord | None:
        """Returns the newest run, None if there was none."""
        row = self.database.execute(f"{_SELECT_RUN} ORDER BY id DESC LIMIT 1").fetchone()
        return _run_from_row(row) if row else None

    def run_state(self, run_id: int) -> RunState:
        """Returns the state of a run. Raises KeyError if there is none of that id."""
        row = self.database.execute("SELECT state FROM run WHERE id = ?", (run_id,)).fetchone()
        if row is None:
            raise KeyError(run_id)
        return RunState(row[0])

    def unfinished_run(self) -> RunRecord | None:
        """Returns the newest run if it is unfinished; whether it is in progress shows the directory's lock."""
        run = self.last_run()
        return run if run is not None and run.is_unfinished else None

    def entries(self, run_id: int, after: int = 0) -> tuple[JournalEntry, ...]:
        """Returns the entries of a run in order, only those with an id above `after`."""
        rows = self.database.execute(
            "SELECT id, step, node, state, detail, at FROM step WHERE run = ? AND id > ? ORDER BY id", (run_id, after)
        )
        return tuple(JournalEntry(r[0], r[1], r[2], ProgressState(r[3]), r[4], r[5]) for r in rows)

    def touched_nodes(self, run_id: int, step: str) -> frozenset[str]:
        """Returns the nodes on which a step began."""
        rows = self.database.execute(
            "SELECT DISTINCT node FROM step WHERE run = ? AND step = ? AND state <> ? AND node <> ''",
            (run_id, step, ProgressState.SKIPPED.value),
        )
        return frozenset(row[0] for row in rows)

    def step_began(self, run_id: int, step: str) -> bool:
        """Whether a step began anywhere in the run."""
        row = self.database.execute("SELECT 1 FROM step WHERE run = ? AND step = ? LIMIT 1", (run_id, step)).fetchone()
        return row is not None


_SELECT_RUN = "SELECT id, title, began, ended, state, pid, plan FROM run"


def _run_from_row(row: tuple[Any, ...]) -> RunRecord:  # Any: sqlite3 types no columns
    return RunRecord(row[0], row[1], row[2], row[3], RunState(row[4]), row[5], json.loads(row[6]))
