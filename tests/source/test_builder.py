from __future__ import annotations

import asyncio
import hashlib
import subprocess
from pathlib import Path

import pytest

from corotui.cluster.events import Event, ProgressState, StepChanged
from corotui.errors import NodeUnreachableError, RefusedError, WorkError
from corotui.source.archives.download import VerifiedArchive
from corotui.source.archives.inspect import ArchiveContents
from corotui.source.compile import build_user
from corotui.source.compile.build_user import BuildUser
from corotui.source.compile.builder import Builder
from corotui.source.compile.job import Job, make_jobs
from corotui.source.compile.plan import Platform
from corotui.source.install.package_store import PackageStore
from corotui.source.releases.manifest import read_manifest, select_releases
from tests.support.source.fake_build_node import DEBIAN, Rule, RuleShell

DEB = b"a package"
SUM = hashlib.sha256(DEB).hexdigest()
ACCOUNT = BuildUser("corotui-build", "/var/lib/corotui-build/build", 2)
LISTED: list[Rule] = [('sha256sum "$f"', (0, f"{SUM} {len(DEB)} x_1_amd64.deb\n")), ("cat /", (0, DEB.decode()))]


def builder(node: RuleShell, tmp_path: Path, seen: list[Event]) -> Builder:
    return Builder(node, DEBIAN, ACCOUNT, tmp_path / "logs", seen.append)


def work(tmp_path: Path) -> tuple[tuple[Job, ...], dict[str, VerifiedArchive]]:
    releases = select_releases(read_manifest(), "3.1.7")
    path = tmp_path / "archive"
    path.write_bytes(b"an archive")
    fetched = {
        r.component: VerifiedArchive(r, path, ArchiveContents(f"{r.component}-{r.version}", True, 1, 1))
        for r in releases
    }
    made = make_jobs(
        [(r, fetched[r.component].contents) for r in releases],
        Platform("debian", "12", "x86_64"),
        "deb",
        ACCOUNT.build_folder,
    )
    return made, fetched


async def test_components_are_built_in_order_and_their_packages_kept(tmp_path: Path) -> None:
    node, seen = RuleShell("a", list(LISTED)), list[Event]()
    made, fetched = work(tmp_path)
    store = PackageStore(tmp_path / "store")
    packages = await builder(node, tmp_path, seen).build(made, fetched, store)
    assert [package.component for package in packages] == ["libqb", "kronosnet", "corosync"]
    assert [store.path(package).read_bytes() for package in packages] == [DEB] * 3
    order = [
        next(n for n, line in enumerate(node.commands) if "./configure" in line and job.folder in line) for job in made
    ]
    assert order == sorted(order)
    assert [e.step for e in seen if isinstance(e, StepChanged) and e.state is ProgressState.DONE] == [
        "libqb",
        "kronosnet",
        "corosync",
    ]
    assert any(data == b"an archive" for data in (request.stdin for request in node.requests))


async def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    made, fetched = work(tmp_path)
    done: list[Rule] = [
        (f"{made[0].folder} && ls", (0, "done-configure\ndone-make\ndone-package\ndone-unpack\n")),
        (f"{made[1].folder} && ls", (0, "done-unpack\ndone-configure\n")),
        (f"{made[2].folder} && ls", (0, "done-make\ndone-package\n")),  # without what must come before
    ]
    node = RuleShell("a", done + LISTED)
    store = PackageStore(tmp_path / "store")
    await builder(node, tmp_path, []).build(made, fetched, store)
    assert not node.commands_with(f"{made[0].folder}/src")
    assert not [line for line in node.commands_with(made[1].folder) if "tar -xf" in line]
    assert [line for line in node.commands_with(made[1].folder) if "make -j" in line]
    assert [line for line in node.commands_with(made[2].folder) if "tar -xf" in line]
    node.requests.clear()
    assert len(await builder(node, tmp_path, []).build(made[:1], fetched, store)) == 1
    assert len(node.commands) == 1


async def test_the_first_real_error_is_reported_and_the_log_kept(tmp_path: Path) -> None:
    log = "  CC main.o\nmain.c:3:10: fatal error: zlib.h: No such file or directory\nmake: *** [all] Error 2\n"
    node, seen = RuleShell("a", [("make -j", (2, log))]), list[Event]()
    made, fetched = work(tmp_path)
    with pytest.raises(WorkError) as failed:
        await builder(node, tmp_path, seen).build(made, fetched, PackageStore(tmp_path / "store"))
    assert "libqb 2.0.6 did not build (make)" in failed.value.what
    assert "zlib.h" in failed.value.what
    assert failed.value.node == "a"
    assert "Install zlib1g-dev on a" in failed.value.next_step
    assert "no package was installed" in failed.value.changed
    assert (tmp_path / "logs" / "a-libqb-make.log").read_text().strip() == log.strip()
    assert [e.state for e in seen if isinstance(e, StepChanged)][-1] is ProgressState.FAILED


async def test_a_full_disk_is_reported(tmp_path: Path) -> None:
    node = RuleShell("a", [("cat > ", (1, "cat: write error: No space left on device"))])
    made, fetched = work(tmp_path)
    with pytest.raises(WorkError, match="disk of the build node is full"):
        await builder(node, tmp_path, []).build(made, fetched, PackageStore(tmp_path / "store"))


async def test_a_full_disk_is_reported_whatever_the_step_says_of_it(tmp_path: Path) -> None:
    df = "Filesystem 1024-blocks Used Available Capacity Mounted on\ntmpfs 317440 317440 {} 100% /home\n"
    said = "configure: error: C compiler cannot create executables"
    made, fetched = work(tmp_path)
    for free, full in ((0, True), (500_000, False)):
        node = RuleShell("a", [("df -Pk", (0, df.format(free))), ("./configure", (77, said))])
        with pytest.raises(WorkError) as failed:
            await builder(node, tmp_path, []).build(made, fetched, PackageStore(tmp_path / "store"))
        assert ("disk of the build node is full" in failed.value.what) is full
        assert (said in failed.value.what) is not full


async def test_a_build_node_that_dies_says_how_to_go_on(tmp_path: Path) -> None:
    lost = NodeUnreachableError("the connection was lost", node="a", stage="run")
    node = RuleShell("a", [("./configure", lost)])
    made, fetched = work(tmp_path)
    with pytest.raises(NodeUnreachableError) as dead:
        await builder(node, tmp_path, []).build(made, fetched, PackageStore(tmp_path / "store"))
    assert "goes on" in dead.value.next_step
    assert "no package was installed" in dead.value.changed


@pytest.mark.parametrize(
    "listed", ["", "nonsense", f"{SUM} 9 ../../evil", f"{SUM} 99999999999 big.deb", f"{SUM} 9 a.deb\nrm -rf /\n"]
)
async def test_a_listing_that_is_none_is_not_believed(tmp_path: Path, listed: str) -> None:
    node = RuleShell("a", [('sha256sum "$f"', (0, listed)), ("cat /", (0, "x"))])
    made, fetched = work(tmp_path)
    with pytest.raises(WorkError):
        await builder(node, tmp_path, []).build(made, fetched, PackageStore(tmp_path / "store"))


async def test_a_package_that_changed_on_the_way_is_refused(tmp_path: Path) -> None:
    node = RuleShell("a", [('sha256sum "$f"', (0, f"{'0' * 64} 9 a.deb\n")), ("cat /", (0, "x"))])
    made, fetched = work(tmp_path)
    with pytest.raises(WorkError, match="did not come whole"):
        await builder(node, tmp_path, []).build(made, fetched, PackageStore(tmp_path / "store"))


async def test_an_account_of_its_own_builds() -> None:
    node = RuleShell("a", [("useradd", (0, "ready 2\n")), ("df -Pk", (0, "9000000\n"))])
    assert await build_user.ensure_build_user(node) == ACCOUNT
    assert all(request.privileged for request in node.requests)
    line = ACCOUNT.command("make")
    assert line.startswith("cd / && runuser -u corotui-build -- env -i HOME=/var/lib/corotui-build ")
    assert line.endswith("sh -c 'umask 022; make'")


async def test_every_command_of_a_build_runs_as_that_account(tmp_path: Path) -> None:
    node = RuleShell("a", list(LISTED))
    made, fetched = work(tmp_path)
    await builder(node, tmp_path, []).build(made, fetched, PackageStore(tmp_path / "store"))
    for request in node.requests:
        assert request.privileged
        assert request.command.startswith("cd / && runuser -u corotui-build -- env -i ")


async def test_a_node_without_room_is_refused_before_anything() -> None:
    node = RuleShell("a", [("useradd", (0, "ready 2\n")), ("df -Pk", (0, "20480\n"))])
    with pytest.raises(RefusedError, match="20 MB are free"):
        await build_user.ensure_build_user(node)


async def test_an_account_with_more_rights_is_refused() -> None:
    node = RuleShell("a", [("useradd", (0, "refused: sudo lets it run commands\n"))])
    with pytest.raises(RefusedError, match="sudo lets it run commands") as refused:
        await build_user.ensure_build_user(node)
    assert "Remove that account" in refused.value.next_step


@pytest.mark.parametrize(
    ("tools", "verdict"),
    [
        ({}, "ready 3"),
        ({"id": 'case $1 in -Gn) echo "corotui-build wheel" ;; *) echo 990 ;; esac'}, "refused: it is in other groups"),
        ({"id": "echo 0"}, "refused: it is root"),
        ({"getent": "echo corotui-build:x:990:990::/root:/bin/sh"}, "refused: its home is not"),
        ({"stat": "echo 0"}, "refused: /var/lib/corotui-build does not belong to it"),
        ({"sudo": "exit 0"}, "refused: sudo lets it run commands"),
    ],
)
def test_an_account_that_is_there_is_looked_at(tmp_path: Path, tools: dict[str, str], verdict: str) -> None:
    usual = {
        "id": "case $1 in -Gn) echo corotui-build ;; *) echo 990 ;; esac",
        "getent": "echo corotui-build:x:990:990::/var/lib/corotui-build:/usr/sbin/nologin",
        "stat": "echo 990",
        "sudo": "exit 1",
        "chmod": ":",
        "getconf": "echo 3",
        "useradd": "exit 1",
        "cut": 'exec /usr/bin/cut "$@"',
    }
    for name, body in {**usual, **tools}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    asked = RuleShell("a", [("useradd", (0, "ready 1\n")), ("df -Pk", (0, "9000000\n"))])
    asyncio.run(build_user.ensure_build_user(asked))
    done = subprocess.run(
        ["/bin/sh", "-c", asked.commands[0]], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith(verdict)


@pytest.mark.parametrize("said", ["", "what\n", "ready many\n"])
async def test_a_node_that_does_not_tell_whether_the_account_is_there(said: str) -> None:
    with pytest.raises(WorkError):
        await build_user.ensure_build_user(RuleShell("a", [("useradd", (0, said))]))


def test_a_store_with_a_changed_package_has_none(tmp_path: Path) -> None:
    from corotui.source.install.package_store import Package

    store = PackageStore(tmp_path)
    package = Package("libqb", "corotui-libqb", "1", "k", "a.deb", SUM, len(DEB), "k")
    assert store.load("k") == ()
    store.save("k", [(package, DEB)])
    assert store.load("k") == (package,)
    store.path(package).write_bytes(b"other")
    assert store.load("k") == ()
