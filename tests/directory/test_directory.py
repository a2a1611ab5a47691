"""The cluster directory: made, opened, read and changed without disturbing what the operator wrote."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corotui.cluster.model import Install, InstallMethod, Node, Ssh
from corotui.directory import Directory
from corotui.directory.atomic_files import replace_file
from corotui.errors import CorotuiError, FileError, RefusedError, UsageError, WorkError

WRITTEN = """\
# our database, ask Eva

[cluster]
name = "db"   # as in the monitoring

[ssh]
user = "ec2-user"
sudo = true

[[node]]   # rack 4
name = "a"
host = "10.0.0.1"
# rack 5
[[node]]
name = "b"
host = "10.0.0.2"

[install]
method = "source"
version = "3.1.7"
build_node = "b"
# the end
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    (tmp_path / "cluster.toml").write_text(WRITTEN)
    return Directory.open(tmp_path)


def test_a_new_one_is_empty_and_private(tmp_path: Path) -> None:
    directory = Directory.create(tmp_path / "deep" / "db", "db")
    assert directory.read_cluster().name == "db"
    assert directory.read_cluster().nodes == ()
    assert directory.read_conf() is None
    assert mode(directory.state_dir) == 0o700
    assert Directory.open(directory.path).read_cluster() == directory.read_cluster()


def test_a_second_one_in_its_place_is_refused(directory: Directory) -> None:
    with pytest.raises(RefusedError, match="exists already"):
        Directory.create(directory.path, "other")
    assert directory.cluster_toml.read_text() == WRITTEN


def test_a_name_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="letters, digits"):
        Directory.create(tmp_path / "x", "my cluster")
    assert not (tmp_path / "x").exists()


def test_a_folder_without_a_cluster_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"cluster\.toml: there is no such file; `corotui new .*` makes one"):
        Directory.open(tmp_path)


def test_paths_do_not_depend_on_where_one_stands(directory: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(directory.path)
    here = Directory.open(".")
    monkeypatch.chdir("/")
    assert here.read_cluster() == directory.read_cluster()


def test_a_node_comes_and_goes_and_all_else_stays(directory: Directory) -> None:
    directory.add_node(Node("c", "10.0.0.3", Ssh(user="ec2-user", sudo=True)))
    assert [node.name for node in directory.read_cluster().nodes] == ["a", "b", "c"]
    added = directory.cluster_toml.read_text()
    assert all(line in added.splitlines() for line in WRITTEN.splitlines())
    directory.remove_node("c")
    assert [line for line in directory.cluster_toml.read_text().splitlines() if line] == [
        line for line in WRITTEN.splitlines() if line
    ]


def test_a_node_gets_only_what_differs_from_the_defaults(directory: Directory) -> None:
    directory.add_node(Node("c", "10.0.0.3", Ssh(user="ec2-user", sudo=False, port=2222)))
    directory.add_node(Node("d", "localhost", Ssh(user="ec2-user", sudo=True), local=True))
    text = directory.cluster_toml.read_text()
    assert text.count("ec2-user") == 1
    cluster = directory.read_cluster()
    assert cluster.node("c").ssh == Ssh(user="ec2-user", sudo=False, port=2222)
    assert cluster.node("d") == Node("d", "localhost", Ssh(user="ec2-user", sudo=True), local=True)


def test_jump_and_key_can_be_taken_back_for_one_node(directory: Directory) -> None:
    directory.set_ssh(Ssh(user="ec2-user", sudo=True, jump="bastion", key="/keys/id"))
    directory.add_node(Node("c", "10.0.0.3", Ssh(user="ec2-user", sudo=True)))
    cluster = directory.read_cluster()
    assert cluster.node("a").ssh.jump == "bastion"
    assert cluster.node("c").ssh == Ssh(user="ec2-user", sudo=True)


def test_a_key_beside_the_file_stays_beside_it(directory: Directory) -> None:
    directory.set_ssh(Ssh(user="ec2-user", sudo=True, key="id"))
    key = str(directory.path / "id")
    assert directory.read_cluster().node("a").ssh.key == key
    directory.add_node(Node("c", "10.0.0.3", Ssh(user="ec2-user", sudo=True, key=key)))
    assert directory.read_cluster().node("c").ssh.key == key
    assert directory.cluster_toml.read_text().count("key = ") == 1


@pytest.mark.parametrize(
    ("node", "word"),
    [
        (Node("a", "10.0.0.9"), "'a' is already the name"),
        (Node("c", "10.0.0.1"), "already the host of node a"),
        (Node("c d", "10.0.0.9"), "not a usable name"),
        (Node("c", "-oProxyCommand=x"), "neither a host name"),
        (Node("c", "10.0.0.9", Ssh(port=0)), "not a port"),
    ],
)
def test_a_node_that_cannot_be_changes_nothing(directory: Directory, node: Node, word: str) -> None:
    with pytest.raises(UsageError, match=word) as caught:
        directory.add_node(node)
    assert "Nothing was changed." in str(caught.value)
    assert directory.cluster_toml.read_text() == WRITTEN


def test_removing_the_build_node_leaves_a_file_that_can_be_read(directory: Directory) -> None:
    directory.remove_node("b")
    assert [node.name for node in directory.read_cluster().nodes] == ["a"]
    assert directory.read_cluster().install == Install(InstallMethod.SOURCE, "3.1.7")


def test_removing_the_last_node(directory: Directory) -> None:
    directory.set_install(Install())
    for name in "ab":
        directory.remove_node(name)
    assert directory.read_cluster().nodes == ()


def test_removing_nobody(directory: Directory) -> None:
    with pytest.raises(UsageError, match="no node 'x'"):
        directory.remove_node("x")


def test_a_replaced_node_keeps_its_place_and_its_comments(directory: Directory) -> None:
    directory.replace_node("a", Node("first", "10.0.0.9", Ssh(user="root", sudo=True, port=2222)))
    replaced = (
        '[[node]]   # rack 4\nname = "first"\nhost = "10.0.0.9"\nuser = "root"\nport = 2222\n# rack 5\n[[node]]\n'
    )
    assert directory.cluster_toml.read_text() == WRITTEN.replace(
        '[[node]]   # rack 4\nname = "a"\nhost = "10.0.0.1"\n# rack 5\n[[node]]\n', replaced
    )
    assert directory.read_cluster().node("first").ssh == Ssh(user="root", sudo=True, port=2222)


def test_replacing_a_node_by_itself_changes_nothing(directory: Directory) -> None:
    for node in directory.read_cluster().nodes:
        directory.replace_node(node.name, node)
    assert directory.cluster_toml.read_text() == WRITTEN


def test_a_replaced_node_can_go_back_to_the_defaults(directory: Directory) -> None:
    original = directory.read_cluster().node("b")
    directory.replace_node("b", Node("b", "localhost", Ssh(user="ec2-user", sudo=False, key="k"), local=True))
    directory.replace_node("b", original)
    assert directory.cluster_toml.read_text() == WRITTEN


def test_the_build_node_follows_a_new_name(directory: Directory) -> None:
    directory.replace_node("b", Node("c", "10.0.0.2", Ssh(user="ec2-user", sudo=True)))
    assert directory.read_cluster().install.build_node == "c"


@pytest.mark.parametrize(
    ("name", "node", "word"),
    [
        ("x", Node("x", "10.0.0.9"), "no node 'x'"),
        ("a", Node("b", "10.0.0.9"), "name"),
        ("a", Node("a", "10.0.0.2"), "host of node"),
        ("a", Node("a", "-oProxyCommand=x"), "neither a host name"),
    ],
)
def test_a_replacement_that_cannot_be_changes_nothing(directory: Directory, name: str, node: Node, word: str) -> None:
    with pytest.raises(UsageError, match=word):
        directory.replace_node(name, node)
    assert directory.cluster_toml.read_text() == WRITTEN


def test_a_node_in_an_inline_table_can_be_replaced(directory: Directory) -> None:
    text = '[cluster]\nname = "x"\n\nnode = [\n  { name = "a", host = "h" }, # one\n]\n'.replace(
        '[cluster]\nname = "x"\n\nnode', 'cluster = { name = "x" }\nnode'
    )
    directory.cluster_toml.write_text(text)
    directory.replace_node("a", Node("b", "i", Ssh(user="root")))
    assert directory.read_cluster().nodes == (Node("b", "i", Ssh(user="root")),)
    assert "# one" in directory.cluster_toml.read_text()


def test_install_and_name(directory: Directory) -> None:
    directory.set_install(Install(InstallMethod.PACKAGE, "3.1.7", "a"))
    assert directory.read_cluster().install == Install(InstallMethod.PACKAGE)
    directory.set_name("archive")
    assert directory.read_cluster().name == "archive"
    assert "# as in the monitoring" in directory.cluster_toml.read_text()


def test_other_layouts(tmp_path: Path) -> None:
    (tmp_path / "cluster.toml").write_text(
        'cluster = { name = "db" } # one\ninstall.method = "present"\n'
        'node = [\n  { name = "a", host = "h" }, # two\n]\n'
    )
    directory = Directory.open(tmp_path)
    directory.add_node(Node("b", "i"))
    directory.set_name("x")
    directory.set_install(Install(InstallMethod.SOURCE, "3.1.7"))
    directory.set_ssh(Ssh(user="root"))
    cluster = directory.read_cluster()
    assert [node.name for node in cluster.nodes] == ["a", "b"]
    assert (cluster.name, cluster.install.version, cluster.node("a").ssh.user) == ("x", "3.1.7", "root")
    assert all(word in directory.cluster_toml.read_text() for word in ("# one", "# two"))


names = st.from_regex(r"[a-z0-9_][a-z0-9._-]{0,8}", fullmatch=True)


@given(
    st.lists(
        st.builds(
            Node,
            names,
            names,
            st.builds(Ssh, st.none() | names, st.none() | st.integers(1, 65535), st.booleans(), st.none() | names),
        ),
        unique_by=(lambda node: node.name, lambda node: node.host),
        max_size=5,
    )
)
@settings(max_examples=40)
def test_what_is_added_is_read_and_what_is_removed_is_gone(
    tmp_path_factory: pytest.TempPathFactory, nodes: list[Node]
) -> None:
    directory = Directory.create(tmp_path_factory.mktemp("db"), "db")
    empty = directory.cluster_toml.read_text()
    for node in nodes:
        directory.add_node(node)
    assert list(directory.read_cluster().nodes) == nodes
    for node in nodes:
        directory.remove_node(node.name)
    assert directory.cluster_toml.read_text().strip() == empty.strip()


def test_conf_is_byte_for_byte(directory: Directory) -> None:
    data = b"totem {\r\n  # caf\xe9\n}"
    directory.write_conf(data)
    assert directory.read_conf() == data
    assert mode(directory.corosync_conf) == 0o644


def test_a_changed_file_keeps_its_mode(directory: Directory) -> None:
    directory.write_conf(b"old")
    directory.corosync_conf.chmod(0o640)
    directory.write_conf(b"new")
    assert directory.corosync_conf.read_bytes() == b"new"
    assert mode(directory.corosync_conf) == 0o640


def test_a_mistake_in_the_file_stops_a_change(directory: Directory) -> None:
    directory.cluster_toml.write_text(WRITTEN + "port = [\n")
    with pytest.raises(FileError, match="not TOML"):
        directory.add_node(Node("c", "10.0.0.3"))


CHANGES: list[Callable[[Directory], object]] = [
    lambda directory: directory.write_conf(b"new"),
    lambda directory: directory.set_name("new"),
    lambda directory: directory.open_database().close(),
    lambda directory: directory.lock().__enter__(),
]


@pytest.mark.parametrize("change", CHANGES)
def test_no_room_on_the_disk(
    directory: Directory, monkeypatch: pytest.MonkeyPatch, change: Callable[[Directory], object]
) -> None:
    directory.write_conf(b"old")

    really_open, really_mkdir = os.open, os.mkdir

    def full(name: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if flags & os.O_CREAT:
            raise OSError(28, "No space left on device")
        return really_open(name, flags, mode, dir_fd=dir_fd)

    def no_folder(name: str, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
        if name == ".corotui":
            raise OSError(28, "No space left on device")
        really_mkdir(name, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "mkdir", no_folder)
    monkeypatch.setattr(os, "open", full)
    with pytest.raises(WorkError, match="cannot be written: No space left on device"):
        change(directory)
    monkeypatch.undo()
    assert directory.read_conf() == b"old"
    assert directory.cluster_toml.read_text() == WRITTEN


@pytest.mark.parametrize("moment", ["os.fsync", "os.rename"])
def test_a_write_that_fails_half_way_leaves_the_old_file_and_no_litter(
    directory: Directory, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    directory.write_conf(b"old")
    before = sorted(directory.path.iterdir())

    def fails(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(moment, fails)
    with pytest.raises(WorkError, match="as it was"):
        directory.write_conf(b"new")
    monkeypatch.undo()
    assert directory.read_conf() == b"old"
    assert sorted(directory.path.iterdir()) == before


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "db").write_text("")
    with pytest.raises(CorotuiError, match="cannot be"):
        Directory.create(tmp_path / "db", "db")


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "record.json"
    replace_file(target, b"old", mode=0o600)
    with pytest.raises(TypeError):
        replace_file(target, 3)  # type: ignore[arg-type]
    assert target.read_text() == "old"
    replace_file(target, b"new", mode=0o644, durable=False)
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o644
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]


@pytest.mark.parametrize(("before", "after"), [(None, 0o600), (0o600, 0o600), (0o640, 0o640), (0o644, 0o640)])
def test_others_do_not_read_a_configuration_with_a_key_in_it(tmp_path: Path, before: int | None, after: int) -> None:
    directory = Directory.create(tmp_path / "db", "db")
    if before is not None:
        directory.write_conf(b"totem {\n}\n")
        directory.corosync_conf.chmod(before)
    directory.write_conf(b"totem {\n    key: 0123456789abcdef\n}\n")
    assert stat.S_IMODE(directory.corosync_conf.stat().st_mode) == after


def test_nodes_are_added_by_one_write_or_none(directory: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[Path] = []

    def counted(path: Path, data: bytes) -> None:
        writes.append(path)
        replace_file(path, data)

    monkeypatch.setattr("corotui.directory.directory.write_atomic", counted)
    directory.add_nodes([Node(f"n{number}", f"10.1.0.{number}") for number in range(1, 51)])
    assert writes == [directory.cluster_toml]
    assert [node.name for node in directory.read_cluster().nodes[:4]] == ["a", "b", "n1", "n2"]
    with pytest.raises(UsageError):
        directory.add_nodes([Node("fine", "10.2.0.1"), Node("a", "10.2.0.2")])
    assert "fine" not in [node.name for node in directory.read_cluster().nodes]
