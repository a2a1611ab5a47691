from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from corotui.errors import LockedError
from corotui.practice import state_dir
from corotui.practice.machine import network


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COROTUI_PRACTICE_STATE", str(tmp_path / "state"))
    state_dir.make_folders()
    return tmp_path / "state"


def test_only_root_may_look_in(state: Path) -> None:
    assert state.stat().st_mode & 0o777 == 0o700


def test_a_lock_is_held_by_one(state: Path) -> None:
    with state_dir.lock("instance-db"):
        with pytest.raises(LockedError, match="Another corotui works on db"), state_dir.lock("instance-db", wait=False):
            pytest.fail("two hold it")
        with state_dir.lock("instance-other", wait=False):
            pass
    with state_dir.lock("instance-db", wait=False):
        pass
    assert list((state / "locks").iterdir()) == []


def test_a_lock_goes_with_the_process_that_held_it(state: Path) -> None:
    lines = [
        "import os",
        "from corotui.practice import state_dir",
        "with state_dir.lock('x'):",
        " os.kill(os.getpid(), 9)",
    ]
    assert subprocess.run([sys.executable, "-c", "\n".join(lines)], check=False).returncode == -9
    with state_dir.lock("x", wait=False):
        pass


def test_those_who_wait_get_it_one_after_another() -> None:
    inside, most, done = [], [], []

    def work(number: int) -> None:
        for _ in range(20):
            with state_dir.lock("x"):
                inside.append(number)
                most.append(len(inside))
                inside.remove(number)
        done.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == list(range(6))
    assert max(most) == 1


def test_a_slot_is_one_that_nobody_has_and_this_machine_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    import ipaddress

    known = [ipaddress.IPv4Network("10.79.2.0/24"), ipaddress.IPv4Network("192.0.2.0/24")]
    monkeypatch.setattr(network, "_local_networks", lambda: known)
    assert network.free_slot([0, 1], first=0) == 3
    assert network.free_slot([], first=0) == 0
    assert network.free_slot([], first=1) == 1


def test_interface_names_fit_the_kernel() -> None:
    assert max(len(network.veth(255, 48, 7)), len(network.bridge(255, 7))) <= 15
