"""Every screen of the console on real nodes, in a terminal: the eight steps, the doctor, the log and the dialogs."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from tests.hostile import child
from tests.hostile.judge import Cell, terminal_controls
from tests.support.terminal import Terminal, terminal

SIZES = ((80, 24), (160, 48))
QUIET = 0.15
"""Seconds without output after which a screen is taken for complete."""
REACTION = 3.0
"""Seconds that a screen may go on changing after a key."""
WORK = 40.0
"""Seconds after which work that goes on is left alone."""
WALL = 150.0
"""Seconds after which a walk is given up."""
QUIT = 10.0
"""Seconds that the console has to quit."""

Screens = tuple[tuple[str, tuple[str, ...]], ...]
"""Names of screens, each with the keys that go there and look around."""

LOOK = ("Down", "Down", "Up", "\x1b[6~", "\x1b[5~")
"""Keys that move in a pane and change nothing."""
WALK: Screens = (
    ("nodes", ("1", *LOOK, "r", "e", "Esc", "?", "Down", "Esc")),
    ("prerequisites", ("2", *LOOK, "o", "m", "Esc", "?", "Esc")),
    ("install", ("3", *LOOK, "?", "Esc")),
    ("network", ("4", *LOOK, "p", "?", "Esc")),
    ("configuration", ("5", *LOOK, "d", "Down", "Esc", "e", "Down", "Esc", "Esc", "?", "Esc")),
    ("review", ("6", *LOOK, "r", "Down", "?", "Esc")),
    ("rollout", ("7", *LOOK, "Enter", "n", "Esc", "?", "Esc")),
    ("ring", ("8", *LOOK, "?", "Esc")),
    ("doctor", ("8", "d", *LOOK, "Enter", "Esc", "m", "Esc", "?", "Esc", "Esc")),
    ("log", ("Tab", "l", "Up", "Up", "Enter", "Down", "Esc", "y", "l", "Esc")),
    ("filter", ("/", *"node3", "Enter", "Esc", ":", *"nodes", "Enter")),
)
"""The screens, and the keys that go there and look around. After each key the screen comes to rest."""


def walk(attack: str, directory: Path, size: tuple[int, int], screens: Screens = WALK) -> Cell:
    """Walks through all screens of the console on this directory and judges what that cost.

    The cell's seconds are the longest wait for one screen, work on the nodes included.
    """
    scratch = Path(tempfile.mkdtemp(prefix="hostile-"))
    report = scratch / "report.json"
    faults: list[str] = []
    began = time.monotonic()
    longest, where = 0.0, ""
    try:
        with terminal(str(directory), program=(*child.PROGRAM, str(report)), size=size, TMPDIR=str(scratch)) as it:
            _rest(it)
            for name, keys in screens:
                for key in keys:
                    start = time.monotonic()
                    if it.process.poll() is not None or start - began > WALL:
                        break
                    it.press(key)
                    _rest(it)
                    if time.monotonic() - start > longest:
                        longest, where = time.monotonic() - start, f"{name}: {key!r}"
            if it.process.poll() is not None:
                faults.append(f"ended before its time, at {where}: {it.process.returncode}")
            elif time.monotonic() - began > WALL:
                faults.append(f"the walk took longer than {WALL:g} s")
            code = _leave(it, faults)
            rss = child.rss(it.process.pid)
            output = it.output
        cost = child.read_cost(report, time.monotonic() - began, "" if report.exists() else "it did not quit")
        cost = replace(cost, seconds=longest, rss_mb=max(cost.rss_mb, rss * 1.024e-3))
        if defect := child.read_defect(scratch):
            faults.append(f"defect: {defect}")
        log = directory / ".corotui" / "console.log"
        if b"Traceback" in output or (log.exists() and b"Traceback" in log.read_bytes()):
            last = log.read_text(errors="replace").strip().splitlines()[-1:] if log.exists() else []
            faults.append(f"traceback: {''.join(last)[-200:]}")
        columns, rows = size
        return Cell(
            attack,
            f"console {columns}x{rows}",
            cost,
            code,
            len(output),
            terminal_controls(output),
            tuple(faults),
            note=f"longest wait at {where}",
        )
    finally:
        shutil.rmtree(scratch)


def _rest(it: Terminal) -> None:
    """Reads until the screen is at rest: nothing comes any more, no work goes on."""
    end, work_end = time.monotonic() + REACTION, time.monotonic() + WORK
    while time.monotonic() < work_end:
        length = len(it.output)
        it.read(lambda: len(it.output) > length, QUIET)  # noqa: B023 - read at once
        if it.process.poll() is not None:
            return
        busy = "◐" in it.screen.lines[2]  # the line of the step under way
        if len(it.output) == length and not busy:
            return
        if not busy and time.monotonic() > end:
            return


def _leave(it: Terminal, faults: list[str]) -> int | None:
    """Quits; the exit code, None where the console had to be killed."""
    for key in ("Esc", "Esc", "q", "s", "q"):
        if it.process.poll() is None:
            it.press(key)
            it.read(lambda: it.process.poll() is not None, 1.0)
    it.read(lambda: it.process.poll() is not None, QUIT)
    try:
        return it.process.wait(QUIT)
    except subprocess.TimeoutExpired:
        faults.append(f"it did not quit within {QUIT:g} s")
        it.process.kill()
        it.process.wait()
        return None
