"""Which processes count as corosync, and which lines of the journal: names alone prove nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

import pytest

from corotui.ssh.remote_script import FramedScript, daemon_functions, sections_preamble
from tests.support.fake_proc import fake_proc, fake_process
from tests.support.fake_shell import FakeShell, Reply, Request, local_processes

SHELLS = [shell for shell in (("sh",), ("bash", "--posix"), ("busybox", "ash")) if shutil.which(shell[0])]


class Process(TypedDict, total=False):
    program: str
    uids: str
    state: str
    namespace: str
    root: str
    command_line: bytes


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    return fake_proc(tmp_path)


def pids(proc: Path, name: str = "corosync", *, shell: tuple[str, ...] = ("sh",), path: str = "") -> list[str]:
    text = daemon_functions().replace("PROC=/proc", f"PROC={proc}")
    done = subprocess.run(
        [*shell, "-c", f"{text}\ndaemon_pids {name}"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": f"{path}:{os.environ['PATH']}"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_daemons_are_found_by_their_name(proc: Path, shell: tuple[str, ...]) -> None:
    fake_process(proc, 10, "corosync")
    fake_process(proc, 11, "pacemakerd")
    fake_process(proc, 12, "corosync", program="/usr/sbin/corosync (deleted)")
    fake_process(proc, 13, "sshd")
    fake_process(proc, 14, "corosync", uids="65534 65534 65534 65534")
    assert pids(proc, shell=shell) == ["10", "12"]
    assert pids(proc, "pacemakerd", shell=shell) == ["11"]


@pytest.mark.parametrize(
    "process",
    [
        Process(uids="65534 65534 65534 65534"),
        Process(uids="1000 0 0 0"),
        Process(uids="0 1000 0 0"),
        Process(uids="0 0 1000 0"),
        Process(uids="0 0 0 1000"),
        Process(uids=""),
        Process(program="/tmp/other"),
        Process(program="/tmp/corosync/sudo"),
        Process(program="/tmp/corosync (deleted) x"),
        Process(namespace="4026532201"),
        Process(root="/usr"),
        Process(root="/nowhere"),
        Process(state="Z"),
        Process(command_line=b"/usr/sbin/corosync\0-v\0"),
        Process(command_line=b"/usr/sbin/corosync\0-t\0-c\0/etc/x\0"),
    ],
    ids=str,
)
def test_a_process_that_only_has_the_name_is_none(proc: Path, process: Process) -> None:
    fake_process(proc, 10, "corosync", **process)
    fake_process(proc, 11, "corosync")
    assert pids(proc) == ["11"]


def test_a_set_user_id_program_is_none_whatever_its_name(proc: Path, tmp_path: Path) -> None:
    program = tmp_path / "corosync"
    program.touch()
    program.chmod(0o4755)
    fake_process(proc, 10, "corosync", program=str(program))
    assert pids(proc) == []
    program.chmod(0o755)
    assert pids(proc) == ["10"]


@pytest.mark.parametrize(("number", "found"), [("0", []), ("1000", ["10"])])
def test_only_for_a_user_name_and_numbers_have_to_do(proc: Path, tmp_path: Path, number: str, found: list[str]) -> None:
    (tmp_path / "id").write_text(f"#!/bin/sh\necho {number}\n")
    (tmp_path / "id").chmod(0o755)
    fake_process(proc, 10, "corosync", program="")
    fake_process(proc, 11, "corosync", program="", uids="1000 1000 1000 1000")
    fake_process(proc, 12, "corosync", program="", state="Z")
    assert pids(proc, path=str(tmp_path)) == found


def test_ten_thousand_impostors_cost_no_process_each(proc: Path, tmp_path: Path) -> None:
    for program in ("readlink", "tr"):
        (tmp_path / program).write_text(f"#!/bin/sh\necho x >>{tmp_path}/started\n")
        (tmp_path / program).chmod(0o755)
    for pid in range(100, 300):
        fake_process(proc, pid, "corosync", uids="1000 1000 1000 1000")
    assert pids(proc, path=str(tmp_path)) == []
    assert len((tmp_path / "started").read_text().split()) == 1


def test_the_journal_is_asked_by_fields_that_no_user_can_set() -> None:
    text = f"{daemon_functions()}\ncorosync_journal echo --since=now"
    asked = subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=True).stdout
    alternatives = [terms.split() for terms in asked.removeprefix("--since=now").split(" + ")]
    assert len(alternatives) == 3
    for terms in alternatives:
        assert any(term.startswith(("_SYSTEMD_UNIT=", "_PID=1", "_UID=0")) for term in terms), terms


def test_scripts_with_sections_have_the_functions() -> None:
    assert daemon_functions() in sections_preamble()


@pytest.mark.parametrize(("name", "answer", "code"), [("corosync", "answered", 0), ("other", "(CS_ERR_LIBRARY)", 1)])
async def test_a_tool_is_asked_only_while_a_daemon_runs(
    proc: Path, tmp_path: Path, name: str, answer: str, code: int
) -> None:
    tool = tmp_path / "corosync-cmapctl"
    tool.write_text("#!/bin/sh\necho answered\n")
    tool.chmod(0o755)
    fake_process(proc, 10, name)
    fake_process(proc, 11, "corosync", uids="65534 65534 65534 65534")
    run = local_processes(environ={"PATH": f"{tmp_path}:{os.environ['PATH']}"})

    async def on_proc(request: Request) -> Reply:
        return await run(replace(request, stdin=(request.stdin or b"").replace(b"PROC=/proc", f"PROC={proc}".encode())))

    script = FramedScript("section map 100 ask corosync-cmapctl\nsection none 100 ask corosync-none\n", 9, "asked")
    sections = await script.run(FakeShell(on_proc))
    assert sections["map"].text.endswith(answer)
    assert (sections["map"].exit_code, sections["none"].exit_code) == (code, 127)
