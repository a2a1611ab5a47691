"""The operator as ssh needs him, asked by dialogs; one question at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corotui.console.dialogs.sheet import Sheet
    from corotui.console.surface import Surface


Push = Callable[["Sheet[Any]", Callable[[Any], None]], None]


class ConsoleAsk:
    """An `Ask`. Before a screen is there, and after it has gone, every question is declined."""

    def __init__(self) -> None:
        self._surface: Surface | None = None
        self._push: Push | None = None
        self._lock = asyncio.Lock()
        self._open: asyncio.Future[object] | None = None

    def attach(self, surface: Surface, push: Push) -> None:
        """From now on questions appear on this screen."""
        self._surface, self._push = surface, push

    def detach(self) -> None:
        """The screen has gone; the open question counts as declined."""
        self._push = None
        if self._open is not None and not self._open.done():
            self._open.set_result(None)

    async def host_key(self, node: str, host: str, port: int, key_type: str, fingerprint: str) -> bool:
        from corotui.console.dialogs.host_key import HostKey

        return bool(
            await self._ask(
                lambda surface: HostKey(
                    surface, node=node, host=host, port=port, key_type=key_type, fingerprint=fingerprint
                )
            )
        )

    async def password(self, node: str, prompt: str) -> str | None:
        return await self._secret(f"{node} asks", prompt.strip() or "Password:")

    async def passphrase(self, path: str) -> str | None:
        return await self._secret("Passphrase of a key", f"{path} is locked by a passphrase.")

    async def sudo_password(self, node: str, user: str) -> str | None:
        words = f"sudo on {node} asks for {user}'s password. It is kept in memory, for all nodes with this user."
        return await self._secret(f"sudo on {node}", words)

    async def _secret(self, asks: str, words: str) -> str | None:
        from corotui.console.dialogs.secret import Secret

        answer = await self._ask(lambda surface: Secret(surface, asks, words=words))
        return answer if isinstance(answer, str) else None

    async def _ask(self, make: Callable[[Surface], Sheet[Any]]) -> object:
        async with self._lock:
            if self._push is None or self._surface is None:
                return None
            answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
            self._open = answer

            def answered(value: object) -> None:
                if not answer.done():
                    answer.set_result(value)

            sheet = make(self._surface)
            self._push(sheet, answered)
            try:
                return await answer
            except asyncio.CancelledError:
                sheet.answer(None)
                raise
            finally:
                self._open = None
