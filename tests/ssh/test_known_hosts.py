"""known_hosts as OpenSSH reads it: a sample of generated cases, and the corners that went wrong once."""

from __future__ import annotations

import random
import re
import subprocess
from pathlib import Path

import asyncssh
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.ssh.connect.known_hosts import HostKeyNames, HostKeyVerdict, KnownHosts
from corotui.ssh.connect.known_hosts_file import match_wildcards, parse_known_hosts
from corotui.ssh.connect.revoked_keys import revocation
from tests.support.ssh.known_hosts_cases import Keys, case, keygen_verdict, our_verdict
from tests.support.ssh.sshd import make_key, public

KEY = asyncssh.generate_private_key("ssh-ed25519")
LINE = KEY.export_public_key("openssh").decode().strip()
OTHER = asyncssh.generate_private_key("ssh-ed25519").export_public_key("openssh").decode().strip()


def _stable_id(value: object) -> str:
    """The id of a case without the keys, which differ in every process: workers of xdist compare the ids."""
    return (
        str(value)
        .replace(LINE, "KEY")
        .replace(OTHER, "OTHER")
        .replace(LINE.split()[1], "DATA")
        .encode("unicode_escape")
        .decode()
    )


def verdict(text: str, names: HostKeyNames, folder: Path, *, own: bool = False) -> HostKeyVerdict:
    """What a file says about KEY."""
    (folder / "known").write_text(text)
    files = (folder / "known", []) if own else (folder / "none", [folder / "known"])
    return KnownHosts(*files).keys_for(names).verdict(KEY.convert_to_public())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"ring-a {OTHER}", HostKeyVerdict.CHANGED),
        (f"Ring-A {LINE}", HostKeyVerdict.TRUSTED),
        (f"[ring-a]:2222 {LINE}", HostKeyVerdict.UNKNOWN),
        (f"@revoked Ring-A {LINE}\nring-a {LINE}", HostKeyVerdict.REVOKED),
        (f"10.0.0.1 {LINE}", HostKeyVerdict.UNKNOWN),
    ],
    ids=_stable_id,
)
def test_an_alias_is_looked_up_without_the_port(tmp_path: Path, text: str, expected: HostKeyVerdict) -> None:
    assert verdict(text, HostKeyNames.of("10.0.0.1", 2222, "Ring-A"), tmp_path) is expected


def test_an_alias_that_was_written_with_the_port_is_still_known_in_our_own_file(tmp_path: Path) -> None:
    names = HostKeyNames.of("10.0.0.1", 2222, "ring-a")
    assert verdict(f"[ring-a]:2222 {OTHER}", names, tmp_path, own=True) is HostKeyVerdict.CHANGED
    assert verdict(f"[ring-a]:2222 {LINE}", names, tmp_path, own=True) is HostKeyVerdict.TRUSTED
    known = KnownHosts(tmp_path / "known", [])
    assert known.file_with_key(names) == (tmp_path / "known", "[ring-a]:2222")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"@revoked Node1 {LINE}\nnode1 {LINE}", HostKeyVerdict.REVOKED),
        (f"[node1]:2222 {OTHER}\nnode1 {LINE}", HostKeyVerdict.CHANGED),
        (f"node1 {LINE}", HostKeyVerdict.TRUSTED),
        (f"node1 {OTHER}", HostKeyVerdict.UNKNOWN),
        (f"[NODE1]:2222,x {LINE} a comment", HostKeyVerdict.TRUSTED),
        (f"[node*,![node1]:2222 {LINE}", HostKeyVerdict.UNKNOWN),
        (f"node1\x0b{LINE}", HostKeyVerdict.UNKNOWN),
        (f"# x\x0bnode1 {LINE}", HostKeyVerdict.UNKNOWN),
        (f"node1 {LINE}AAAA", HostKeyVerdict.UNKNOWN),
        (f"node1 {LINE}\r\n", HostKeyVerdict.TRUSTED),
    ],
    ids=_stable_id,
)
def test_a_host_at_another_port(tmp_path: Path, text: str, expected: HostKeyVerdict) -> None:
    assert verdict(text, HostKeyNames.of("Node1", 2222), tmp_path) is expected


def test_an_address_is_looked_up_in_its_short_form(tmp_path: Path) -> None:
    assert HostKeyNames.of("FE80:0::1", 22).exact == "fe80::1"
    assert HostKeyNames.of("fe80::1", 2222).exact == "[fe80::1]:2222"
    assert HostKeyNames.of("127.1", 22).exact == "127.0.0.1"


def test_ssh_keygen_finds_the_same_lines(tmp_path: Path) -> None:
    """Three hundred cases; tests/bench/known_hosts_cases.py asks ten thousand, and ssh itself."""
    dice = random.Random(7)
    keys = Keys.make(tmp_path)
    verdicts = set()
    for _ in range(300):
        one = case(dice, keys)
        (tmp_path / "file").write_bytes(one.text)
        ours = our_verdict(one, keys, tmp_path / "file")
        assert ours == keygen_verdict(one, tmp_path / "file"), one
        verdicts.add(ours)
    assert verdicts == {"trusted", "unknown", "changed", "revoked"}


@given(st.binary(max_size=300))
def test_no_file_stops_the_parser(text: bytes) -> None:
    for line in parse_known_hosts(text):
        line.matches("node1")
        assert line.known is None or line.known.key.public_data


@given(st.text("ab*?", max_size=12), st.text("ab", max_size=12))
def test_wildcards_match_as_a_regular_expression_would(pattern: str, name: str) -> None:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    assert match_wildcards(name.encode(), pattern.encode()) == bool(re.fullmatch(expression, name))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    make_key(folder / "host")
    make_key(folder / "other")
    for name, key in (("krl", "host"), ("other_krl", "other")):
        subprocess.run(["ssh-keygen", "-q", "-k", "-f", str(folder / name), str(folder / f"{key}.pub")], check=True)
    (folder / "list").write_text(f"# stolen\n\n{public(folder / 'other')}  {public(folder / 'host')}")
    (folder / "other_list").write_text(public(folder / "other"))
    (folder / "empty").write_text("")
    (folder / "garbage").write_text(f"garbage\n{public(folder / 'other')}")
    (folder / "cut").write_bytes((folder / "krl").read_bytes()[:60])
    return folder


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("list", "revoked by line 4"),
        ("krl", "revoked by"),
        ("other_list", ""),
        ("other_krl", ""),
        ("empty", ""),
        ("garbage", "line 1 of .* is no public key"),
        ("cut", "ssh-keygen cannot check"),
        ("none", "cannot be read"),
    ],
)
def test_revoked_host_keys(keys: Path, file: str, reason: str) -> None:
    presented = asyncssh.read_public_key(keys / "host.pub").public_data
    found = revocation([keys / "empty", keys / file], presented)
    assert re.search(reason, found) if reason else found == ""


def test_a_krl_without_ssh_keygen_refuses_every_key(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    presented = asyncssh.read_public_key(keys / "host.pub").public_data
    assert "only ssh-keygen can read" in revocation([keys / "other_krl"], presented)
    assert revocation([keys / "other_list"], presented) == ""
