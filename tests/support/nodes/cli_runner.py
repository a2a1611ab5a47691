"""What the tests of plan, apply, recover and restore do to nodes and ask of them."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from corotui.practice import PracticeCluster
from tests.support.nodes.ring_setup import conf_text, inside

WIPE = """
systemctl disable --now corosync >/dev/null 2>&1 || true
pkill -x pacemakerd || true
while mountpoint -q /etc/corosync; do umount /etc/corosync; done
rm -rf /etc/corosync/* /var/lib/corosync/* /var/log/corosync/*
systemctl reset-failed corosync 2>/dev/null || true
"""
FINGERPRINT = """
find /etc -xdev -type f -exec sha256sum {} + | sort
find /etc/corosync /var/lib/corosync | sort
systemctl is-active corosync || true
systemctl is-enabled corosync 2>/dev/null || true
"""


def on_all(practice: PracticeCluster, script: str) -> dict[str, str]:
    """The output of a script on each node, all at once."""
    names = [node.name for node in practice.nodes]
    with ThreadPoolExecutor(len(names)) as pool:
        return dict(zip(names, pool.map(lambda name: inside(practice, name, script), names), strict=True))


def wipe(practice: PracticeCluster) -> None:
    """corosync's package is there, nothing is configured, nothing runs."""
    on_all(practice, WIPE)


def fingerprint(practice: PracticeCluster) -> dict[str, str]:
    """All that a refused change must leave as it is."""
    return on_all(practice, FINGERPRINT)


def without_ringids(state: dict[str, str]) -> dict[str, str]:
    """The same without what a corosync that started leaves in its state directory."""
    return {
        name: "\n".join(line for line in text.splitlines() if "/var/lib/corosync/" not in line)
        for name, text in state.items()
    }


def directory(practice: PracticeCluster, where: Path) -> Path:
    """A cluster directory of its own, with no corosync.conf and no history."""
    shutil.copytree(
        practice.directory, where, ignore=shutil.ignore_patterns("state.db*", "generations", "corosync.conf")
    )
    return where


def configured(practice: PracticeCluster, where: Path) -> Path:
    """Wiped nodes, and a directory with a corosync.conf whose short token makes rings form fast."""
    wipe(practice)
    made = directory(practice, where)
    (made / "corosync.conf").write_text(conf_text(practice))
    return made


def corotui(*words: str | Path, stdin: str | None = None, timeout: float = 240) -> subprocess.CompletedProcess[str]:
    """Runs the command line without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "corotui", *map(str, words)],
        capture_output=True,
        text=True,
        input=stdin or "",
        timeout=timeout,
        check=False,
    )


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The last JSON line on stdout."""
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert isinstance(found, dict)
    return found


def healthy(path: Path) -> dict[str, Any]:
    """The ring's status, which has to be a healthy one."""
    done = corotui("status", path, "--json")
    status = document(done)
    assert done.returncode == 0, done.stdout + done.stderr
    assert status["healthy"]
    return status


def interrupt(
    path: Path, when: Callable[[dict[str, Any]], bool], number: signal.Signals
) -> tuple[int, list[dict[str, Any]]]:
    """`apply --yes --json` that gets a signal at the first event for which `when` holds; its exit code and events."""
    return _apply(path, when, lambda process: process.send_signal(number))


def hinder(
    path: Path, when: Callable[[dict[str, Any]], bool], operation: Callable[[], object]
) -> tuple[int, list[dict[str, Any]]]:
    """The same with an operation on the nodes instead of a signal; the process is stopped meanwhile."""

    def hold(process: subprocess.Popen[str]) -> None:
        process.send_signal(signal.SIGSTOP)
        try:
            operation()
        finally:
            process.send_signal(signal.SIGCONT)

    return _apply(path, when, hold)


def _apply(
    path: Path, when: Callable[[dict[str, Any]], bool], operation: Callable[[subprocess.Popen[str]], object]
) -> tuple[int, list[dict[str, Any]]]:
    with subprocess.Popen(
        [sys.executable, "-m", "corotui", "apply", str(path), "--yes", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        events: list[dict[str, Any]] = []
        sent = False
        for line in process.stdout:
            events.append(json.loads(line))
            if not sent and when(events[-1]):
                sent = True
                operation(process)
        code = process.wait(timeout=600)
    assert sent, f"the event never came; the last ones: {events[-3:]}"
    return code, events


def step(name: str, state: str, node: str | None = None) -> Callable[[dict[str, Any]], bool]:
    """Whether an event says that a step has come to a state (on a node)."""

    def holds(event: dict[str, Any]) -> bool:
        return (
            event.get("event") == "step-changed"
            and event["step"] == name
            and event["state"] == state
            and (node is None or event["node"] == node)
        )

    return holds


def at_terminal(argv: list[str], answers: dict[str, str]) -> str:
    """What the command line says on a terminal of its own, where each prompt gets its answer."""
    output = ""
    answered = 0
    with _terminal(argv) as terminal:
        while piece := _read(terminal):
            output += piece
            for prompt, answer in answers.items():
                if prompt in output[answered:]:
                    answered = len(output)
                    os.write(terminal, answer.encode() + b"\n")
    return output


def leave_terminal(argv: list[str], when: str) -> None:
    """Takes the terminal away as soon as the command line says `when`, and waits until the process has ended."""
    output = ""
    with _terminal(argv) as terminal:
        while when not in output:
            piece = _read(terminal)
            assert piece, output[-2000:]
            output += piece


@contextmanager
def _terminal(argv: list[str]) -> Iterator[int]:
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-m", "corotui", *argv])
    try:
        yield terminal
    finally:
        os.close(terminal)
        os.waitpid(pid, 0)


def _read(terminal: int) -> str:
    """What comes next, "" at the end; the test fails where nothing comes for too long."""
    ready, _, _ = select.select([terminal], [], [], 120.0)
    assert ready, "there was no output for two minutes"
    try:
        return os.read(terminal, 4096).decode(errors="replace")
    except OSError:
        return ""
