"""How long reading and checking a corosync.conf takes, as a multiple of reading it with `str.splitlines()`.

    python -m tests.bench.conf_speed [--pcs FOLDER]

Prints one JSON object. FOLDER holds pcs's Python packages (Debian: /usr/lib/python3/dist-packages); its own parser then
reads the same file in the same run. Times are the best of many runs, in milliseconds; memory is in bytes.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from importlib import import_module
from unittest.mock import MagicMock

from corotui.conf import NodeSpec, RingSpec, check, compute_effects, generate_conf, parse, predict_verdict


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pcs", default="", help="folder of pcs's Python packages")
    options = parser.parse_args()
    data = file(32)
    text = data.decode()
    lines = best(text.splitlines)
    found: dict[str, object] = {
        "lines": data.count(b"\n"),
        "bytes": len(data),
        "splitlines_ms": lines,
        "read_lines_ms": best(lambda: parse(data).lines),
        "read_map_ms": best(lambda: parse(data).cmap()),
        "verdict_ms": best(lambda: predict_verdict(parse(data))),
        "consequences_ms": best(lambda: compute_effects(parse(data))),
        "parse_and_check_ms": best(lambda: check(parse(data))),
    }
    found["parse_and_check_to_splitlines"] = round(float(str(found["parse_and_check_ms"])) / lines)
    if options.pcs:
        theirs = best(theirs_of(options.pcs, data))
        found["pcs_parse_ms"] = theirs
        found["read_lines_to_pcs_parse"] = round(float(str(found["read_lines_ms"])) / theirs, 2)
        found["parse_and_check_to_pcs_parse"] = round(float(str(found["parse_and_check_ms"])) / theirs, 2)
    found["memory"] = [memory(size) for size in (1, 2, 5, 10)]
    print(json.dumps(found, indent=1))
    return 0


def theirs_of(folder: str, data: bytes) -> Callable[[], object]:
    """pcs's own parser, on the same file. What it imports and does not need for that may be missing."""
    sys.path.append(folder)
    for missing in ("lxml", "lxml.etree", "pycurl", "tornado"):
        sys.modules.setdefault(missing, MagicMock())
    parser = import_module("pcs.lib.corosync.config_parser")
    return lambda: parser.Parser.parse(data)


def file(count: int) -> bytes:
    """A ring of so many nodes on two links, commented to about 300 lines."""
    nodes = tuple(NodeSpec(f"node{n}", n, (f"10.77.0.{n}", f"10.78.0.{n}")) for n in range(1, count + 1))
    return (
        generate_conf(RingSpec("db", nodes)).replace(b"        name:", b"\n        # rack\n        name:")
        + b"# end\n" * 20
    )


def best(work: Callable[[], object], runs: int = 200) -> float:
    """The shortest of many runs, in milliseconds."""
    shortest = float("inf")
    for _ in range(runs):
        began = time.perf_counter()
        work()
        shortest = min(shortest, time.perf_counter() - began)
    return round(shortest * 1000, 4)


def memory(megabytes: int) -> dict[str, float]:
    """Peak memory of parse and check of a file of that size, as a multiple of it, and the time."""
    unit = b"# a comment of some length, so that lines are neither long nor short\n"
    data = unit * (megabytes * (1 << 20) // len(unit))
    tracemalloc.start()
    began = time.perf_counter()
    check(parse(data))
    seconds = time.perf_counter() - began
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {"megabytes": megabytes, "peak_to_size": round(peak / len(data), 1), "seconds": round(seconds, 2)}


if __name__ == "__main__":
    sys.exit(main())
