"""The frame of the answer, and the script where the machine is not as it should be."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.facts import gather_facts, script
from corotui.facts.script import parse_sections
from tests.support.fake_proc import fake_proc, fake_process
from tests.support.fake_shell import FakeShell, local_processes


def framed(mark: str, name: str, body: bytes) -> bytes:
    return b"%b begin %b\n%b\n%b end %b\n" % (mark.encode(), name.encode(), body, mark.encode(), name.encode())


def test_sections_are_cut_exactly() -> None:
    text = (
        b"Welcome to node1\n"
        + framed("m", "a", b"one\n\n")
        + b"noise\n"
        + framed("m", "b", b"")
        + framed("m", "c", b"x")
    )
    assert parse_sections(text, "m") == {"a": b"one\n\n", "b": b"", "c": b"x"}


def test_a_section_that_does_not_end_is_left_out() -> None:
    assert parse_sections(b"m begin a\nhalf", "m") == {}
    assert parse_sections(b"m begin a\nhalf\n" + framed("m", "b", b"x"), "m") == {"b": b"x"}


def test_content_cannot_forge_a_section_without_the_mark() -> None:
    forged = framed("0" * 32, "who", b"euid 0")
    assert parse_sections(framed("m", "conf", forged), "m") == {"conf": forged}


def test_many_beginnings_end_soon() -> None:
    assert parse_sections(b"m begin a\n" * 200_000, "m") == {}


@given(st.binary(max_size=200))
def test_any_bytes_come_through(body: bytes) -> None:
    assert parse_sections(framed("mark", "conf", body), "mark") == {"conf": body}


@pytest.fixture
def poor(tmp_path: Path) -> Path:
    """A PATH with the least that a system has: no ip, no ss, no getent, no timeout."""
    for program in ("sh", "head", "date", "id", "uname", "sed", "cat", "readlink", "stat", "df", "tail", "sleep"):
        found = shutil.which(program)
        assert found
        (tmp_path / program).symlink_to(found)
    return tmp_path


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def moved(folder: Path) -> bytes:
    """The script with its own PATH and no system directories added to it."""
    return (
        script.facts_script("MARK")
        .text.encode()
        .replace(b"PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", b"")
    )


async def told(folder: Path, *, text: bytes | None = None) -> dict[str, str]:
    shell = FakeShell(local_processes(environ={"PATH": str(folder)}))
    result = await shell.run("sh -s -- localhost", stdin=text or moved(folder))
    assert result.stderr == b""
    return {name: data.decode() for name, data in parse_sections(result.stdout, "MARK").items()}


async def test_a_system_with_hardly_any_program(poor: Path) -> None:
    found = await told(poor)
    assert found["addresses"] == ""
    assert found["ports"].startswith("proc\n")
    assert "0 rc 127" in found["names"]
    assert "end" in found


async def test_a_probe_that_hangs_is_cut_with_and_without_timeout(poor: Path) -> None:
    program(poor, "corosync", "exec sleep 100")
    short = moved(poor).replace(b"limit 5 corosync -v", b"limit 1 corosync -v")
    assert (await told(poor, text=short))["version"].startswith(f"path {poor}/corosync\n")
    found = shutil.which("timeout")
    assert found
    (poor / "timeout").symlink_to(found)
    assert (await told(poor, text=short))["version"].startswith(f"path {poor}/corosync\n")


async def test_a_probe_that_floods_is_cut(poor: Path) -> None:
    program(poor, "corosync", "while :; do echo yes; done")
    assert len((await told(poor))["version"]) == 4000


async def test_programs_that_read_stdin_do_not_eat_the_script(poor: Path) -> None:
    program(poor, "corosync", "cat; echo read")
    found = await told(poor)
    assert found["version"].endswith("read\n")
    assert "end" in found


async def test_the_cloud_is_asked_with_a_token_that_no_argument_shows(poor: Path, tmp_path: Path) -> None:
    sys = tmp_path / "sys"
    (sys / "class" / "dmi" / "id").mkdir(parents=True)
    (sys / "class" / "dmi" / "id" / "sys_vendor").write_text("Amazon EC2\n")
    program(
        poor,
        "curl",
        f'echo "$@" >>{tmp_path}/asked\n'
        'case "$*" in *api/token*) echo s3cret; exit ;; esac\n'
        'read -r line; case "$line" in *s3cret*) echo value ;; esac',
    )
    found = await told(poor, text=moved(poor).replace(b"SYS=/sys", f"SYS={sys}".encode()))
    assert "provider ec2" in found["cloud"]
    assert "instance-id value" in found["cloud"]
    assert "security-groups value" in found["cloud"]
    asked = (tmp_path / "asked").read_text()
    assert "s3cret" not in asked
    assert asked.count("169.254.169.254") == 5


async def test_no_cloud_is_asked_elsewhere(poor: Path, tmp_path: Path) -> None:
    program(poor, "curl", f"touch {tmp_path}/asked")
    (tmp_path / "sys").mkdir()
    found = await told(poor, text=moved(poor).replace(b"SYS=/sys", f"SYS={tmp_path}/sys".encode()))
    assert found["cloud"] == ""
    assert not (tmp_path / "asked").exists()


async def test_only_daemons_of_this_node_are_counted(poor: Path, tmp_path: Path) -> None:
    proc = fake_proc(tmp_path)
    fake_process(proc, 10, "corosync")
    fake_process(proc, 11, "corosync", namespace="2")
    fake_process(proc, 12, "x")
    fake_process(proc, 13, "corosync", uids="65534 65534 65534 65534")
    fake_process(proc, 14, "pacemakerd")
    fake_process(proc, 15, "pacemakerd", uids="65534 65534 65534 65534")
    found = await told(poor, text=moved(poor).replace(b"PROC=/proc", f"PROC={proc}".encode()))
    assert found["processes"] == "corosync 10\npacemakerd 14\n"


async def test_the_key_is_reported_by_its_checksum_alone(poor: Path, tmp_path: Path) -> None:
    etc = tmp_path / "etc"
    (etc / "corosync").mkdir(parents=True)
    (etc / "corosync" / "authkey").write_bytes(b"TOPSECRET" * 20)
    (etc / "corosync" / "corosync.conf").write_bytes(b"totem {\n}\n\n")
    found = shutil.which("sha256sum")
    assert found
    (poor / "sha256sum").symlink_to(found)
    answer = await told(poor, text=moved(poor).replace(b"ETC=/etc", f"ETC={etc}".encode()))
    assert "TOPSECRET" not in repr(answer)
    assert answer["authkey"].startswith("stat 180 ")
    assert answer["conf"] == "totem {\n}\n\n"


async def test_the_mark_is_another_each_time() -> None:
    shell = FakeShell(local_processes())
    await gather_facts(shell)
    await gather_facts(shell)
    marks = [(request.stdin or b"").split(b"\n", 1)[0] for request in shell.requests]
    assert len(set(marks)) == 2
    assert all(re.fullmatch(rb"unset mark; mark=corotui-[0-9a-f]{16}", mark) for mark in marks)
