"""Pairs of `corotui apply` from two cluster directories and two machine names, and a verdict on what the nodes have."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corotui.directory import Directory
from corotui.practice import PracticeCluster
from corotui.rollout import interrupted_rollout
from tests.support.nodes.cli_runner import corotui, on_all, step
from tests.support.nodes.ring_setup import conf_text

SUMS = "sha256sum < /etc/corosync/corosync.conf; sha256sum < /etc/corosync/authkey"
Event = dict[str, Any]  # Any: a line of JSON


@dataclass
class Operator:
    """One of the two: a machine name and a cluster directory."""

    host: str
    """The machine name under which its corotui runs."""
    path: Path
    """Its cluster directory."""

    def write_conf(self, practice: PracticeCluster, token: int) -> None:
        """Gives the directory a configuration with this token timeout in ms."""
        text = conf_text(practice).replace("token: 1000", f"token: {token}")
        (self.path / "corosync.conf").write_text(text)

    @property
    def digest(self) -> str:
        """sha256 of the directory's configuration."""
        return hashlib.sha256((self.path / "corosync.conf").read_bytes()).hexdigest()


@dataclass
class Run:
    """One `apply`, started in its own UTS namespace."""

    operator: Operator
    events: list[Event] = field(default_factory=list)
    code: int = -1
    began: float = 0.0
    on_event: Callable[[Event, subprocess.Popen[str]], None] = lambda event, process: None

    def execute(self) -> None:
        """Runs it to its end, and keeps its events with the time at which each was read."""
        self.began = time.time()
        script = 'hostname "$1"; shift; exec "$@"'
        words = ["unshare", "--uts", "sh", "-c", script, "sh", self.operator.host]
        words += [sys.executable, "-m", "corotui", "apply", str(self.operator.path), "--yes", "--json"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            assert process.stdout is not None
            for line in process.stdout:
                event = json.loads(line)
                event["read_at"] = time.time()
                self.events.append(event)
                self.on_event(event, process)
        self.code = process.returncode

    @property
    def result(self) -> str:
        """The result that the last line says, "" if there is none."""
        return str(self.events[-1].get("result", "")) if self.events else ""

    @property
    def says_done(self) -> bool:
        """Whether it says that its file is on all nodes and the ring is whole."""
        return self.code == 0 and self.result in ("done", "nothing")

    @property
    def span(self) -> tuple[float, float]:
        """When its first step began and when its last one ended, Unix seconds; (0, 0) if it began none."""
        steps = [event["read_at"] for event in self.events if event.get("event") == "step-changed"]
        return (steps[0], steps[-1]) if steps else (0.0, 0.0)

    @property
    def commit_began(self) -> float:
        """When it began to replace files, Unix seconds; infinite if it did not."""
        moments = [event["read_at"] for event in self.events if step("commit", "running")(event)]
        return moments[0] if moments else float("inf")


def overlap(first: Operator, second: Operator, offset: float) -> tuple[Run, Run]:
    """Two runs, the second `offset` seconds after the first."""
    runs = Run(first), Run(second)
    threads = [threading.Thread(target=run.execute) for run in runs]
    threads[0].start()
    time.sleep(offset)
    threads[1].start()
    for thread in threads:
        thread.join()
    return runs


def judge(practice: PracticeCluster, runs: tuple[Run, Run], counts: Counter[str]) -> dict[str, object]:
    """Asks the nodes what they have now, and counts what is wrong."""
    sums = on_all(practice, SUMS)
    tokens = on_all(practice, "corosync-cmapctl -g totem.token | sed 's/.*= //'")
    on_nodes = {text.split()[0] for text in sums.values()}
    done = sorted((run for run in runs if run.says_done), key=lambda run: run.span[1])
    mixed = len(set(sums.values())) > 1 or len(set(tokens.values())) > 1
    if done and on_nodes != {done[-1].operator.digest}:
        mixed = True
    false_done = [run for run in done[-1:] if on_nodes != {run.operator.digest}]
    if len(done) == 2:
        if done[0].span[1] > done[1].span[0]:
            false_done.append(done[0])
        # Its last line comes after the locks are free: the other may have begun meanwhile.
        counts["done_said_while_the_other_committed"] += done[0].events[-1]["read_at"] > done[1].commit_began
    stuck, opened = 0, 0
    for run in runs:
        directory = Directory.open(run.operator.path)
        if interrupted_rollout(directory):
            opened += 1
            corotui("recover", directory.path)
            if interrupted_rollout(directory):
                corotui("recover", directory.path, "--undo")
            stuck += bool(interrupted_rollout(directory))
    refused = [run for run in runs if run.code == 4]
    counts["mixed"] += mixed
    counts["false_done"] += len(false_done)
    counts["journals_that_cannot_be_finished"] += stuck
    counts["journals_left_open"] += opened
    counts["refused"] += len(refused)
    counts["refused_naming_the_other"] += sum(
        other.operator.host in json.dumps(run.events[-1])
        for run, other in (runs, runs[::-1])
        if run.code == 4 and other.says_done
    )
    counts["both_done"] += len(done) == 2
    counts["one_done"] += len(done) == 1
    counts["none_done"] += not done
    return {
        "codes": [run.code for run in runs],
        "results": [run.result for run in runs],
        "said": [str(run.events[-1].get("what", ""))[:160] if run.events else "" for run in runs],
        "spans": [[round(moment - runs[0].began, 1) for moment in run.span] for run in runs],
        "mixed": mixed,
        "false_done": len(false_done),
        "stuck": stuck,
    }


def stall(practice: PracticeCluster, operators: Sequence[Operator], number: signal.Signals, token: int) -> float:
    """Seconds for which the second operator is refused after the holder of the locks got a signal while it tests."""
    first, second = operators
    first.write_conf(practice, token)
    began: list[float] = []

    def hinder(event: Event, process: subprocess.Popen[str]) -> None:
        if not began and step("test", "running")(event):
            process.send_signal(number)
            began.append(time.monotonic())
            second.write_conf(practice, token + 1)
            while corotui("apply", second.path, "--yes", "--json").returncode == 4:
                time.sleep(0.2)
            began.append(time.monotonic())
            if number is signal.SIGSTOP:
                process.send_signal(signal.SIGCONT)

    run = Run(first, on_event=hinder)
    run.execute()
    corotui("recover", first.path)
    assert not run.says_done, run.events[-1]
    assert not interrupted_rollout(Directory.open(first.path))
    return began[1] - began[0]
