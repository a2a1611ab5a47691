"""Questions on the operator's terminal, for the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from corotui.cli.output.printer import Output, has_terminal
from corotui.cluster.phrasing import format_list
from corotui.errors import RefusedError
from corotui.ssh.secret import Secret
from corotui.ssh.shell import SudoAnswer


async def confirm(out: Output, question: str, *, yes: bool, refusal: str) -> None:
    """Returns if `yes` is set or the operator answers y. Otherwise raises RefusedError with `refusal`."""
    if yes:
        return
    if not has_terminal():
        raise RefusedError(refusal, next_step="There is no terminal to ask on; --yes answers for you.")
    if not await asyncio.to_thread(ask_yes_no, out, question):
        raise RefusedError(refusal)


def ask_yes_no(out: Output, question: str) -> bool:
    """Asks on the terminal and blocks until it is answered; False without a terminal."""
    return has_terminal() and out.ask(f"{question} [y/N] ").strip().lower() in ("y", "yes")


class TerminalPrompter:
    """A Prompter on stdin and stderr. Asks one question at a time; without a terminal it declines every request."""

    def __init__(self, out: Output, *, accept_new_host_keys: bool = False) -> None:
        self._out = out
        self._accept_new_host_keys = accept_new_host_keys
        self._lock = asyncio.Lock()

    async def host_key(self, node: str, host: str, port: int, key_type: str, fingerprint: str) -> bool:
        if self._accept_new_host_keys:
            self._out.say(f"{node}: accepting the {key_type} host key {fingerprint} of {host} port {port}.")
            return True
        if not has_terminal():
            return False
        async with self._lock:
            self._out.say(f"{node}: the host key of {host} port {port} is not known yet.")
            self._out.say(f"  {key_type} {fingerprint}")
            answer = await asyncio.to_thread(self._out.ask, "Is this the right key? [yes/N] ")
        return answer.strip().lower() == "yes"

    async def password(self, node: str, prompt: str) -> Secret | None:
        return await self._secret(f"{node}: {prompt.strip() or 'Password:'} ")

    async def passphrase(self, path: str) -> Secret | None:
        return await self._secret(f"Passphrase of {path}: ")

    async def sudo_password(self, node: str, user: str, others: Sequence[str]) -> SudoAnswer | None:
        if not has_terminal():
            return None
        async with self._lock:
            return await asyncio.to_thread(self._ask_sudo_password, node, user, others)

    def _ask_sudo_password(self, node: str, user: str, others: Sequence[str]) -> SudoAnswer | None:
        """Asks on the terminal, and blocks.

        The nodes are named first, but the choice follows the password: who is used to type it at once must not have it
        shown by a question that is answered in clear text.
        """
        names = format_list(others)
        if others:
            self._out.say(f"{node}: sudo asks {user} for a password. It can serve {names} too; you are asked.")
        password = self._out.ask_secret(f"{node}: sudo password of {user}: ")
        if password is None:
            return None
        if others:
            line = self._out.ask(f"Use it on {names} too? [Y/n] ")
            if line and line.strip().lower() in ("", "y", "yes"):  # no line: the input has ended
                return SudoAnswer(password, (node, *others))
        return SudoAnswer(password, (node,))

    async def _secret(self, prompt: str) -> Secret | None:
        if not has_terminal():
            return None
        async with self._lock:
            return await asyncio.to_thread(self._out.ask_secret, prompt)
