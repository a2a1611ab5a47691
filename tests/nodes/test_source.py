"""From release archives to a ring on real nodes: built on one, installed on three; and all that can go wrong there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from corotui import practice as room
from corotui.practice import PracticeCluster, Shape
from tests.support.nodes.cli_runner import corotui, directory, document, healthy, on_all
from tests.support.nodes.console_driver import press_enter_until_ring
from tests.support.nodes.gates import Gated, gate
from tests.support.nodes.release_archives import corosync_version, release_archives
from tests.support.nodes.ring_setup import inside
from tests.support.source.http_servers import Site, http_server
from tests.support.terminal import terminal

pytestmark = [pytest.mark.nodes, pytest.mark.timeout(1800)]

PACKAGES = "dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\\n' | grep -v '^rc' | sort"
HEADERS = "/usr/include/corosync"  # where nothing can be written, a package cannot be unpacked
LEFT = "/usr/sbin/corosync /var/lib/corotui /etc/corosync /var/lib/corosync /etc/systemd/system/*/corosync*.service"
BUILD_FOLDER = "/var/lib/corotui-build/build"


@dataclass(frozen=True)
class Ground:
    """Three bare nodes, a mirror that serves the release archives, and the cluster directory that names both."""

    practice: PracticeCluster
    path: Path
    site: Site
    version: str
    packages: dict[str, str]  # node -> what was installed before anything

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return corotui("build", self.path, *words, timeout=1500)

    def started(self, *words: str) -> subprocess.Popen[str]:
        line = [sys.executable, "-m", "corotui", "build", str(self.path), "--json", *words]
        return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return release_archives(tmp_path_factory.mktemp("apt"))


@pytest.fixture(scope="module")
def ground(possible: None, archives: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    name = f"t{os.getpid()}-source"
    version, site = corosync_version(archives), Site(archives)
    try:
        practice = room.up(name, Shape())
        with http_server(site) as mirror, pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
            patch.setenv("no_proxy", "127.0.0.1")
            toml = practice.directory / "cluster.toml"
            head, _, _ = toml.read_text().partition("[install]")
            toml.write_text(f'{head}[install]\nmethod = "source"\nversion = "{version}"\nmirror = "{mirror}/pub"\n')
            yield Ground(practice, practice.directory, site, version, on_all(practice, PACKAGES))
    finally:
        room.down(name)


def events_until(process: subprocess.Popen[str], when: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    assert process.stdout is not None
    events: list[dict[str, Any]] = []
    for line in process.stdout:
        events.append(json.loads(line))
        if when(events[-1]):
            return events
    pytest.fail(f"It ended before: {events[-3:]}")


def read_error_until(process: subprocess.Popen[str], text: str) -> None:
    """Reads stderr until a line holds the text."""
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if text in line:
            return
    pytest.fail(f"It ended before: {lines[-3:]}")


def at(step: str, detail: str, node: str | None = None) -> Callable[[dict[str, Any]], bool]:
    """Whether an event shows a step with this detail (on a node)."""

    def holds(event: dict[str, Any]) -> bool:
        return (
            event.get("event") == "step-changed"
            and event["step"] == step
            and detail in event["detail"]
            and (node is None or event["node"] == node)
        )

    return holds


def rest(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    assert process.stdout is not None
    events = [json.loads(line) for line in process.stdout]
    process.wait(600)
    return events


def test_a_full_disk_on_the_build_node_is_reported(ground: Ground) -> None:
    inside(
        ground.practice,
        "node1",
        "id -u corotui-build || useradd --system --user-group --create-home --home-dir /var/lib/corotui-build "
        f"corotui-build; runuser -u corotui-build -- mkdir -p {BUILD_FOLDER};"
        f"mount -t tmpfs -o size=310m,mode=0700,uid=$(id -u corotui-build) tmpfs {BUILD_FOLDER}",
    )
    try:
        # Room when it is asked for, none when the archive is unpacked.
        process = ground.started()
        events_until(process, at("libqb", "unpack"))
        inside(ground.practice, "node1", f"head -c 400000000 /dev/zero >{BUILD_FOLDER}/fill 2>/dev/null || :")
        last = rest(process)[-1]
        assert process.returncode == 1
        assert "No space left on device" in last["what"]
        assert "disk of the build node is full" in last["what"]
        small = ground.run("--json")
        assert small.returncode == 4
        assert "MB are free" in document(small)["what"]
    finally:
        inside(ground.practice, "node1", f"umount {BUILD_FOLDER}")
    assert on_all(ground.practice, "ls /var/lib/corotui 2>/dev/null || :")["node2"] == ""


def test_a_build_node_that_dies_in_the_middle_goes_on_where_it_was(ground: Ground) -> None:
    with gate(ground.practice, "node1", Gated.COMPILE):
        process = ground.started()
        events_until(process, at("libqb", "make;"))
        inside(ground.practice, "node1", "kill -9 $(pgrep -u ec2-user,corotui-build)")
        last = rest(process)[-1]
    assert (process.returncode, last["node"]) == (3, "node1")
    assert "goes on there" in last["next"]
    done = ground.run("--json")
    assert done.returncode == 0, done.stderr[-3000:]
    commands = [e["command"] for e in map(json.loads, done.stdout.splitlines()) if e["event"] == "command-started"]
    libqb = [line for line in commands if f"cd {BUILD_FOLDER}/libqb-" in line]
    assert not any("tar -xf" in line or "./configure" in line for line in libqb)
    assert any("make -j" in line for line in libqb)
    packages = document(done)["packages"]
    assert len(packages) == 3
    others = on_all(ground.practice, PACKAGES)
    assert others["node2"] == ground.packages["node2"]
    assert others["node3"] == ground.packages["node3"]
    assert "corotui-" not in others["node1"]
    assert all(name.split("-")[0] in ("libqb", "kronosnet", "corosync") for name in map(base, ground.site.seen))


def base(request: tuple[str, str]) -> str:
    return request[0].rsplit("/", 1)[-1]


def test_the_account_that_builds_has_no_rights(ground: Ground) -> None:
    assert ground.run().returncode == 0
    asked = (
        "id -Gn corotui-build; stat -c '%A %U' /var/lib/corotui-build; passwd -S corotui-build | cut -d ' ' -f 2; "
        "runuser -u corotui-build -- sudo -n true >/dev/null 2>&1 && echo root; "
        "find /var/lib/corotui-build /home /tmp /var/tmp -user corotui-build -perm /6022 ! -type l | head; "
        f"find {BUILD_FOLDER} ! -user corotui-build | head"
    )
    assert inside(ground.practice, "node1", asked).split("\n") == [
        "corotui-build",
        "drwx------ corotui-build",
        "L",
    ]
    assert "corotui-build" not in inside(ground.practice, "node2", "getent passwd")


def test_cancelling_leaves_the_nodes_as_they_were(ground: Ground) -> None:
    assert ground.run().returncode == 0  # built, so that the package manager has nothing to do but the installation
    with gate(ground.practice, "node2", Gated.INSTALL) as open_gate:
        process = ground.started("--install")
        events_until(process, at("install", "the package manager works", "node2"))
        process.send_signal(signal.SIGINT)
        read_error_until(process, "Stopping at the next safe point.")
        open_gate()
        rest(process)
    assert process.returncode == 130
    assert on_all(ground.practice, PACKAGES) == ground.packages


def test_one_node_that_fails_is_put_back_and_the_others_have_theirs(ground: Ground) -> None:
    inside(ground.practice, "node3", f"mkdir -p {HEADERS}; mount -t tmpfs -o ro tmpfs {HEADERS}")
    try:
        failed = ground.run("--install", "--json")
        assert failed.returncode == 1, failed.stderr[-3000:]
        error = document(failed)
        assert error["node"] == "node3"
        assert "as it was before" in error["changed"]
        assert "node1, node2: installed" in error["changed"]
        now = on_all(ground.practice, PACKAGES)
        assert now["node3"] == ground.packages["node3"]
        assert "corotui-corosync" in now["node2"]
    finally:
        inside(ground.practice, "node3", f"umount {HEADERS}; rmdir {HEADERS}")
    again = ground.run("--install", "--json")
    assert again.returncode == 0, again.stderr[-3000:]
    skipped = [
        (e["step"], e["node"])
        for e in map(json.loads, again.stdout.splitlines())
        if e["event"] == "step-changed" and e["state"] == "skipped"
    ]
    assert {("install", "node1"), ("install", "node2")} <= set(skipped)
    assert ("install", "node3") not in skipped


def test_apply_makes_a_quorate_ring_of_them(ground: Ground) -> None:
    done = corotui("apply", ground.path, "--yes", timeout=1500)
    assert done.returncode == 0, done.stderr[-3000:]
    status = healthy(ground.path)
    assert status["members"] == ["node1", "node2", "node3"]
    assert {node["corosync"] for node in status["nodes"]} == {ground.version}
    where = on_all(ground.practice, "dpkg -S /usr/sbin/corosync; ldconfig -p | grep -c 'libqb\\|libknet'")
    assert all("corotui-corosync: /usr/sbin/corosync" in said for said in where.values())
    refused = ground.run("--remove", "--json")
    assert refused.returncode == 4
    assert "corosync runs on node1, node2, node3" in document(refused)["what"]


def test_removal_restores_what_was_there(ground: Ground) -> None:
    on_all(
        ground.practice, "systemctl stop corosync 2>/dev/null || :; rm -f /etc/corosync/authkey /etc/corosync/*.conf"
    )
    if "corotui" not in on_all(ground.practice, PACKAGES)["node2"]:
        assert ground.run("--install").returncode == 0
    done = ground.run("--remove", "--json")
    assert done.returncode == 0, done.stderr[-3000:]
    assert document(done)["removed"] == ["node1", "node2", "node3"]
    assert on_all(ground.practice, PACKAGES) == ground.packages
    gone = on_all(ground.practice, f"ls -d {LEFT} {BUILD_FOLDER} 2>/dev/null || :")
    assert set(gone.values()) == {""}


def test_the_console_makes_a_quorate_ring_of_them(ground: Ground, tmp_path: Path) -> None:
    path = directory(ground.practice, tmp_path / "db")
    with terminal(str(path)) as it:
        press_enter_until_ring(it)
        it.press("q")
        assert it.end() == 0
    status = healthy(path)
    assert (status["members"], status["quorate"]) == (["node1", "node2", "node3"], True)
    assert {node["corosync"] for node in status["nodes"]} == {ground.version}
    owner = on_all(ground.practice, "dpkg -S /usr/sbin/corosync; systemctl stop corosync")
    assert all("corotui-corosync: /usr/sbin/corosync" in said for said in owner.values())
    assert corotui("build", path, "--remove", timeout=600).returncode == 0
    assert on_all(ground.practice, PACKAGES) == ground.packages


def test_libraries_of_the_distribution_come_back(ground: Ground) -> None:
    """node2 has the distribution's libqb; ours takes its place, and gives it back."""
    inside(
        ground.practice,
        "node2",
        "n=0; until apt-get -q update && apt-get -q install -y libqb100; do n=$((n+1)); [ $n -lt 4 ] || exit 1; done",
    )
    before = on_all(ground.practice, PACKAGES)
    done = ground.run("--install")
    assert done.returncode == 0, done.stderr[-3000:]
    assert " libqb100 " not in on_all(ground.practice, PACKAGES)["node2"]
    assert ground.run("--remove").returncode == 0
    assert on_all(ground.practice, PACKAGES) == before


UNKNOWN = """
export DEBIAN_FRONTEND=noninteractive
n=0; until apt-get -q update >/dev/null; do n=$((n+1)); [ $n -lt 5 ] || exit 1; sleep 3; done
apt-get -q install -y --no-install-recommends curl gcc make pkg-config xz-utils libc6-dev libxml2-dev libnss3-dev \
    libssl-dev zlib1g-dev liblz4-dev libzstd-dev libbz2-dev liblzma-dev libsystemd-dev >/dev/null 2>&1
rm -f /etc/os-release
printf 'ID=unheard\\nNAME=Unheard\\nVERSION_ID=1\\n' >/etc/os-release
"""
FILES = "find /etc /usr/local /var/lib/corotui /var/lib/corosync -type f 2>/dev/null | sort"
LAST = (
    "test_a_node_fetches_for_itself_and_does_not_build_as_root",
    "test_a_system_without_a_known_package_manager_gets_a_prefix",
)


@dataclass(frozen=True)
class Elsewhere:
    """One node of a system that nobody knows. root logs in there, and it fetches the archives itself."""

    practice: PracticeCluster
    cache: Path  # where this machine would keep archives
    building: Future[str]  # the node's files before the build, once it is done


@pytest.fixture(scope="module", autouse=True)
def elsewhere(
    request: pytest.FixtureRequest, archives: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Elsewhere | None]:
    """The build there goes on beside the other tests, for `configure` uses one processor only."""
    if not any(item.name in LAST for item in request.session.items):
        yield None
        return
    cache, name = tmp_path_factory.mktemp("elsewhere"), f"t{os.getpid()}-prefix"
    try:
        practice = room.up(name, Shape(nodes=1, user="root"))
        gateway = str(ip_network(f"{practice.nodes[0].addresses[0]}/24", strict=False)[254])
        with http_server(Site(archives), address=gateway) as mirror, ThreadPoolExecutor(1) as pool:
            words = ["--corosync", corosync_version(archives), "--mirror", mirror, "--fetch-on-node"]
            yield Elsewhere(practice, cache, pool.submit(_build_elsewhere, practice, words, cache))
    finally:
        room.down(name)


def _build_elsewhere(practice: PracticeCluster, words: list[str], cache: Path) -> str:
    inside_long(practice, UNKNOWN)
    before = inside(practice, "node1", FILES)
    built = subprocess.run(
        [sys.executable, "-m", "corotui", "build", str(practice.directory), "--install", *words],
        env={**os.environ, "XDG_CACHE_HOME": str(cache), "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr[-3000:]
    return before


def inside_long(practice: PracticeCluster, script: str) -> None:
    done = room.execute(practice.name, "node1", ["sh", "-euc", script], timeout=900)
    assert done.returncode == 0, done.stderr[-1000:]


def test_a_node_fetches_for_itself_and_does_not_build_as_root(elsewhere: Elsewhere) -> None:
    elsewhere.building.result()
    practice = elsewhere.practice
    fetched = inside(practice, "node1", f"cd {BUILD_FOLDER}/archives && stat -c '%U %n' *").splitlines()
    assert len(fetched) == 3
    assert all(line.startswith("corotui-build ") for line in fetched)
    assert inside(practice, "node1", f"find {BUILD_FOLDER} ! -user corotui-build") == ""
    assert [path for path in elsewhere.cache.rglob("*.tar.*") if path.is_file()] == []


def test_a_system_without_a_known_package_manager_gets_a_prefix(
    archives: dict[str, bytes], elsewhere: Elsewhere
) -> None:
    practice = elsewhere.practice
    before = elsewhere.building.result()
    assert inside(practice, "node1", "command -v corosync") == "/usr/local/sbin/corosync"
    assert f"'{corosync_version(archives)}'" in inside(practice, "node1", "corosync -v")
    assert "ExecStart=/usr/local/sbin/corosync" in inside(practice, "node1", "systemctl cat corosync")
    removed = corotui("build", practice.directory, "--remove", timeout=300)
    assert removed.returncode == 0, removed.stderr[-3000:]
    assert inside(practice, "node1", FILES) == before
