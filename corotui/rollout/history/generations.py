"""Keeps every corosync.conf that was ever rolled out from a directory: numbered files, mode 0600, never a key."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

from corotui.directory import Directory
from corotui.directory.atomic_files import make_folder, read_file, write_atomic
from corotui.errors import UsageError
from corotui.rollout.history.journal import Journal


@dataclass(frozen=True, slots=True)
class Generation:
    """One kept configuration."""

    number: int
    """1 for the oldest."""
    sha256: str
    """SHA-256 of the configuration in hex digits."""
    at: float
    """When it was rolled out, Unix seconds."""
    note: str = ""
    """Why it was rolled out."""

    def to_json(self) -> dict[str, object]:
        """Returns the generation as one JSON object."""
        return {"number": self.number, "sha256": self.sha256, "at": self.at, "note": self.note}


class GenerationStore:
    """The generations of one directory, oldest first."""

    def __init__(self, directory: Directory, journal: Journal) -> None:
        self._folder = directory.generations_dir
        self._database = journal.database

    def all(self) -> tuple[Generation, ...]:
        """Returns all generations, oldest first."""
        rows = self._database.execute("SELECT number, sha256, at, note FROM generation ORDER BY number")
        return tuple(Generation(*row) for row in rows)

    def digests(self) -> frozenset[str]:
        """Returns the sha256 of each generation."""
        return frozenset(generation.sha256 for generation in self.all())

    def add(self, conf: bytes, note: str = "") -> tuple[int, bool]:
        """Keeps a file as the newest generation, if it is not that already. Returns its number and if it is new."""
        digest = hashlib.sha256(conf).hexdigest()
        generations = self.all()
        if generations and generations[-1].sha256 == digest:
            return generations[-1].number, False
        number = generations[-1].number + 1 if generations else 1
        make_folder(self._folder, mode=0o700)
        write_atomic(self.path(number), conf, mode=0o600)
        with self._database:
            self._database.execute(
                "INSERT INTO generation (number, sha256, at, note) VALUES (?, ?, ?, ?)",
                (number, digest, time.time(), note),
            )
        return number, True

    def remove(self, number: int) -> None:
        """Removes a generation whose rollout was undone."""
        with self._database:
            self._database.execute("DELETE FROM generation WHERE number = ?", (number,))
        self.path(number).unlink(missing_ok=True)

    def path(self, number: int) -> Path:
        """Returns the path of a generation's file."""
        return self._folder / f"{number:04}.conf"

    def read_conf(self, number: int) -> bytes:
        """Returns the file of a generation. Raises UsageError if there is none of that number."""
        numbers = [generation.number for generation in self.all()]
        if number not in numbers:
            available = (
                f"There are {numbers[0]} to {numbers[-1]}." if numbers else "Nothing was rolled out from here yet."
            )
            raise UsageError(f"There is no generation {number}. {available}")
        return read_file(self.path(number))

    def number_before(self, current: bytes | None) -> int:
        """Returns the newest generation with another content than `current`. Raises UsageError if there is none."""
        digest = hashlib.sha256(current).hexdigest() if current is not None else ""
        older = [generation.number for generation in self.all() if generation.sha256 != digest]
        if not older:
            raise UsageError("There is no earlier corosync.conf to go back to.")
        return older[-1]
