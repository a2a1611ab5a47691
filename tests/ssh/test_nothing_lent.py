"""Nothing of the operator's machine is lent to a node: each option of asyncssh, its default, and what we make of it.

A new option or keyword of asyncssh fails the tests here until somebody has decided about it.
"""

from __future__ import annotations

import inspect
from pathlib import Path

import asyncssh
import pytest
from asyncssh.config import SSHClientConfig

from corotui.cluster.model import Ssh
from corotui.ssh.connect.operator_config import OperatorConfig
from corotui.ssh.connect.options import (
    ALGORITHMS,
    LOGIN_BY_CLIENT,
    METHODS,
    NO_OTHER_TRUST,
    NOTHING_LENT,
    connection_arguments,
)
from corotui.ssh.connect.ssh_config import SshTarget, resolve_target

# option: its default in asyncssh. () means: from the configuration file.
OFF = {
    "x11_forwarding": (),
    "x11_display": None,
    "x11_auth_path": None,
    "agent_forwarding": (),
    "env": (),
    "send_env": (),
    "request_pty": (),
    "term_type": None,
    "command": (),
    "subsystem": None,
    "gss_host": (),
    "gss_kex": (),
    "gss_auth": (),
    "gss_delegate_creds": (),
    "gss_store": None,
    "host_based_auth": (),
    "client_host_keysign": (),
    "client_host_keys": None,
    "client_host_certs": (),
}
BY_CLIENT = {
    "client_keys": (),
    "client_certs": (),
    "agent_path": (),
    "agent_identities": (),
    "pkcs11_provider": (),
    "pkcs11_pin": None,
    "password": None,
    "passphrase": None,
}
NO_TRUST = {
    "x509_trusted_certs": (),
    "x509_trusted_cert_paths": (),
    "server_host_keys_handler": None,
    "canonicalize_hostname": (),
}
CHOSEN = {
    "kex_algs": (),
    "encryption_algs": (),
    "mac_algs": (),
    "compression_algs": (),
    "signature_algs": (),
    "public_key_auth": (),
    "kbdint_auth": (),
    "password_auth": (),
    "preferred_auth": (),
    "tcp_keepalive": (),
    "rekey_bytes": (),
    "rekey_seconds": (),
}
SET_FOR_EACH_CONNECTION = {
    "config": (),
    "host": "",
    "port": (),
    "tunnel": (),
    "proxy_command": (),
    "username": (),
    "host_key_alias": (),
    "client_factory": None,
    "known_hosts": (),
    "server_host_key_algs": (),
    "connect_timeout": (),
    "login_timeout": 120,
    "keepalive_interval": (),
    "keepalive_count_max": (),
}
# Left at their default, each with the reason why it lends and trusts nothing.
LEFT = {
    "loop": (None, "the running loop"),
    "last_config": (None, "there is none"),
    "reload": (False, "nothing to reload"),
    "canonical": (False, "no file is read"),
    "final": (False, "no file is read"),
    "client_version": ((), "asyncssh's name and version"),
    "family": ((), "a socket of ours, or the tunnel"),
    "local_addr": ((), "a socket of ours, or the tunnel"),
    "utf8_decode_errors": ("strict", "of messages"),
    "canonical_domains": ((), "canonicalize_hostname is off"),
    "canonicalize_fallback_local": ((), "canonicalize_hostname is off"),
    "canonicalize_max_dots": ((), "canonicalize_hostname is off"),
    "canonicalize_permitted_cnames": ((), "canonicalize_hostname is off"),
    "x509_purposes": ("secureShellServer", "X.509 is off"),
    "client_host": (None, "host_based_auth is off"),
    "client_username": ((), "host_based_auth is off"),
    "ignore_encrypted": ((), "client_keys is off"),
    "disable_trivial_auth": (False, "a login without a secret sends none"),
    "term_size": (None, "request_pty is off"),
    "term_modes": (None, "request_pty is off"),
    "x11_single_connection": (False, "x11_forwarding is off"),
    "encoding": ("utf-8", "a session has its own"),
    "errors": ("strict", "a session has its own"),
    "window": (2 << 20, "a session has its own"),
    "max_pktsize": (32768, "a size"),
}
# keyword of the configuration file: a value that would lend, run or trust something
WITHOUT_EFFECT = {
    "AddressFamily": "inet6",
    "BindAddress": "192.0.2.1",
    "CanonicalDomains": "example.com",
    "CanonicalizeFallbackLocal": "yes",
    "CanonicalizeHostname": "always",
    "CanonicalizeMaxDots": "9",
    "CanonicalizePermittedCNAMEs": "*:*",
    "ConnectTimeout": "1",
    "EnableSSHKeySign": "yes",
    "ForwardAgent": "yes",
    "ForwardX11Trusted": "yes",
    "GSSAPIAuthentication": "yes",
    "GSSAPIDelegateCredentials": "yes",
    "GSSAPIKeyExchange": "yes",
    "HostKeyAlgorithms": "ssh-rsa",
    "HostbasedAuthentication": "yes",
    "PKCS11Provider": "/usr/lib/provider.so",
    "RemoteCommand": "id",
    "RequestTTY": "force",
    "SendEnv": "*",
    "ServerAliveCountMax": "99",
    "ServerAliveInterval": "99",
    "SetEnv": "SECRET=sesame",
}
# Keywords of ssh that asyncssh does not know. One that it learns moves into the table above.
UNKNOWN_TO_ASYNCSSH = {
    "ForwardX11": "yes",
    "ForwardX11Timeout": "0",
    "XAuthLocation": "/usr/bin/xauth",
    "LocalForward": "8080 localhost:80",
    "RemoteForward": "9090 localhost:90",
    "DynamicForward": "1080",
    "GatewayPorts": "yes",
    "ClearAllForwardings": "no",
    "ExitOnForwardFailure": "yes",
    "StreamLocalBindUnlink": "yes",
    "Tunnel": "yes",
    "TunnelDevice": "any:any",
    "PermitLocalCommand": "yes",
    "LocalCommand": "touch /tmp/ran",
    "PermitRemoteOpen": "any",
    "ControlMaster": "yes",
    "ControlPath": "/tmp/control",
    "ControlPersist": "yes",
    "EscapeChar": "~",
    "ForkAfterAuthentication": "yes",
    "SessionType": "subsystem",
    "StdinNull": "no",
    "ProxyUseFdpass": "yes",
    "SecurityKeyProvider": "internal",
    "AddKeysToAgent": "yes",
    "KnownHostsCommand": "/bin/cat /etc/trusted",
    "VerifyHostKeyDNS": "yes",
    "UpdateHostKeys": "yes",
    "CheckHostIP": "no",
    "NoHostAuthenticationForLocalhost": "yes",
    "HashKnownHosts": "yes",
}
READ = {
    "CASignatureAlgorithms",
    "CertificateFile",
    "ChallengeResponseAuthentication",
    "Ciphers",
    "Compression",
    "GlobalKnownHostsFile",
    "Host",
    "HostKeyAlias",
    "Hostname",
    "IdentitiesOnly",
    "IdentityAgent",
    "IdentityFile",
    "Include",
    "KbdInteractiveAuthentication",
    "KexAlgorithms",
    "MACs",
    "Match",
    "PasswordAuthentication",
    "Port",
    "PreferredAuthentications",
    "ProxyCommand",
    "ProxyJump",
    "PubkeyAuthentication",
    "RekeyLimit",
    "TCPKeepAlive",
    "Tag",
    "User",
    "UserKnownHostsFile",
}


@pytest.fixture(autouse=True)
def no_ssh_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DISPLAY", ":77")
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))


def target(tmp_path: Path, text: str) -> SshTarget:
    """The node `a` with a configuration."""
    config = tmp_path / "config"
    config.write_text(text)
    return resolve_target("a", Ssh(), [str(config)])


def options(resolved: SshTarget) -> asyncssh.SSHClientConnectionOptions:
    """What asyncssh makes of our arguments."""
    arguments = {**connection_arguments(resolved.handshake), "host": resolved.host, "known_hosts": b""}
    return asyncssh.SSHClientConnectionOptions(**arguments)


def test_each_option_of_asyncssh_is_decided_and_has_the_default_that_is_known() -> None:
    parameters = inspect.signature(asyncssh.SSHClientConnectionOptions.prepare).parameters
    defaults = {name: parameter.default for name, parameter in parameters.items() if name != "self"}
    left = {name: default for name, (default, _) in LEFT.items()}
    # the stored signature of prepare() has None for config, connect() has ()
    decided = {**OFF, **BY_CLIENT, **NO_TRUST, **CHOSEN, **SET_FOR_EACH_CONNECTION, **left}
    decided["config"] = defaults["config"]
    assert defaults == decided


def test_what_is_off_is_given_to_asyncssh_as_off() -> None:
    assert NOTHING_LENT.keys() == OFF.keys()
    assert not any(NOTHING_LENT.values())
    assert LOGIN_BY_CLIENT.keys() == BY_CLIENT.keys()
    assert not any(LOGIN_BY_CLIENT.values())
    assert NO_OTHER_TRUST.keys() == NO_TRUST.keys()
    assert not any(NO_OTHER_TRUST.values())
    assert {*ALGORITHMS, *METHODS} == CHOSEN.keys()


def test_no_choice_of_the_configuration_overrides_what_is_off() -> None:
    lent = tuple((name, "lent") for name in (*OFF, *BY_CLIENT, *NO_TRUST, "config"))
    assert "lent" not in connection_arguments(lent).values()


def test_each_argument_of_a_session_is_decided() -> None:
    given = {"session_factory", "command", "encoding", "window"}
    closed = {"env", "send_env", "request_pty", "x11_forwarding"}
    unused = {"subsystem", "term_type", "term_size", "term_modes", "errors", "max_pktsize"}
    unused |= {"x11_display", "x11_auth_path", "x11_single_connection"}
    parameters = inspect.signature(asyncssh.SSHClientConnection.create_session).parameters
    assert parameters.keys() - {"self"} == given | closed | unused


def test_each_argument_of_connect_is_decided() -> None:
    known = {"host", "port", "tunnel", "family", "flags", "local_addr", "sock", "config", "options", "kwargs"}
    assert inspect.signature(asyncssh.connect).parameters.keys() == known


def test_each_keyword_of_the_configuration_is_decided() -> None:
    keywords = {name for name, _ in SSHClientConfig._handlers.values()}
    assert keywords == READ | WITHOUT_EFFECT.keys()
    ours = {name for name, _ in OperatorConfig._handlers.values()}
    assert ours - keywords == {"RevokedHostKeys", "StrictHostKeyChecking"}
    assert not keywords & UNKNOWN_TO_ASYNCSSH.keys()


@pytest.mark.parametrize("block", ["", "Host a\n", "Host *\n", "Match host a\n", "Match final all\n"])
def test_keywords_without_effect_change_nothing(tmp_path: Path, block: str) -> None:
    plain = target(tmp_path, "")
    lines = "".join(f"  {keyword} {value}\n" for keyword, value in {**WITHOUT_EFFECT, **UNKNOWN_TO_ASYNCSSH}.items())
    resolved = target(tmp_path, block + lines)
    assert resolved == plain
    made, expected = vars(options(resolved)), vars(options(plain))
    assert made.keys() == expected.keys()
    own = {"config", "kwargs", "protocol_factory", "waiter"}
    assert {name: value for name, value in made.items() if name not in own} == {
        name: value for name, value in expected.items() if name not in own
    }
    assert not made["x11_forwarding"]
    assert not made["send_env"]
    assert not made["env"]
    assert made["agent_forward_path"] is None
    assert made["command"] is None
    assert made["request_pty"] is False


def test_a_jump_host_gets_nothing_either(tmp_path: Path) -> None:
    text = "Host a\n  ProxyJump b\nHost *\n" + "".join(f"  {key} {value}\n" for key, value in WITHOUT_EFFECT.items())
    (hop,) = target(tmp_path, text).jumps
    assert hop == resolve_target("b", Ssh(), [str(tmp_path / "config")])
    assert hop.handshake == target(tmp_path, "").handshake
    assert not vars(options(hop))["x11_forwarding"]


def test_algorithms_and_methods_of_the_configuration_count(tmp_path: Path) -> None:
    text = (
        "Ciphers aes256-gcm@openssh.com,of-tomorrow\nKexAlgorithms curve25519-sha256,of-tomorrow\nCompression yes\n"
        "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPreferredAuthentications publickey\n"
        "RekeyLimit 1G 1h\nTCPKeepAlive no\n"
    )
    made = options(target(tmp_path, text))
    assert made.encryption_algs == [b"aes256-gcm@openssh.com"]
    assert made.kex_algs == [b"curve25519-sha256"]
    assert made.compression_algs[0] == b"zlib@openssh.com"
    assert (made.password_auth, made.kbdint_auth, made.public_key_auth) == (False, False, True)
    assert list(made.preferred_auth) == ["publickey"]
    assert (made.rekey_bytes, made.rekey_seconds) == (1 << 30, 3600)
    assert made.tcp_keepalive is False
