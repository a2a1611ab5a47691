"""A snapshot is whole or there is none: nothing is planned from a part of a node's answers."""

from __future__ import annotations

import base64
import re

import pytest

from corotui.errors import WorkError
from corotui.rollout.node.snapshot import take_snapshot
from tests.support.fake_shell import FakeShell, Reply, Request

NAMES = ("sums", "staged", "missing", "key", "conf", "conf-stat", "processes", "service")


def answering(limits: str = "", conf: bytes = b"") -> FakeShell:
    """A node whose sections are empty but for corosync.conf; `limits` is what its script says of its own limits."""
    bodies = dict.fromkeys(NAMES, "") | {"conf": base64.b64encode(conf).decode()}

    def answer(request: Request) -> Reply:
        found = re.search(rb"corotui-[0-9a-f]{16}", request.stdin or b"")
        assert found
        mark = found[0].decode()
        whole = "".join(f"{mark} begin {name}\n{body}\n{mark} end {name} 0\n" for name, body in bodies.items())
        return Reply(f"{whole}{mark} begin limits\n{limits}\n{mark} end limits 0\n".encode())

    return FakeShell(answer)


async def test_a_tool_that_hangs_is_named() -> None:
    with pytest.raises(WorkError, match="systemctl did not end within its time"):
        await take_snapshot(answering("hung service systemctl 5"), key_path="/etc/corosync/authkey")


async def test_an_answer_that_was_cut_is_named() -> None:
    with pytest.raises(WorkError, match="the answer to `sums` was cut"):
        await take_snapshot(answering("bytes sums - 0"), key_path="/etc/corosync/authkey")


async def test_a_file_that_no_corosync_has_is_refused() -> None:
    with pytest.raises(WorkError, match=r"corosync\.conf is larger than"):
        await take_snapshot(answering(conf=b"a{\n" * 240_000), key_path="/etc/corosync/authkey")


async def test_a_corosync_tool_that_hangs_leaves_the_rest() -> None:
    snapshot = await take_snapshot(
        answering("hung cmap corosync-cmapctl 5", b"totem {\n}\n"), key_path="/etc/corosync/authkey"
    )
    assert (snapshot.conf, snapshot.cmap) == (b"totem {\n}\n", {})
