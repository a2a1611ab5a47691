"""Where practice nodes cannot run, it says precisely why and changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from corotui.errors import RefusedError
from corotui.practice import host_requirements

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


class Machine:
    """A machine that lacks programs; apt-get, if it has one, brings them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, apt: bool, fails: int = 0) -> None:
        self.missing = {"debootstrap", "systemd-nspawn"} | (set() if apt else {"apt-get"})
        self.ran: list[list[str]] = []
        self.fails = fails
        monkeypatch.setattr(host_requirements, "obstacles", list)
        monkeypatch.setattr(host_requirements, "_network", list)
        monkeypatch.setattr(host_requirements, "_which", lambda program: None if program in self.missing else program)
        monkeypatch.setattr(host_requirements, "run", self.run)

    def run(self, words: list[str], **options: object) -> subprocess.CompletedProcess[bytes]:
        self.ran.append(words)
        failed = "install" in words and self.fails > 0
        self.fails -= 1 if failed else 0
        if "install" in words and not failed:
            self.missing.clear()
        return subprocess.CompletedProcess(words, 100 if failed else 0, b"", b"")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COROTUI_PRACTICE_STATE", str(tmp_path / "state"))


def test_missing_packages_are_asked_for_once_and_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, apt=True)
    questions: list[str] = []

    def ask(question: str) -> bool:
        questions.append(question)
        return True

    host_requirements.ensure_requirements(ask=ask)
    assert questions == ["Practice nodes need debootstrap systemd-container. Install with apt-get?"]
    assert machine.ran == [
        ["apt-get", "-q", "-y", "--no-install-recommends", "install", "debootstrap", "systemd-container"]
    ]
    assert host_requirements.missing_packages() == []


def test_package_lists_are_fetched_where_the_install_fails_without(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, apt=True, fails=1)
    host_requirements.ensure_requirements(ask=lambda question: True)
    assert [words[2] for words in machine.ran] == ["-y", "update", "-y"]


def test_declined_is_refused_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, apt=True)
    with pytest.raises(RefusedError, match=r"apt-get install debootstrap systemd-container.*--yes"):
        host_requirements.ensure_requirements(ask=lambda question: False)
    assert machine.ran == []


def test_without_apt_the_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, apt=False)
    with pytest.raises(RefusedError, match="need these packages: debootstrap systemd-container"):
        host_requirements.ensure_requirements(ask=lambda question: True)
    assert machine.ran == []
    assert host_requirements.unmet_requirements() == [
        "The package debootstrap is missing.",
        "The package systemd-container is missing.",
    ]
