"""[NAME=][USER@]HOST[:PORT]."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.cli.node_address import parse_node
from corotui.errors import UsageError
from tests.support.assertions import assert_never_raises


@pytest.mark.parametrize(
    ("text", "name", "user", "host", "port"),
    [
        ("10.0.0.1", "10.0.0.1", None, "10.0.0.1", None),
        ("a=root@10.0.0.1:2222", "a", "root", "10.0.0.1", 2222),
        ("ec2-user@db1.example.org", "db1", "ec2-user", "db1.example.org", None),
        ("b=[fd00::1]:22", "b", None, "fd00::1", 22),
        ("b=fd00::1", "b", None, "fd00::1", None),
    ],
)
def test_forms(text: str, name: str, user: str | None, host: str, port: int | None) -> None:
    node = parse_node(text, sudo=True)
    assert (node.name, node.ssh.user, node.host, node.ssh.port) == (name, user, host, port)
    assert node.ssh.sudo is (user != "root")


@pytest.mark.parametrize(
    "text", ["", "@h", "a=", "h:0", "h:65536", "h:¹", "h:" + "9" * 5000, "h:x", "-oProxyCommand=x", "root@-h"]
)
def test_text_that_is_not_a_node(text: str) -> None:
    with pytest.raises(UsageError):
        parse_node(text)


@given(st.text(max_size=40))
def test_any_text_is_a_node_or_wrong_usage(text: str) -> None:
    assert_never_raises(parse_node, text, allowed=UsageError)
