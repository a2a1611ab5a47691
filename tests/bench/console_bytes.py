"""How many bytes each screen of the console costs, to compare two checkouts and the two ways of writing.

    python -m tests.bench.console_bytes > bytes.json
    python -m tests.bench.console_bytes --compare before.json after.json
    python -m tests.bench.console_bytes --one-cell

Opens every scene of `tests.support.console_scenes` at 80x24 and 160x48, starting from three fresh nodes. Prints, in
bytes: `full`, the whole screen written anew; `idle`, painting once more with nothing changed; `show`, the change from
the first screen to the scene's state; `keys`, the scene's keys. `sha256` is that of the text that a terminal then
shows. Mode `stock` writes whole widgets as Textual does, `diff` only what differs from the last frame.

`full`, `idle` and the text are the same in every run. `show` and `keys` also count frames on the way there, of which
a loaded machine paints more or fewer: the comparison takes only their sum over all scenes.

`--one-cell` prints the bytes for one word that changes in the list of nodes.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any  # results are JSON documents

from corotui.cluster.events import Connection
from tests.support import console_states
from tests.support.console_scenes import SCENES, Scene
from tests.support.recording_driver import RecordedConsole, run_recorded

SIZES = ((80, 24), (160, 48))


async def measure(scene: Scene, size: tuple[int, int], *, diff_frames: bool) -> dict[str, Any]:
    """The bytes and the final text of a scene."""
    found: dict[str, Any] = {}

    async def drive(it: RecordedConsole) -> None:
        marks = [it.terminal.written]
        await it.show(scene)
        marks.append(it.terminal.written)
        asked = await it.perform(scene)
        marks.append(it.terminal.written)
        await it.settle()
        marks.append(it.terminal.written)
        it.app.redraw()
        await it.settle()
        marks.append(it.terminal.written)
        for key, start, end in zip(("show", "keys", "idle", "full"), marks, marks[1:], strict=False):
            found[key] = end - start
        found["sha256"] = hashlib.sha256(it.terminal.screen.text.encode()).hexdigest()
        found["text"] = it.terminal.screen.text.splitlines()
        if asked is not None:
            asked.cancel()

    await run_recorded(console_states.fresh(), size, drive, diff_frames=diff_frames)
    return found


async def measure_one_cell(size: tuple[int, int], *, diff_frames: bool) -> int:
    """The bytes for the connection of one node that goes from unknown to connecting."""
    state = console_states.fresh()
    changed = replace(state.nodes[1], connection=Connection.CONNECTING)
    found = 0

    async def drive(it: RecordedConsole) -> None:
        nonlocal found
        start = it.terminal.written
        it.workflow.show(replace(state, nodes=(state.nodes[0], changed, state.nodes[2])))
        await it.settle()
        found = it.terminal.written - start

    await run_recorded(state, size, drive, diff_frames=diff_frames)
    return found


async def measure_all(name: str) -> dict[str, Any]:
    """Every scene whose name begins with `name`, by mode, size and name."""
    return {
        mode: {
            f"{width}x{height}": {
                scene.name: await measure(scene, (width, height), diff_frames=mode == "diff")
                for scene in SCENES
                if scene.name.startswith(name)
            }
            for width, height in SIZES
        }
        for mode in ("stock", "diff")
    }


def compare(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """What differs, a line each: the figures, then the lines of the screens that changed, each once."""
    screens: dict[str, None] = {}
    for mode, sizes in before.items():
        for size, old_scenes in sizes.items():
            new_scenes = after[mode][size]
            both = [name for name in old_scenes if name in new_scenes]
            for key in ("show", "keys"):
                was, now = (sum(scenes[name][key] for name in both) for scenes in (old_scenes, new_scenes))
                yield f"{mode} {size} {key}, sum over {len(both)} scenes: {was} -> {now} bytes"
            for name in both:
                old, new = old_scenes[name], new_scenes[name]
                figures = [f"{key} {old[key]} -> {new[key]}" for key in ("full", "idle") if old[key] != new[key]]
                if figures:
                    same = "same text" if old["sha256"] == new["sha256"] else "other text"
                    yield f"{mode} {size} {name}: {', '.join(figures)} bytes, {same}"
                if old["sha256"] != new["sha256"]:
                    for was, now in zip(old["text"], new["text"], strict=True):
                        if was != now:
                            screens[f"{size} {name}\n  - {was}\n  + {now}"] = None
    yield from screens


def main() -> int:
    """Measures and prints, or compares two results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compare", nargs=2, type=Path, metavar=("BEFORE", "AFTER"))
    parser.add_argument("--one-cell", action="store_true")
    parser.add_argument("--scene", default="", help="only scenes whose name begins so")
    arguments = parser.parse_args()
    if arguments.compare:
        before, after = (json.loads(path.read_text()) for path in arguments.compare)
        print("\n".join(compare(before, after)))
        return 0
    if arguments.one_cell:
        for diff_frames in (False, True):
            for size in SIZES:
                cost = asyncio.run(measure_one_cell(size, diff_frames=diff_frames))
                print(f"{'diff' if diff_frames else 'stock'} {size[0]}x{size[1]}: {cost} bytes")
        return 0
    print(json.dumps(asyncio.run(measure_all(arguments.scene)), indent=1, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
