"""Asks the operator one question at a time, the same one only once. Answers are held in memory until `close`."""

from __future__ import annotations

import asyncio
from weakref import WeakSet

from corotui.ssh.secret import Secret
from corotui.ssh.shell import Prompter


class CachedPrompts:
    """Asks through a Prompter, one question after the other, and remembers the answers.

    Any number of connections may ask at once. Those that wait with the same question get the same answer. An answer
    that was refused is dropped, and so overwritten when the last command that tries it has ended.
    """

    def __init__(self, prompter: Prompter) -> None:
        self._prompter = prompter
        self._turn = asyncio.Lock()
        self._accepted: set[tuple[str, int, str]] = set()
        self._passphrases: dict[str, Secret] = {}
        self._passwords: dict[tuple[tuple[str, ...], str], Secret] = {}
        self._sudo_users: dict[str, str] = {}  # by node
        self._sudo: dict[tuple[str, str], Secret] = {}  # by node and user
        self._sudo_accepted: set[tuple[str, str]] = set()
        self._answers: WeakSet[Secret] = WeakSet()  # all that were given and are still used by anyone

    def __repr__(self) -> str:
        return "CachedPrompts(…)"

    def close(self) -> None:
        """Overwrites all answers. A later question is asked anew."""
        for answers in (self._passphrases, self._passwords, self._sudo):
            answers.clear()
        self._sudo_accepted.clear()
        for answer in list(self._answers):
            answer.wipe()

    def sudo_refused(self, node: str, user: str, password: Secret) -> None:
        """Notes that sudo ended with this password refused: it is not tried there again."""
        if self._sudo.get((node, user)) is password:
            del self._sudo[node, user]

    async def host_key(self, node: str, host: str, port: int, key_type: str, fingerprint: str) -> bool:
        """Returns whether the operator accepts this key for that host."""
        question = (host, port, fingerprint)
        async with self._turn:
            if question not in self._accepted and await self._prompter.host_key(
                node, host, port, key_type, fingerprint
            ):
                self._accepted.add(question)
            return question in self._accepted

    async def passphrase(self, path: str, *, wrong: Secret | None = None) -> Secret | None:
        """Returns the passphrase of a key file, None if the operator declines. `wrong`: the last, failed answer."""
        async with self._turn:
            known = self._passphrases.get(path)
            if known is not None and known is not wrong:
                return known
            self._passphrases.pop(path, None)
            answer = await self._prompter.passphrase(path)
            if answer is not None:
                self._answers.add(answer)
                self._passphrases[path] = answer
            return answer

    async def password(
        self, node: str, scope: tuple[str, ...], prompt: str, *, wrong: Secret | None = None
    ) -> Secret | None:
        """Returns a login password, or an answer to keyboard-interactive. None if the operator declines.

        `scope`: `SshTarget.password_scope`, for which the answer is remembered. `wrong`: the last answer, which failed.
        """
        question = (scope, prompt)
        async with self._turn:
            known = self._passwords.get(question)
            if known is not None and known is not wrong:
                return known
            self._passwords.pop(question, None)
            answer = await self._prompter.password(node, prompt)
            if answer is not None:
                self._answers.add(answer)
                self._passwords[question] = answer
            return answer

    def register_sudo(self, node: str, user: str) -> None:
        """Notes that sudo on a node may ask for the password of `user`, so that a question can name all such nodes.

        This machine is not registered: its password goes to no node, and no node's password is tried on it.
        """
        self._sudo_users[node] = user

    async def sudo_password(
        self, node: str, user: str, *, wrong: Secret | None, may_prompt: bool = True
    ) -> Secret | None:
        """Returns the password for sudo, None if the operator declines.

        A node gets a password that was typed for another one only if the operator agreed to it. `wrong`: the last
        answer, which sudo refused. `may_prompt`: whether the operator may be asked; else only a known password is
        returned.
        """
        own = (node, user)
        async with self._turn:
            known = self._sudo.get(own)
            if known is not None and known is not wrong:
                return known
            self._sudo.pop(own, None)
            self._sudo_accepted.discard(own)
            if not may_prompt:
                return None
            others = self._nodes_without_password(node, user, wrong)
            answer = await self._prompter.sudo_password(node, user, others)
            if answer is None:
                return None
            self._answers.add(answer.password)
            for name in {node, *others}.intersection((node, *answer.nodes)):
                self._sudo[name, user] = answer.password
            return answer.password

    def sudo_accepted(self, node: str, user: str, password: Secret) -> None:
        """Notes that sudo took the password. The node keeps it, whatever is typed for another one."""
        self._sudo[node, user] = password
        self._sudo_accepted.add((node, user))

    def _nodes_without_password(self, node: str, user: str, wrong: Secret | None) -> list[str]:
        """Returns the other nodes with this user that have no password yet, or the one that was refused on `node`."""
        if self._sudo_users.get(node) != user:
            return []
        return [
            other
            for other, login in self._sudo_users.items()
            if login == user
            and other != node
            and (other, user) not in self._sudo_accepted
            and self._sudo.get((other, user)) in (None, wrong)
        ]
