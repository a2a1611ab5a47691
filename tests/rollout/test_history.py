"""What is kept on the operator's side: journal, generations, plans."""

from __future__ import annotations

import json
import os

import pytest

from corotui.cluster.events import ProgressState
from corotui.directory import Directory
from corotui.errors import UsageError
from corotui.rollout import interrupted_rollout
from corotui.rollout.history import plan_codec
from corotui.rollout.history.generations import GenerationStore
from corotui.rollout.history.journal import Journal, RunState
from tests.support.rollout.machines import Machine
from tests.support.rollout.plan_builder import plan_for


def test_a_run_from_its_begin_to_its_end(directory: Directory) -> None:
    with Journal(directory) as journal:
        run = journal.begin("Rollout", {"a": 1})
        journal.add_entries(run, "stage", ProgressState.RUNNING, ["node1", "node2"])
        journal.add_entries(run, "stage", ProgressState.DONE, ["node1"], "kept")
        assert not journal.step_began(run, "commit")
        assert journal.touched_nodes(run, "stage") == {"node1", "node2"}
        first = journal.entries(run)
        assert [(e.step, e.node, e.state.value) for e in first] == [
            ("stage", "node1", "running"),
            ("stage", "node2", "running"),
            ("stage", "node1", "done"),
        ]
        assert journal.entries(run, first[1].id) == first[2:]
        last = journal.last_run()
        assert last is not None
        assert (last.title, last.pid, last.plan, last.is_unfinished) == ("Rollout", os.getpid(), {"a": 1}, True)
        journal.end(run, RunState.DONE)
        assert journal.unfinished_run() is None


def test_another_process_sees_what_was_written_before_the_end(directory: Directory) -> None:
    with Journal(directory) as writer, Journal(directory) as reader:
        run = writer.begin("Rollout", {})
        writer.add_entries(run, "commit", ProgressState.RUNNING, ["node1"])
        assert reader.step_began(run, "commit")


def test_a_run_in_progress_is_not_interrupted(directory: Directory) -> None:
    with Journal(directory) as journal:
        journal.begin("Rollout to 3 nodes", {})
    with directory.lock():
        assert interrupted_rollout(directory) == ""
    assert interrupted_rollout(directory) == "Rollout to 3 nodes"


def test_generations_are_numbered_and_private(directory: Directory) -> None:
    with Journal(directory) as journal:
        generations = GenerationStore(directory, journal)
        assert generations.add(b"one\n") == (1, True)
        assert generations.add(b"one\n") == (1, False)
        assert generations.add(b"two\n") == (2, True)
        assert generations.add(b"one\n") == (3, True)
        assert generations.read_conf(2) == b"two\n"
        assert generations.number_before(b"one\n") == 2
        assert len(generations.digests()) == 2
        assert generations.path(1).stat().st_mode & 0o777 == 0o600
        generations.remove(3)
        assert [generation.number for generation in generations.all()] == [1, 2]
        assert not generations.path(3).exists()


def test_generations_that_are_not_there(directory: Directory) -> None:
    with Journal(directory) as journal:
        generations = GenerationStore(directory, journal)
        with pytest.raises(UsageError, match="Nothing was rolled out"):
            generations.read_conf(1)
        with pytest.raises(UsageError):
            generations.number_before(None)
        generations.add(b"one\n")
        with pytest.raises(UsageError, match="1 to 1"):
            generations.read_conf(7)
        with pytest.raises(UsageError, match="no earlier"):
            generations.number_before(b"one\n")


async def test_a_plan_outlives_its_process(machines: dict[str, Machine], directory: Directory, conf: bytes) -> None:
    from dataclasses import replace

    plan = await plan_for(machines, directory, conf)
    kept = json.loads(json.dumps(plan_codec.to_json(plan, generation=4, new_generation=True, key_after="k")))
    assert (kept["generation"], kept["new_generation"], kept["key_after"]) == (4, True, "k")
    bare = tuple(replace(node, diff="") for node in plan.nodes)
    assert plan_codec.from_json(kept, conf) == replace(
        plan, nodes=bare, summary=(), warnings=(), refusals=(), changes=()
    )
