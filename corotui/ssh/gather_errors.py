"""Work on several nodes at once, with one plain error when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from corotui.errors import CorotuiError, leaves

T = TypeVar("T")


async def gather_or_raise(work: Sequence[Coroutine[Any, Any, T]]) -> tuple[T, ...]:
    """Runs all at once; results in the order given. The first failure cancels the others and is raised by itself."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(item) for item in work]
    except BaseExceptionGroup as failures:
        for failure in leaves(failures):
            if isinstance(failure, CorotuiError):
                raise failure from None
        raise
    return tuple(task.result() for task in tasks)
