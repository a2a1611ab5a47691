"""One ssh connection, stage by stage: resolve, connect, host key, authenticate. Each failure says which and why."""

from __future__ import annotations

import asyncio
import errno
import random
import socket
from collections.abc import Callable
from dataclasses import dataclass

import asyncssh

from corotui.cluster.quoting import command
from corotui.cluster.sanitize import clean_line
from corotui.errors import AuthenticationError, CorotuiError, HostKeyError, NodeUnreachableError
from corotui.ssh.connect.client import STAGE_TIME, LoginClient
from corotui.ssh.connect.known_hosts import HostKeys, KnownHosts, fingerprint, host_pattern, public_key_fields
from corotui.ssh.connect.prompts import CachedPrompts
from corotui.ssh.connect.ssh_config import SshTarget

KEEPALIVE = 5.0  # seconds; after KEEPALIVE_COUNT unanswered ones the connection is lost
KEEPALIVE_COUNT = 3
# sshd drops unauthenticated connections beyond MaxStartups (10:30:100); a later try gets through.
HANDSHAKE_TRIES = 3


@dataclass(slots=True)
class _Attempt:
    """One handshake that did not come to its end."""

    login: LoginClient
    error: Exception


class Connector:
    """Makes the connection of `node` over one hop; `tunnel` is the connection to the jump host before it."""

    def __init__(
        self,
        node: str,
        target: SshTarget,
        *,
        tunnel: asyncssh.SSHClientConnection | None,
        known_hosts: KnownHosts,
        questions: CachedPrompts,
        on_lost: Callable[[str], None],
    ) -> None:
        self._node = node
        self._target = target
        self._tunnel = tunnel
        self._known_hosts = known_hosts
        self._questions = questions
        self._on_lost = on_lost

    async def connect(self) -> asyncssh.SSHClientConnection:
        """The connection. Raises NodeUnreachableError, AuthenticationError, HostKeyError."""
        tries = 0
        first_contacts = 0
        while True:
            tries += 1
            known = self._known_hosts.keys_for(self._target.host_key_alias, self._target.port, self._target.known_hosts)
            outcome = await self._handshake(known)
            if isinstance(outcome, asyncssh.SSHClientConnection):
                return outcome
            login, error = outcome.login, outcome.error
            if isinstance(error, asyncssh.HostKeyNotVerifiable):
                await self._verify_host_key(login, known, error)
                first_contacts += 1
                if first_contacts < 3:
                    continue
            if tries < HANDSHAKE_TRIES and _is_transient(login, error):
                await asyncio.sleep(random.uniform(0.1, 0.5) * tries)  # noqa: S311 - jitter
                continue
            raise self._failed(login, error)

    async def _handshake(self, known: HostKeys) -> asyncssh.SSHClientConnection | _Attempt:
        sock = None if self._tunnel or self._target.uses_proxy_command else await self._socket()
        clock = asyncio.timeout(STAGE_TIME)
        login = LoginClient(self._node, self._target, self._questions, clock, self._on_lost)
        try:
            async with clock:
                return await self._ssh(login, known, sock)
        except (asyncssh.Error, OSError, ValueError, TimeoutError) as error:
            return _Attempt(login, error)
        finally:
            if sock is not None and not login.owns_socket:
                sock.close()

    async def _ssh(
        self, login: LoginClient, known: HostKeys, sock: socket.socket | None
    ) -> asyncssh.SSHClientConnection:
        return await asyncssh.connect(
            self._target.original_host,
            self._target.port,
            sock=sock,
            tunnel=self._tunnel,
            config=list(self._target.ssh_config_files),
            client_factory=lambda: login,
            username=self._target.user,
            # whatever the configuration says of StrictHostKeyChecking or UserKnownHostsFile, this decides
            known_hosts=lambda *_: known.lists(),
            server_host_key_algs=known.algorithms(),
            proxy_command=() if self._target.uses_proxy_command else None,
            client_keys=None,
            x509_trusted_certs=None,
            host_based_auth=False,
            gss_host=None,
            agent_forwarding=False,
            request_pty=False,
            canonicalize_hostname=False,
            connect_timeout=None,
            login_timeout=0,
            keepalive_interval=KEEPALIVE,
            keepalive_count_max=KEEPALIVE_COUNT,
        )

    async def _socket(self) -> socket.socket:
        """A TCP connection to the first address that takes it."""
        loop = asyncio.get_running_loop()
        host, port = self._target.host, self._target.port
        try:
            async with asyncio.timeout(STAGE_TIME):
                found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            late = isinstance(error, TimeoutError)
            why = "the resolver does not answer" if late else clean_line(getattr(error, "strerror", "") or str(error))
            raise NodeUnreachableError(
                f"the name {host} has no address here: {why}",
                node=self._node,
                stage="resolve",
                next_step="Write an address as `host` in cluster.toml, or put the name into DNS or /etc/hosts here.",
            ) from None
        end = loop.time() + STAGE_TIME
        last: OSError = OSError(errno.EHOSTUNREACH, "no address")
        for number, (family, kind, protocol, _, address) in enumerate(found):
            sock = socket.socket(family, kind, protocol)
            sock.setblocking(False)
            try:
                async with asyncio.timeout((end - loop.time()) / (len(found) - number)):
                    await loop.sock_connect(sock, address)
            except OSError as error:
                sock.close()
                last = error
            except BaseException:
                sock.close()
                raise
            else:
                return sock
        raise self._no_connection(last)

    def _no_connection(self, error: OSError) -> NodeUnreachableError:
        host, port = self._target.host, self._target.port
        if isinstance(error, TimeoutError):
            what = f"{host} does not answer on port {port} within {STAGE_TIME:g} s"
            step = "See that the machine is on, that the address is right, and that no firewall drops the port."
        elif error.errno == errno.ECONNREFUSED:
            what = f"{host} refuses connections on port {port}"
            step = "Start sshd there, or write the right `port` in cluster.toml."
        elif error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
            what = f"there is no route to {host}"
            step = "See that the machine is on, and that this machine can reach its network (`ip route get`)."
        else:
            what = f"no connection to {host} port {port}: {clean_line(error.strerror or str(error))}"
            step = "See that the machine is on and the address is right."
        return NodeUnreachableError(what, node=self._node, stage="connect", next_step=step)

    async def _verify_host_key(self, login: LoginClient, known: HostKeys, error: Exception) -> None:
        """Returns where the key is now trusted; raises HostKeyError else. Nothing about us was sent."""
        key = login.presented_key
        if key is None or key in known.revoked:
            raise HostKeyError(
                f"its host key is not accepted: {clean_line(str(error))}"
                if key is None
                else f"its host key {fingerprint(key)} is marked as revoked",
                node=self._node,
                fingerprint=fingerprint(key) if key else "",
                known_fingerprints=None,
                next_step="Do not use this machine until you know why.",
            )
        if known.keys:
            raise self._changed(key, known)
        host, port = self._target.host_key_alias, self._target.port
        kind, shown = public_key_fields(key)[0], fingerprint(key)
        short = next((word for word in ("ed25519", "ecdsa", "rsa") if word in kind), kind)
        if not await self._questions.host_key(self._node, host, port, kind, shown):
            raise HostKeyError(
                f"{host_pattern(host, port)} is not known here, and its host key {shown} ({kind}) was not accepted",
                node=self._node,
                fingerprint=shown,
                known_fingerprints=None,
                next_step=f"Compare it with `ssh-keygen -lf /etc/ssh/ssh_host_{short}_key.pub` on the node; accept it "
                "in the console, or give --accept-new-host-keys.",
            )
        self._known_hosts.add(host, port, key)

    def _changed(self, key: asyncssh.SSHKey, known: HostKeys) -> HostKeyError:
        have = ", ".join(dict.fromkeys(fingerprint(one) for one in known.keys))
        host, port = self._target.host_key_alias, self._target.port
        file = self._known_hosts.file_with_key(host, port, self._target.known_hosts)
        return HostKeyError(
            f"its host key has changed: {have} is known, {fingerprint(key)} ({public_key_fields(key)[0]}) came",
            node=self._node,
            fingerprint=fingerprint(key),
            known_fingerprints=have,
            next_step="Another machine may answer at this address. If the node was set up anew, take the old key out: "
            f"`{command('ssh-keygen', '-R', host_pattern(host, port), '-f', str(file))}`.",
        )

    def _failed(self, login: LoginClient, error: Exception) -> CorotuiError:
        said = clean_line(getattr(error, "reason", "") or str(error) or type(error).__name__, limit=300)
        if isinstance(error, asyncssh.ChannelOpenError):
            return NodeUnreachableError(
                f"the jump host could not reach {self._target.host} port {self._target.port}: {said}",
                node=self._node,
                stage="connect",
                next_step="See that the node is on, and that the jump host can reach it.",
            )
        if login.stage == "authenticate":
            return self._auth_error(login, error, said)
        if isinstance(error, TimeoutError):
            what = f"{self._target.host} port {self._target.port} took the connection and then said nothing"
            step = "See that sshd listens there, and that the machine is not overloaded."
        elif isinstance(error, asyncssh.KeyExchangeFailed):
            what = f"{self._target.host} and corotui have no way of encryption in common: {said}"
            step = "Update sshd there."
        elif isinstance(error, asyncssh.ConnectionLost | ConnectionError):
            what = f"{self._target.host} port {self._target.port} closed the connection at once"
            step = "sshd may refuse this address (hosts.deny, fail2ban, MaxStartups): see its log there."
        else:
            what = (
                f"what answers at {self._target.host} port {self._target.port} does not speak ssh as it should: {said}"
            )
            step = "See that `port` in cluster.toml is sshd's."
        return NodeUnreachableError(what, node=self._node, stage="connect", next_step=step)

    def _auth_error(self, login: LoginClient, error: Exception, said: str) -> AuthenticationError:
        tried = ", ".join(login.tried) or "nothing (no key, no password)"
        notes = "; " + "; ".join(login.notes) if login.notes else ""
        if isinstance(error, TimeoutError):
            what = f"sshd let {self._target.user} wait {STAGE_TIME:g} s for an answer to: {tried}"
            step = "The machine may be overloaded, or its user directory (LDAP, NFS home) hang."
        elif isinstance(error, asyncssh.PermissionDenied):
            what = f"{self._target.destination} was not let in. Tried: {tried}{notes}"
            step = (
                f"Put your key there (`ssh-copy-id {self._target.destination}`), or write `user` and `key` in "
                "cluster.toml."
            )
        else:
            what = f"sshd ended the login of {self._target.destination}: {said}. Tried: {tried}{notes}"
            step = "Too many keys? Write the right one as `key` in cluster.toml. Else see sshd's log there."
        return AuthenticationError(what, node=self._node, stage="authenticate", next_step=step)


def _is_transient(login: LoginClient, error: Exception) -> bool:
    """Whether trying again may help: dropped in the handshake, or while the operator typed his answer."""
    lost = isinstance(error, asyncssh.ConnectionLost | ConnectionError)
    return lost and (login.stage == "connect" or login.was_prompted)
