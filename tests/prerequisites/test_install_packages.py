"""The commands that install corosync, by distribution; tried with stand-ins for package tools that are not here."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from corotui.cluster.model import Install, InstallMethod
from corotui.cluster.service_manager import ServiceManager
from corotui.facts.model import Clock, Corosync, NodeFacts, Os, Service
from corotui.prerequisites import findings, install_corosync, install_packages
from tests.support.facts_builder import DEBIAN, facts, interface

ROCKY = Os("rocky", "9.3", "Rocky Linux 9.3", "rhel", "dnf", "x86_64")
CENTOS_6 = Os("centos", "6.10", "CentOS 6.10", "rhel", "yum", "x86_64")
RHEL_9 = Os("rhel", "9.4", "Red Hat Enterprise Linux 9.4", "rhel", "dnf", "x86_64")
AMAZON_2 = Os("amzn", "2", "Amazon Linux 2", "rhel", "yum", "x86_64")
AMAZON_2023 = Os("amzn", "2023", "Amazon Linux 2023", "rhel", "dnf", "x86_64")
SLES = Os("sles", "15.6", "SLES 15 SP6", "suse", "zypper", "x86_64")
LEAP = Os("opensuse-leap", "15.6", "openSUSE Leap 15.6", "suse", "zypper", "x86_64")
UNKNOWN = Os("void", "", "Void", "", "", "x86_64")
ALL = [DEBIAN, ROCKY, CENTOS_6, RHEL_9, AMAZON_2, AMAZON_2023, SLES, LEAP, UNKNOWN]


def node(os: Os, **changes: object) -> NodeFacts:
    return replace(facts("node1", interface("eth0", "10.0.0.1/24")), os=os, **changes)  # type: ignore[arg-type]


def run(line: str, path: Path) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": f"{path}:/usr/bin:/bin"}
    return subprocess.run(["sh", "-c", line], env=environ, capture_output=True, text=True, check=False)


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f'#!/bin/sh\necho "{name} $*" >>{folder}/log\n{text}\n')
    (folder / name).chmod(0o755)


def log(folder: Path) -> list[str]:
    return (folder / "log").read_text().splitlines()


def test_debian_masks_while_it_installs_and_unmasks_after_a_failure(tmp_path: Path) -> None:
    update, install = install_corosync(node(DEBIAN))
    program(tmp_path, "systemctl", "exit 0")
    program(tmp_path, "apt-get", 'case "$*" in *install*) exit 7 ;; esac')
    program(tmp_path, "apt-cache", "exit 0")
    assert run(update, tmp_path).returncode == 0
    assert run(install, tmp_path).returncode == 7
    words = [line.split(" -o ")[0] for line in log(tmp_path)]
    assert words == [
        "apt-get -q",
        "apt-cache show corosync",
        "systemctl --runtime mask corosync.service",
        "apt-get -q",
        "systemctl --runtime unmask corosync.service",
    ]


def test_debian_installs_nothing_where_masking_fails(tmp_path: Path) -> None:
    _, install = install_corosync(node(DEBIAN))
    program(tmp_path, "systemctl", "exit 1")
    program(tmp_path, "apt-get", "exit 0")
    assert run(install, tmp_path).returncode == 1
    assert len(log(tmp_path)) == 1


def test_lists_are_refreshed_until_they_know_the_package(tmp_path: Path) -> None:
    program(tmp_path, "apt-get", "exit 0")
    program(tmp_path, "apt-cache", f"[ $(grep -c apt-get {tmp_path}/log) -gt 2 ]")
    program(tmp_path, "sleep", "exit 0")
    assert run(install_corosync(node(DEBIAN))[0], tmp_path).returncode == 0
    assert sum(line.startswith("apt-get") for line in log(tmp_path)) == 3
    program(tmp_path, "apt-cache", "exit 1")
    assert run(install_corosync(node(DEBIAN))[0], tmp_path).returncode == 100


def test_debian_without_systemd_starts_nothing_either() -> None:
    assert install_corosync(node(DEBIAN, service_manager=ServiceManager.SYSV))[1].startswith("RUNLEVEL=1 ")


RHEL = "rhel-9-for-x86_64-highavailability"


@pytest.mark.parametrize(
    ("listed", "chosen"),
    [
        ("appstream  Rocky AppStream  enabled\nhighavailability  Rocky HA  disabled", "highavailability"),
        ("ha  CentOS Stream 8 - HighAvailability  disabled", "ha"),
        ("ol9_addons  Oracle Linux 9 Addons  disabled", "ol9_addons"),
        (f"{RHEL}-debug-rpms  x  disabled\n{RHEL}-rpms  x  disabled", f"{RHEL}-rpms"),
        (f"{RHEL}-rhui-rpms  x  enabled", f"{RHEL}-rhui-rpms"),
        ("highavailability-source  x  disabled\nfedora  Fedora 40  enabled", ""),
        ("", ""),
    ],
)
def test_the_repository_is_found_by_its_id(tmp_path: Path, listed: str, chosen: str) -> None:
    (line,) = install_corosync(node(ROCKY))
    program(tmp_path, "dnf", f"case \"$*\" in *repolist*) printf '%s\\n' '{listed}' ;; esac")
    assert run(line, tmp_path).returncode == 0
    enabled = f" --enablerepo={chosen}" if chosen else ""
    assert log(tmp_path)[-1] == f"dnf -y{enabled} install corosync"


def test_yum_prints_ids_with_more_behind_them(tmp_path: Path) -> None:
    (line,) = install_corosync(node(CENTOS_6))
    program(
        tmp_path, "yum", "case \"$*\" in *repolist*) echo '!rhel-ha-for-rhel-7-server-rpms/7Server/x86_64 x' ;; esac"
    )
    assert run(line, tmp_path).returncode == 0
    assert log(tmp_path)[-1] == "yum -y --enablerepo=rhel-ha-for-rhel-7-server-rpms install corosync"


@pytest.mark.parametrize("os", [AMAZON_2, AMAZON_2023])
def test_amazon_linux_has_none_and_is_sent_to_the_source(os: Os) -> None:
    assert install_corosync(node(os)) == ()
    (found,) = findings({"node1": node(os)}, Install())
    assert found.remedies[0].commands == ()
    assert 'method = "source"' in found.remedies[0].manual


def test_an_unknown_system_is_reported() -> None:
    (found,) = findings({"node1": node(UNKNOWN)}, Install())
    assert (found.code, found.remedies[0].commands) == ("corosync-missing", ())
    assert "by hand" in found.remedies[0].manual


def test_where_the_repository_must_come_from_is_said() -> None:
    def why(os: Os) -> str:
        return findings({"node1": node(os)}, Install())[0].why

    assert "rhel-9-for-x86_64-highavailability-rpms" in why(RHEL_9)
    assert "sle-ha/15.6/x86_64" in why(SLES)
    assert why(ROCKY) == why(DEBIAN) == ""


def test_suse() -> None:
    assert install_corosync(node(LEAP)) == ("zypper --non-interactive install --no-recommends corosync",)
    assert install_packages(node(SLES), ("a b", "c")) == ("zypper --non-interactive install --no-recommends 'a b' c",)


@pytest.mark.parametrize("os", ALL, ids=lambda os: f"{os.id}{os.version}")
@pytest.mark.parametrize("service_manager", [ServiceManager.SYSTEMD, ServiceManager.SYSV])
def test_every_command_is_a_command_line_of_sh(os: Os, service_manager: ServiceManager) -> None:
    made = {
        f"node{n}": replace(
            node(os, service_manager=service_manager),
            node=f"node{n}",
            clock=Clock(9000.0 * n, 1.0, False),
            corosync=Corosync() if n < 3 else Corosync("3.1.7", "/x", conf=LOGGING, service=Service("loaded")),
        )
        for n in (1, 2, 3)
    }
    lines = [
        line
        for method in InstallMethod
        for found in findings(made, Install(method))
        for remedy in found.remedies
        for line in (*remedy.commands, remedy.verify)
        if line
    ]
    assert lines
    for line in lines:
        done = subprocess.run(["sh", "-n", "-c", line], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), line


LOGGING = "logging {\n to_logfile: yes\n logfile: /var/log/cluster/corosync.log\n}\n"
