"""What a workflow keeps in the directory's state.db between sessions: its step, links, facts, and confs for undo."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from ipaddress import ip_network

from corotui.directory import Directory
from corotui.facts import NodeFacts, from_json, to_json
from corotui.facts.model import IpNetwork
from corotui.workflow.state import Step

_NAMESPACE = "walk"  # the name under which directories of earlier versions hold these tables
_MIGRATIONS = (
    """
    CREATE TABLE standing (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE facts (node TEXT PRIMARY KEY, taken_at REAL NOT NULL, facts TEXT NOT NULL) STRICT;
    CREATE TABLE conf_before (id INTEGER PRIMARY KEY, conf BLOB) STRICT;
    """,
)
_MAX_SAVED_CONFS = 50  # corosync.conf files kept for undo


@dataclass(frozen=True, slots=True)
class SavedState:
    """What the last session left. Values that cannot be read any more are missing."""

    step: Step
    """The step that the operator was at."""
    links: tuple[IpNetwork, ...]
    """Networks of the links that the operator chose, link 0 first."""
    facts: Mapping[str, NodeFacts]
    """The last facts of each node, by name."""


class WorkflowStore:
    """Opens state.db for each call anew: a workflow lives long, and other processes write there too."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def _open(self) -> closing[sqlite3.Connection]:
        return closing(self._directory.open_database(_NAMESPACE, _MIGRATIONS))

    def load(self) -> SavedState:
        """Reads the saved state."""
        with self._open() as database:
            values = dict(database.execute("SELECT key, value FROM standing").fetchall())
            rows = database.execute("SELECT node, facts FROM facts").fetchall()
        step = values.get("step", "")
        links: list[IpNetwork] = []
        for network in values.get("links", "").split():
            with suppress(ValueError):
                links.append(ip_network(network))
        facts: dict[str, NodeFacts] = {}
        for node, document in rows:
            with suppress(ValueError, KeyError, TypeError):
                facts[node] = from_json(json.loads(document))
        return SavedState(Step(step) if step in set(Step) else Step.NODES, tuple(links), facts)

    def save_step(self, step: Step) -> None:
        """Saves the step that the operator is at."""
        self._save_value("step", step.value)

    def save_links(self, networks: Sequence[IpNetwork]) -> None:
        """Saves the networks of the chosen links."""
        self._save_value("links", " ".join(map(str, networks)))

    def _save_value(self, key: str, value: str) -> None:
        with self._open() as database, database:
            database.execute("INSERT OR REPLACE INTO standing VALUES (?, ?)", (key, value))

    def save_facts(self, facts: Mapping[str, NodeFacts]) -> None:
        """Saves the facts of these nodes; those of other nodes stay."""
        rows = [
            (name, facts_of_node.taken_at, json.dumps(to_json(facts_of_node))) for name, facts_of_node in facts.items()
        ]
        with self._open() as database, database:
            database.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", rows)

    def delete_facts(self, node: str) -> None:
        """Deletes the facts of a node."""
        with self._open() as database, database:
            database.execute("DELETE FROM facts WHERE node = ?", (node,))

    def push_conf(self, conf: bytes | None) -> None:
        """Keeps the corosync.conf that is about to be replaced, None where there was none."""
        with self._open() as database, database:
            database.execute("INSERT INTO conf_before (conf) VALUES (?)", (conf,))
            database.execute(
                "DELETE FROM conf_before WHERE id <= (SELECT max(id) FROM conf_before) - ?", (_MAX_SAVED_CONFS,)
            )

    def pop_conf(self) -> tuple[bool, bytes | None]:
        """Removes and returns the conf that was kept last: (whether any was kept, conf), conf None for no file."""
        with self._open() as database, database:
            row = database.execute("SELECT id, conf FROM conf_before ORDER BY id DESC LIMIT 1").fetchone()
            if row is None:
                return False, None
            database.execute("DELETE FROM conf_before WHERE id = ?", (row[0],))
            return True, row[1]
