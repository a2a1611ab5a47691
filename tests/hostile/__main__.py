"""`python -m tests.hostile [--json FILE] [--attack NAME…] [--verb NAME…] [--list]`: the table of the hostile node.

Brings up a practice cluster of three nodes, makes the third one hostile in every way of `attacks.py`, and drives every
verb and every screen of the console against it. Needs root. The whole takes some hours; --attack and --verb choose
what has one of these words in its name. The exit code is 1 where a cell is out of its budget.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path

from corotui import practice as room
from corotui.practice import Shape
from tests.hostile.attacks import ATTACKS, SAMPLE
from tests.hostile.judge import HEAD, Cell, worst
from tests.hostile.matrix import NO_ATTACK, Matrix, run
from tests.hostile.screens import SIZES
from tests.hostile.verbs import VERBS


def main() -> int:
    """0 where all cells are within their budgets."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__.partition("\n\n")[2])
    parser.add_argument(
        "--json", metavar="FILE", nargs="?", const="-", help="write the cells as JSON (default: stdout)"
    )
    parser.add_argument(
        "--attack", action="append", default=[], metavar="NAME", help="only these attacks; * is any text"
    )
    parser.add_argument("--verb", action="append", default=[], metavar="NAME", help="only these verbs; * is any text")
    parser.add_argument("--sample", action="store_true", help="the attacks that run with the other tests")
    parser.add_argument("--list", action="store_true", help="list the attacks and verbs")
    parser.add_argument("--cluster", metavar="NAME", help="a practice cluster of three nodes that is up, and stays up")
    args = parser.parse_args()
    if args.list:
        print("\n".join(f"{attack.name:28} {attack.what}" for attack in ATTACKS))
        print("\n".join(["", *(verb.name for verb in VERBS), *(f"console {w}x{h}" for w, h in SIZES)]))
        return 0
    attacks = [a for a in (NO_ATTACK, *ATTACKS) if _chosen(a.name, args.attack)]
    if args.sample:
        attacks = [attack for attack in attacks if attack.name in SAMPLE]
    chosen = [verb for verb in VERBS if _chosen(verb.name, args.verb)]
    sizes = [s for s in SIZES if _chosen(f"console {s[0]}x{s[1]}", args.verb)]
    lines = sys.stderr if args.json == "-" else sys.stdout
    print(HEAD, file=lines)

    def report(cell: Cell) -> None:
        print(cell.line, file=lines, flush=True)

    name = args.cluster or f"t{os.getpid()}-h"
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        cluster = room.up(name, Shape(installed=True))
        try:
            cells = run(Matrix(cluster, Path(folder)), attacks, chosen, sizes, report=report)
        finally:
            if not args.cluster:
                room.down(name)
    print("\n".join(["", "the worst:", *worst(cells)]), file=lines)
    over = [cell for cell in cells if cell.over]
    print(f"{len(cells)} cells, {len(over)} out of budget", file=lines)
    if args.json:
        text = json.dumps([cell.to_json() for cell in cells], indent=1)
        sys.stdout.write(text + "\n") if args.json == "-" else Path(args.json).write_text(text + "\n")
    return 1 if over else 0


def _chosen(name: str, patterns: list[str]) -> bool:
    return not patterns or any(fnmatch(name, pattern) for pattern in patterns)


if __name__ == "__main__":
    sys.exit(main())
