"""Loads the keys to log in with, in the order in which they are tried."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import cast

import asyncssh

from corotui.ssh.connect.ssh_config import SshTarget
from corotui.ssh.secret import Secret

DEFAULT_FILES = ("~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa")
"""The identity files if neither cluster.toml nor the ssh configuration names one."""
PASSPHRASE_TRIES = 3
"""Passphrases that are tried at most for one key file."""

AskPassphrase = Callable[[str, Secret | None], Awaitable[Secret | None]]
"""(path, the last wrong answer or None) -> the answer, None if the operator declines."""


class ClientKeys:
    """The key pairs for one target: those of the agent, then of files without a passphrase, then of files with one."""

    def __init__(self, target: SshTarget, passphrase: AskPassphrase) -> None:
        self._target = target
        self._passphrase = passphrase
        self._files = target.identity_files or tuple(Path(name).expanduser() for name in DEFAULT_FILES)
        self.notes: list[str] = []
        """Which keys could not be used, and why."""
        self._certificates = [
            certificate for path in target.certificate_files for certificate in self._load_certificates(path)
        ]
        self.tried: list[str] = []
        """What was offered to the node."""
        self._agent: asyncssh.SSHAgentClient | None = None
        self._questions: set[asyncio.Future[str | None]] = set()

    async def batches(self) -> AsyncIterator[Sequence[asyncssh.SSHKeyPair]]:
        """Yields the keys in the order to try them. Asks for a passphrase only after all earlier keys were refused."""
        if agent := await self._agent_keys():
            self.tried.append("the agent's keys" if len(agent) > 1 else "the agent's key")
            yield agent
        encrypted: list[Path] = []
        for path in self._files:
            pairs = self._load_key_pairs(path, encrypted)
            if pairs:
                self.tried.append(f"key {path}")
                yield pairs
        for path in encrypted:
            pairs = await self._load_encrypted(path)
            if pairs:
                self.tried.append(f"key {path}")
                yield pairs

    def close(self) -> None:
        """Closes the connection to the agent."""
        if self._agent:
            self._agent.close()

    async def _agent_keys(self) -> Sequence[asyncssh.SSHKeyPair]:
        """Returns the keys of the agent, with IdentitiesOnly only those of the identity files."""
        if not self._target.agent_socket:
            return ()
        public_keys: list[bytes] | None = None
        if self._target.identities_only:
            public_keys = [key.public_data for path in self._files if (key := _public_key(path))]
            if not public_keys:
                return ()
        try:
            self._agent = await asyncssh.connect_agent(self._target.agent_socket)
            return await self._agent.get_keys(public_keys)
        except (OSError, ValueError, asyncssh.Error) as error:
            self.notes.append(f"the agent at {self._target.agent_socket} does not answer ({error})")
            return ()

    def _load_certificates(self, path: Path) -> Sequence[asyncssh.SSHCertificate]:
        """Returns the certificates in a file. Notes a file that holds none."""
        try:
            return asyncssh.load_certificates(path)
        except (OSError, ValueError):
            self.notes.append(f"{path} is no certificate that can be read here")
            return ()

    def _load_key_pairs(self, path: Path, encrypted: list[Path]) -> Sequence[asyncssh.SSHKeyPair]:
        """Returns the key pairs of a file. Adds a file that needs a passphrase to `encrypted`."""
        if path.suffix == ".pub":
            return ()  # it names a key of the agent
        try:
            return asyncssh.load_keypairs([path], certlist=self._certificates)
        except FileNotFoundError:
            if self._target.identity_files:
                self.notes.append(f"there is no key file {path}")
        except (asyncssh.KeyEncryptionError, asyncssh.KeyImportError) as error:
            if "assphrase" in str(error) or isinstance(error, asyncssh.KeyEncryptionError):
                encrypted.append(path)
            else:
                self.notes.append(f"{path} is no private key that can be read here")
        except (OSError, ValueError) as error:
            self.notes.append(f"{path} cannot be read ({getattr(error, 'strerror', None) or error})")
        return ()

    async def _load_encrypted(self, path: Path) -> Sequence[asyncssh.SSHKeyPair]:
        """Returns a key pair that asks for its passphrase when it signs: only after the server accepted the key.

        If the public half cannot be read without the passphrase, asks for it now.
        """
        if _public_key(path) is None:
            passphrase = await self._ask_passphrase(path)
            return asyncssh.load_keypairs([path], passphrase, self._certificates) if passphrase is not None else ()
        answer: list[str | None] = []
        # called when the key signs; the type stub allows no callable
        known = cast("str", lambda _: answer[-1])
        pairs = asyncssh.load_keypairs([path], known, self._certificates)

        def sign_after_asking(pair: asyncssh.SSHKeyPair) -> Callable[[bytes], Awaitable[bytes]]:
            async def sign(data: bytes) -> bytes:
                answer.append(await self._ask_passphrase(path))
                try:
                    return await asyncio.to_thread(pair.sign, data)
                finally:
                    answer.clear()

            return sign

        for pair in pairs:
            # asyncssh prefers it to `sign` in a thread: a few threads that wait for the operator would leave none for
            # the resolver, nor for the check of the passphrase
            vars(pair)["sign_async"] = sign_after_asking(pair)
        return pairs

    async def wait_for_answers(self) -> None:
        """Returns when the operator has answered what he was asked, whether the connection is still there or not."""
        if self._questions:
            await asyncio.wait(self._questions)

    async def _ask_passphrase(self, path: Path) -> str | None:
        """Returns the passphrase that opens the key, or None. The question stays open if the connection is lost."""
        question = asyncio.ensure_future(self._find_passphrase(path))
        self._questions.add(question)
        question.add_done_callback(self._questions.discard)
        return await asyncio.shield(question)

    async def _find_passphrase(self, path: Path) -> str | None:
        """Asks for the passphrase of a key until it opens the key, at most PASSPHRASE_TRIES times."""
        wrong: Secret | None = None
        for _ in range(PASSPHRASE_TRIES):
            answer = await self._passphrase(str(path), wrong)
            if answer is None:
                self.notes.append(f"no passphrase was given for {path}")
                return None
            text = answer.text()
            try:
                await asyncio.to_thread(asyncssh.read_private_key, path, text)
            except (asyncssh.KeyEncryptionError, asyncssh.KeyImportError):
                wrong = answer
            else:
                return text
        self.notes.append(f"{PASSPHRASE_TRIES} passphrases did not open {path}")
        return None


def _public_key(path: Path) -> asyncssh.SSHKey | None:
    """Returns the public half of a key file: from the file itself, or from the one beside it."""
    for candidate in (path, path.with_name(path.name + ".pub")):
        try:
            return asyncssh.read_public_key(candidate)
        except (OSError, ValueError):
            continue
    return None
