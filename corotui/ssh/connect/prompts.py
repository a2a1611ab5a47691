"""The operator's answers: one question at a time, the same one only once, held in memory only."""

from __future__ import annotations

import asyncio

from corotui.ssh.shell import Prompter


class CachedPrompts:
    """Asks through an Ask, one question after the other, and remembers what was answered.

    Any number of connections may ask at once; who waited while the same question was answered gets that answer.
    """

    def __init__(self, prompter: Prompter) -> None:
        self._prompter = prompter
        self._turn = asyncio.Lock()
        self._accepted: set[tuple[str, int, str]] = set()
        self._passphrases: dict[str, str] = {}
        self._passwords: dict[tuple[str, str], str] = {}
        self._sudo: dict[tuple[str, str], str] = {}
        self._sudo_by_user: dict[str, str] = {}

    def __repr__(self) -> str:
        return "CachedPrompts(…)"

    async def host_key(self, node: str, host: str, port: int, key_type: str, fingerprint: str) -> bool:
        """Whether the operator takes this key for that host; a yes holds for all who ask the same."""
        asked = (host, port, fingerprint)
        async with self._turn:
            if asked not in self._accepted and await self._prompter.host_key(node, host, port, key_type, fingerprint):
                self._accepted.add(asked)
            return asked in self._accepted

    async def passphrase(self, path: str, *, wrong: str | None = None) -> str | None:
        """The passphrase of a key file. `wrong`: the last answer, which did not open it."""
        async with self._turn:
            known = self._passphrases.get(path)
            if known is not None and known != wrong:
                return known
            self._passphrases.pop(path, None)
            answer = await self._prompter.passphrase(path)
            if answer is not None:
                self._passphrases[path] = answer
            return answer

    async def password(self, node: str, destination: str, prompt: str, *, wrong: str | None = None) -> str | None:
        """A login password, or an answer to keyboard-interactive, for `place` (user@host:port)."""
        asked = (destination, prompt)
        async with self._turn:
            known = self._passwords.get(asked)
            if known is not None and known != wrong:
                return known
            self._passwords.pop(asked, None)
            answer = await self._prompter.password(node, prompt)
            if answer is not None:
                self._passwords[asked] = answer
            return answer

    async def sudo_password(self, node: str, user: str, *, wrong: str | None, may_prompt: bool = True) -> str | None:
        """The password for sudo. Without an own one of this node the last one of the same user is tried.

        `wrong`: the last answer, which sudo did not take. `ask` False: only what is known already.
        """
        own = (node, user)
        async with self._turn:
            for known in (self._sudo.get(own), self._sudo_by_user.get(user)):
                if known is not None and known != wrong:
                    self._sudo[own] = known
                    return known
            self._sudo.pop(own, None)
            if wrong is not None and self._sudo_by_user.get(user) == wrong:
                del self._sudo_by_user[user]
            if not may_prompt:
                return None
            answer = await self._prompter.sudo_password(node, user)
            if answer is not None:
                self._sudo[own] = answer
                self._sudo_by_user[user] = answer
            return answer
