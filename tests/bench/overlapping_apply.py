"""Pairs of `corotui apply` that overlap: two operators, two machine names, two cluster directories of the same nodes.

`python -m tests.bench.overlapping_apply [--pairs N] [--stalls N]` prints one JSON document. Both directories
change a value that running daemons take over by a reload; the second `apply` begins 0 to 3 s after the first. After
each pair the nodes themselves are asked. `--stalls`: how often the holder of the locks is killed, and how often it is
stopped so that it sends no sign of life, to measure how long the next operator is refused. Needs root, like the tests
on nodes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from corotui import practice as room
from corotui.practice import PracticeCluster, Shape
from corotui.ssh.lock.scripts import LEASE
from tests.support.nodes.cli_runner import configured, corotui
from tests.support.nodes.overlap import Operator, judge, overlap, stall


def measure(practice: PracticeCluster, args: argparse.Namespace, chance: random.Random) -> dict[str, object]:
    """All pairs and stalls on one practice cluster; the whole document."""
    folder = Path(tempfile.mkdtemp(prefix="overlap-"))
    try:
        operators = [Operator("opsa", configured(practice, folder / "a")), Operator("opsb", folder / "b")]
        shutil.copytree(operators[0].path, operators[1].path)
        assert corotui("apply", operators[0].path, "--yes").returncode == 0
        counts: Counter[str] = Counter()
        wrong: list[dict[str, object]] = []
        seconds: list[float] = []
        for number in range(args.pairs):
            for index, operator in enumerate(operators):
                operator.write_conf(practice, 1001 + 2 * number + index)
            chance.shuffle(operators)
            offset = chance.uniform(0, args.max_offset)
            began = time.monotonic()
            verdict = judge(practice, overlap(operators[0], operators[1], offset), counts)
            seconds.append(time.monotonic() - began)
            print(f"{number + 1}: {offset:.2f} s {verdict}", file=sys.stderr, flush=True)
            if verdict["mixed"] or verdict["false_done"] or verdict["stuck"] or -1 in verdict.values():
                wrong.append({"pair": number + 1, "offset": round(offset, 2), **verdict})
        base = 2001 + 2 * args.pairs
        blocked = {
            name: [
                round(stall(practice, operators, sent, base + 100 * kind + 2 * each), 1) for each in range(args.stalls)
            ]
            for kind, (name, sent) in enumerate({"killed": signal.SIGKILL, "silent": signal.SIGSTOP}.items())
        }
        return {
            "pairs": args.pairs,
            **{key: counts[key] for key in sorted(counts)},
            "seconds_per_pair": round(sum(seconds) / len(seconds), 1) if seconds else None,
            "blocked_seconds": blocked,
            "lease_seconds": LEASE,
            "wrong": wrong,
        }
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Brings a practice cluster up, measures, takes it down, and prints the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--stalls", type=int, default=3)
    parser.add_argument("--max-offset", type=float, default=3.0, metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--instance", help="a practice cluster that is up already, and stays up")
    args = parser.parse_args()
    name = args.instance or f"t{os.getpid()}"
    try:
        practice = room.up(name, Shape(installed=True))
        print(json.dumps(measure(practice, args, random.Random(args.seed)), indent=1))
    finally:
        if args.instance is None:
            room.down(name)


if __name__ == "__main__":
    main()
