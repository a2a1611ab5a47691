"""What a rollout reads out of a corosync.conf, of a daemon's map, and of what a node prints."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.conf import NodeSpec, RingSpec, generate_conf, summary
from corotui.conf.constants import AUTHKEY_PATH, CONF_PATH, DEFAULT_RELEASE
from corotui.conf.version import parse_version
from corotui.rollout.node.key_file import KeyFile
from corotui.rollout.node.snapshot import parse_snapshot
from corotui.rollout.plan.conf_change import unapplied_keys
from corotui.ssh.remote_script import split_sections
from tests.support.assertions import assert_never_raises

NODES = (NodeSpec("node1", 1, ("10.0.0.1",)), NodeSpec("node2", 2, ("10.0.0.2",)))
CONF = generate_conf(RingSpec("db", NODES))
TOTEM = b"totem {\n    version: 2\n"


def totem(*lines: str) -> bytes:
    return TOTEM + "".join(f"    {line}\n" for line in lines).encode() + b"}\n"


@pytest.mark.parametrize(
    ("lines", "version", "needs"),
    [
        ((), "3.1.7", False),
        (("secauth: on",), "3.1.7", True),
        (("crypto_cipher: aes256", "crypto_hash: sha256"), "3.1.7", True),
        (("crypto_cipher: none", "crypto_hash: none"), "3.1.7", False),
        (("crypto_hash: sha256",), "3.1.7", True),
        (("transport: udpu", "secauth: on"), "3.1.7", False),
        ((), "2.4.6", True),
        (("secauth: off",), "2.4.6", False),
        (("crypto_cipher: none", "crypto_hash: none"), "2.4.6", False),
        (("secauth: off",), "1.4.10", False),
        ((), "1.4.10", True),
    ],
)
def test_when_a_key_is_needed(lines: tuple[str, ...], version: str, needs: bool) -> None:
    assert summary.summarise(totem(*lines), parse_version(version)).needs_key is needs


def test_a_key_in_the_file_needs_no_key_file() -> None:
    assert not summary.summarise(totem("secauth: on", f"key: {'x' * 128}"), DEFAULT_RELEASE).needs_key


def test_the_key_may_lie_elsewhere() -> None:
    assert summary.summarise(totem("keyfile: /srv/key"), DEFAULT_RELEASE).key_path == "/srv/key"
    assert summary.summarise(totem(), DEFAULT_RELEASE).key_path == AUTHKEY_PATH


def test_directories_that_the_daemon_needs() -> None:
    text = TOTEM + b"}\nlogging {\n    to_logfile: yes\n    logfile: /var/log/cluster/corosync.log\n}\n"
    assert "/var/log/cluster" in summary.summarise(text, DEFAULT_RELEASE).directories
    quiet = text.replace(b"to_logfile: yes", b"to_logfile: no")
    assert "/var/log/cluster" not in summary.summarise(quiet, DEFAULT_RELEASE).directories


def test_names_and_addresses() -> None:
    found = summary.summarise(CONF, DEFAULT_RELEASE)
    assert found.node_names == {1: "node1", 2: "node2"}
    assert found.addresses[2] == {0: "10.0.0.2"}
    assert not found.is_package_sample


@given(st.binary(max_size=400))
def test_no_bytes_raise(data: bytes) -> None:
    for version in ("3.1.7", "2.4.6", "1.4.10"):
        assert_never_raises(summary.summarise, data, parse_version(version))


def running() -> dict[str, str]:
    return dict(summary.summarise(CONF, DEFAULT_RELEASE).cmap)


def test_a_daemon_that_runs_on_its_file() -> None:
    new_values = summary.summarise(CONF, DEFAULT_RELEASE)
    assert unapplied_keys(new_values, running()) == ()
    assert unapplied_keys(new_values, running() | {"runtime.config.totem.token": "1", "totem.interface.0.x": "y"}) == ()
    assert unapplied_keys(new_values, {}) == ()


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"totem.config_version": "9"}, "totem.config_version"),
        ({"nodelist.node.1.ring0_addr": "10.0.0.9"}, "nodelist.node.1.ring0_addr"),
        ({"nodelist.node.2.ring0_addr": "10.0.0.3"}, "nodelist.node.2.ring0_addr"),
    ],
)
def test_a_daemon_that_runs_on_something_else(change: dict[str, str], key: str) -> None:
    assert unapplied_keys(summary.summarise(CONF, DEFAULT_RELEASE), running() | change) == (key,)


def test_a_daemon_that_does_not_know_a_node() -> None:
    held = {key: value for key, value in running().items() if not key.startswith("nodelist.node.1.")}
    assert "nodelist.node.1.ring0_addr" in unapplied_keys(summary.summarise(CONF, DEFAULT_RELEASE), held)


@pytest.mark.parametrize(
    ("version", "known"), [("3.1.7", True), ("2.3.4", True), ("2.3.3", False), ("1.4.10", False), ("2.4", True)]
)
def test_which_releases_can_test(version: str, known: bool) -> None:
    assert parse_version(version).has_config_test is known


def framed(mark: str, **sections: str) -> str:
    return "".join(f"{mark} begin {name}\n{text}\n{mark} end {name} 0\n" for name, text in sections.items())


def test_a_snapshot_of_a_node() -> None:
    text = framed(
        "m",
        sums=f"sum {CONF_PATH} abc\nsum {AUTHKEY_PATH} -",
        missing="/var/log/cluster",
        key="file 256 8100 0 0 1700000000\nbinary 160\ndir 41ed 0 0 /etc/corosync",
        conf=base64.b64encode(CONF).decode(),
        service="LoadState=loaded\nActiveState=active\nUnitFileState=disabled",
        processes="corosync\npacemakerd",
        cmap="totem.version (u32) = 2",
    )
    found = parse_snapshot("node1", split_sections(text, "m"))
    assert (found.sha256_of(CONF_PATH), found.sha256_of(AUTHKEY_PATH)) == ("abc", "-")
    assert (found.conf, found.running, found.pacemaker) == (CONF, 1, True)
    assert found.key == KeyFile(256, 0o100400, 0, 0, 1700000000, 160)
    assert (found.is_active, found.is_enabled, found.missing_directories) == (True, False, ("/var/log/cluster",))
    assert found.cmap == {"totem.version": "2"}


@given(st.text(max_size=300))
def test_no_snapshot_raises(text: str) -> None:
    assert_never_raises(parse_snapshot, "node1", split_sections(text, "m"))
    output = framed("m", sums=text, conf=text, key=text, service=text, cmap=text, processes=text)
    assert_never_raises(parse_snapshot, "node1", split_sections(output, "m"))
