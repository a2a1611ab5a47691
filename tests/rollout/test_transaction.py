"""All nodes or none, whatever fails where."""

from __future__ import annotations

import asyncio
import base64
import re
from pathlib import Path

import pytest

from corotui.cluster.events import Event, ProgressState, StepChanged, to_json
from corotui.directory import Directory
from corotui.errors import CommandError, CorotuiError, LockedError, NodeUnreachableError, RefusedError, WorkError
from corotui.rollout import Consent, RecoveryMode, RolloutStatus, StopRequest, apply, interrupted_rollout, recover
from corotui.rollout.history.generations import GenerationStore
from corotui.rollout.history.journal import Journal, RunState
from corotui.ssh.fanout import Shells
from tests.support.rollout.machines import Machine
from tests.support.rollout.plan_builder import plan_for, sha256

Machines = dict[str, Machine]


def everything(machines: Machines) -> dict[str, dict[str, bytes]]:
    return {name: machine.files() for name, machine in machines.items()}


async def test_all_nodes_get_the_same_files(machines: Machines, directory: Directory, conf: bytes) -> None:
    events: list[Event] = []
    outcome = await apply(await plan_for(machines, directory, conf), Shells(machines), directory, events.append)
    assert outcome.status is RolloutStatus.DONE
    assert outcome.healthy
    for machine in machines.values():
        assert sorted(path.name for path in machine.etc.iterdir()) == ["authkey", "corosync.conf"]
        assert (machine.etc / "corosync.conf").read_bytes() == conf
        assert (machine.etc / "authkey").stat().st_mode & 0o777 == 0o400
    assert len({(machine.etc / "authkey").read_bytes() for machine in machines.values()}) == 1
    assert (directory.generations_dir / "0001.conf").read_bytes() == conf
    steps = [e.step for e in events if isinstance(e, StepChanged) and e.node is None and e.state is ProgressState.DONE]
    assert steps == ["stage", "test", "commit", "start", "ring"]


async def test_what_ran_before_can_be_restored(machines: Machines, directory: Directory, conf: bytes) -> None:
    present = conf.replace(b"config_version: 1", b"config_version: 7")
    await apply(await plan_for(machines, directory, present), Shells(machines), directory)
    for path in directory.state_dir.iterdir():
        if path.name.startswith("state.db"):
            path.unlink()
    await apply(await plan_for(machines, directory, conf), Shells(machines), directory)
    with Journal(directory) as journal:
        generations = GenerationStore(directory, journal)
        assert [generations.read_conf(number) for number in (1, 2)] == [present, conf]
        assert generations.all()[0].note == "as found on the nodes"


async def test_a_second_time_nothing_changes(machines: Machines, directory: Directory, conf: bytes) -> None:
    await apply(await plan_for(machines, directory, conf), Shells(machines), directory)
    before = everything(machines)
    for machine in machines.values():
        machine.requests.clear()
    plan = await plan_for(machines, directory, conf)
    assert plan.is_empty
    outcome = await apply(plan, Shells(machines), directory)
    assert outcome.status is RolloutStatus.NOTHING
    assert everything(machines) == before
    only_read = ("sh -s snapshot ", "sh -s sums ")
    commands = [line for machine in machines.values() for line in machine.commands]
    assert not [line for line in commands if not any(text in line for text in only_read)]


async def test_the_key_is_written_nowhere_else(
    machines: Machines, directory: Directory, conf: bytes, tmp_path: Path
) -> None:
    events: list[Event] = []
    await apply(await plan_for(machines, directory, conf), Shells(machines), directory, events.append)
    key = (machines["node1"].etc / "authkey").read_bytes()
    said = repr([to_json(event) for event in events]).encode()
    written = [path.read_bytes() for path in directory.path.rglob("*") if path.is_file()]
    commands = repr([machine.commands for machine in machines.values()]).encode()
    for part in (key[:16], key[64:80], key[-16:]):
        for form in (part, part.hex().encode(), base64.b64encode(part)[:-4]):
            assert all(form not in data for data in [said, commands, *written])


async def test_the_majoritys_key_wins(machines: Machines, directory: Directory, conf: bytes) -> None:
    for name, byte in (("node1", b"a"), ("node2", b"b"), ("node3", b"b")):
        (machines[name].etc / "authkey").write_bytes(byte * 256)
        (machines[name].etc / "authkey").chmod(0o400)
    plan = await plan_for(machines, directory, conf)
    outcome = await apply(plan, Shells(machines), directory, consents={Consent.KEY_SOURCE})
    assert outcome.status is RolloutStatus.DONE
    assert {(machine.etc / "authkey").read_bytes() for machine in machines.values()} == {b"b" * 256}


async def test_a_full_disk_on_one_node_changes_none(machines: Machines, directory: Directory, conf: bytes) -> None:
    before = everything(machines)
    machines["node3"].fail_put = "corosync.conf.corotui-new"
    with pytest.raises(CommandError) as caught:
        await apply(await plan_for(machines, directory, conf), Shells(machines), directory)
    assert caught.value.node == "node3"
    assert "No node was changed" in str(caught.value)
    assert everything(machines) == before
    assert interrupted_rollout(directory) == ""
    assert not list(directory.generations_dir.iterdir())


async def test_a_refusing_daemon_on_one_node_changes_none(
    machines: Machines, directory: Directory, conf: bytes
) -> None:
    (machines["node2"].root / "refuse").touch()
    before = everything(machines)
    with pytest.raises(RefusedError) as caught:
        await apply(await plan_for(machines, directory, conf), Shells(machines), directory)
    assert caught.value.node == "node2"
    assert "parser error: /etc/corosync/corosync.conf:1: no" in str(caught.value)
    assert everything(machines) == before


async def test_several_that_refuse_are_all_named(machines: Machines, directory: Directory, conf: bytes) -> None:
    for name in ("node1", "node3"):
        (machines[name].root / "refuse").touch()
    with pytest.raises(ExceptionGroup) as caught:
        await apply(await plan_for(machines, directory, conf), Shells(machines), directory)
    assert {error.node for error in caught.value.exceptions if isinstance(error, CorotuiError)} == {"node1", "node3"}


async def test_a_file_that_changed_since_the_plan_is_not_overwritten(
    machines: Machines, directory: Directory, conf: bytes
) -> None:
    plan = await plan_for(machines, directory, conf)
    (machines["node2"].etc / "corosync.conf").write_text("by somebody else\n")
    before = everything(machines)
    with pytest.raises(RefusedError, match=r"node2: .* was changed by somebody else since") as caught:
        await apply(plan, Shells(machines), directory)
    assert sha256(b"by somebody else\n")[:12] in str(caught.value)
    assert everything(machines) == before
    assert interrupted_rollout(directory) == ""


async def test_a_node_lost_in_the_commit_rolls_all_others_back(
    machines: Machines, directory: Directory, conf: bytes
) -> None:
    (machines["node1"].etc / "corosync.conf").write_text("totem {\n}\n")
    before = everything(machines)
    machines["node3"].lost_at = "sh -s commit"
    with pytest.raises(NodeUnreachableError) as caught:
        await apply(await plan_for(machines, directory, conf), Shells(machines), directory)
    assert "node3" in str(caught.value)
    after = everything(machines)
    assert after["node1"] == before["node1"]
    assert after["node2"] == before["node2"]
    assert interrupted_rollout(directory) != ""

    machines["node3"].lost, machines["node3"].lost_at = False, ""
    outcome = await recover(Shells(machines), directory, mode=RecoveryMode.UNDO)
    assert outcome.status is RolloutStatus.UNDONE
    assert everything(machines) == before
    assert interrupted_rollout(directory) == ""


async def test_a_fresh_start_that_fails_is_undone(machines: Machines, directory: Directory, conf: bytes) -> None:
    before = everything(machines)
    (machines["node2"].root / "no-start").touch()
    with pytest.raises(WorkError) as caught:
        await apply(await plan_for(machines, directory, conf), Shells(machines), directory)
    assert caught.value.node == "node2"
    assert "from the daemon" in str(caught.value)
    assert everything(machines) == before
    assert not any(machine.running for machine in machines.values())
    assert not any((machine.root / "enabled").exists() for machine in machines.values())


async def test_a_new_key_alone_leaves_no_tested_file(machines: Machines, directory: Directory, conf: bytes) -> None:
    await apply(await plan_for(machines, directory, conf), Shells(machines), directory)
    key = machines["node3"].etc / "authkey"
    key.chmod(0o600)
    key.write_bytes(b"x" * 256)
    key.chmod(0o400)
    plan = await plan_for(machines, directory, conf)
    await apply(plan, Shells(machines), directory, consents={Consent.KEY_SOURCE})
    for machine in machines.values():
        assert sorted(path.name for path in machine.etc.iterdir()) == ["authkey", "corosync.conf"]


async def test_a_failed_start_quotes_the_cause_since_the_start(
    machines: Machines, directory: Directory, conf: bytes
) -> None:
    cause = "Received config version (118) is different than my config version (50)! Exiting"
    (machines["node2"].root / "no-start").touch()
    write_log(machines["node2"], f"[TOTEM ] {cause}", *(["[SERV  ] Service engine unloaded: corosync vote"] * 8))
    with pytest.raises(WorkError) as caught:
        await apply(await plan_for(machines, directory, conf), Shells(machines), directory)
    assert f"Its log: [TOTEM ] {cause}." in str(caught.value)
    assert "Service engine unloaded" not in str(caught.value)
    asked = (re.fullmatch(r"sh -s journal (\d+)", line) for line in machines["node2"].commands)
    ages = [int(match[1]) for match in asked if match]
    assert len(ages) == 1
    assert ages[0] < 30_000


def write_log(machine: Machine, *lines: str) -> None:
    """Makes these lines the journal of a machine."""
    (machine.root / "journal").write_text("".join(f"{line}\n" for line in lines))


ROLLS = (b"quorum {", b"system {\n    sched_rr: no\n}\nquorum {")
RELOADS = (b"config_version: 1", b"config_version: 2")


async def test_a_rolling_restart_ends_at_the_first_node_that_fails(
    machines: Machines, directory: Directory, conf: bytes
) -> None:
    await apply(await plan_for(machines, directory, conf), Shells(machines), directory)
    (machines["node1"].root / "no-start").touch()
    plan = await plan_for(machines, directory, conf.replace(*ROLLS))
    forget(machines)
    with pytest.raises(WorkError) as caught:
        await apply(plan, Shells(machines), directory)
    assert caught.value.node == "node1"
    assert "restart" not in _log(machines["node2"]) + _log(machines["node3"])
    assert {(machine.etc / "corosync.conf").read_bytes() for machine in machines.values()} == {conf}


async def test_a_rolling_restart_that_fails_later_waits_for_recover(
    machines: Machines, directory: Directory, conf: bytes
) -> None:
    await apply(await plan_for(machines, directory, conf), Shells(machines), directory)
    (machines["node2"].root / "no-start").touch()
    plan = await plan_for(machines, directory, conf.replace(*ROLLS))
    forget(machines)
    outcome = await apply(plan, Shells(machines), directory)
    assert outcome.status is RolloutStatus.FAILED
    assert list(outcome.problems) == ["node2"]
    assert "restart" in _log(machines["node1"])
    assert "restart" not in _log(machines["node3"])
    assert interrupted_rollout(directory)
    (machines["node2"].root / "no-start").unlink()
    assert (await recover(Shells(machines), directory)).status is RolloutStatus.DONE
    assert "restart" in _log(machines["node3"])


async def test_a_reload_is_asked_of_one_node_and_restarts_none(
    machines: Machines, directory: Directory, conf: bytes
) -> None:
    await apply(await plan_for(machines, directory, conf), Shells(machines), directory)
    forget(machines)
    outcome = await apply(await plan_for(machines, directory, conf.replace(*RELOADS)), Shells(machines), directory)
    assert outcome.status is RolloutStatus.DONE
    logs = [_log(machine) for machine in machines.values()]
    assert "".join(logs).count("cfgtool -R") == 1
    assert not any("restart" in log for log in logs)


async def test_a_reload_that_is_refused_puts_the_files_back(
    machines: Machines, directory: Directory, conf: bytes
) -> None:
    await apply(await plan_for(machines, directory, conf), Shells(machines), directory)
    plan = await plan_for(machines, directory, conf.replace(*RELOADS))
    (machines["node1"].root / "no-reload").touch()
    with pytest.raises(CommandError):
        await apply(plan, Shells(machines), directory)
    assert {(machine.etc / "corosync.conf").read_bytes() for machine in machines.values()} == {conf}
    assert all(machine.running for machine in machines.values())


def forget(machines: Machines) -> None:
    for machine in machines.values():
        (machine.root / "systemctl.log").unlink()


def _log(machine: Machine) -> str:
    path = machine.root / "systemctl.log"
    return path.read_text() if path.exists() else ""


async def test_a_stop_request_before_the_commit(machines: Machines, directory: Directory, conf: bytes) -> None:
    before = everything(machines)
    stop = StopRequest()

    def at_test(event: Event) -> None:
        if isinstance(event, StepChanged) and event.step == "test":
            stop.request()

    outcome = await apply(await plan_for(machines, directory, conf), Shells(machines), directory, at_test, stop=stop)
    assert outcome.status is RolloutStatus.INTERRUPTED
    assert everything(machines) == before
    assert interrupted_rollout(directory) == ""


async def test_a_stop_request_in_the_commit_finishes_it(machines: Machines, directory: Directory, conf: bytes) -> None:
    stop = StopRequest()

    def at_commit(event: Event) -> None:
        if isinstance(event, StepChanged) and event.step == "commit":
            stop.request()

    outcome = await apply(await plan_for(machines, directory, conf), Shells(machines), directory, at_commit, stop=stop)
    assert outcome.status in (RolloutStatus.DONE, RolloutStatus.INTERRUPTED)
    assert all((machine.etc / "corosync.conf").read_bytes() == conf for machine in machines.values())
    assert all(machine.running for machine in machines.values())


async def test_a_cancelled_task_goes_to_its_safe_point(machines: Machines, directory: Directory, conf: bytes) -> None:
    plan = await plan_for(machines, directory, conf)
    before = everything(machines)
    reached = asyncio.Event()

    def at_stage(event: Event) -> None:
        if isinstance(event, StepChanged) and event.step == "stage" and event.state is ProgressState.DONE:
            reached.set()

    task = asyncio.create_task(apply(plan, Shells(machines), directory, at_stage))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert everything(machines) == before
    with Journal(directory) as journal:
        run = journal.last_run()
    assert run is not None
    assert run.state is RunState.UNDONE


async def test_the_directory_is_locked_meanwhile(machines: Machines, directory: Directory, conf: bytes) -> None:
    plan = await plan_for(machines, directory, conf)
    with directory.lock(), pytest.raises(LockedError):
        await apply(plan, Shells(machines), directory)


async def test_a_ring_that_does_not_form_is_reported(
    machines: Machines, directory: Directory, conf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from corotui import ring
    from tests.support.rollout.machines import ring_of, view

    async def split(*_: object, **__: object) -> object:
        whole = ring_of(machines)
        alone = tuple(view(machine, (name,), quorate=False) for name, machine in machines.items())
        return replace(whole, healthy=False, quorate=False, members=(), nodes=alone)

    monkeypatch.setattr(ring, "query_ring", split)
    plan = replace(await plan_for(machines, directory, conf), ring_limit=0.0)
    outcome = await apply(plan, Shells(machines), directory)
    assert outcome.status is RolloutStatus.FAILED
    assert outcome.problems["node1"] == "does not see node2, node3"
    assert outcome.recent_logs["node2"] == ("[MAIN  ] from the daemon",)
    assert interrupted_rollout(directory) == ""
