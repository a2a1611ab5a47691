"""What a walk remembers in the directory's state.db: where it stands, the facts it saw last, confs to go back to."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from ipaddress import ip_network

from corotui.directory import Directory
from corotui.facts import NodeFacts, from_json, to_json
from corotui.facts.model import IpNetwork
from corotui.workflow.state import Step

_MIGRATIONS = (
    """
    CREATE TABLE standing (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE facts (node TEXT PRIMARY KEY, taken_at REAL NOT NULL, facts TEXT NOT NULL) STRICT;
    CREATE TABLE conf_before (id INTEGER PRIMARY KEY, conf BLOB) STRICT;
    """,
)
_MAX_SAVED_CONFS = 50  # corosync.conf files kept for undo


class WorkflowStore:
    """Opens state.db anew for each call: a walk lives long, and other processes write there too."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def _open(self) -> closing[sqlite3.Connection]:
        return closing(self._directory.open_database("walk", _MIGRATIONS))

    def load(self) -> tuple[Step, tuple[IpNetwork, ...], dict[str, NodeFacts]]:
        """The step, the chosen links' networks, the facts by node. What cannot be read any more is left out."""
        with self._open() as database:
            values = dict(database.execute("SELECT key, value FROM standing").fetchall())
            rows = database.execute("SELECT node, facts FROM facts").fetchall()
        facts: dict[str, NodeFacts] = {}
        for node, text in rows:
            try:
                facts[node] = from_json(json.loads(text))
            except (ValueError, KeyError, TypeError):
                continue
        step = values.get("step", "")
        networks: list[IpNetwork] = []
        for text in values.get("links", "").split():
            with suppress(ValueError):
                networks.append(ip_network(text))
        return (Step(step) if step in set(Step) else Step.NODES), tuple(networks), facts

    def save_step(self, step: Step) -> None:
        self._save_value("step", step.value)

    def save_links(self, networks: Sequence[IpNetwork]) -> None:
        """Saves the networks of the chosen links."""
        self._save_value("links", " ".join(map(str, networks)))

    def _save_value(self, key: str, value: str) -> None:
        with self._open() as database, database:
            database.execute("INSERT OR REPLACE INTO standing VALUES (?, ?)", (key, value))

    def save_facts(self, facts: Mapping[str, NodeFacts]) -> None:
        """Facts of these nodes; those of other nodes stay."""
        rows = [(name, found.taken_at, json.dumps(to_json(found))) for name, found in facts.items()]
        with self._open() as database, database:
            database.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", rows)

    def delete_facts(self, node: str) -> None:
        with self._open() as database, database:
            database.execute("DELETE FROM facts WHERE node = ?", (node,))

    def push_conf(self, conf: bytes | None) -> None:
        """Keeps the corosync.conf that is about to be replaced; None: there was none."""
        with self._open() as database, database:
            database.execute("INSERT INTO conf_before (conf) VALUES (?)", (conf,))
            database.execute(
                "DELETE FROM conf_before WHERE id <= (SELECT max(id) FROM conf_before) - ?", (_MAX_SAVED_CONFS,)
            )

    def pop_conf(self) -> tuple[bool, bytes | None]:
        """(whether there was one, the conf that was kept last)."""
        with self._open() as database, database:
            row = database.execute("SELECT id, conf FROM conf_before ORDER BY id DESC LIMIT 1").fetchone()
            if row is None:
                return False, None
            database.execute("DELETE FROM conf_before WHERE id = ?", (row[0],))
            return True, row[1]
