"""cluster.toml: what it says, and one line with file, line and key for each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corotui.cluster.cluster_toml import MAX_BYTES, parse_cluster, ssh_defaults
from corotui.cluster.model import Cluster, Install, InstallMethod, Node, Ssh
from corotui.errors import FileError

WHOLE = b"""\
# the database ring
[cluster]
name = "db"

[ssh]                      # defaults
user = "ec2-user"
sudo = true
jump = "bastion"
key = "keys/id"

[[node]]
name = "a"
host = "10.0.0.11"

[[node]]
name = "b"
host = "b.example.com"
user = "root"
port = 2222
sudo = false
jump = ""
key = "/etc/keys/b"

[[node]]
name = "c"
local = true

[install]
method = "source"
version = "3.1.7"
build_node = "b"
"""


def error_line(data: bytes | str) -> str:
    """The only line of the error for a mistake."""
    raw = data.encode() if isinstance(data, str) else data
    with pytest.raises(FileError) as caught:
        parse_cluster(raw, "db/cluster.toml")
    line = str(caught.value)
    assert "\n" not in line
    return line


def test_a_complete_file() -> None:
    defaults = Ssh(user="ec2-user", sudo=True, jump="bastion", key="db/keys/id")
    assert parse_cluster(WHOLE, "db/cluster.toml") == Cluster(
        "db",
        (
            Node("a", "10.0.0.11", defaults),
            Node("b", "b.example.com", Ssh(user="root", port=2222, sudo=False, jump=None, key="/etc/keys/b")),
            Node("c", "localhost", defaults, local=True),
        ),
        Install(InstallMethod.SOURCE, "3.1.7", "b"),
    )


def test_no_nodes_yet() -> None:
    assert parse_cluster(b'cluster.name = "db"', "cluster.toml") == Cluster("db")


def test_the_defaults_by_themselves() -> None:
    assert ssh_defaults(WHOLE, "db/cluster.toml").user == "ec2-user"


def test_a_home_directory_is_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/eva")
    data = b'cluster.name = "db"\n[ssh]\nkey = "~/.ssh/ring"'
    assert ssh_defaults(data, "db/cluster.toml").key == "/home/eva/.ssh/ring"


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert parse_cluster(b"\xef\xbb\xbf" + WHOLE, "x").name == "db"


NODE = '[cluster]\nname = "db"\n\n[[node]]\nname = "a"\nhost = "h"\n'


@pytest.mark.parametrize(
    ("text", "start", "word"),
    [
        ("", "db/cluster.toml:1: cluster.name: ", "missing"),
        ("[cluster]\n", "db/cluster.toml:1: cluster.name: ", "missing"),
        ("# x\n\n[cluster]\n", "db/cluster.toml:3: cluster.name: ", "missing"),
        (NODE + "[[node]]\nhost = 'x'\n", "db/cluster.toml:7: node.name: ", "missing"),
        (NODE + "[[node]]\nname = 'x'\n", "db/cluster.toml:7: node.host: ", "missing for node x"),
        (NODE + "prot = 22\n", "db/cluster.toml:7: node.prot: ", "did you mean port?"),
        (NODE + "[shh]\n", "db/cluster.toml:7: shh: ", "did you mean ssh?"),
        (NODE + "[install]\nmethod = 'sorce'\n", "db/cluster.toml:8: install.method: ", "did you mean source?"),
        ("[cluster]\nname = 5", "db/cluster.toml:2: cluster.name: ", "text in quotes, not a whole number"),
        (NODE + 'port = "22"', "db/cluster.toml:7: node.port: ", "a whole number, not text in quotes"),
        (NODE + "port = true", "db/cluster.toml:7: node.port: ", "a whole number, not true or false"),
        (NODE + "sudo = 1", "db/cluster.toml:7: node.sudo: ", "true or false, not a whole number"),
        (NODE + "port = 0", "db/cluster.toml:7: node.port: ", "1 to 65535"),
        (NODE + "port = 65536", "db/cluster.toml:7: node.port: ", "1 to 65535"),
        (NODE + "port = 0x" + "f" * 5000, "db/cluster.toml:7: node.port: ", "1 to 65535"),
        (NODE + "port = 22.0", "db/cluster.toml:7: node.port: ", "not a number"),
        (NODE + "user = 2020-01-01", "db/cluster.toml:7: node.user: ", "not a date"),
        (NODE + '[[node]]\nname = "a"\nhost = "i"\n', "db/cluster.toml:8: node.name: ", "line 5"),
        (NODE + '[[node]]\nname = "b"\nhost = "H"\n', "db/cluster.toml:9: node.host: ", "line 6"),
        (NODE + '[[node]]\nname = "b c"\nhost = "i"\n', "db/cluster.toml:8: node.name: ", "letters, digits"),
        (NODE + '[[node]]\nname = "-b"\nhost = "i"\n', "db/cluster.toml:8: node.name: ", "begin with"),
        (NODE + '[[node]]\nname = ".."\nhost = "i"\n', "db/cluster.toml:8: node.name: ", "begin with"),
        (NODE + '[[node]]\nname = "b"\nhost = "-oProxyCommand=id"', "db/cluster.toml:9: node.host: ", "neither a host"),
        (NODE + '[[node]]\nname = "b"\nhost = "eva@i"', "db/cluster.toml:9: node.host: ", "user = "),
        (NODE + '[[node]]\nname = "b"\nhost = "i:22"', "db/cluster.toml:9: node.host: ", "port = "),
        (NODE + '[[node]]\nname = "b"\nhost = "i\\u0007"', "db/cluster.toml:9: node.host: ", "neither a host"),
        (NODE + '[[node]]\nname = "b"\nhost = ""', "db/cluster.toml:9: node.host: ", "neither a host"),
        (NODE + 'user = "-l"', "db/cluster.toml:7: node.user: ", "login name"),
        (NODE + 'user = "a\\u001b[31m"', "db/cluster.toml:7: node.user: ", "login name"),
        (NODE + 'key = "a\\u0000b"', "db/cluster.toml:7: node.key: ", "control characters"),
        (NODE + 'jump = "a,-b"', "db/cluster.toml:7: node.jump: ", "'-b'"),
        (NODE + 'jump = "a:0"', "db/cluster.toml:7: node.jump: ", "port"),
        (NODE + 'jump = "a:²"', "db/cluster.toml:7: node.jump: ", "port"),
        (NODE + '[install]\nbuild_node = "aa"', "db/cluster.toml:8: install.build_node: ", "did you mean a?"),
        (NODE + '[install]\nversion = "newest"', "db/cluster.toml:8: install.version: ", "3.1.7"),
        ('cluster = "db"', "db/cluster.toml:1: cluster: ", "[cluster]"),
        ('[cluster]\nname = "db"\n[node]\nname = "a"', "db/cluster.toml:3: node: ", "two brackets"),
        ('node = "a"\n[cluster]\nname = "db"', "db/cluster.toml:1: node: ", "[[node]]"),
        ('cluster.name = "db"\nnode = [\n  {name = "a", host = "h"},\n  "b",\n]', "db/cluster.toml:4: node: ", "table"),
        ("[cluster]\nname = ", "db/cluster.toml:2: ", "not TOML"),
        ('[cluster]\nname = "db', "db/cluster.toml:2: ", "not TOML"),
        ('[cluster]\nname = "a"\nname = "b"', "db/cluster.toml:3: ", "not TOML"),
        ('[cluster]\nname = "db"\nx = ' + "9" * 5000, "db/cluster.toml:3: ", "digits"),
        ("a = " + "[" * 100_000, "db/cluster.toml:1: ", "nested"),
    ],
)
def test_a_mistake_is_reported_in_one_line(text: str, start: str, word: str) -> None:
    line = error_line(text)
    assert line.startswith(start)
    assert word in line


def test_not_utf8() -> None:
    assert error_line(b'[cluster]\n# caf\xe9\nname = "db"').startswith("db/cluster.toml:2: is not UTF-8 (byte 0xe9)")


def test_too_large() -> None:
    assert "larger than" in error_line(b"#" * (MAX_BYTES + 1))


def test_a_hostile_key_is_named_as_it_is_on_one_line() -> None:
    assert "\x1b]0;x" in error_line('[cluster]\nname = "db"\n"\\u001b]0;x\\u0007" = 1')


@pytest.mark.parametrize(
    ("host", "port"),
    [("10.0.0.1", 22), ("fe80::1%eth0", 22), ("::1", 2222), ("node-1.example.com", 1), ("my_alias", 65535)],
)
def test_hosts_that_may_be(host: str, port: int) -> None:
    data = f'cluster.name = "db"\n[[node]]\nname = "a"\nhost = "{host}"\nport = {port}'
    node = parse_cluster(data.encode(), "x").node("a")
    assert (node.host, node.ssh.port) == (host, port)


def test_two_ports_of_one_address_are_two_machines() -> None:
    ports = "".join(f'[[node]]\nname = "n{port}"\nhost = "nat"\nport = {port}\n' for port in (2201, 2202))
    assert len(parse_cluster(b'cluster.name = "db"\n' + ports.encode(), "x").nodes) == 2


def test_the_key_is_relative_to_the_file_whatever_the_way_it_was_named(tmp_path: Path) -> None:
    data = b'cluster.name = "db"\nssh.key = "id"'
    assert ssh_defaults(data, str(tmp_path / "cluster.toml")).key == str(tmp_path / "id")
    assert ssh_defaults(data, "cluster.toml").key == "id"


_LINES = st.sampled_from(
    [*WHOLE.decode().splitlines(), "[[node]]", "[ssh]", "name = {}", "x = [[[", "a.b.c = 1", '"""']
)


def outcome(data: bytes) -> Cluster | FileError:
    try:
        return parse_cluster(data, "cluster.toml")
    except FileError as error:
        return error


@given(st.one_of(st.binary(max_size=200), st.lists(_LINES, max_size=12).map(lambda lines: "\n".join(lines).encode())))
@example(b"port = 0x" + b"f" * 6000)
@example(b"[" * 3000)
@example(b'[cluster]\nname = "\\ud800"')
def test_any_bytes_are_a_cluster_or_one_line(data: bytes) -> None:
    result = outcome(data)
    if isinstance(result, Cluster):
        assert result.name
        return
    assert str(result).startswith("cluster.toml:")
    assert "\n" not in str(result)
    assert result.line is not None
    assert 1 <= result.line <= data.count(b"\n") + 1


@given(st.integers(0, 200), st.binary(min_size=1, max_size=3))
def test_a_damaged_file_is_never_a_traceback(place: int, noise: bytes) -> None:
    place *= len(WHOLE) // 200
    result = outcome(WHOLE[:place] + noise + WHOLE[place + 1 :])
    assert isinstance(result, Cluster) or result.line


def test_a_mirror_and_archives_of_the_operator() -> None:
    text = f"""
[cluster]
name = "db"
[install]
method = "source"
mirror = "http://10.0.0.1/archives"
[[install.archive]]
url = "corosync-1.4.2.tar.gz"
sha256 = "{"AB" * 32}"
"""
    install = parse_cluster(text.encode(), "cluster.toml").install
    assert install.mirror == "http://10.0.0.1/archives"
    assert [(a.url, a.sha256) for a in install.archives] == [("corosync-1.4.2.tar.gz", "ab" * 32)]


@pytest.mark.parametrize(
    ("lines", "key", "line"),
    [
        ('archive = "x"', "install.archive", 4),
        ("archive = [1]", "install.archive", 4),
        ('[[install.archive]]\nurl = "a"', "install.archive.sha256", 4),
        (f'[[install.archive]]\nsha256 = "{"0" * 64}"', "install.archive.url", 4),
        ('[[install.archive]]\nurl = "a"\nsha256 = "zz"', "install.archive.sha256", 6),
        ('[[install.archive]]\nurl = "a"\nsum = "zz"', "install.archive.sum", 6),
        ("mirror = 3", "install.mirror", 4),
    ],
)
def test_mistakes_in_archives_have_their_line(lines: str, key: str, line: int) -> None:
    with pytest.raises(FileError) as error:
        parse_cluster(f'[cluster]\nname = "db"\n[install]\n{lines}\n'.encode(), "cluster.toml")
    assert (error.value.key, error.value.line) == (key, line)
