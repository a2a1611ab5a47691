"""Each code is raised by what deserves it, and not by what just does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corotui.cluster.finding import Finding, Severity
from corotui.cluster.model import Install, InstallMethod
from corotui.cluster.service_manager import ServiceManager
from corotui.facts.model import Clock, Corosync, Disk, NodeFacts, Os, PortUse, Service
from corotui.prerequisites import build_tools, findings, is_installed
from corotui.prerequisites.node import findings as node_findings
from tests.support.facts_builder import facts, interface

MIB = 1 << 20
PACKAGE, SOURCE, PRESENT = Install(), Install(InstallMethod.SOURCE), Install(InstallMethod.PRESENT)
HERE = Corosync("3.1.7", "/usr/sbin/corosync", service=Service("loaded", "inactive", "dead", "enabled", 0))
RUNNING = replace(HERE, running=1, conf="totem {\n cluster_name: db\n}\nnodelist {\n node {\n }\n node {\n }\n}\n")


def node(name: str = "node1", **changes: object) -> NodeFacts:
    """A node on eth0 with corosync installed, whatever else `changes` say."""
    number = name[-1]
    made = facts(name, interface("eth0", f"10.77.0.{number}/24"), corosync=HERE)
    return replace(made, **changes)  # type: ignore[arg-type]


def codes(*nodes: NodeFacts, install: Install = PACKAGE) -> list[str]:
    return [found.code for found in findings({one.node: one for one in nodes}, install)]


def only(code: str, *nodes: NodeFacts, install: Install = PACKAGE) -> Finding:
    (found,) = [one for one in findings({one.node: one for one in nodes}, install) if one.code == code]
    return found


def test_a_healthy_cluster_has_no_finding() -> None:
    assert codes(node("node1"), node("node2"), node("node3")) == []


def test_not_root() -> None:
    found = only("not-root", node(root=False))
    assert found.severity is Severity.ERROR
    assert found.remedies[0].commands == ()
    assert "sudo = true" in found.remedies[0].manual


def test_service_manager_unknown() -> None:
    assert codes(node(service_manager=ServiceManager.UNKNOWN)) == ["service-manager-unknown"]
    assert codes(node(service_manager=ServiceManager.SYSV)) == []


@pytest.mark.parametrize("install", [PACKAGE, PRESENT])
def test_corosync_missing_is_an_error(install: Install) -> None:
    bare = node(corosync=Corosync())
    assert only("corosync-missing", bare, install=install).severity is Severity.ERROR
    assert not is_installed(bare)
    assert is_installed(node())


def test_corosync_missing_before_a_build_is_no_error() -> None:
    assert only("corosync-missing", node(corosync=Corosync()), install=SOURCE).severity is Severity.INFO


def test_corosync_present_and_missing_has_no_command() -> None:
    assert only("corosync-missing", node(corosync=Corosync()), install=PRESENT).remedies[0].commands == ()


def test_corosync_that_cannot_run() -> None:
    said = (
        "path /usr/sbin/corosync\ncorosync: error while loading shared libraries: libqb.so.100: "
        "cannot open shared object file: No such file or directory"
    )
    broken = node(corosync=Corosync(path="/usr/sbin/corosync"), not_understood={"version": said})
    found = only("corosync-broken", broken)
    assert found.why == "The library libqb.so.100 is not found."
    assert found.remedies[0].commands == ("ldconfig",)
    assert "corosync-missing" not in codes(broken)


@pytest.mark.parametrize(("version", "old"), [("1.3.6", True), ("0.95", True), ("1.4.10", False), ("2.4.6", False)])
def test_corosync_too_old(version: str, old: bool) -> None:
    assert ("corosync-too-old" in codes(node(corosync=replace(HERE, version=version)))) is old


def test_series_that_differ_are_an_error_and_releases_a_warning() -> None:
    def with_version(name: str, version: str) -> NodeFacts:
        return node(name, corosync=replace(HERE, version=version))

    found = only("corosync-series-differ", with_version("node1", "2.4.6"), with_version("node2", "3.1.7"))
    assert found.severity is Severity.ERROR
    assert "node1 2.4.6" in found.what
    assert codes(with_version("node1", "3.1.5"), with_version("node2", "3.1.7")) == ["corosync-versions-differ"]
    assert codes(with_version("node1", "3.1.7"), with_version("node2", "3.1.7")) == []


def test_corosync_without_a_service() -> None:
    assert codes(node(corosync=replace(HERE, service=Service("not-found")))) == ["corosync-service-missing"]


def test_a_masked_service() -> None:
    found = only("corosync-masked", node(corosync=replace(HERE, service=Service("masked", "inactive"))))
    assert found.remedies[0].commands[1] == "systemctl --runtime unmask corosync.service"


def test_crypto_models() -> None:
    suse = Os("sles", "15.6", family="suse", package_tool="zypper")
    found = only("crypto-plugin-missing", node(os=suse, corosync=replace(HERE, crypto=())))
    assert "libknet1-crypto-nss-plugin" in found.remedies[0].commands[0]
    assert codes(node(corosync=replace(HERE, crypto=("nss",)))) == []
    assert codes(node(corosync=replace(HERE, crypto=None))) == []


def test_a_running_cluster_is_reported_and_the_package_sample_is_not_taken_for_one() -> None:
    found = only("corosync-running", node(corosync=RUNNING))
    assert found.severity is Severity.INFO
    assert '"db", 2 nodes' in found.what
    assert codes(node(corosync=replace(RUNNING, sample=True))) == ["corosync-sample-running"]
    assert codes(node(corosync=replace(RUNNING, running=0))) == []
    assert "corosync-runs-twice" in codes(node(corosync=replace(RUNNING, running=2)))


def test_log_directory_only_where_the_configuration_wants_it() -> None:
    conf = "logging {\n to_logfile: yes\n logfile: /var/log/cluster/corosync.log\n}\n"
    wants = replace(HERE, conf=conf)
    found = only("log-directory-missing", node(corosync=wants))
    assert found.remedies[0].commands[0] == "install -d -m 0750 /var/log/cluster"
    assert codes(node(corosync=wants, directories=("/var/log/cluster",))) == []
    assert codes(node(corosync=replace(HERE, conf=conf.replace("yes", "no")))) == []
    assert codes(node(corosync=replace(wants, sample=True))) == []


def test_pacemaker_and_selinux_are_reported() -> None:
    assert only("pacemaker-running", node(pacemaker_running=True)).severity is Severity.WARNING
    assert only("selinux-enforcing", node(selinux="enforcing")).severity is Severity.INFO
    assert codes(node(selinux="permissive")) == []


@pytest.mark.parametrize(
    ("use", "taken"),
    [
        (PortUse("udp", "0.0.0.0", 5405, "python3"), True),
        (PortUse("udp", "*", 5405, "python3"), True),
        (PortUse("udp", "::", 5405, "python3"), True),
        (PortUse("udp", "10.77.0.1", 5405, "python3"), True),
        (PortUse("udp", "10.77.0.1", 5405, ""), True),
        (PortUse("udp", "10.77.0.1", 5405, "corosync"), False),
        (PortUse("udp", "127.0.0.1", 5405, "python3"), False),
        (PortUse("udp", "nonsense", 5405, "python3"), False),
        (PortUse("udp", "10.77.0.1", 5406, "python3"), False),
        (PortUse("tcp", "10.77.0.1", 5405, "python3"), False),
    ],
)
def test_the_port_in_use(use: PortUse, taken: bool) -> None:
    assert ("port-in-use" in codes(node(ports=(use,)))) is taken


def test_a_port_without_a_name_beside_a_running_corosync_is_its_own() -> None:
    use = PortUse("udp", "10.77.0.1", 5405)
    assert codes(node(corosync=RUNNING, ports=(use,))) == ["corosync-running"]


@pytest.mark.parametrize(
    ("free", "severity"), [(4 * MIB, Severity.ERROR), (40 * MIB, Severity.WARNING), (64 * MIB, None)]
)
def test_disk_room(free: int, severity: Severity | None) -> None:
    found = findings({"n": node(disks=(Disk("/dev/shm", free, 100 * MIB),))}, PACKAGE)
    assert [one.severity for one in found] == ([severity] if severity else [])


def test_disks_that_say_nothing_or_do_not_matter() -> None:
    assert codes(node(disks=(Disk("/dev/shm", 0, 0), Disk("/tmp", 0, 100)))) == []
    assert codes(node(disks=(Disk("/var/lib/corosync", 1 << 40, 1 << 40, read_only=True),))) == ["disk-read-only"]


def clocked(name: str, offset: float, *, synchronised: bool | None = True, uncertainty: float = 10.0) -> NodeFacts:
    return node(name, clock=Clock(offset, uncertainty, synchronised))


def test_clock_offset_against_the_other_nodes() -> None:
    found = only("clock-offset", clocked("node1", 0.0), clocked("node2", -2500.0), clocked("node3", 3.0))
    assert found.node == "node2"
    assert "2.5 s behind" in found.what
    assert any("install -y chrony" in line for line in found.remedies[0].commands)
    assert found.remedies[0].commands[-1] == "chronyc -a makestep"
    assert codes(clocked("node1", 0.0), clocked("node2", 990.0), clocked("node3", 0.0)) == []
    assert codes(clocked("node1", 0.0), clocked("node2", 2500.0, uncertainty=2000.0)) == []


def test_a_wrong_clock_of_this_machine_is_not_blamed_on_the_nodes() -> None:
    assert codes(clocked("node1", 9000.0), clocked("node2", 9010.0), clocked("node3", 8990.0)) == ["operator-clock"]


def test_clock_not_synchronised() -> None:
    assert only("clock-not-synchronised", clocked("node1", 0.0, synchronised=False)).node == "node1"
    both = only("clock-not-synchronised", *(clocked(f"node{n}", 0.0, synchronised=False) for n in (1, 2)))
    assert both.node is None
    assert "node1, node2" in both.what
    assert codes(clocked("node1", 0.0, synchronised=None)) == []
    assert codes(node(clock=None)) == []


def test_what_a_build_needs_is_wanted_of_the_node_that_builds_only() -> None:
    bare = [node(f"node{n}", corosync=Corosync()) for n in (1, 2)]
    found = only("build-package-missing", *bare, install=Install(InstallMethod.SOURCE, build_node="node2"))
    assert found.node == "node2"
    assert "gcc" in found.what
    assert "libnss3-dev" in found.remedies[0].commands[-1]
    tools = ("gcc", "make", "pkg-config", "groff", "xz")
    packages = dict.fromkeys(("libc6-dev", "zlib1g-dev", "libnss3-dev", "xz-utils"), "1")
    ready = node(corosync=Corosync(), commands=tools, packages=packages)
    assert codes(ready, install=SOURCE) == ["corosync-missing"]
    assert codes(node(), install=SOURCE) == []
    strange = node(corosync=Corosync(), os=Os("void", "1"))
    assert "build-family-unknown" in codes(strange, install=SOURCE)


@pytest.mark.parametrize(
    ("os", "names"),
    [
        (
            Os("rocky", "9.3", family="rhel", package_tool="dnf"),
            ("glibc-devel", "rpm-build", "zlib-devel", "nss-devel"),
        ),
        (Os("amzn", "2", family="rhel", package_tool="yum"), ("pkgconfig", "rpm-build", "nss-devel")),
        (Os("sles", "15", family="suse", package_tool="zypper"), ("glibc-devel", "rpm-build", "mozilla-nss-devel")),
    ],
)
def test_build_packages_have_the_names_of_the_family(os: Os, names: tuple[str, ...]) -> None:
    missing = build_tools.missing_packages(node(os=os, commands=(), packages={}))
    assert set(names) <= set(missing)
    assert {"gcc", "make", "tar", "xz", "cpio"} <= set(missing)
    there = node(
        os=os, commands=("gcc", "make", "pkg-config", "tar", "gzip", "xz", "cpio"), packages=dict.fromkeys(names, "1")
    )
    assert set(build_tools.missing_packages(there)) <= {"glibc-devel", "zlib-devel"} - set(names)


def test_no_nodes() -> None:
    assert findings({}, PACKAGE) == ()
    assert findings({}, SOURCE) == ()


def test_a_tool_that_hung_and_an_answer_that_was_cut_are_said() -> None:
    told = replace(facts(), hung=("nft did not end within its time",), left_out=("the answer to `ports` was cut",))
    found = {finding.code: finding.what for finding in node_findings({"node1": told})}
    assert found["tool-hung"] == "node1: nft did not end within its time."
    assert found["answer-too-large"] == "node1: the answer to `ports` was cut."
