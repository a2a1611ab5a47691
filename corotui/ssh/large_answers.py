"""Keeps the event loop free while the answer of a node is parsed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LARGE = 64 << 10
"""Bytes. An answer up to this size is parsed in the event loop: at worst, if every other byte is a control character,
that takes 15 ms. Those of a cluster of 16 nodes are smaller."""


async def parse_aside(parse: Callable[[], T], size: int) -> T:
    """Returns what `parse` returns. It runs in a thread if the answer of `size` bytes is large.

    `parse` must be pure. A cancelled caller does not wait for it. A thread has a price: each time the loop needs the
    interpreter lock, it waits up to 5 ms for it. So small answers, of which a large cluster has hundreds, get none.
    """
    return parse() if size <= LARGE else await asyncio.to_thread(parse)
