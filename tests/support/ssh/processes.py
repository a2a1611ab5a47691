"""Whether processes that a test started are still there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path


def running(word: str) -> list[int]:
    """Process ids with `word` in their command line, zombies left out."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if word.encode() in words:
            found.append(int(entry.name))
    return found


async def gone(word: str) -> None:
    """Returns once no process has `word` in its command line; pytest's time limit is the test's."""
    await _until(lambda: not running(word))


async def there(word: str) -> None:
    """Returns once some process has it."""
    await _until(lambda: bool(running(word)))


async def _until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 - the kernel tells nobody
        await asyncio.sleep(0.02)
