"""The verbs, how each is called, and what its answer has to say of the healthy nodes."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corotui.cluster.finding import BEYOND_LIMITS, NODE_UNREACHABLE, TOOL_HUNG, UNEXPLAINED
from corotui.practice import PracticeCluster
from tests.hostile import child
from tests.hostile.judge import Cell, raw_controls

HEALTHY = ("node1", "node2")
HOSTILE = "node3"

Document = dict[str, Any]  # Any: JSON
Part = Callable[[Document], object]
"""What a document of --json says of the healthy nodes, without what changes from call to call."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb as it is called."""

    name: str
    """What the table calls it."""
    words: tuple[str, ...]
    """Its arguments; DIR, CONF, HOST, KEY and NEW are replaced."""
    part: Part | None = None
    """What has to be as without an attack; None for nothing but well-formed output."""
    changes: bool = False
    """Whether it changes nodes."""


def _facts(document: Document) -> object:
    keys = ("hostname", "fqdn", "os", "service_manager", "corosync", "interfaces", "commands", "packages", "firewalls")
    nodes = document.get("nodes", {})
    return {name: {key: nodes.get(name, {}).get(key) for key in keys} for name in HEALTHY}


def _ring(document: Document) -> object:
    keys = ("reachable", "running", "corosync", "node_id", "quorate", "members", "votes", "total_votes", "error")
    nodes = {node["name"]: node for node in document.get("nodes", ())}
    return {
        name: {
            **{key: nodes.get(name, {}).get(key) for key in keys},
            "links": sorted((link["link"], link["peer"]) for link in nodes.get(name, {}).get("links", ())),
        }
        for name in HEALTHY
    }


def _plan(document: Document) -> object:
    """A plan may be refused for the hostile node's sake, as an error that names it; else it has all nodes."""
    names = {node["name"] for node in document.get("nodes", ())}
    return "error" in document or set(HEALTHY) <= names


SILENT = frozenset({NODE_UNREACHABLE, UNEXPLAINED, TOOL_HUNG, BEYOND_LIMITS, "not-installed", "daemon-stopped"})
"""Codes of findings that say that a node did not answer, or not all of it."""


def _doctor(document: Document) -> object:
    """No healthy node is one that could not be examined."""
    return [one["code"] for one in document["findings"] if one["node"] in HEALTHY and one["code"] in SILENT]


VERBS = (
    Verb("facts", ("facts", "DIR", "--json"), _facts),
    Verb("facts text", ("facts", "DIR")),
    Verb("check", ("check", "DIR")),
    Verb("check --prove", ("check", "DIR", "--prove", "--json")),
    Verb("plan", ("plan", "DIR", "--json"), _plan),
    Verb("plan text", ("plan", "DIR")),
    Verb("status", ("status", "DIR", "--json"), _ring),
    Verb("status text", ("status", "DIR")),
    Verb("watch", ("watch", "DIR", "--for", "6", "--json"), _ring),
    Verb("watch text", ("watch", "DIR", "--for", "6")),
    Verb("doctor", ("doctor", "DIR", "--json"), _doctor),
    Verb("doctor text", ("doctor", "DIR")),
    Verb("adopt", ("adopt", "HOST", "NEW", "--sudo", "--key", "KEY", "--accept-new-host-keys")),
    Verb("build --plan", ("build", "DIR", "--plan")),
    Verb("conf check", ("conf", "check", "CONF")),
    Verb("apply", ("apply", "DIR", "--yes", "--json"), changes=True),
    Verb("recover", ("recover", "DIR"), changes=True),
    Verb("restore", ("restore", "DIR", "--yes"), changes=True),
)


def last_document(output: bytes) -> Document | None:
    """The last JSON document on stdout that is one, None where there is none."""
    for line in reversed(output.splitlines()):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        return found if isinstance(found, dict) else None
    return None


def drive(verb: Verb, attack: str, cluster: PracticeCluster, directory: Path, conf: Path, expected: object) -> Cell:
    """Runs one verb on the directory and judges what it said. `expected`: what `part` returned without an attack."""
    ended, document = call(verb, cluster, directory, conf)
    faults = []
    output = ended.out + ended.err
    if b"Traceback (most recent" in output or b"defect of corotui" in output or ended.defect:
        faults.append(f"defect: {ended.defect or output[-200:].decode(errors='replace')}")
    if "--json" in verb.words and document is None and not ended.cost.killed:
        faults.append("no JSON document")
    if verb.part is not None and expected is not None and document is not None:
        part = verb.part(document)
        if part != expected:
            faults.append(f"healthy nodes: {_difference(part, expected)}")
    said = ended.err.decode("ascii", "replace").strip().splitlines()
    return Cell(
        attack,
        verb.name,
        ended.cost,
        ended.code,
        len(output),
        raw_controls(output),
        tuple(faults),
        note="".join(ch if ch.isprintable() else "?" for ch in said[-1])[:200] if said else "",
    )


def call(verb: Verb, cluster: PracticeCluster, directory: Path, conf: Path) -> tuple[child.Ended, Document | None]:
    """Runs one verb; how it ended, and its last document."""
    scratch = Path(tempfile.mkdtemp(prefix="hostile-"))
    try:
        replaced = {
            "DIR": str(directory),
            "CONF": str(conf),
            "HOST": f"{cluster.node(HOSTILE).user}@{cluster.node(HOSTILE).host}",
            "KEY": str(cluster.key),
            "NEW": str(scratch / "adopted"),
        }
        ended = child.run([replaced.get(word, word) for word in verb.words], scratch)
        return ended, last_document(ended.out)
    finally:
        shutil.rmtree(scratch)


def _difference(part: object, expected: object) -> str:
    """The first place where two answers differ."""
    if isinstance(part, dict) and isinstance(expected, dict):
        for key, value in expected.items():
            if part.get(key) != value:
                return f"{key}: {_difference(part.get(key), value)}"
    return f"{str(part)[:80]} instead of {str(expected)[:80]}"
