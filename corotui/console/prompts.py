"""The operator as ssh needs him, asked by dialogs; one question at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from corotui.console.dialogs.base import Dialog
    from corotui.console.style.context import StyleContext


PushDialog = Callable[["Dialog[Any]", Callable[[Any], None]], None]


class ConsolePrompter:
    """An `Ask`. Before a screen is there, and after it has gone, every question is declined."""

    def __init__(self) -> None:
        self._style_context: StyleContext | None = None
        self._push_dialog: PushDialog | None = None
        self._lock = asyncio.Lock()
        self._pending_answer: asyncio.Future[object] | None = None

    def attach(self, style_context: StyleContext, push_dialog: PushDialog) -> None:
        """From now on questions appear on this screen."""
        self._style_context, self._push_dialog = style_context, push_dialog

    def detach(self) -> None:
        """The screen has gone; the open question counts as declined."""
        self._push_dialog = None
        if self._pending_answer is not None and not self._pending_answer.done():
            self._pending_answer.set_result(None)

    async def host_key(self, node: str, host: str, port: int, key_type: str, fingerprint: str) -> bool:
        from corotui.console.dialogs.host_key import HostKeyDialog

        return bool(
            await self._show_dialog(
                lambda surface: HostKeyDialog(
                    surface, node=node, host=host, port=port, key_type=key_type, fingerprint=fingerprint
                )
            )
        )

    async def password(self, node: str, prompt: str) -> str | None:
        return await self._prompt_secret(f"{node} asks", prompt.strip() or "Password:")

    async def passphrase(self, path: str) -> str | None:
        return await self._prompt_secret("Passphrase of a key", f"{path} is locked by a passphrase.")

    async def sudo_password(self, node: str, user: str) -> str | None:
        words = f"sudo on {node} asks for {user}'s password. It is kept in memory, for all nodes with this user."
        return await self._prompt_secret(f"sudo on {node}", words)

    async def _prompt_secret(self, heading: str, text: str) -> str | None:
        from corotui.console.dialogs.secret import SecretDialog

        answer = await self._show_dialog(lambda surface: SecretDialog(surface, heading, text=text))
        return answer if isinstance(answer, str) else None

    async def _show_dialog(self, make_dialog: Callable[[StyleContext], Dialog[Any]]) -> object:
        async with self._lock:
            if self._push_dialog is None or self._style_context is None:
                return None
            answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
            self._pending_answer = answer

            def answered(value: object) -> None:
                if not answer.done():
                    answer.set_result(value)

            sheet = make_dialog(self._style_context)
            self._push_dialog(sheet, answered)
            try:
                return await answer
            except asyncio.CancelledError:
                sheet.answer(None)
                raise
            finally:
                self._pending_answer = None
