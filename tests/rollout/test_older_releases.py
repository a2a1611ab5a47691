"""corosync 1.4 and SysV services: what a rollout makes of them, without a node."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from corotui.cluster.model import Archive, Cluster, Install, InstallMethod, Node
from corotui.cluster.service_manager import ServiceManager
from corotui.conf import NodeSpec, RingSpec, generate_conf
from corotui.conf.constants import AUTHKEY_PATH, CONF_PATH
from corotui.conf.version import Version, parse_version
from corotui.errors import WorkError
from corotui.facts.model import Corosync, NodeFacts, Service
from corotui.rollout.model import NodePlan, ServiceAction
from corotui.rollout.node import service
from corotui.rollout.node.snapshot import NodeSnapshot, parse_snapshot
from corotui.rollout.plan.planner import make_plan
from corotui.ssh.remote_script import split_sections
from tests.support.fake_proc import fake_proc, fake_process
from tests.support.fake_shell import FakeShell, Reply, Request, always, local_processes
from tests.support.ring_outputs import recorded
from tests.support.rollout.plan_builder import sha256

MARK = "corotui-0123456789abcdef"
NAMES = ("node1", "node2", "node3")
CONF = generate_conf(
    RingSpec(
        "db",
        tuple(NodeSpec(name, number, (f"10.77.2.{number}",)) for number, name in enumerate(NAMES, 1)),
        release=Version(1, 4, 10),
        crypto=False,
        networks=("10.77.2.0/24",),
    )
)


def facts(name: str, version: str = "1.4.10", *, running: int = 0) -> NodeFacts:
    return NodeFacts(
        node=name,
        taken_at=1.0,
        root=True,
        service_manager=ServiceManager.SYSV,
        corosync=Corosync(version=version, running=running, service=Service(load="loaded")),
    )


def snapshot(name: str, **sections: str) -> NodeSnapshot:
    """A node with the configuration above whose script printed these sections."""
    printed = {
        "sums": f"sum {CONF_PATH} {sha256(CONF)}\nsum {AUTHKEY_PATH} -",
        "service": "LoadState=loaded\nActiveState=active\nUnitFileState=enabled",
        "processes": "corosync",
        **sections,
    }
    text = "".join(f"{MARK} begin {key}\n{value}\n{MARK} end {key} 0\n" for key, value in printed.items())
    return replace(parse_snapshot(name, split_sections(text, MARK)), conf=CONF)


def starts(snapshots: dict[str, NodeSnapshot]) -> dict[str, tuple[ServiceAction, bool]]:
    cluster = Cluster("db", tuple(Node(name, name) for name in snapshots))
    known = {name: facts(name, running=each.running) for name, each in snapshots.items()}
    plan = make_plan(cluster, CONF, known, snapshots, (sha256(CONF),))
    assert not plan.refusals
    return {node.name: (node.service_action, node.enable) for node in plan.nodes}


def test_a_ring_on_this_file_is_left_alone() -> None:
    objects = recorded("1.4.10-objctl-a")
    actions = starts({name: snapshot(name, objects=objects) for name in NAMES})
    assert set(actions.values()) == {(ServiceAction.NONE, False)}


def test_a_daemon_that_holds_other_values_than_its_file_is_restarted() -> None:
    objects = recorded("1.4.10-objctl-a")
    old = objects.replace("totem.token=10000", "totem.token=1000")
    snapshots = {name: snapshot(name, objects=old if name == "node2" else objects) for name in NAMES}
    assert {name: start for name, (start, _) in starts(snapshots).items()} == {
        "node1": ServiceAction.NONE,
        "node2": ServiceAction.RESTART,
        "node3": ServiceAction.NONE,
    }


def test_a_stopped_service_is_started_and_enabled() -> None:
    stopped = "LoadState=loaded\nActiveState=inactive\nUnitFileState=disabled"
    actions = starts({name: snapshot(name, service=stopped, processes="") for name in NAMES})
    assert set(actions.values()) == {(ServiceAction.START, True)}


def test_the_snapshot_script_is_sh() -> None:
    from corotui.rollout.node.snapshot import SCRIPT

    assert subprocess.run(["sh", "-n"], input=SCRIPT.text, text=True, check=False).returncode == 0
    assert "ask corosync-objctl -a" in SCRIPT.text


@pytest.mark.parametrize(
    ("version", "how"), [("3.1.7", "cfgtool"), ("3.1.0", "kill"), ("2.4.6", "kill"), ("1.4.2", "kill")]
)
async def test_an_unmanaged_daemon_is_stopped_by_what_its_release_knows(version: str, how: str) -> None:
    shell = FakeShell(always(b""))
    await service.stop_unmanaged(parse_version(version), shell)
    assert shell.commands == (f"sh -s stop-unmanaged {how}",)


async def test_only_the_daemon_is_ended_and_no_process_that_has_its_name(tmp_path: Path) -> None:
    proc = fake_proc(tmp_path)
    daemon, other = [await asyncio.create_subprocess_exec("sleep", "60") for _ in range(2)]
    try:
        fake_process(proc, daemon.pid, "corosync")
        fake_process(proc, other.pid, "corosync", uids="65534 65534 65534 65534")
        await service.stop_unmanaged(parse_version("2.4.6"), on_proc(proc))
        async with asyncio.timeout(5):
            assert await daemon.wait() == -signal.SIGTERM
        assert other.returncode is None
    finally:
        for process in (daemon, other):
            if process.returncode is None:
                process.kill()
                await process.wait()


async def test_a_sysv_service_has_stopped_once_its_daemon_is_gone(tmp_path: Path) -> None:
    node = NodePlan(name="node1", version="1.4.2", service_manager=ServiceManager.SYSV)
    proc = fake_proc(tmp_path)
    fake_process(proc, 8, "corosync", uids="65534 65534 65534 65534")
    await service.stop(node, on_proc(proc))
    fake_process(proc, 9, "corosync")
    with pytest.raises(WorkError, match="corosync still runs after `service corosync stop`"):
        await service.stop(node, on_proc(proc))


def on_proc(proc: Path) -> FakeShell:
    """A node with these processes, whose `service` fails and whose waiting ends after one round."""
    run = local_processes()

    async def answer(request: Request) -> Reply:
        script = (request.stdin or b"").decode().replace("PROC=/proc", f"PROC={proc}").replace("-lt 20", "-lt 1")
        return await run(replace(request, stdin=f"service() {{ return 1; }}\n{script}".encode()))

    return FakeShell(answer)


def test_sysv_services_go_through_service_and_chkconfig_or_update_rc() -> None:
    node = NodePlan(
        name="node1", version="1.4.2", service_manager=ServiceManager.SYSV, service_action=ServiceAction.START
    )
    assert service.start_command(node) == "service corosync start"
    assert "chkconfig corosync on" in node.service_manager.enable_command
    assert "update-rc.d corosync defaults && update-rc.d corosync enable" in node.service_manager.enable_command
    assert "update-rc.d corosync disable" in node.service_manager.disable_command


def test_which_releases_can_test_a_file() -> None:
    assert [parse_version(version).has_config_test for version in ("1.4.10", "2.3.3", "2.3.4", "2.4.6", "3.1.7")] == [
        *(False, False),
        *(True, True, True),
    ]


def test_a_file_is_checked_for_the_release_that_a_build_installs() -> None:
    own = Archive("/srv/corosync-1.4.2.tar.gz", "ab" * 32)
    nodes = tuple(Node(name, name) for name in NAMES)
    bare = {name: facts(name, "") for name in NAMES}
    snapshots = {name: NodeSnapshot(name) for name in NAMES}
    coming = Cluster("db", nodes, Install(InstallMethod.SOURCE, archives=(own,)))
    assert not make_plan(coming, CONF, bare, snapshots).refusals
    assert make_plan(Cluster("db", nodes), CONF, bare, snapshots).refusals, "3.1.7 takes no file without a nodelist"
    named = replace(coming, install=Install(InstallMethod.SOURCE, "1.4.10"))
    assert not make_plan(named, CONF, bare, snapshots).refusals, "though no generation has its checksum"
