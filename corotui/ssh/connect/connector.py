"""Makes one ssh connection: resolve, connect, host key, authenticate. Each error names its stage and the reason."""

from __future__ import annotations

import asyncio
import errno
import random
import socket
from collections.abc import Callable
from dataclasses import dataclass

import asyncssh

from corotui.cluster.quoting import command
from corotui.cluster.text.bounded import one_line
from corotui.errors import AuthenticationError, CorotuiError, HostKeyError, NodeUnreachableError
from corotui.ssh.connect.client import STAGE_TIMEOUT, LoginClient
from corotui.ssh.connect.known_hosts import HostKeys, HostKeyVerdict, KnownHosts, fingerprint, public_key_fields
from corotui.ssh.connect.options import connection_arguments
from corotui.ssh.connect.prompts import CachedPrompts
from corotui.ssh.connect.revoked_keys import is_certificate
from corotui.ssh.connect.ssh_config import SshTarget

HANDSHAKE_TRIES = 3
"""sshd drops unauthenticated connections beyond MaxStartups (10:30:100). A later handshake gets through."""
_MAX_FIRST_CONTACTS = 3  # host keys that the operator is asked about in one connect


@dataclass(slots=True)
class _FailedHandshake:
    """A handshake that failed."""

    login: LoginClient
    """The client of the handshake, with the stage that was reached."""
    error: Exception
    """Why it failed."""


class Connector:
    """Connects to one target, a node or a jump host."""

    def __init__(
        self,
        node: str,
        target: SshTarget,
        *,
        tunnel: asyncssh.SSHClientConnection | None,
        known_hosts: KnownHosts,
        prompts: CachedPrompts,
        on_lost: Callable[[str], None],
    ) -> None:
        """`node`: the name for errors. `tunnel`: the connection to the jump host before the target, None for none.

        `on_lost` gets the reason when the connection ends later.
        """
        self._node = node
        self._target = target
        self._tunnel = tunnel
        self._known_hosts = known_hosts
        self._prompts = prompts
        self._on_lost = on_lost

    async def connect(self) -> asyncssh.SSHClientConnection:
        """Returns the connection.

        Raises NodeUnreachableError (stage resolve or connect), AuthenticationError (stage authenticate) and
        HostKeyError.
        """
        tries = 0
        first_contacts = 0
        certificates = True
        while True:
            tries += 1
            known = self._known_hosts.keys_for(self._target.host_key_names, self._target.known_hosts)
            outcome = await self._handshake(known, known.algorithms(certificates=certificates))
            if isinstance(outcome, asyncssh.SSHClientConnection):
                return outcome
            login, error = outcome.login, outcome.error
            if isinstance(error, asyncssh.HostKeyNotVerifiable):
                if certificates and is_certificate(login.presented) and not login.revoked_because:
                    certificates = False  # of another authority, or expired: then the plain key counts, as for ssh
                    continue
                await self._verify_host_key(login, known, error)
                first_contacts += 1
                if first_contacts < _MAX_FIRST_CONTACTS:
                    continue
            if tries < HANDSHAKE_TRIES and _is_transient(login, error):
                await login.wait_for_answers()
                await asyncio.sleep(random.uniform(0.1, 0.5) * tries)  # noqa: S311 - jitter
                continue
            raise self._handshake_error(login, error)

    async def _handshake(
        self, known: HostKeys, algorithms: list[str]
    ) -> asyncssh.SSHClientConnection | _FailedHandshake:
        """Returns the connection, or how the handshake failed. Raises NodeUnreachableError if no socket connects."""
        sock = None if self._tunnel or self._target.uses_proxy_command else await self._connect_socket()
        clock = asyncio.timeout(STAGE_TIMEOUT)
        login = LoginClient(self._node, self._target, self._prompts, clock, known, self._on_lost)
        try:
            async with clock:
                return await self._connect_ssh(login, known.lists(), algorithms, sock)
        except (asyncssh.Error, OSError, ValueError, TimeoutError) as error:
            return _FailedHandshake(login, error)
        finally:
            if sock is not None and not login.owns_socket:
                sock.close()

    async def _connect_ssh(
        self, login: LoginClient, trusted: object, algorithms: list[str], sock: socket.socket | None
    ) -> asyncssh.SSHClientConnection:
        """Connects asyncssh over the tunnel, the operator's ProxyCommand or the socket."""
        return await asyncssh.connect(
            self._target.host,
            self._target.port,
            sock=sock,
            tunnel=self._tunnel,
            proxy_command=self._target.proxy_command or None,
            client_factory=lambda: login,
            username=self._target.user,
            host_key_alias=self._target.host_key_alias or None,
            # decides, whatever the configuration says of StrictHostKeyChecking or UserKnownHostsFile
            known_hosts=lambda *_: trusted,
            server_host_key_algs=algorithms,
            **connection_arguments(self._target.handshake),
        )

    async def _connect_socket(self) -> socket.socket:
        """Returns a TCP connection to the first address that accepts it. Raises NodeUnreachableError."""
        loop = asyncio.get_running_loop()
        host, port = self._target.host, self._target.port
        try:
            async with asyncio.timeout(STAGE_TIMEOUT):
                addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            timed_out = isinstance(error, TimeoutError)
            message = one_line(getattr(error, "strerror", "") or str(error))
            why = "the resolver does not answer" if timed_out else message
            raise NodeUnreachableError(
                f"the name {host} has no address here: {why}",
                node=self._node,
                stage="resolve",
                next_step="Write an address as `host` in cluster.toml, or put the name into DNS or /etc/hosts here.",
            ) from None
        deadline = loop.time() + STAGE_TIMEOUT
        last_error: OSError = OSError(errno.EHOSTUNREACH, "no address")
        for number, (family, kind, protocol, _, address) in enumerate(addresses):
            sock = socket.socket(family, kind, protocol)
            sock.setblocking(False)
            try:
                async with asyncio.timeout((deadline - loop.time()) / (len(addresses) - number)):
                    await loop.sock_connect(sock, address)
            except OSError as error:
                sock.close()
                last_error = error
            except BaseException:
                sock.close()
                raise
            else:
                return sock
        raise self._socket_error(last_error)

    def _socket_error(self, error: OSError) -> NodeUnreachableError:
        """Returns the error for a TCP connection that failed."""
        host, port = self._target.host, self._target.port
        if isinstance(error, TimeoutError):
            what = f"{host} does not answer on port {port} within {STAGE_TIMEOUT:g} s"
            step = "Check that the machine is on, that the address is right, and that no firewall drops the port."
        elif error.errno == errno.ECONNREFUSED:
            what = f"{host} refuses connections on port {port}"
            step = "Start sshd there, or write the right `port` in cluster.toml."
        elif error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
            what = f"there is no route to {host}"
            step = "Check that the machine is on, and that this machine can reach its network (`ip route get`)."
        else:
            what = f"no connection to {host} port {port}: {one_line(error.strerror or str(error))}"
            step = "Check that the machine is on and that the address is right."
        return NodeUnreachableError(what, node=self._node, stage="connect", next_step=step)

    async def _verify_host_key(self, login: LoginClient, known: HostKeys, error: Exception) -> None:
        """Returns if the key is now trusted, else raises HostKeyError. No credentials have been sent yet."""
        key = login.presented_key
        verdict = known.verdict(key) if key else None
        reason = login.revoked_because
        if not reason and key is None:
            reason = f"its host key is not accepted: {one_line(str(error))}"
        if not reason and key is not None and verdict is HostKeyVerdict.REVOKED:
            reason = f"its host key {fingerprint(key)} is marked as revoked"
        if reason or key is None:
            raise HostKeyError(
                reason,
                node=self._node,
                fingerprint=fingerprint(key) if key else "",
                known_fingerprints=None,
                next_step="Do not use this machine until you know why.",
            )
        if verdict is HostKeyVerdict.CHANGED:
            raise self._changed_key_error(key, known)
        names, shown = self._target.host_key_names, fingerprint(key)
        kind = public_key_fields(key)[0]
        if not self._target.asks_for_new_keys:
            raise HostKeyError(
                f"{names.exact} is not known here, its host key is {shown} ({kind}), and StrictHostKeyChecking yes in "
                "the ssh configuration forbids to ask",
                node=self._node,
                fingerprint=shown,
                known_fingerprints=None,
                next_step=f"Compare it with {_key_command(kind)} on the node, and add it to known_hosts yourself.",
            )
        host = self._target.host_key_alias or self._target.host
        if not await self._prompts.host_key(self._node, host, self._target.port, kind, shown):
            raise HostKeyError(
                f"{names.exact} is not known here, and its host key {shown} ({kind}) was not accepted",
                node=self._node,
                fingerprint=shown,
                known_fingerprints=None,
                next_step=f"Compare it with {_key_command(kind)} on the node; accept it in the console, or give "
                "--accept-new-host-keys.",
            )
        self._known_hosts.add(names, key)

    def _changed_key_error(self, key: asyncssh.SSHKey, known: HostKeys) -> HostKeyError:
        """Returns the error for a host whose key is not the known one."""
        known_fingerprints = ", ".join(dict.fromkeys(fingerprint(known_key) for known_key in known.keys))
        file, name = self._known_hosts.file_with_key(self._target.host_key_names, self._target.known_hosts)
        return HostKeyError(
            f"its host key has changed: {known_fingerprints} is known, "
            f"{fingerprint(key)} ({public_key_fields(key)[0]}) came",
            node=self._node,
            fingerprint=fingerprint(key),
            known_fingerprints=known_fingerprints,
            next_step="Another machine may answer at this address. If the node was set up anew, take the old key out: "
            f"`{command('ssh-keygen', '-R', name, '-f', str(file))}`.",
        )

    def _handshake_error(self, login: LoginClient, error: Exception) -> CorotuiError:
        """Returns the error for a handshake that failed, in words of its stage."""
        reason = one_line(getattr(error, "reason", "") or str(error) or type(error).__name__, limit=300)
        if isinstance(error, asyncssh.ChannelOpenError):
            return NodeUnreachableError(
                f"the jump host could not reach {self._target.host} port {self._target.port}: {reason}",
                node=self._node,
                stage="connect",
                next_step="Check that the node is on, and that the jump host can reach it.",
            )
        if login.stage == "authenticate":
            return self._auth_error(login, error, reason)
        if isinstance(error, TimeoutError):
            what = f"{self._target.host} port {self._target.port} accepted the connection and then sent nothing"
            step = "Check that sshd listens there, and that the machine is not overloaded."
        elif isinstance(error, asyncssh.KeyExchangeFailed):
            what = f"{self._target.host} and corotui have no encryption in common: {reason}"
            step = "Update sshd there."
        elif isinstance(error, asyncssh.ConnectionLost | ConnectionError):
            what = f"{self._target.host} port {self._target.port} closed the connection at once"
            step = "sshd may refuse this address (hosts.deny, fail2ban, MaxStartups): see its log there."
        else:
            what = f"what answers at {self._target.host} port {self._target.port} does not speak proper ssh: {reason}"
            step = "Check that `port` in cluster.toml is that of sshd."
        return NodeUnreachableError(what, node=self._node, stage="connect", next_step=step)

    def _auth_error(self, login: LoginClient, error: Exception, reason: str) -> AuthenticationError:
        """Returns the error for a login that the node refused or did not answer."""
        tried = ", ".join(login.tried) or "nothing (no key, no password)"
        notes = "; " + "; ".join(login.notes) if login.notes else ""
        if isinstance(error, TimeoutError):
            what = f"sshd let {self._target.user} wait {STAGE_TIMEOUT:g} s for an answer to: {tried}"
            step = "The machine may be overloaded, or its user directory (LDAP, NFS home) hang."
        elif isinstance(error, asyncssh.PermissionDenied):
            what = f"{self._target.destination} was not let in. Tried: {tried}{notes}"
            step = (
                f"Put your key there (`ssh-copy-id {self._target.destination}`), or write `user` and `key` in "
                "cluster.toml."
            )
        else:
            what = f"sshd ended the login of {self._target.destination}: {reason}. Tried: {tried}{notes}"
            step = "Too many keys? Write the right one as `key` in cluster.toml. Else see sshd's log there."
        return AuthenticationError(what, node=self._node, stage="authenticate", next_step=step)


def _key_command(kind: str) -> str:
    """Returns what shows the fingerprint of a host key on the node itself."""
    short = next((word for word in ("ed25519", "ecdsa", "rsa") if word in kind), kind)
    return f"`ssh-keygen -lf /etc/ssh/ssh_host_{short}_key.pub`"


def _is_transient(login: LoginClient, error: Exception) -> bool:
    """Whether another try may help: the node dropped the connection early, or while the operator typed an answer."""
    lost = isinstance(error, asyncssh.ConnectionLost | ConnectionError)
    return lost and (login.stage == "connect" or login.was_prompted)
