"""Processes of this machine by their command line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path


def running(word: str) -> list[int]:
    """Ids of the processes with `word` in their command line, without zombies."""
    process_ids = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            command_line = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if word.encode() in command_line:
            process_ids.append(int(entry.name))
    return process_ids


async def wait_until_gone(word: str) -> None:
    """Returns once no process has `word` in its command line; pytest's time limit is the test's."""
    await _until(lambda: not running(word))


async def wait_until_running(word: str) -> None:
    """Returns once a process has `word` in its command line."""
    await _until(lambda: bool(running(word)))


async def _until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 - the kernel gives no notice
        await asyncio.sleep(0.02)
