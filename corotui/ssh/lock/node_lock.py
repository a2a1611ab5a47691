"""The lock on one node, held by one channel."""

from __future__ import annotations

import asyncio
import time

from corotui.directory.lock_holder import LockHolder
from corotui.errors import CommandError, CorotuiError, LockedError, WorkError
from corotui.ssh.lock.scripts import LEASE, hold_command
from corotui.ssh.shell import LineSession, Shell

BEAT = 2.0
"""Seconds between two signs of life of a holder."""
HELD_FOR = 15.0
"""Seconds after a confirmed sign of life for which the lock counts as held; less than LEASE, so that a holder whose
node no longer answers stops before the node frees the lock."""


class NodeLock:
    """The lock on one node. `open` it, `take` it, and `release` it in any case."""

    def __init__(self, shell: Shell, token: str) -> None:
        """`token` marks this holder; scripts on the node compare it."""
        self.node = shell.node
        self.identity = ""
        """What tells this node from all others, whatever it is called: its machine id and its own name."""
        self.lost = ""
        """Why the lock is not held any more, "" if it is or was never taken."""
        self._shell = shell
        self._token = token
        self._text = ""
        self._session: LineSession | None = None
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._released = asyncio.Event()
        self._woken = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._confirmed: float | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def is_held(self) -> bool:
        """Whether the node has confirmed the lock recently enough to rely on it."""
        recent = self._confirmed is not None and time.monotonic() - self._confirmed < HELD_FOR
        return recent and not self.lost

    async def open(self) -> None:
        """Opens the channel and learns the node's identity. Raises what `Shell.run` raises."""
        # The channel is entered and left in one task, because its time limits belong to the task that enters them.
        self._task = asyncio.create_task(self._keep_open())
        await asyncio.shield(self._opened)

    async def take(self, holder: LockHolder) -> None:
        """Takes the lock.

        Raises LockedError, which says who holds it, and WorkError if the node has none of what a lock needs.
        """
        self._text = holder.to_text()
        answer = await self._ask("take")
        if answer.startswith("busy"):
            raise locked_error(self.node, LockHolder.parse(answer.partition(" ")[2]))
        if answer != "held":
            raise _no_lock(self.node, answer)
        self._woken.set()

    def show_step(self, holder: LockHolder) -> None:
        """Has the node show this text to others from now on, at the latest after BEAT seconds."""
        self._text = holder.to_text()
        self._woken.set()

    async def release(self) -> None:
        """Gives the lock back and closes the channel. Never raises."""
        self._released.set()
        self._woken.set()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _keep_open(self) -> None:
        try:
            async with self._shell.session(hold_command(), privileged=True) as session:
                self._session = session
                async with asyncio.timeout(HELD_FOR):
                    first = await session.read_line()
                if not first.startswith("node "):
                    raise _no_lock(self.node, first)
                self.identity = first.removeprefix("node ")
                self._opened.set_result(None)
                await self._confirm_until_released()
        except TimeoutError:
            self._end(WorkError(f"the lock got no answer within {HELD_FOR:g} s", node=self.node))
        except CommandError as error:
            self._end(_no_lock(self.node, error.output.replace("\n", " ")))
        except CorotuiError as error:
            self._end(error)
        finally:
            self._end(WorkError("its channel ended", node=self.node))

    def _end(self, error: CorotuiError) -> None:
        """Records that the channel ended with an error. The first error stays."""
        if not self._released.is_set():
            self.lost = self.lost or error.what
        if not self._opened.done():
            self._opened.set_exception(error)

    async def _confirm_until_released(self) -> None:
        """Sends a sign of life every BEAT seconds, and at once when the text changed."""
        while not self._released.is_set():
            try:
                async with asyncio.timeout(BEAT):
                    await self._woken.wait()
            except TimeoutError:
                pass
            self._woken.clear()
            if self._confirmed is not None and not self._released.is_set():
                await self._ask("hold")

    async def _ask(self, word: str) -> str:
        """Sends a line and returns the answer. Raises TimeoutError after HELD_FOR seconds."""
        session = self._session
        assert session is not None
        async with self._one_at_a_time, asyncio.timeout(HELD_FOR):
            sent = time.monotonic()
            await session.write_line(f"{word} {self._token} {self._text}")
            answer = await session.read_line()
        if answer == "held":
            self._confirmed = sent
        return answer


def locked_error(node: str, holder: LockHolder | None) -> LockedError:
    """Returns the error for a node whose lock another corotui holds. `holder` None: it does not say who."""
    who = holder.sentence if holder is not None else "another corotui works on it"
    return LockedError(
        f"Another operator changes this node: {who}" if holder is not None else f"{who}",
        node=node,
        next_step=f"Wait until that ends. If its connection is lost, the node frees the lock within {LEASE} s.",
    )


def _no_lock(node: str, said: str) -> WorkError:
    reason = said.removeprefix("error ").strip() or "the command ended"
    return WorkError(f"the lock of the node cannot be held: {reason}", node=node)
