"""The arguments of asyncssh for one connection: everything that could lend a part of this machine to a node is off.

asyncssh reads no configuration file itself. What counts of the operator's configuration stands in SshTarget; all other
keywords have no effect, whatever their value.
"""

from __future__ import annotations

from collections.abc import Sequence

import asyncssh

KEEPALIVE = 5.0
"""Seconds between two keepalives."""
KEEPALIVE_COUNT = 3
"""The connection counts as lost after this many unanswered keepalives."""

NOTHING_LENT: dict[str, object] = {
    # asyncssh forwards X11 for ForwardX11Trusted alone; ssh also wants ForwardX11
    "x11_forwarding": False,
    "x11_display": None,
    "x11_auth_path": None,
    "agent_forwarding": False,
    "env": None,
    "send_env": None,
    "request_pty": False,
    "term_type": None,
    "command": None,
    "subsystem": None,
    "gss_host": None,
    "gss_kex": False,
    "gss_auth": False,
    "gss_delegate_creds": False,
    "gss_store": None,
    "host_based_auth": False,
    "client_host_keysign": False,
    "client_host_keys": None,
    "client_host_certs": (),
}
"""What a node could use of the operator's machine, session or tickets, each turned off."""
LOGIN_BY_CLIENT: dict[str, object] = {
    "client_keys": None,
    "client_certs": (),
    "agent_path": None,
    "agent_identities": None,
    "pkcs11_provider": None,
    "pkcs11_pin": None,
    "password": None,
    "passphrase": None,
}
"""LoginClient offers the keys and asks for passwords, so that asyncssh loads and offers none itself."""
NO_OTHER_TRUST: dict[str, object] = {
    "x509_trusted_certs": None,
    "x509_trusted_cert_paths": [],
    "server_host_keys_handler": None,
    "canonicalize_hostname": False,
}
"""No way besides known_hosts to trust a host key, and no other name for the host than the one that is looked up."""
ALGORITHMS = ("kex_algs", "encryption_algs", "mac_algs", "compression_algs", "signature_algs")
"""Arguments that name algorithms, which the operator's configuration may choose."""
METHODS = (
    "public_key_auth",
    "kbdint_auth",
    "password_auth",
    "preferred_auth",
    "tcp_keepalive",
    "rekey_bytes",
    "rekey_seconds",
)
"""Further arguments that the operator's configuration may choose."""


def handshake_arguments(
    host: str, user: str, port: int, files: Sequence[str], *, final: bool
) -> tuple[tuple[str, object], ...]:
    """Returns (argument of asyncssh, value) for the algorithms and methods that the configuration files choose.

    Algorithms that asyncssh does not know are left out, as it does itself. `final`: whether `Match final` blocks count.
    Raises ValueError if no algorithm is left.
    """
    options = asyncssh.SSHClientConnectionOptions(
        config=list(files),
        host=host,
        port=port,
        username=user,
        final=final,
        known_hosts=b"",
        **NOTHING_LENT,
        **LOGIN_BY_CLIENT,
        **NO_OTHER_TRUST,
    )
    names = {name: tuple(kind.decode("ascii") for kind in getattr(options, name)) for name in ALGORITHMS}
    return (*names.items(), *((name, getattr(options, name)) for name in METHODS))


def connection_arguments(handshake: tuple[tuple[str, object], ...]) -> dict[str, object]:
    """Returns the arguments for asyncssh, except host, port, user, the way there and what decides about the host key.

    `handshake`: as `handshake_arguments` returns it.
    """
    return {
        **dict(handshake),
        **NOTHING_LENT,
        **LOGIN_BY_CLIENT,
        **NO_OTHER_TRUST,
        "config": [],
        "connect_timeout": None,
        "login_timeout": 0,
        "keepalive_interval": KEEPALIVE,
        "keepalive_count_max": KEEPALIVE_COUNT,
    }
