"""Remedies on several nodes at once."""

from __future__ import annotations

import pytest

from corotui.cluster.events import Event, ProgressState, StepChanged
from corotui.cluster.finding import Remedy
from corotui.cluster.remedy_action import CopyAuthkey, CopyConf, RemedyAction, RollOut
from corotui.errors import CommandError, NodeUnreachableError, WorkError
from corotui.remedies.runner import run_remedies
from corotui.rollout import StopRequest
from corotui.ssh.fanout import Shells
from tests.support.rollout.machines import Machine

Machines = dict[str, Machine]


def remedy(node: str | None, *commands: str, verify: str = "", action: RemedyAction | None = None) -> Remedy:
    return Remedy(f"fix {node}", node, commands, verify=verify, action=action)


async def test_each_node_stops_at_its_first_failure(machines: Machines) -> None:
    todo = [
        remedy("node1", "echo a", "false", "echo never"),
        remedy("node1", "echo neither"),
        remedy("node2", "echo b"),
    ]
    results = await run_remedies(todo, Shells(machines))
    assert [(each.node, each.ok, each.skipped) for each in results] == [
        ("node1", False, False),
        ("node1", False, True),
        ("node2", True, False),
    ]
    assert isinstance(results[0].error, CommandError)
    assert machines["node1"].commands == ("echo a", "false")


async def test_the_same_command_runs_once_on_a_node(machines: Machines) -> None:
    todo = [remedy("node1", "echo update", "echo one"), remedy("node1", "echo update", "echo two")]
    await run_remedies(todo, Shells(machines))
    assert machines["node1"].commands == ("echo update", "echo one", "echo two")


async def test_a_remedy_that_does_not_fix_is_reported(machines: Machines) -> None:
    results = await run_remedies([remedy("node1", "true", verify="test -e /etc/corosync/none")], Shells(machines))
    assert isinstance(results[0].error, WorkError)
    assert "not fixed" in results[0].error.what


async def test_a_node_without_a_connection(machines: Machines) -> None:
    shells = Shells({**machines, "node2": NodeUnreachableError("no route", node="node2", stage="connect")})
    events: list[Event] = []
    results = await run_remedies([remedy("node2", "true"), remedy("node3", "true")], shells, events.append)
    assert [(each.node, each.ok) for each in results] == [("node2", False), ("node3", True)]
    failed = [e for e in events if isinstance(e, StepChanged) and e.state is ProgressState.FAILED]
    assert [(event.node, event.detail) for event in failed] == [("node2", "no route")]


async def test_a_stop_ends_it_between_remedies(machines: Machines) -> None:
    stop = StopRequest()

    def after_the_first(event: Event) -> None:
        stop.request()

    results = await run_remedies(
        [remedy("node1", "true"), remedy("node1", "true")], Shells(machines), after_the_first, stop=stop
    )
    assert [each.skipped for each in results] == [False, True]


async def test_an_authkey_is_copied_from_another_node(machines: Machines) -> None:
    key = bytes(range(256))
    (machines["node1"].etc / "authkey").write_bytes(key)
    (machines["node2"].etc / "authkey").write_bytes(b"other" * 40)
    results = await run_remedies([remedy("node2", "echo restart", action=CopyAuthkey("node1"))], Shells(machines))
    assert results[0].ok
    assert (machines["node2"].etc / "authkey").read_bytes() == key
    assert (machines["node2"].etc / "authkey").stat().st_mode & 0o777 == 0o400
    assert [path.name for path in machines["node2"].etc.iterdir()] == ["authkey"]
    assert machines["node2"].commands[-1] == "echo restart"


async def test_a_conf_comes_from_a_node_or_from_the_directory(machines: Machines) -> None:
    (machines["node1"].etc / "corosync.conf").write_bytes(b"of node1\n")
    (machines["node2"].etc / "corosync.conf").write_bytes(b"old\n")
    todo = [remedy("node2", action=CopyConf("node1")), remedy("node3", action=CopyConf(None))]
    results = await run_remedies(todo, Shells(machines), conf=b"of the directory\n")
    assert all(each.ok for each in results)
    assert (machines["node2"].etc / "corosync.conf").read_bytes() == b"of node1\n"
    assert (machines["node2"].etc / "corosync.conf.corotui-previous").read_bytes() == b"old\n"
    assert (machines["node3"].etc / "corosync.conf").read_bytes() == b"of the directory\n"


@pytest.mark.parametrize("action", [CopyAuthkey("node9"), CopyAuthkey("node1"), CopyConf(None), RollOut()])
async def test_actions_that_are_impossible(action: RemedyAction, machines: Machines) -> None:
    results = await run_remedies([remedy("node2", action=action)], Shells(machines))
    assert results[0].error is not None
    assert machines["node2"].files() == {
        "etc/corosync": b"folder",
        "var/lib": b"folder",
        "var/lib/corosync": b"folder",
    }


async def test_a_rollout_is_left_to_the_caller(machines: Machines) -> None:
    results = await run_remedies([remedy(None, action=RollOut())], Shells(machines))
    assert results[0].error is not None
    assert "corotui apply" in results[0].error.next_step


def test_json_names_the_action_by_a_stable_string() -> None:
    actions = (None, CopyAuthkey("node1"), CopyConf("node1"), CopyConf(None), RollOut())
    names = [remedy("node2", action=action).to_json()["action"] for action in actions]
    assert names == ["", "copy-authkey:node1", "copy-conf:node1", "copy-conf:", "apply"]
