"""The wish that work under way ends at its next safe point."""

from __future__ import annotations

import asyncio


class StopRequest:
    """Asked once, by a key, a signal or a lost terminal; the work looks at `asked` where it is safe to end."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    @property
    def requested(self) -> bool:
        return self._event.is_set()

    def request(self) -> None:
        self._event.set()

    async def wait(self) -> None:
        """Until it is asked."""
        await self._event.wait()

    @staticmethod
    async def pause(seconds: float) -> None:
        """Waits that long, asked or not."""
        await asyncio.sleep(seconds)

    async def wait_for(self, seconds: float) -> bool:
        """Waits that long, or until it is asked; says whether it was."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        return True
