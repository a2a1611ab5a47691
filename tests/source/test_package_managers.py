from __future__ import annotations

import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from corotui.facts.model import Os
from corotui.source.install import detached, package_managers
from corotui.source.install.package_manager_output import error_summary
from corotui.source.install.package_managers import Apt, Dnf, PackageManager, Prefix, Zypper, package_manager_for
from tests.support.source.fake_build_node import DEBIAN
from tests.support.source.tar_builder import tar

ALL: tuple[PackageManager, ...] = (Apt(), Dnf("dnf"), Dnf("yum"), Zypper(), Prefix())
FILES = ("/var/lib/corotui/packages/a b.deb", "/x/c'd.rpm")


@pytest.mark.parametrize("manager", ALL)
def test_every_line_is_sh(manager: PackageManager) -> None:
    for line in (
        manager.list_installed(),
        manager.build_ids(["corotui-libqb", "x"]),
        manager.install_tools(["gcc", "make"]),
        manager.dry_run(FILES),
        manager.install(FILES),
        manager.restore(["corotui-libqb"], {"libqb100": "2.0.6-2"}),
        manager.restore([], {}),
    ):
        subprocess.run(["sh", "-n", "-c", line], check=True)
        subprocess.run(["sh", "-n", "-c", detached.detached_command(line, "/var/lib/corotui/run")], check=True)


def test_the_node_decides_the_manager() -> None:
    rhel = Os(id="amzn", version="2", family="rhel", package_tool="yum")
    assert isinstance(package_manager_for(DEBIAN, "deb"), Apt)
    assert package_manager_for(rhel, "rpm").install(["/a.rpm"]).startswith("yum -y install /a.rpm && ")
    assert (
        package_manager_for(replace(rhel, package_tool="dnf"), "rpm")
        .install(["/a.rpm"])
        .startswith("dnf -y install /a.rpm && ")
    )
    assert isinstance(package_manager_for(Os(family="suse", package_tool="zypper"), "rpm"), Zypper)
    assert isinstance(package_manager_for(Os(), "prefix"), Prefix)


@pytest.mark.parametrize(
    ("known", "there", "words"),
    [(True, True, "libqb100=2.0.6-2 "), (False, True, ""), (False, False, "libqb100 ")],
    ids=["the old version", "gone from the archive", "gone from archive and node"],
)
def test_apt_brings_back_and_removes_in_one_transaction(tmp_path: Path, known: bool, there: bool, words: str) -> None:
    for name, body in {
        "apt-get": f'echo "$@" > {tmp_path}/told',
        "apt-cache": f"exit {0 if known else 100}",
        "dpkg-query": f"printf '{'ii ' if there else 'rc '}'",
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    line = Apt().restore(["corotui-libqb", "libnss3"], {"libqb100": "2.0.6-2"})
    subprocess.run(["sh", "-c", line], check=True, env={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert (tmp_path / "told").read_text().strip().endswith(f"--purge {words}corotui-libqb- libnss3-")
    assert Apt().restore([], {}) == ":"


@pytest.mark.parametrize(
    ("said", "code", "accepted"),
    [("Operation aborted.", 1, True), ("Error: nothing provides libx", 1, False), ("Nothing to do.", 0, True)],
)
def test_dnf_is_rehearsed_by_its_words(tmp_path: Path, said: str, code: int, accepted: bool) -> None:
    tool = tmp_path / "dnf"
    tool.write_text(f"#!/bin/sh\necho '{said}'\nexit {code}\n")
    tool.chmod(0o755)
    done = subprocess.run(["sh", "-c", Dnf(str(tool)).dry_run(["/a.rpm"])], check=False, capture_output=True)
    assert (done.returncode == 0) is accepted


@pytest.mark.parametrize(("there", "told"), [("m1", ["install"]), ("m2", ["install", "reinstall"])])
def test_dnf_brings_another_build_of_the_same_version(tmp_path: Path, there: str, told: list[str]) -> None:
    for name, body in {
        "dnf": f'echo "$2" >> {tmp_path}/told',
        "rpm": f'case "$*" in *NAME*) printf corosync ;; -qp*) printf m1 ;; *) printf {there} ;; esac',
    }.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    line = Dnf("dnf").install(["/x/corosync-3.1.7-1.x86_64.rpm"])
    subprocess.run(["sh", "-c", line], check=True, env={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert (tmp_path / "told").read_text().split() == told


def sh(line: str, *, fake_root: Path) -> subprocess.CompletedProcess[str]:
    """Runs a line of Prefix's with every absolute place moved below a folder."""
    for place in ("/etc/ld.so.conf.d", package_managers.PREFIX_STATE_FOLDER):
        line = line.replace(place, f"{fake_root}{place}")
    line = line.replace(" -C / ", f" -C {fake_root}/ ").replace("s#^\\./#/#", f"s#^\\./#{fake_root}/#")
    line = line.replace("ldconfig", "true")
    return subprocess.run(["sh", "-c", line], check=False, capture_output=True, text=True)


def test_a_prefix_comes_and_goes_and_overwrites_nothing(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "etc/ld.so.conf.d").mkdir(parents=True)
    (root / "usr/local/sbin").mkdir(parents=True)
    (root / "usr/local/sbin/mine").write_text("mine")
    package = tmp_path / "corosync-3.1.7-abc123.tar.gz"
    package.write_bytes(tar([("./usr/local/sbin/corosync", b"1"), ("./usr/local/lib/libqb.so", b"2")]))
    prefix = Prefix()
    assert sh(prefix.dry_run([str(package)]), fake_root=root).returncode == 0
    assert sh(prefix.install([str(package)]), fake_root=root).returncode == 0
    assert (root / "usr/local/sbin/corosync").read_text() == "1"
    assert sh(prefix.build_ids([]), fake_root=root).stdout == "corotui-corosync abc123\n"
    assert sh(prefix.dry_run([str(package)]), fake_root=root).returncode == 0
    assert sh(prefix.restore(["corotui-corosync"], {}), fake_root=root).returncode == 0
    assert sorted(p.name for p in root.rglob("*") if p.is_file()) == ["mine"]
    (root / "usr/local/sbin/corosync").write_text("of somebody else")
    refused = sh(prefix.dry_run([str(package)]), fake_root=root)
    assert refused.returncode != 0
    assert "corosync exists already" in refused.stdout


def test_a_detached_command_gives_its_words_and_its_code(tmp_path: Path) -> None:
    line = detached.detached_command("echo one; sleep 0.3; echo two >&2; exit 7", str(tmp_path / "run"))
    done = subprocess.run(["sh", "-c", line], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (7, "one\ntwo\n")


def wait_for_file(path: Path) -> None:
    """Returns once a file exists; pytest's time limit is the limit."""
    while not path.exists():
        time.sleep(0.02)


def test_a_detached_command_ends_though_nobody_listens(tmp_path: Path) -> None:
    command = ": > begun; until [ -e go-on ]; do sleep 0.05; done; echo whole > end"
    line = detached.detached_command(command, str(tmp_path / "run"))
    with subprocess.Popen(["sh", "-c", line], stdout=subprocess.PIPE, start_new_session=True) as shell:
        wait_for_file(tmp_path / "run" / "begun")
        shell.kill()
    (tmp_path / "run" / "go-on").touch()
    wait_for_file(tmp_path / "run" / "code")
    assert (tmp_path / "run" / "end").read_text() == "whole\n"
    assert (tmp_path / "run" / "code").read_text() == "0\n"


def test_a_snapshot_of_debian_has_what_is_half_installed(tmp_path: Path) -> None:
    listed = "iU  unpacked 1\nii  whole 2\nrc  conffiles 3\nun  never 4\niHR broken 5\nhi  held 6\n"
    (tmp_path / "dpkg-query").write_text(f"#!/bin/sh\nprintf '{listed}'\n")
    (tmp_path / "dpkg-query").chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", Apt().list_installed()],
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
    )
    assert done.stdout == "broken 5\nheld 6\nunpacked 1\nwhole 2\n"


@pytest.mark.parametrize("manager", ALL)
def test_signatures_of_repositories_are_never_switched_off(manager: PackageManager) -> None:
    lines = (
        manager.install_tools(["gcc"]),
        manager.dry_run(FILES),
        manager.install(FILES),
        manager.restore(["corotui-libqb"], {"libqb100": "2.0.6-2"}),
    )
    for word in ("gpg", "unauthenticated", "insecure", "force-yes", "nosignature", "nodigest", "no-verify"):
        assert not any(word in line.lower() for line in lines)


def test_zypper_tries_exactly_what_it_installs() -> None:
    """Without --force it would not replace a package of another vendor, and the trial would say nothing about that."""
    tried, installed = Zypper().dry_run(FILES), Zypper().install(FILES)
    assert tried.replace("--dry-run ", "") == installed
    assert "--force" in installed


def test_a_refused_signature_names_the_package() -> None:
    """With localpkg_gpgcheck=1 dnf refuses what is not signed, and only a line without "Error" says what that is."""
    line = "Package libqb-2.0.8-1.x86_64.rpm is not signed"
    assert error_summary(f"Downloading Packages:\n{line}\nError: GPG check FAILED\n").startswith(line)
