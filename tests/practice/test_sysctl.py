"""Settings of the kernel, on files that stand in for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from corotui.practice import state_dir
from corotui.practice.machine import sysctl


class Kernel:
    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.forward, self.inotify = folder / "ip_forward", folder / "max_user_instances"
        self.forward.write_text("0\n")
        self.inotify.write_text("128\n")
        monkeypatch.setattr(sysctl, "FORWARD", self.forward)
        monkeypatch.setattr(sysctl, "INOTIFY", self.inotify)

    def values(self) -> tuple[int, int]:
        return int(self.forward.read_text()), int(self.inotify.read_text())


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    monkeypatch.setenv("COROTUI_PRACTICE_STATE", str(tmp_path / "state"))
    state_dir.make_folders()
    return Kernel(tmp_path, monkeypatch)


def test_what_was_raised_is_given_back(kernel: Kernel) -> None:
    sysctl.raise_limits(3)
    assert kernel.values() == (1, 128 + 36)
    sysctl.raise_limits(30)
    assert kernel.values() == (1, 128 + 360)
    sysctl.restore_limits()
    assert kernel.values() == (0, 128)
    sysctl.restore_limits()
    assert kernel.values() == (0, 128)


def test_what_is_enough_is_left_alone(kernel: Kernel) -> None:
    kernel.forward.write_text("1\n")
    kernel.inotify.write_text("8192\n")
    sysctl.raise_limits(16)
    sysctl.restore_limits()
    assert kernel.values() == (1, 8192)


def test_what_somebody_else_set_since_stays(kernel: Kernel) -> None:
    sysctl.raise_limits(3)
    kernel.inotify.write_text("4096\n")
    sysctl.restore_limits()
    assert kernel.values() == (0, 4096)


def test_it_is_noted_before_it_is_done(kernel: Kernel) -> None:
    kernel.inotify.chmod(0o444)
    kernel.inotify.rename(kernel.inotify.with_name("gone"))
    with pytest.raises(FileNotFoundError):
        sysctl.raise_limits(3)
    sysctl.restore_limits()
    assert kernel.forward.read_text().strip() == "0"
