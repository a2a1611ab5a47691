"""Decisions of the whole installation, on doubles whose packages are built already."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from corotui.cluster.events import Event, ProgressState, StepChanged
from corotui.cluster.model import Archive, Cluster, Install, InstallMethod, Node
from corotui.directory import Directory
from corotui.errors import NodeUnreachableError, RefusedError, UsageError, WorkError
from corotui.source import BuildOptions, install, options_from_cluster, remove, step_names
from corotui.source.archives.inspect import ArchiveContents
from corotui.source.compile.job import job_keys
from corotui.source.compile.plan import platform_of
from corotui.source.install.baseline import PackageBaseline, parse_installed_packages
from corotui.source.install.node_installation import baseline_store_of, package_store_of
from corotui.source.install.package_store import Package
from corotui.source.releases.build_deps import required_packages
from corotui.source.releases.manifest import read_manifest, select_releases
from corotui.ssh.fanout import Shells
from corotui.ssh.shell import Shell
from tests.support.source.fake_build_node import DEBIAN, VERIFIED_OUTPUT, Rule, RuleShell, facts
from tests.support.source.tar_builder import tar

NAMES = ("a", "b", "c")
V317 = select_releases(read_manifest(), "3.1.7")
KEYS = job_keys(V317, platform_of(facts("a")), "deb")
MARKS = "".join(f"corotui-{r.component} {key}\n" for r, key in zip(V317, KEYS, strict=True))
STATE = (0, "libc6 2.36\nlibqb100 2.0.6-2\n")
SNAPSHOT: Rule = ("dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}", STATE)
VERIFIED: Rule = ("sh -s", (0, VERIFIED_OUTPUT))


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    """A cluster directory whose packages are built already, and archives on a mirror."""
    made = Directory.create(tmp_path / "db", "db")
    for release, key in zip(V317, KEYS, strict=True):
        data = release.component.encode()
        name = f"corotui-{release.component}"
        file = f"{name}_{release.version}-0corotui1_amd64.deb"
        package = Package(
            release.component, name, f"{release.version}-0corotui1", key, file, hashlib.sha256(data).hexdigest(), 9, key
        )
        package_store_of(made).save(key, [(package, data)])
    return made


@pytest.fixture(autouse=True)
def _archives(monkeypatch: pytest.MonkeyPatch) -> None:
    """The archives are not what these tests are about."""

    async def none(*_: object, **__: object) -> tuple[()]:
        return ()

    monkeypatch.setattr("corotui.source.compile.pipeline.fetch_all", none)


def make_shells(rules: Mapping[str, list[Rule]] | None = None) -> dict[str, RuleShell]:
    return {name: RuleShell(name, [*(rules or {}).get(name, []), SNAPSHOT, VERIFIED]) for name in NAMES}


async def run_install(
    node_shells: Mapping[str, RuleShell], directory: Directory, seen: list[Event] | None = None
) -> None:
    cluster = Cluster("db", tuple(Node(name, name) for name in node_shells), Install(InstallMethod.SOURCE, "3.1.7"))
    report = (seen if seen is not None else []).append
    await install(cluster, Shells(node_shells), {name: facts(name) for name in node_shells}, directory, report)


def failed(words: str) -> Rule:
    return (words, (100, "E: The package cannot be installed\n"))


async def test_every_node_gets_the_packages_once(directory: Directory) -> None:
    node_shells, seen = make_shells(), list[Event]()
    await run_install(node_shells, directory, seen)
    for node in node_shells.values():
        assert len(node.files) == 3
        assert len(node.commands_with("setsid")) == 1
        assert node.commands_with(" -s install")
        assert baseline_store_of(directory).load(node.node) is not None
        tried, installed = node.commands_with(" -s install")[0], node.commands_with("setsid")[0]
        assert node.commands.index(tried) < node.commands.index(installed)
    done = {e.step for e in seen if isinstance(e, StepChanged) and e.state is ProgressState.DONE and e.node == "b"}
    assert done == {"send", "rehearse", "install", "verify"}
    skipped = {e.step for e in seen if isinstance(e, StepChanged) and e.state is ProgressState.SKIPPED}
    assert skipped == {"archives", "tools", "libqb", "kronosnet", "corosync"}
    assert set(step_names(V317)) == done | skipped


async def test_nodes_that_have_these_very_builds_are_not_touched(directory: Directory) -> None:
    node_shells = make_shells({name: [("Corotui-Build", (0, MARKS))] for name in ("a", "c")})
    await run_install(node_shells, directory)
    assert not node_shells["a"].files
    assert not node_shells["c"].commands_with("setsid")
    assert node_shells["b"].commands_with("setsid")
    assert node_shells["a"].commands_with("sh -s")


async def test_what_one_node_would_refuse_is_installed_nowhere(directory: Directory) -> None:
    node_shells = make_shells({"b": [failed(" -s install")]})
    with pytest.raises(WorkError, match="would not install them: E: The package cannot be installed") as error:
        await run_install(node_shells, directory)
    assert error.value.node == "b"
    assert error.value.changed == "No node was changed."
    assert not any(node.commands_with("setsid") for node in node_shells.values())
    assert all(node.commands_with("rm -rf /var/lib/corotui/packages") for node in node_shells.values())


async def test_packages_that_do_not_come_whole_are_not_installed(directory: Directory) -> None:
    node_shells = make_shells({"c": [("sha256sum -c", (1, "x.deb: FAILED"))]})
    with pytest.raises(WorkError, match="did not come whole"):
        await run_install(node_shells, directory)
    assert not any(node.commands_with("setsid") for node in node_shells.values())


async def test_a_node_that_fails_is_put_back_and_the_others_keep_theirs(directory: Directory) -> None:
    asked = iter([STATE, (0, "libc6 2.36\ncorotui-libqb 2.0.6-0corotui1\n")])
    node_shells = make_shells({"b": [failed("--reinstall"), (SNAPSHOT[0], lambda: next(asked))]})
    with pytest.raises(WorkError) as error:
        await run_install(node_shells, directory)
    assert error.value.node == "b"
    assert "as it was before" in error.value.changed
    assert "a, c: installed, nothing is started." in error.value.changed
    undo = node_shells["b"].commands_with("setsid")[-1]
    assert "libqb100=2.0.6-2" in undo
    assert "corotui-libqb-" in undo
    assert baseline_store_of(directory).load("b") is None
    assert baseline_store_of(directory).load("a") is not None
    node_shells = make_shells({name: [("Corotui-Build", (0, MARKS))] for name in ("a", "c")})
    await run_install(node_shells, directory)
    assert [name for name, node in node_shells.items() if node.commands_with("setsid")] == ["b"]


async def test_two_nodes_that_fail_are_one_error(directory: Directory) -> None:
    lost = NodeUnreachableError("the connection was lost", node="c", stage="run")
    node_shells = make_shells({"a": [failed(" -s install")], "c": [(" -s install", lost)]})
    with pytest.raises(WorkError) as error:
        await run_install(node_shells, directory)
    assert "a: " in error.value.what
    assert "c: the connection was lost" in error.value.what


async def test_a_node_that_fails_the_verification_is_reported(directory: Directory) -> None:
    node_shells = make_shells(
        {"c": [("sh -s", (0, VERIFIED_OUTPUT.replace("unit systemd\n", "missing libqb.so.100\n")))]}
    )
    with pytest.raises(WorkError, match=r"does not find libqb\.so\.100") as error:
        await run_install(node_shells, directory)
    assert error.value.node == "c"


async def test_cancelling_waits_for_the_package_manager_and_puts_back(directory: Directory) -> None:
    node_shells = make_shells()
    gate = asyncio.Event()
    reached = {name: asyncio.Event() for name in NAMES}
    for name, node in node_shells.items():
        node.gates["--reinstall"] = gate
        node.reached["--reinstall"] = reached[name]
    task = asyncio.create_task(run_install(node_shells, directory))
    for event in reached.values():
        await event.wait()
    task.cancel()
    for _ in range(100):  # rounds of the loop, in which everything that does not wait for the gate ends
        await asyncio.sleep(0)
    assert not task.done()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    for node in node_shells.values():
        assert len(node.commands_with("setsid")) == 2
        assert node.commands_with("rm -rf /var/lib/corotui/packages")
        assert baseline_store_of(directory).load(node.node) is None


async def test_cancelling_before_anything_was_changed_changes_nothing(directory: Directory) -> None:
    node_shells = make_shells()
    reached = asyncio.Event()
    node_shells["b"].reached[" -s install"] = reached
    node_shells["b"].gates[" -s install"] = asyncio.Event()
    task = asyncio.create_task(run_install(node_shells, directory))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not any(node.commands_with("setsid") for node in node_shells.values())


@pytest.mark.parametrize("at", ["Corotui-Build", "sha256sum -c", " -s install", "sh -s"])
async def test_cancelling_takes_the_tools_of_the_build_away_too(directory: Directory, at: str) -> None:
    """Wherever it is cancelled after the build; the others, where nothing of ours is yet, are not touched."""
    node_shells = make_shells()
    reached = asyncio.Event()
    node_shells["b"].reached[at] = reached
    node_shells["b"].gates[at] = asyncio.Event()
    ledger = baseline_store_of(directory)
    ledger.save(PackageBaseline("a", "deb", {"libc6": "2.36"}, (), after={"libc6": "2.36", "gcc": "12"}))
    ledger.save(PackageBaseline("c", "deb", {"libc6": "2.36"}, ("corotui-libqb",), complete=True))
    node_shells["a"].rules.insert(0, (SNAPSHOT[0], (0, "libc6 2.36\ngcc 12\n")))
    task = asyncio.create_task(run_install(node_shells, directory))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert "gcc-" in node_shells["a"].commands_with("setsid")[-1]
    assert ledger.load("a") is None
    assert ledger.load("c") is not None
    if at != "sh -s":
        assert not node_shells["b"].commands_with("setsid")
        assert not node_shells["c"].commands_with("setsid")


async def test_cancelling_the_very_last_step_puts_back_too(directory: Directory) -> None:
    node_shells = make_shells()

    class Cancels(list[Event]):
        def append(self, event: Event) -> None:
            if isinstance(event, StepChanged) and (event.step, event.node, event.state) == (
                "verify",
                "b",
                ProgressState.DONE,
            ):
                task.cancel()

    task = asyncio.create_task(run_install(node_shells, directory, Cancels()))
    with pytest.raises(asyncio.CancelledError):
        await task
    for node in node_shells.values():
        assert len(node.commands_with("setsid")) == 2
        assert baseline_store_of(directory).load(node.node) is None


async def test_a_running_corosync_is_not_changed_under_its_feet(directory: Directory) -> None:
    node_shells = make_shells()
    told = {name: facts(name, running=1 if name == "b" else 0) for name in NAMES}
    with pytest.raises(RefusedError, match="corosync runs on b") as refused:
        await install(
            Cluster("db"), Shells(node_shells), told, directory, lambda _: None, options=BuildOptions("3.1.7")
        )
    assert "systemctl stop corosync" in refused.value.next_step
    assert not any(node.commands for node in node_shells.values())


async def test_a_node_without_a_connection_stops_all(directory: Directory) -> None:
    connected = make_shells()
    told = {name: facts(name) for name in NAMES}
    options = BuildOptions("3.1.7")
    shells = Shells({**connected, "c": NodeUnreachableError("no answer", node="c", stage="connect")})
    with pytest.raises(NodeUnreachableError, match="no answer"):
        await install(Cluster("db"), shells, told, directory, lambda _: None, options=options)
    del connected["c"]
    with pytest.raises(NodeUnreachableError, match="no connection") as missing:
        await install(Cluster("db"), Shells(connected), told, directory, lambda _: None, options=options)
    assert missing.value.node == "c"


async def test_removal_restores_what_was_there(directory: Directory) -> None:
    node_shells = make_shells()
    await run_install(node_shells, directory)
    now = "libc6 2.36\ncorotui-libqb 2.0.6-0corotui1\ncorotui-corosync 3.1.7-0corotui1\n"
    ledger = baseline_store_of(directory)
    for name in NAMES:
        before = ledger.load(name)
        assert before is not None
        ledger.save(replace(before, after=parse_installed_packages(now)))
    fresh = {name: RuleShell(name, [(SNAPSHOT[0], (0, now))]) for name in ("a", "b")}
    shells: dict[str, Shell] = dict(fresh)
    told = {name: facts(name) for name in fresh}
    assert await remove(shells, told, directory, lambda _: None) == ("a", "b")
    for node in fresh.values():
        line = node.commands_with("setsid")[0]
        assert "libqb100=2.0.6-2" in line
        assert "corotui-corosync-" in line
        assert "libc6" not in line
        assert ledger.load(node.node) is None
    assert ledger.load("c") is not None
    assert await remove(shells, told, directory, lambda _: None) == ()


@pytest.mark.parametrize("answer", ["", "nonsense\n"])
async def test_a_node_that_does_not_tell_its_packages_is_not_changed(directory: Directory, answer: str) -> None:
    node_shells = make_shells({"b": [(SNAPSHOT[0], (0, answer))]})
    with pytest.raises(WorkError, match="does not tell what is installed"):
        await run_install(node_shells, directory)
    assert not any(node.commands_with("setsid") for node in node_shells.values())


async def test_removal_that_fails_says_what_it_would(directory: Directory) -> None:
    await run_install(make_shells(), directory)
    now = "libc6 2.36\ncorotui-libqb 2.0.6-0corotui1\n"
    node = RuleShell("a", [(SNAPSHOT[0], (0, now)), ("setsid", (100, "E: Could not get lock"))])
    with pytest.raises(WorkError, match="Could not get lock") as error:
        await remove({"a": node}, {"a": facts("a")}, directory, lambda _: None)
    assert "corotui-libqb" in error.value.next_step
    assert baseline_store_of(directory).load("a") is not None


async def test_tools_that_cannot_be_had_are_named(directory: Directory, tmp_path: Path) -> None:
    fresh = Directory.create(tmp_path / "other", "other")
    node_shells = make_shells(
        {"a": [("install -y --no-install-recommends", (100, "E: Unable to locate package libxml2-dev"))]}
    )
    with pytest.raises(WorkError, match="Unable to locate package libxml2-dev") as error:
        await run_install(node_shells, fresh)
    assert "libxml2-dev" in error.value.next_step
    assert error.value.changed == "Nothing was built."
    assert not any(node_shells[name].commands_with("setsid") for name in ("b", "c"))


@pytest.mark.parametrize("earlier", [False, True], ids=["this run's", "an earlier run's"])
async def test_cancelling_a_build_takes_its_tools_away_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, earlier: bool
) -> None:
    fresh = Directory.create(tmp_path / "other", "other")
    path = tmp_path / "x"
    path.write_bytes(tar([]))

    async def fetched(*_: object, **__: object) -> tuple[object, ...]:
        from corotui.source.archives.download import VerifiedArchive

        return tuple(VerifiedArchive(r, path, ArchiveContents(f"{r.component}-{r.version}", True, 1, 1)) for r in V317)

    monkeypatch.setattr("corotui.source.compile.pipeline.fetch_all", fetched)
    node_shells = make_shells({"a": [("useradd", (0, "ready 2\n")), ("df -Pk", (0, "9000000\n"))]})
    if earlier:
        tools = required_packages([(release, None) for release in V317], "deb", DEBIAN)
        node_shells["a"].rules.insert(0, (SNAPSHOT[0], (0, "libc6 2.36\ngcc 12\n")))
        node_shells["a"].rules.insert(0, (" dpkg-dev ", (0, "".join(f"ii  {name} 1\n" for name in tools))))
        baseline_store_of(fresh).save(
            PackageBaseline("a", "deb", {"libc6": "2.36"}, (), after={"libc6": "2.36", "gcc": "12"})
        )
    reached = asyncio.Event()
    node_shells["a"].reached["make -j"] = reached
    node_shells["a"].gates["make -j"] = asyncio.Event()
    task = asyncio.create_task(run_install(node_shells, fresh))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(node_shells["a"].commands_with("setsid")) == (1 if earlier else 2)
    assert ("gcc-" in node_shells["a"].commands_with("setsid")[-1]) is earlier
    assert baseline_store_of(fresh).load("a") is None
    assert not any(node_shells[name].files for name in NAMES)


def test_a_choice_is_read_from_the_cluster() -> None:
    archive = Archive("http://m/corosync-1.4.2.tar.gz", "ab" * 32)
    cluster = Cluster("db", install=Install(InstallMethod.SOURCE, "1.4.2", "b", "http://m", (archive,)))
    choice = options_from_cluster(cluster)
    assert (choice.version, choice.build_node, choice.mirror) == ("1.4.2", "b", "http://m")
    assert choice.own_releases[0].label == "corosync 1.4.2"
    with pytest.raises(UsageError):
        options_from_cluster(Cluster("db", install=Install(archives=(Archive("x.zip", "ab" * 32),))))
