"""Where practice nodes cannot run, it says precisely why and changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from corotui.errors import RefusedError
from corotui.practice import host_requirements
from corotui.practice.host_requirements import PracticeHost

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="asks what root may do")


def corotui(*before: str, state: Path) -> subprocess.CompletedProcess[str]:
    words = [*before, sys.executable, "-m", "corotui", "practice", "up", "--name", "never"]
    environment = {**os.environ, "COROTUI_PRACTICE_STATE": str(state)}
    return subprocess.run(words, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


@AS_ROOT
@pytest.mark.parametrize(
    ("right", "words"),
    [("sys_admin", "does not let root make namespaces"), ("net_admin", "cannot make network bridges")],
)
def test_root_without_a_right(tmp_path: Path, right: str, words: str) -> None:
    drop = ["setpriv", f"--bounding-set=-{right}", f"--inh-caps=-{right}"]
    done = corotui(*drop, state=tmp_path / "state")
    assert done.returncode == 4
    assert words in done.stderr
    assert "Nothing was changed." in done.stderr
    assert not (tmp_path / "state").exists()


def test_not_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert host_requirements.obstacles() == ["Practice nodes are made by root; call this with sudo."]
    with pytest.raises(RefusedError, match="made by root"):
        host_requirements.ensure_requirements(ask=lambda question: True)


def test_not_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert host_requirements.obstacles() == ["Practice nodes need Linux; this is darwin."]


class FakeHost:
    """A machine that lacks programs; apt-get, if it has one, installs them. The first `fails` installations fail."""

    def __init__(self, *, apt: bool, fails: int = 0) -> None:
        self.missing = {"debootstrap", "systemd-nspawn"} | (set() if apt else {"apt-get"})
        self.commands: list[list[str]] = []
        self.fails = fails
        self.host = PracticeHost(list, list, lambda program: None if program in self.missing else program, self.run)

    def run(self, argv: list[str], **options: object) -> subprocess.CompletedProcess[bytes]:
        self.commands.append(argv)
        failed = "install" in argv and self.fails > 0
        self.fails -= 1 if failed else 0
        if "install" in argv and not failed:
            self.missing.clear()
        return subprocess.CompletedProcess(argv, 100 if failed else 0, b"", b"")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COROTUI_PRACTICE_STATE", str(tmp_path / "state"))


def test_missing_packages_are_asked_for_once_and_installed() -> None:
    machine = FakeHost(apt=True)
    questions: list[str] = []

    def ask(question: str) -> bool:
        questions.append(question)
        return True

    host_requirements.ensure_requirements(ask=ask, host=machine.host)
    assert questions == ["Practice nodes need debootstrap systemd-container. Install with apt-get?"]
    assert machine.commands == [
        ["apt-get", "-q", "-y", "--no-install-recommends", "install", "debootstrap", "systemd-container"]
    ]
    assert host_requirements.missing_packages(machine.host) == []


def test_package_lists_are_fetched_where_the_install_fails_without() -> None:
    machine = FakeHost(apt=True, fails=1)
    host_requirements.ensure_requirements(ask=lambda question: True, host=machine.host)
    assert [argv[2] for argv in machine.commands] == ["-y", "update", "-y"]


def test_declined_is_refused_with_the_command() -> None:
    machine = FakeHost(apt=True)
    with pytest.raises(RefusedError, match=r"apt-get install debootstrap systemd-container.*--yes"):
        host_requirements.ensure_requirements(ask=lambda question: False, host=machine.host)
    assert machine.commands == []


def test_without_apt_the_packages_are_named() -> None:
    machine = FakeHost(apt=False)
    with pytest.raises(RefusedError, match="need these packages: debootstrap systemd-container"):
        host_requirements.ensure_requirements(ask=lambda question: True, host=machine.host)
    assert machine.commands == []
    assert host_requirements.unmet_requirements(machine.host) == [
        "The package debootstrap is missing.",
        "The package systemd-container is missing.",
    ]
