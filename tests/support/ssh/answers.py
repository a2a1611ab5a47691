"""An operator of flesh for tests: says what he was told to say, and remembers what he was asked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable


class Operator:
    """An Ask. Each answer is taken from its list in turn; an empty list declines. `at_once` is how many questions
    stood open at the same time, at most."""

    def __init__(
        self,
        *,
        host_keys: bool = False,
        passwords: Iterable[str | None] = (),
        passphrases: Iterable[str | None] = (),
        sudo_passwords: Iterable[str | None] = (),
    ) -> None:
        self._host_keys = host_keys
        self._passwords = list(passwords)
        self._passphrases = list(passphrases)
        self._sudo_passwords = list(sudo_passwords)
        self.asked: list[tuple[str, ...]] = []
        self.at_once = 0
        self._open = 0

    async def host_key(self, node: str, host: str, port: int, key_type: str, fingerprint: str) -> bool:
        await self._think("host key", node, host, str(port), key_type, fingerprint)
        return self._host_keys

    async def password(self, node: str, prompt: str) -> str | None:
        await self._think("password", node, prompt)
        return self._passwords.pop(0) if self._passwords else None

    async def passphrase(self, path: str) -> str | None:
        await self._think("passphrase", path)
        return self._passphrases.pop(0) if self._passphrases else None

    async def sudo_password(self, node: str, user: str) -> str | None:
        await self._think("sudo", node, user)
        return self._sudo_passwords.pop(0) if self._sudo_passwords else None

    async def _think(self, *question: str) -> None:
        self.asked.append(question)
        self._open += 1
        self.at_once = max(self.at_once, self._open)
        await asyncio.sleep(0.01)
        self._open -= 1
