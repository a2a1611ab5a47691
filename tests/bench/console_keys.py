"""How long a key takes until its diagnostics stand on the terminal, in the editor of a corosync.conf.

    python -m tests.bench.console_keys [--keys N] [--nodes N]

The console runs in a pseudo-terminal. A letter at the end of the file raises a diagnostic, Backspace takes it away;
the time goes from the write of the key to the arrival of the bytes that show the new list. Prints one JSON object,
milliseconds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from corotui.directory import Directory
from tests.bench.conf_speed import file
from tests.support.terminal import Terminal, terminal


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=100)
    parser.add_argument("--nodes", type=int, default=32)
    arguments = parser.parse_args()
    keys: int = arguments.keys
    with tempfile.TemporaryDirectory() as folder:
        directory = Directory.create(Path(folder) / "db", "db")
        directory.write_conf(file(arguments.nodes))
        with terminal(str(directory.path)) as it:
            it.wait_for("add node")
            it.press("5")
            it.wait_for("totem {")
            it.press("e", "\x1b[1;5F")
            it.read(lambda: False, 1)
            clean = _list(it)
            times = [_time(it, "x" if number % 2 == 0 else "\x7f", clean, number % 2 == 0) for number in range(keys)]
    times.sort()
    found = {
        "nodes": arguments.nodes,
        "keys": keys,
        "median_ms": round(statistics.median(times), 1),
        "p95_ms": round(times[int(len(times) * 0.95) - 1], 1),
        "worst_ms": round(times[-1], 1),
    }
    print(json.dumps(found))
    return 0


def _list(it: Terminal) -> list[str]:
    """The lines of the list under the text."""
    return it.screen.lines[14:19]


def _time(it: Terminal, key: str, clean: list[str], broken: bool) -> float:
    start = time.perf_counter()
    it.press(key)
    if not it.read(lambda: (_list(it) != clean) is broken, 10):
        raise SystemExit(f"the list did not change:\n{it.screen.text}")
    took = (it.read_at - start) * 1000
    it.read(lambda: False, 0.15)
    return took


if __name__ == "__main__":
    sys.exit(main())
