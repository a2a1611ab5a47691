"""Runs corotui as a measured child process, with limits on what it may take of this machine."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

LIMIT = 60.0
"""Seconds after which a child is killed."""
RSS_LIMIT = 2 << 20
"""KiB of memory at which a child is killed."""
FILE_LIMIT = 1 << 30
"""Bytes that a child may write into one file."""
PROGRAM = ("-m", "tests.hostile.measured")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one child cost."""

    seconds: float
    """From its first instruction of corotui to its end, in seconds."""
    rss_mb: float
    """Its peak memory, in MB (10**6 bytes)."""
    pause_ms: float
    """The longest pause of its event loop, in milliseconds."""
    pause_at: tuple[str, ...] = ()
    """Where the loop was then, innermost first."""
    killed: str = ""
    """Why it was killed, "" if it ended by itself."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A child that has ended."""

    code: int
    """Its exit code, -N after signal N."""
    out: bytes
    """What it wrote to stdout."""
    err: bytes
    """What it wrote to stderr."""
    cost: Cost
    """What it cost."""
    defect: str
    """The last lines of a traceback that it wrote into a file, "" for none."""


def run(words: list[str], scratch: Path) -> Ended:
    """corotui with these arguments, without a terminal; `scratch` is an empty folder for its files."""
    report, out, err = scratch / "report.json", scratch / "out", scratch / "err"
    began = time.monotonic()
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, *PROGRAM, str(report), *words],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env=environment(scratch),
            preexec_fn=limit_files,
        )
        killed = watch(process, began)
    cost = read_cost(report, time.monotonic() - began, killed)
    return Ended(process.returncode, out.read_bytes(), err.read_bytes(), cost, read_defect(scratch))


def environment(scratch: Path) -> dict[str, str]:
    """The environment of a child. A traceback of a defect goes into `scratch`."""
    return {**os.environ, "TMPDIR": str(scratch), "PYTHONUNBUFFERED": ""}


def limit_files() -> None:
    """Limits what the process may write; called in the child."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT, FILE_LIMIT))


def watch(process: subprocess.Popen[bytes], began: float) -> str:
    """Waits for the end of a child, or ends it; why it was ended."""
    killed = ""
    while process.poll() is None:
        if time.monotonic() - began > LIMIT:
            killed = f"after {LIMIT:g} s"
        elif rss(process.pid) > RSS_LIMIT:
            killed = f"at {RSS_LIMIT >> 10} MiB"
        if killed:
            process.kill()
            process.wait()
        else:
            time.sleep(0.05)
    return killed


def rss(pid: int) -> int:
    """The memory of a process in KiB, 0 where it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * (resource.getpagesize() >> 10)
    except OSError:
        return 0


def read_cost(report: Path, seconds: float, killed: str) -> Cost:
    """What the child reports; a killed one has reported nothing: it cost all there was."""
    if not report.exists():
        return Cost(
            seconds, RSS_LIMIT * 1.024e-3 if "MiB" in killed else 0.0, seconds * 1000, (), killed or "it ended early"
        )
    told = json.loads(report.read_text())
    return Cost(told["seconds"], told["rss_kib"] * 1.024e-3, told["pause_ms"], tuple(told["pause_at"]), killed)


def read_defect(scratch: Path) -> str:
    """The end of the traceback of a defect, "" where there was none."""
    found = [path.read_text(errors="replace") for path in scratch.glob("corotui-*.txt")]
    return " / ".join(line.strip() for line in found[0].splitlines()[-3:])[-400:] if found else ""
