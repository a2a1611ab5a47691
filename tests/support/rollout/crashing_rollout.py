"""A process that rolls out to machines and dies at an event.

python -m tests.support.rollout.crashing_rollout FOLDER STEP STATE NODE
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from corotui import ring
from corotui.cluster.events import Event, StepChanged
from corotui.directory import Directory
from corotui.ring.model import Ring
from corotui.rollout import apply
from corotui.ssh.fanout import Shells
from tests.support.rollout.machines import Machine, ring_of
from tests.support.rollout.plan_builder import plan_for

DEAD = 9


async def main(folder: Path, conf: bytes, step: str, state: str, node: str) -> None:
    machines = {name: Machine(name, folder / name) for name in ("node1", "node2", "node3")}
    directory = Directory.open(folder / "db")

    async def query_ring(*_: object, **__: object) -> Ring:
        return ring_of(machines)

    ring.query_ring = query_ring

    def die(event: Event) -> None:
        if isinstance(event, StepChanged) and (event.step, event.state.value, event.node or "") == (step, state, node):
            os._exit(DEAD)

    await apply(await plan_for(machines, directory, conf), Shells(machines), directory, die)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.stdin.buffer.read(), *sys.argv[2:5]))
