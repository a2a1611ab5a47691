"""An operator whose answers a test gives, and who records the questions."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from corotui.ssh.secret import Secret
from corotui.ssh.shell import SudoAnswer


class Operator:
    """A Prompter. Each answer is taken from its list in turn; an empty list declines.

    `asked` holds the questions; `at_once` is how many were open at the same time, at most.
    """

    def __init__(
        self,
        *,
        host_keys: bool = False,
        passwords: Iterable[str | None] = (),
        passphrases: Iterable[str | None] = (),
        sudo_passwords: Iterable[str | None] = (),
        shares_sudo: bool = True,
    ) -> None:
        """`shares_sudo`: whether a password for sudo may be used on the other nodes that the question names."""
        self._host_keys = host_keys
        self._passwords = list(passwords)
        self._passphrases = list(passphrases)
        self._sudo_passwords = list(sudo_passwords)
        self._shares_sudo = shares_sudo
        self.asked: list[tuple[str, ...]] = []
        self.at_once = 0
        self._open = 0

    async def host_key(self, node: str, host: str, port: int, key_type: str, fingerprint: str) -> bool:
        await self._record("host key", node, host, str(port), key_type, fingerprint)
        return self._host_keys

    async def password(self, node: str, prompt: str) -> Secret | None:
        await self._record("password", node, prompt)
        return _next(self._passwords)

    async def passphrase(self, path: str) -> Secret | None:
        await self._record("passphrase", path)
        return _next(self._passphrases)

    async def sudo_password(self, node: str, user: str, others: Sequence[str]) -> SudoAnswer | None:
        await self._record("sudo", node, user, *others)
        password = _next(self._sudo_passwords)
        if password is None:
            return None
        return SudoAnswer(password, (node, *others) if self._shares_sudo else (node,))

    async def _record(self, *question: str) -> None:
        self.asked.append(question)
        self._open += 1
        self.at_once = max(self.at_once, self._open)
        await asyncio.sleep(0.01)
        self._open -= 1


def _next(answers: list[str | None]) -> Secret | None:
    """Takes the next answer out of the list."""
    answer = answers.pop(0) if answers else None
    return None if answer is None else Secret.from_text(answer)


def text(secret: Secret | None) -> str | None:
    """What a secret holds."""
    return None if secret is None else secret.text()
