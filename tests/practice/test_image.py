"""Images are built once, whole or not at all; debootstrap stands in by a script of the test's."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from corotui.cluster.events import Event, Note
from corotui.errors import RefusedError, WorkError
from corotui.practice import state_dir
from corotui.practice.image import build, spec
from corotui.practice.image.apt_sources import AptSource
from corotui.practice.image.spec import ImageSpec

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="images are root's")

BUILDS = """\
#!/bin/sh
for word in "$@"; do case $word in */building-base) target=$word;; esac; done
echo run >>"$COUNT"
mkdir -p "$target/etc/ssh" "$target/etc/apt" "$target/etc/systemd/system" "$target/usr/sbin" "$target/proc"
echo secret >"$target/etc/ssh/ssh_host_rsa_key"
"""
FAILS = BUILDS + "echo 'E: Failed getting release file' >&2\nexit 1\n"
HANGS = BUILDS + 'mount -t tmpfs tmpfs "$target/proc"\nsleep 987654 &\necho $! >"$COUNT.started"\nwait\n'


class Workshop:
    """A state directory, a recipe, and a debootstrap whose script a test gives."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.count, self.said = folder, folder / "count", list[str]()
        (folder / "bin").mkdir()
        monkeypatch.setenv("COROTUI_PRACTICE_STATE", str(folder / "state"))
        monkeypatch.setenv("COUNT", str(self.count))
        monkeypatch.setenv("PATH", f"{folder / 'bin'}:{os.environ['PATH']}")
        monkeypatch.setattr(build, "run_in_image", lambda root, words, **options: None)
        mirror = AptSource("http://archive.example/debian", "bookworm", ("main",))
        files = {"/etc/apt/auth.conf.d/a.conf": b"machine x login y", "/etc/apt/sources.list": b""}
        monkeypatch.setattr(spec, "spec_of_this_machine", lambda: ImageSpec("bookworm", mirror, (mirror,), files, b""))
        self.debootstrap(BUILDS)

    def debootstrap(self, script: str) -> None:
        path = self.folder / "bin" / "debootstrap"
        path.write_text(script)
        path.chmod(0o755)

    def provide(self, *, installed: bool = False) -> Path:
        def report(event: Event) -> None:
            assert isinstance(event, Note)
            self.said.append(event.text)

        return build.ensure_image(installed=installed, report=report)

    def runs(self) -> int:
        return len(self.count.read_text().splitlines()) if self.count.exists() else 0

    def images(self) -> list[str]:
        return sorted(path.name.split("-")[0] for path in state_dir.images().iterdir())


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    return Workshop(tmp_path, monkeypatch)


def test_an_image_is_built_once_and_says_so(workshop: Workshop) -> None:
    state_dir.make_folders()
    base = workshop.provide()
    assert workshop.provide() == base
    assert workshop.runs() == 1
    assert len(workshop.said) == 1
    assert workshop.said[0].startswith("Building the base image (bookworm), once")
    installed = workshop.provide(installed=True)
    assert installed != base
    assert workshop.runs() == 1
    assert workshop.images() == ["base", "installed"]


def test_no_machines_own_things_are_in_it(workshop: Workshop) -> None:
    state_dir.make_folders()
    base = workshop.provide()
    assert not list((base / "etc/ssh").glob("ssh_host_*"))
    assert stat.S_IMODE((base / "etc/apt/auth.conf.d/a.conf").stat().st_mode) == 0o600
    assert (base / "etc/systemd/system/apt-daily.timer").readlink() == Path("/dev/null")


def test_a_failed_build_is_said_and_the_next_starts_anew(workshop: Workshop) -> None:
    state_dir.make_folders()
    workshop.debootstrap(FAILS)
    with pytest.raises(WorkError, match="Failed getting release file") as caught:
        workshop.provide()
    assert "No image was kept." in str(caught.value)
    assert workshop.images() == ["building"]
    workshop.debootstrap(BUILDS)
    assert workshop.provide().is_dir()
    assert workshop.images() == ["base"]


def test_an_image_that_nobody_used_for_a_week_makes_room(workshop: Workshop) -> None:
    state_dir.make_folders()
    for name, days in (("base-old", 8), ("base-recent", 6)):
        (state_dir.images() / name).mkdir()
        then = time.time() - days * 24 * 3600
        os.utime(state_dir.images() / name, (then, then))
    (state_dir.images() / "building-keyring.gpg").write_bytes(b"left by a killed build")
    base = workshop.provide()
    assert {path.name for path in state_dir.images().iterdir()} == {"base-recent", base.name}
    os.utime(base, (0, 0))
    workshop.provide()
    assert base.stat().st_mtime > time.time() - 3600


def test_many_at_once_build_it_once(workshop: Workshop) -> None:
    state_dir.make_folders()
    threads = [threading.Thread(target=workshop.provide) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert workshop.runs() == 1


def test_a_killed_build_leaves_no_process_no_mount_and_no_image(workshop: Workshop) -> None:
    state_dir.make_folders()
    workshop.debootstrap(HANGS)
    words = ["debootstrap", str(state_dir.images() / "building-base")]
    script = f"from corotui.practice.subprocesses import die_with_parent, run\nrun(die_with_parent({words!r}))"
    builder = subprocess.Popen([sys.executable, "-c", script])
    started = workshop.count.with_name("count.started")
    deadline = time.monotonic() + 120
    while not started.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert started.exists()
    builder.send_signal(signal.SIGKILL)
    builder.wait()
    while _sleepers() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert _sleepers() == []
    assert str(state_dir.images()) not in Path("/proc/self/mountinfo").read_text()
    workshop.debootstrap(BUILDS)
    workshop.provide()
    assert workshop.images() == ["base"]


def _sleepers() -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if b"sleep\x00987654" in (entry / "cmdline").read_bytes():
                    found.append(entry.name)
            except OSError:
                continue
    return found


def test_a_machine_without_an_archive_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COROTUI_PRACTICE_STATE", str(tmp_path / "state"))
    monkeypatch.setattr("corotui.practice.image.apt_sources.read", lambda: ())
    with pytest.raises(RefusedError, match="name no Debian or Ubuntu archive"):
        spec.spec_of_this_machine()


@pytest.mark.parametrize(
    ("resolv", "systemd", "expected"),
    [
        ("nameserver 192.0.2.53\n", None, "nameserver 192.0.2.53\n"),
        ("nameserver 127.0.0.53\n", "nameserver 192.0.2.1\n", "nameserver 192.0.2.1\n"),
        ("nameserver 127.0.0.1\nnameserver ::1\n", None, ""),
    ],
)
def test_nodes_ask_a_resolver_that_they_can_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, resolv: str, systemd: str | None, expected: str
) -> None:
    files = [tmp_path / "resolv.conf", tmp_path / "systemd.conf"]
    files[0].write_text(resolv)
    if systemd is not None:
        files[1].write_text(systemd)
    monkeypatch.setattr(build, "RESOLVERS", tuple(files))
    assert build.resolver() == expected
