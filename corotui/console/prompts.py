"""Asks the operator what ssh needs to know, with dialogs; one question at a time."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Sequence
from typing import Any

from corotui.console.dialogs.base import Dialog
from corotui.console.dialogs.host_key import HostKeyDialog
from corotui.console.dialogs.secret import SecretDialog, SudoPasswordDialog
from corotui.console.style.context import StyleContext
from corotui.ssh.secret import Secret
from corotui.ssh.shell import SudoAnswer

AnyDialog = Dialog[Any]  # Any: the types of the answers differ
PushDialog = Callable[[AnyDialog, Callable[[Any], None]], None]
"""Shows a dialog and calls the function with its result."""


class ConsolePrompter:
    """A `Prompter` of ssh. While there is no screen, every question is declined."""

    def __init__(self) -> None:
        self._style_context: StyleContext | None = None
        self._push_dialog: PushDialog | None = None
        self._app_context = contextvars.Context()
        self._lock = asyncio.Lock()
        self._pending_answer: asyncio.Future[object] | None = None

    def attach(self, style_context: StyleContext, push_dialog: PushDialog) -> None:
        """Questions appear on this screen from now on. Call it within the app.

        ssh asks from callbacks of its connections, whose context knows no app; a dialog cannot be built there.
        """
        self._app_context = contextvars.copy_context()
        self._style_context = style_context
        self._push_dialog = push_dialog

    def detach(self) -> None:
        """The screen is gone: an open question and all later ones are declined."""
        self._push_dialog = None
        if self._pending_answer is not None and not self._pending_answer.done():
            self._pending_answer.set_result(None)

    async def host_key(self, node: str, host: str, port: int, key_type: str, fingerprint: str) -> bool:
        def make_dialog(style_context: StyleContext) -> AnyDialog:
            return HostKeyDialog(
                style_context, node=node, host=host, port=port, key_type=key_type, fingerprint=fingerprint
            )

        return bool(await self._ask(make_dialog))

    async def password(self, node: str, prompt: str) -> Secret | None:
        return await self._ask_secret(f"{node} asks", prompt.strip() or "Password:")

    async def passphrase(self, path: str) -> Secret | None:
        return await self._ask_secret("Passphrase of a key", f"{path} is protected by a passphrase.")

    async def sudo_password(self, node: str, user: str, others: Sequence[str]) -> SudoAnswer | None:
        answer = await self._ask(lambda style_context: SudoPasswordDialog(style_context, node, user, others))
        return answer if isinstance(answer, SudoAnswer) else None

    async def _ask_secret(self, heading: str, text: str) -> Secret | None:
        answer = await self._ask(lambda style_context: SecretDialog(style_context, heading, text=text))
        return answer if isinstance(answer, Secret) else None

    async def _ask(self, make_dialog: Callable[[StyleContext], AnyDialog]) -> object:
        """Shows a dialog and waits for its result; None if there is no screen, or none any more."""
        async with self._lock:
            if self._push_dialog is None or self._style_context is None:
                return None
            answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
            self._pending_answer = answer

            def answered(result: object) -> None:
                if not answer.done():
                    answer.set_result(result)

            dialog = make_dialog(self._style_context)
            self._app_context.copy().run(self._push_dialog, dialog, answered)
            try:
                return await answer
            except asyncio.CancelledError:
                self._app_context.copy().run(dialog.answer, None)
                raise
            finally:
                self._pending_answer = None
