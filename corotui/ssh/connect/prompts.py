"""Asks the operator one question at a time, the same one only once. Answers are held in memory only."""

from __future__ import annotations

import asyncio

from corotui.ssh.shell import Prompter


class CachedPrompts:
    """Asks through a Prompter, one question after the other, and remembers the answers.

    Any number of connections may ask at once. Those that wait with the same question get the same answer.
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
        """Returns whether the operator accepts this key for that host."""
        question = (host, port, fingerprint)
        async with self._turn:
            if question not in self._accepted and await self._prompter.host_key(
                node, host, port, key_type, fingerprint
            ):
                self._accepted.add(question)
            return question in self._accepted

    async def passphrase(self, path: str, *, wrong: str | None = None) -> str | None:
        """Returns the passphrase of a key file, None if the operator declines. `wrong`: the last, failed answer."""
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
        """Returns a login password, or an answer to keyboard-interactive, for `destination` (user@host:port).

        None if the operator declines. `wrong`: the last answer, which failed.
        """
        question = (destination, prompt)
        async with self._turn:
            known = self._passwords.get(question)
            if known is not None and known != wrong:
                return known
            self._passwords.pop(question, None)
            answer = await self._prompter.password(node, prompt)
            if answer is not None:
                self._passwords[question] = answer
            return answer

    async def sudo_password(self, node: str, user: str, *, wrong: str | None, may_prompt: bool = True) -> str | None:
        """Returns the password for sudo, None if the operator declines.

        A node whose password is not known tries the last one of the same user. `wrong`: the last answer, which sudo
        refused. `may_prompt`: whether the operator may be asked; else only a known password is returned.
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
