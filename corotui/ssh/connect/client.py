"""The client side of one handshake: checks the host key, then authenticates."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import asyncssh

from corotui.cluster.text.bounded import one_line
from corotui.ssh.connect.client_keys import ClientKeys
from corotui.ssh.connect.known_hosts import HostKeys, HostKeyVerdict
from corotui.ssh.connect.prompts import CachedPrompts
from corotui.ssh.connect.revoked_keys import is_certificate, keys_of, revocation
from corotui.ssh.connect.ssh_config import SshTarget
from corotui.ssh.secret import Secret

STAGE_TIMEOUT = 10.0
"""Seconds for each of resolve, connect, handshake and authenticate. The time that the operator takes does not count."""
PASSWORD_TRIES = 3
"""Passwords that are sent to a node at most, counted over both methods: password and keyboard-interactive."""


class LoginClient(asyncssh.SSHClient):
    """Answers asyncssh during the handshake.

    It accepts the host keys that known_hosts trusts. Any other is kept, and the handshake fails.
    """

    def __init__(
        self,
        node: str,
        target: SshTarget,
        prompts: CachedPrompts,
        clock: asyncio.Timeout,
        known: HostKeys,
        on_lost: Callable[[str], None],
    ) -> None:
        """`clock` is the time limit of the current stage. `known`: what known_hosts says about the target.

        `on_lost` gets the reason when a working connection ends.
        """
        self._node = node
        self._target = target
        self._known = known
        self._prompts = prompts
        self._clock = clock
        self._on_lost = on_lost
        self._client_keys = ClientKeys(target, self._passphrase)
        self._batches: AsyncIterator[Sequence[asyncssh.SSHKeyPair]] | None = None
        self._answers: dict[str, Secret] = {}
        self._password_tries = 0
        self._methods: list[str] = []
        self._up = False
        self.stage = "connect"
        """The stage that was reached: "connect" or "authenticate"."""
        self.presented_key: asyncssh.SSHKey | None = None
        """The host key that is not trusted. None before the node sent a key, for a trusted key and a certificate."""
        self.presented = b""
        """The host key or certificate as the node sent it, b"" before."""
        self.revoked_because = ""
        """Why the host key must never be accepted, "" if nothing says so. Set before anything is sent."""
        self.was_prompted = False
        """Whether the operator was asked. Meanwhile the node may have ended the connection (LoginGraceTime of sshd)."""
        self.owns_socket = False
        """Whether asyncssh owns the socket now and closes it."""

    @property
    def tried(self) -> list[str]:
        """What was offered to the node, for instance: the agent's keys, key /root/.ssh/id_rsa, password."""
        return [*self._client_keys.tried, *self._methods]

    @property
    def notes(self) -> list[str]:
        """Which keys could not be used, and why."""
        return self._client_keys.notes

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        self.owns_socket = True
        accept = conn.validate_server_host_key

        def validate(key_data: bytes) -> asyncssh.SSHKey:
            self.presented = key_data
            self._refuse_revoked()
            return accept(key_data)

        # asyncssh shows a certificate to no callback, and its validation knows no revocation files
        conn.validate_server_host_key = validate  # type: ignore[method-assign]

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        if self._known.verdict(key) is HostKeyVerdict.TRUSTED:
            return True
        self.presented_key = key
        return False

    def begin_auth(self, username: str) -> None:
        if not self.presented:
            raise asyncssh.HostKeyNotVerifiable("its host key was not seen")
        self.stage = "authenticate"
        self._restart_clock()

    def _refuse_revoked(self) -> None:
        """Raises HostKeyNotVerifiable if the key is revoked: by known_hosts or by RevokedHostKeys."""
        keys = keys_of(self.presented)
        if is_certificate(self.presented) and self._known.revokes(keys):
            self.revoked_because = "its certificate, or the authority that signed it, is marked as revoked"
        else:
            self.revoked_because = revocation(self._target.revoked_host_keys, self.presented)
        if self.revoked_because:
            raise asyncssh.HostKeyNotVerifiable(self.revoked_because)

    def auth_completed(self) -> None:
        self._up = True
        self._client_keys.close()
        self._answers.clear()

    def connection_lost(self, exc: Exception | None) -> None:
        self._client_keys.close()
        self._answers.clear()
        if self._up:
            self._on_lost(one_line(str(exc)) if exc else "the node closed the connection")

    async def public_key_auth_requested(self) -> Sequence[asyncssh.SSHKeyPair] | None:
        if self._batches is None:
            self._batches = self._client_keys.batches()
        self._restart_clock()
        return await anext(self._batches, None)

    async def password_auth_requested(self) -> str | None:
        if self._password_tries >= PASSWORD_TRIES:
            return None
        prompt = f"Password of {self._target.destination_and_route}"
        answer = await self._answer(prompt)
        if answer is not None:
            self._password_tries += 1
            self._record_method("password")
        return None if answer is None else answer.text()

    def kbdint_auth_requested(self) -> str | None:
        return "" if self._password_tries < PASSWORD_TRIES else None

    async def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: Sequence[tuple[str, bool]]
    ) -> Sequence[str] | None:
        answers: list[str] = []
        for text, _ in prompts:
            question = one_line(text, limit=200).strip().rstrip(":")
            # PAM usually asks for the password. The same prompt lets one answer serve both methods.
            prompt = (
                f"Password of {self._target.destination_and_route}"
                if "assword" in question
                else f"{self._target.destination_and_route} asks: {question}"
            )
            answer = await self._answer(prompt)
            if answer is None:
                return None
            answers.append(answer.text())
        if prompts:
            self._password_tries += 1
            self._record_method("keyboard-interactive")
        return answers

    async def _answer(self, prompt: str) -> Secret | None:
        """Returns the operator's answer, None if they decline. Marks the last answer to the same prompt as wrong."""
        with self._waiting():
            answer = await self._prompts.password(
                self._node, self._target.password_scope, prompt, wrong=self._answers.get(prompt)
            )
        if answer is not None:
            self._answers[prompt] = answer
        return answer

    async def wait_for_answers(self) -> None:
        """Returns when the operator has answered what he was asked for this connection, which may be lost."""
        await self._client_keys.wait_for_answers()

    async def _passphrase(self, path: str, wrong: Secret | None) -> Secret | None:
        with self._waiting():
            return await self._prompts.passphrase(path, wrong=wrong)

    def _record_method(self, method: str) -> None:
        if method not in self._methods:
            self._methods.append(method)

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        """Pauses the time limit while the operator is asked. The node's own limit may end meanwhile."""
        self.was_prompted = True
        self._set_clock(None)
        try:
            yield
        finally:
            self._restart_clock()

    def _restart_clock(self) -> None:
        """Starts the time of the stage again."""
        self._set_clock(asyncio.get_running_loop().time() + STAGE_TIMEOUT)

    def _set_clock(self, when: float | None) -> None:
        """Sets the end of the stage, in the loop's seconds; not any more where the handshake has ended."""
        with suppress(RuntimeError):  # a question may outlast the handshake; a timeout does not tell that it was left
            self._clock.reschedule(when)
