"""Whose key goes where: what is known to be a key, and what the operator is asked."""

from __future__ import annotations

import hashlib
import secrets
import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.cluster.model import Cluster, Node
from corotui.conf import NodeSpec, RingSpec, generate_conf
from corotui.conf.constants import AUTHKEY_PATH, CONF_PATH
from corotui.directory import Directory
from corotui.errors import RefusedError
from corotui.rollout import Plan, apply
from corotui.rollout.model import NO_KEY_CHOICE, Consent, KeyAction, KeyChoice
from corotui.rollout.node.key_file import KeyFile, key_problem, parse_key_file, parse_open_directory
from corotui.rollout.node.snapshot import NodeSnapshot, take_snapshot
from corotui.rollout.plan.planner import make_plan
from corotui.ssh.fanout import Shells
from tests.support.assertions import assert_never_raises
from tests.support.fake_shell import FakeShell, local_processes
from tests.support.rollout.machines import Machine
from tests.support.rollout.plan_builder import facts, plan_for

NAMES = ("node1", "node2", "node3")
CLUSTER = Cluster("db", tuple(Node(name, name) for name in NAMES))
KEY = KeyFile(256, binary=160, mtime=1_700_000_000)
OTHER = KeyFile(256, binary=160, mtime=1_700_086_400)


def conf(keyfile: str = "") -> bytes:
    nodes = tuple(NodeSpec(name, number, (f"10.0.0.{number}",)) for number, name in enumerate(NAMES, 1))
    text = generate_conf(RingSpec("db", nodes))
    return text.replace(b"totem {", f"totem {{\n    keyfile: {keyfile}".encode(), 1) if keyfile else text


def holder(
    path: str = AUTHKEY_PATH, digest: str = "", file: KeyFile | None = None, cmap: Mapping[str, str] | None = None
) -> NodeSnapshot:
    running = int(cmap is not None)
    data = conf(path) if running else None
    sums = {CONF_PATH: hashlib.sha256(data).hexdigest() if data else "-", path: digest or "-"}
    return NodeSnapshot("", sums, file, conf=data, running=running, cmap=cmap or {})


def plan(target: bytes, choice: KeyChoice = NO_KEY_CHOICE, /, **snapshots: NodeSnapshot) -> Plan:
    known = {name: replace(snapshots.get(name, holder()), node=name) for name in NAMES}
    return make_plan(CLUSTER, target, {name: facts(name) for name in NAMES}, known, (), choice)


def codes(made: Plan) -> list[str]:
    return [refusal.code for refusal in made.refusals]


def differing() -> dict[str, NodeSnapshot]:
    return {
        "node1": holder(digest="a" * 64, file=KEY),
        "node2": holder(digest="b" * 64, file=OTHER),
        "node3": holder(digest="a" * 64, file=KEY),
    }


def test_a_key_that_was_placed_by_hand_is_not_overwritten_in_silence() -> None:
    made = plan(conf(), NO_KEY_CHOICE, **differing())
    assert codes(made) == ["keys-differ"]
    sentence, next_step = made.refusals[0].what, made.refusals[0].next_step
    assert "node1, node3: sha256 aaaaaaaaaaaa, of 2023-11-14 22:13 UTC." in sentence
    assert "node2: sha256 bbbbbbbbbbbb, of 2023-11-15 22:13 UTC." in sentence
    assert "node1's would replace that of node2." in sentence
    assert "--key-from node1" in next_step
    assert made.refusals[0].consent is Consent.KEY_SOURCE
    assert "a" * 13 not in sentence


@pytest.mark.parametrize("source", NAMES)
def test_the_operator_chooses_whose_key_it_is(source: str) -> None:
    made = plan(conf(), KeyChoice(source), **differing())
    assert codes(made) == []
    assert made.key_source == source
    changed = {"node2"} if source != "node2" else {"node1", "node3"}
    assert {node.name for node in made.nodes if node.key_action is KeyAction.COPY} == changed


def test_a_node_without_a_key_cannot_be_its_source() -> None:
    made = plan(conf(), KeyChoice("node2"), node1=holder(digest="a", file=KEY))
    assert [(refusal.node, refusal.consent) for refusal in made.refusals] == [("node2", None)]


def test_a_node_that_has_no_key_gets_one_without_a_question() -> None:
    assert codes(plan(conf(), node1=holder(digest="a", file=KEY))) == []


HOSTNAME = "/etc/hostname-of-the-site"


def test_a_file_that_is_no_key_is_neither_read_nor_replaced() -> None:
    text = replace(KEY, binary=0)
    files = {name: holder(HOSTNAME, name[-1] * 64, text) for name in NAMES}
    made = plan(conf(HOSTNAME), NO_KEY_CHOICE, **files)
    assert codes(made) == ["key-file", "keys-differ"]
    assert "holds text" in made.refusals[0].what
    assert "111111111111" in made.refusals[0].what
    assert "222222222222" in made.refusals[0].what
    assert f"--accept-key-file {HOSTNAME}" in made.refusals[0].next_step
    assert codes(plan(conf(HOSTNAME), KeyChoice(accepted_path=HOSTNAME), **files)) == ["keys-differ"]
    assert codes(plan(conf(HOSTNAME), KeyChoice("node1", HOSTNAME), **files)) == []
    assert codes(plan(conf(HOSTNAME), KeyChoice("node1", "/etc/other"), **files)) == ["key-file"]


def test_the_same_file_on_all_nodes_is_left_alone() -> None:
    text = replace(KEY, binary=0)
    assert codes(plan(conf(HOSTNAME), NO_KEY_CHOICE, **{name: holder(HOSTNAME, "a", text) for name in NAMES})) == []


def test_the_file_that_the_running_daemon_uses_is_a_key() -> None:
    path, text = "/srv/db.key", replace(KEY, binary=0)
    using = holder(path, "a", text, {"totem.keyfile": path})
    assert codes(plan(conf(path), node1=using, node2=holder(path))) == []
    other = holder(path, "a", text, {"totem.keyfile": AUTHKEY_PATH})
    assert codes(plan(conf(path), node1=other, node2=holder(path))) == ["key-file"]


@pytest.mark.parametrize("path", ["authkey", "/etc/corosync/", CONF_PATH])
def test_a_path_at_which_no_key_can_be(path: str) -> None:
    made = plan(conf(path))
    assert (codes(made), made.refusals[0].consent) == (["key-path"], None)


def test_a_link_is_not_replaced_by_a_key_with_any_consent() -> None:
    link = replace(OTHER, mode=stat.S_IFLNK | 0o777)
    made = plan(
        conf(),
        KeyChoice("node1", AUTHKEY_PATH),
        node1=holder(digest="a", file=KEY),
        node2=holder(digest="b", file=link),
    )
    assert [(refusal.code, refusal.consent) for refusal in made.refusals] == [("key-file", None)]


@pytest.mark.parametrize(
    ("path", "file", "open_directory", "problem"),
    [
        (AUTHKEY_PATH, KEY, "/", ""),
        (AUTHKEY_PATH, replace(KEY, uid=1000), "", "belongs to the user 1000"),
        (AUTHKEY_PATH, replace(KEY, mode=stat.S_IFREG | 0o444), "", "0444"),
        (AUTHKEY_PATH, replace(KEY, mode=stat.S_IFREG | 0o460, gid=4), "", "the group 4"),
        (AUTHKEY_PATH, replace(KEY, mode=stat.S_IFCHR | 0o600), "", "a device"),
        (AUTHKEY_PATH, replace(KEY, size=5000), "", "5000 bytes"),
        ("/srv/keys/db", KEY, "", ""),
        ("/srv/keys/db", None, "", ""),
        ("/srv/keys/db", replace(KEY, size=64), "", "64 bytes"),
        ("/srv/keys/db", KEY, "/srv", "below /srv"),
        ("/srv/keys/db", None, "/srv", "below /srv"),
        ("/srv/keys/db", replace(KEY, binary=60), "", "text"),
        ("/etc/ssh/ssh_host_ed25519_key", KEY, "", "another program"),
        ("/etc/krb5.keytab", KEY, "", "another program"),
        ("/etc/shadow", replace(KEY, binary=0, mode=stat.S_IFREG | 0o640, gid=42), "", "text"),
    ],
)
def test_what_is_known_to_be_a_key(path: str, file: KeyFile | None, open_directory: str, problem: str) -> None:
    found = key_problem(path, file, open_directory, in_use=False)
    assert problem in found
    assert bool(found) == bool(problem)


@given(st.text(max_size=200))
def test_no_answer_of_a_node_raises(text: str) -> None:
    for line in (text, f"file {text}", f"dir {text}", f"binary {text}"):
        assert_never_raises(parse_key_file, line)
        assert_never_raises(parse_open_directory, line)


async def test_the_snapshot_of_a_key_in_an_open_directory(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    key = folder / "authkey"
    key.write_bytes(b"text\n" * 40)
    key.chmod(0o640)
    found = await take_snapshot(
        FakeShell(local_processes(), "node1"),
        key_path=str(key),
        directories=(
            str(folder / "a" / "b"),
            str(folder / "a"),
            str(folder),
        ),
    )
    assert found.key is not None
    assert (found.key.size, stat.S_IMODE(found.key.mode), found.key.binary) == (200, 0o640, 0)
    assert found.key_open_directory == str(folder)
    assert found.missing_directories == (str(folder / "a"), str(folder / "a" / "b"))
    assert found.sha256_of(str(key)) == hashlib.sha256(key.read_bytes()).hexdigest()


def give(machine: Machine, key: bytes) -> None:
    (machine.etc / "authkey").write_bytes(key)
    (machine.etc / "authkey").chmod(0o400)


async def test_a_key_placed_by_hand_stays_without_a_choice(
    machines: dict[str, Machine], directory: Directory, conf: bytes
) -> None:
    old, new = secrets.token_bytes(256), secrets.token_bytes(256)
    for name, machine in machines.items():
        give(machine, new if name == "node2" else old)
    with pytest.raises(RefusedError, match="different keys"):
        await apply(await plan_for(machines, directory, conf), Shells(machines), directory)
    assert (machines["node2"].etc / "authkey").read_bytes() == new
    chosen = await plan_for(machines, directory, conf, KeyChoice("node2"))
    await apply(chosen, Shells(machines), directory)
    assert {(machine.etc / "authkey").read_bytes() for machine in machines.values()} == {new}


async def test_a_source_key_that_changed_since_the_plan_is_not_sent(
    machines: dict[str, Machine], directory: Directory, conf: bytes
) -> None:
    give(machines["node1"], secrets.token_bytes(256))
    made = await plan_for(machines, directory, conf)
    give(machines["node1"], secrets.token_bytes(256))
    with pytest.raises(RefusedError, match="changed by somebody else since"):
        await apply(made, Shells(machines), directory)
    assert not (machines["node2"].etc / "authkey").exists()


@pytest.mark.parametrize(("before", "after"), [(0o600, 0o600), (0o640, 0o640), (0o644, 0o644), (0o666, 0o644)])
async def test_the_configuration_gets_no_wider_mode(
    machines: dict[str, Machine], directory: Directory, conf: bytes, before: int, after: int
) -> None:
    path = machines["node2"].etc / "corosync.conf"
    path.write_text("totem {\n}\n")
    path.chmod(before)
    await apply(await plan_for(machines, directory, conf), Shells(machines), directory)
    assert path.read_bytes() == conf
    assert stat.S_IMODE(path.stat().st_mode) == after
