"""What one hostile answer of a node costs: seconds, peak memory, bytes of output, longest pause of the event loop.

    python -m tests.bench.hostile_answers [CASE ...]

Each case runs in a process of its own. Tools in a PATH of their own take the place of corosync's; the ring is asked as
`status` does through a shell of this machine, merged and printed. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from corotui.cli.output.ring_table import ring_lines
from corotui.cluster.limits import bounded_conf
from corotui.cluster.model import Node
from corotui.conf import conf_nodes, parse
from corotui.ring.membership import merge_views
from corotui.ring.query import fetch_report, named_views
from corotui.ssh.local import LocalShell

_TABLE = "printf 'Quorate: Yes\\nRing ID: 1.9\\n    Nodeid      Votes Name\\n'"
_STATS = 'stats.knet.node"i".link"l".connected (u8) = 0'
_AWK = "BEGIN { for (i = 1; i <= 20000; i++) "
CASES = {
    "nothing": "",
    "20,000 members": f"{_TABLE}; awk '{_AWK}print i, 1, \"n\" i }}'",
    "20,000 members with 8 links": f'{_TABLE}; awk \'{_AWK}print i, 1, "n" i; for (i = 2; i < 20000; i++) '
    f'for (l = 0; l < 8; l++) print "{_STATS}" }}\'',
    "a million lines": "yes x | head -n 1000000",
    "240,000 braces": "yes 'a{' | head -n 240000",
    "200 MB": "head -c 200000000 /dev/zero | tr '\\0' x",
    "one line of 50 MB": "head -c 50000000 /dev/zero | tr '\\0' y",
    "binary": "head -c 20000000 /dev/urandom",
    "endless stderr": "yes no >&2",
    "hanging": "exec sleep 100",
}
TOOLS = ("corosync", "corosync-cmapctl", "corosync-cfgtool", "corosync-quorumtool")


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", default=list(CASES))
    parser.add_argument("--one", action="store_true", help="measure one case in this process")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(asyncio.run(_measure(arguments.cases[0]))))
        return 0
    found = {}
    for case in arguments.cases:
        line = [sys.executable, "-m", "tests.bench.hostile_answers", "--one", case]
        found[case] = json.loads(subprocess.run(line, check=True, capture_output=True).stdout)
    print(json.dumps(found, indent=1))
    return 0


async def _measure(case: str) -> dict[str, float | int]:
    """Asks one node whose every tool answers with the case, and shows the ring."""
    with tempfile.TemporaryDirectory() as folder:
        for tool in TOOLS:
            (Path(folder) / tool).write_text(f"#!/bin/sh\n{CASES[case]}\n")
            (Path(folder) / tool).chmod(0o755)
        os.environ["PATH"] = f"{folder}:{os.environ['PATH']}"
        loop = asyncio.get_running_loop()
        pauses = [0.0]
        ticker = asyncio.create_task(_tick(pauses))
        await asyncio.sleep(0.05)
        start, cpu = loop.time(), time.process_time()
        report = await fetch_report(LocalShell(Node("node1", "localhost", local=True)))
        asked = loop.time()
        await asyncio.sleep(0)
        output = _show(report)
        await asyncio.sleep(0.02)
        ticker.cancel()
    conf = (b"a{\n" * 240_000) if case == "240,000 braces" else b""
    conf_start = time.perf_counter()
    conf_nodes(parse(bounded_conf(conf)[0]))
    return {
        "seconds": round(loop.time() - start, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
        "merge_and_show_ms": round((loop.time() - asked - 0.02) * 1000, 1),
        "conf_ms": round((time.perf_counter() - conf_start) * 1000, 1),
        "longest_pause_ms": round(max(pauses) * 1000, 1),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        "output_bytes": output,
    }


def _show(report: object) -> int:
    """Merges and prints the ring; returns the bytes of the text and the JSON document."""
    from corotui.ring.expected import ExpectedRing
    from corotui.ring.node_report import NodeReport

    assert isinstance(report, NodeReport)
    ring = merge_views(named_views([report], {}), ExpectedRing(("node1", "node2", "node3")))
    text = "\n".join([*ring_lines("db", ring, now=time.time()), *(finding.what for finding in ring.findings)])
    return len(text.encode("utf-8", "replace")) + len(json.dumps(ring.to_json()))


async def _tick(pauses: list[float]) -> None:
    """Records how late each millisecond comes."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(0.001)
        pauses.append(time.perf_counter() - before - 0.001)


if __name__ == "__main__":
    sys.exit(main())
