from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from corotui.errors import UsageError, WorkError
from corotui.practice import instance_record, state_dir
from corotui.practice.instance_record import ActiveFault, InstanceRecord, NodeProcess, NodeResources
from corotui.practice.model import PracticeCluster, PracticeNode, Shape, validate_name


@pytest.mark.parametrize("name", ["", "Db", "1db", "a b", "a/b", "../x", "a" * 21, "-a"])
def test_names_that_cannot_be_taken(name: str) -> None:
    with pytest.raises(UsageError, match="cannot name a practice cluster"):
        validate_name(name)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (Shape(nodes=0), "--nodes takes 1 to 48, not 0"),
        (Shape(nodes=49), "--nodes takes 1 to 48, not 49"),
        (Shape(links=9), "--links takes 1 to 8, not 9"),
        (Shape(user="a b"), "'a b' cannot name a user"),
        (Shape(user="x:y"), "cannot name a user"),
        (Shape(user="root", password_sudo=True), "root needs no sudo"),
    ],
)
def test_shapes_that_cannot_be_built(shape: Shape, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        shape.validated()


def test_a_shape_in_words_and_in_json() -> None:
    shape = Shape(nodes=1, links=2, installed=True, user="root").validated()
    assert shape.describe() == "1 installed node, 2 links, user root"
    assert Shape(**asdict(shape)) == shape


def test_the_password_is_in_the_json_and_in_no_repr() -> None:
    node = PracticeNode("node1", ("10.77.0.1",), "ec2-user")
    practice = PracticeCluster("db", Path("/x"), (node,), Shape(password_sudo=True), Path("/x/key"), password="s3cret")
    assert "s3cret" not in repr(practice)
    assert practice.to_json()["password"] == "s3cret"
    assert "password" not in PracticeCluster("db", Path("/x"), (node,), Shape(), Path("/x/key")).to_json()


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InstanceRecord:
    monkeypatch.setenv("COROTUI_PRACTICE_STATE", str(tmp_path / "state"))
    state_dir.make_folders()
    return InstanceRecord(
        name="db",
        slot=3,
        shape=Shape(nodes=1, password_sudo=True),
        boot=instance_record.boot_id(),
        directory="/x",
        given=True,
        key="/x/key",
        image="/image",
        bridges=("cptb3l0",),
        table="corotui_practice_3",
        tmpfs="/memory",
        nodes=(PracticeNode("node1", ("10.77.3.1",), "ec2-user"),),
        things=(NodeResources("node1", "corotui-db-node1", ("cptv3n1l0",), "/r", ("/c",), "corotui-db-node1", "/log"),),
        processes=(NodeProcess("node1", 17, 4711),),
        faults=(ActiveFault("host-firewall", "node1"),),
        before={"node1": 3},
        password="s3cret",
    )


def test_a_record_reads_back_as_it_was_written(made: InstanceRecord) -> None:
    instance_record.save(made)
    assert instance_record.load("db") == made
    assert instance_record.all_records() == (made,)
    assert instance_record.record_path("db").stat().st_mode & 0o777 == 0o600
    assert "s3cret" not in repr(made)


def test_a_damaged_record_is_said_and_kept(made: InstanceRecord) -> None:
    instance_record.save(made)
    instance_record.record_path("db").write_text('{"format": 1, "name": "db"}')
    with pytest.raises(WorkError, match="cannot be read"):
        instance_record.load("db")
    assert instance_record.record_path("db").exists()


def test_a_node_has_one_process(made: InstanceRecord) -> None:
    newer = made.with_process(NodeProcess("node1", 18, 4712))
    assert newer.processes == (NodeProcess("node1", 18, 4712),)
