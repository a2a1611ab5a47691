"""The lock on all nodes that a change touches: taken in one order, held to the end, given back in any case."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from corotui.directory.lock_holder import LockHolder
from corotui.errors import WorkError
from corotui.ssh.fanout import Shells, on_each
from corotui.ssh.lock.node_lock import NodeLock


class ClusterLock:
    """The locks on all nodes of one change."""

    def __init__(self, shells: Shells, holder: LockHolder, tell_directory: Callable[[str], None]) -> None:
        """`tell_directory` shows a step in the lock of the cluster directory."""
        self.token = secrets.token_hex(8)
        """What marks this holder on the nodes."""
        self._shells = shells
        self.holder = holder
        """What the locks say about this process."""
        self._tell_directory = tell_directory
        self._locks: dict[str, NodeLock] = {}

    async def take_all(self) -> None:
        """Takes the locks of all nodes, or none.

        The order is that of the nodes' machine ids, which is the same for everybody, whatever their directories call
        the nodes. So two changes that overlap cannot refuse each other: the first to have a node goes on.
        Raises LockedError for the first node that another holds; the error of a node that cannot be locked.
        """
        results = await on_each(self._shells.by_node, self._open)
        results.raise_all()
        for lock in sorted(results.ok.values(), key=lambda lock: (lock.identity, lock.node)):
            await self._take(lock)

    async def ensure(self, node: str) -> bool:
        """Takes the lock of a node again if it was lost. Returns whether that was necessary.

        Raises LockedError if another has it now, and what `take_all` raises.
        """
        lock = self._locks.get(node)
        if lock is not None and lock.is_held:
            return False
        if lock is not None:
            await lock.release()
        await self._take(await self._open(node))
        return True

    def raise_if_lost(self, node: str) -> None:
        """Raises WorkError if the lock of a node is not held any more."""
        lock = self._locks.get(node)
        if lock is None or not lock.is_held:
            reason = lock.lost if lock is not None and lock.lost else "the node no longer confirms it"
            raise WorkError(f"the lock on the node was lost: {reason}", node=node)

    def show_step(self, step: str) -> None:
        """Shows others at which step this change is."""
        if step == self.holder.step:
            return
        self.holder = self.holder.at_step(step)
        self._tell_directory(step)
        for lock in self._locks.values():
            lock.show_step(self.holder)

    async def release_all(self) -> None:
        """Gives back all locks. Never raises."""
        await on_each(self._locks, lambda node: self._locks[node].release())

    async def _open(self, node: str) -> NodeLock:
        lock = self._locks[node] = NodeLock(self._shells.shell(node), self.token)
        await lock.open()
        return lock

    async def _take(self, lock: NodeLock) -> None:
        try:
            await lock.take(self.holder)
        except TimeoutError:
            raise WorkError("the lock of the node cannot be had: it does not answer", node=lock.node) from None


@asynccontextmanager
async def lock_nodes(
    shells: Shells, holder: LockHolder, tell_directory: Callable[[str], None] = lambda step: None
) -> AsyncIterator[ClusterLock]:
    """Holds the locks of all nodes of `shells` while the block runs; raises what `ClusterLock.take_all` raises."""
    lock = ClusterLock(shells, holder, tell_directory)
    try:
        await lock.take_all()
        yield lock
    finally:
        # A second cancellation must not leave locks behind that only the end of the process frees.
        await asyncio.shield(asyncio.ensure_future(lock.release_all()))
