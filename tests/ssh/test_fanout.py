from __future__ import annotations

import asyncio

import pytest

from corotui.errors import NodeUnreachableError, WorkError
from corotui.ssh.fanout import NodeResults, Shells, gather_or_raise, on_each, on_nodes
from corotui.ssh.shell import Shell
from tests.support.fake_shell import FakeShell, Reply


async def test_one_node_that_fails_never_stops_the_others() -> None:
    async def hostname(shell: Shell) -> str:
        if shell.node == "a":
            raise WorkError("no", node="a")
        await asyncio.sleep(0.01)
        return shell.node

    unreachable = NodeUnreachableError("no route", node="c", stage="connect")
    shells = Shells({"a": FakeShell(lambda _: Reply(), "a"), "b": FakeShell(lambda _: Reply(), "b"), "c": unreachable})
    results = await on_nodes(shells, hostname)
    assert list(results.by_node) == ["a", "b", "c"]
    assert results.ok == {"b": "b"}
    assert results.errors["c"] is unreachable
    assert results.failed


async def test_an_unforeseen_exception_is_not_taken_for_a_result() -> None:
    async def broken(node: str) -> str:
        raise ValueError(node)

    with pytest.raises(ExceptionGroup) as raised:
        await on_each(["a"], broken)
    assert raised.group_contains(ValueError)


def test_one_error_is_raised_as_it_is_and_several_together() -> None:
    first, second = WorkError("one", node="a"), WorkError("two", node="b")
    NodeResults({"a": 1}).raise_all()
    NodeResults({"a": 1}).raise_first()
    with pytest.raises(WorkError, match="one"):
        NodeResults({"a": first, "b": 1}).raise_all()
    with pytest.raises(WorkError, match="one"):
        NodeResults({"a": first, "b": second}).raise_first()
    with pytest.raises(ExceptionGroup) as raised:
        NodeResults({"a": first, "b": second}).raise_all()
    assert raised.value.exceptions == (first, second)


def test_a_node_that_was_never_connected_is_unreachable() -> None:
    shell = FakeShell(lambda _: Reply(), "a")
    shells = Shells({"a": shell}).for_nodes(["b", "a"])
    assert list(shells.by_node) == ["b", "a"]
    assert shells.shell("a") is shell
    for shells_without in (shells, Shells()):
        with pytest.raises(NodeUnreachableError) as raised:
            shells_without.shell("b")
        assert (raised.value.node, raised.value.stage) == ("b", "connect")


async def test_the_first_failure_cancels_the_others_and_comes_alone() -> None:
    cancelled = asyncio.Event()

    async def slow() -> int:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return 0

    async def failing() -> int:
        raise WorkError("no")

    with pytest.raises(WorkError, match="no"):
        await gather_or_raise([slow(), failing()])
    assert cancelled.is_set()
