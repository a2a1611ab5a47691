"""Which log files the doctor reads: those that only root can write."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from corotui.doctor.evidence_script import LOG_FUNCTIONS
from tests.support.recorded_evidence import findings, recorded_nodes

STAT = shutil.which("stat")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A directory that passes for one of root's, whoever runs the test, with a log in it."""
    made = tmp_path / "log"
    made.mkdir(mode=0o755)
    (made / "corosync.log").write_text("first\nlast\n")
    (made / "corosync.log").chmod(0o644)
    return made


def asked(folder: Path, *words: str | Path, owner: int = 0, group: int = 0) -> str:
    """The output of `log_of`; files of who runs the test belong to `owner` and `group`."""
    shims = folder.parent / "bin"
    shims.mkdir(exist_ok=True)
    change = f"s/^{os.getuid()} [0-9]* /{owner} {group} /"
    (shims / "stat").write_text(f'#!/bin/sh\n{STAT} "$@" | sed "{change}"\n')
    (shims / "stat").chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", f'{LOG_FUNCTIONS}\nlog_of "$@"', "sh", *map(str, words)],
        env={"PATH": f"{shims}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


def test_a_log_of_root_is_read(folder: Path) -> None:
    log = folder / "corosync.log"
    assert asked(folder, log) == "first\nlast\n"
    assert asked(folder, "refused", log) == ""


def test_a_log_in_a_place_of_root_is_read_through_a_directory_that_is_a_link(folder: Path) -> None:
    (folder.parent / "link").symlink_to(folder)
    assert asked(folder, folder.parent / "link" / "corosync.log") == "first\nlast\n"


def test_a_link_is_not_followed(folder: Path) -> None:
    link = folder / "link.log"
    link.symlink_to(folder / "corosync.log")
    assert asked(folder, link) == ""
    assert asked(folder, "refused", link) == f"{link}: it is a symbolic link\n"
    assert asked(folder, link, folder / "corosync.log") == "first\nlast\n"


@pytest.mark.parametrize("mode", [0o666, 0o646, 0o602])
def test_a_file_that_others_can_write_is_refused(folder: Path, mode: int) -> None:
    log = folder / "corosync.log"
    log.chmod(mode)
    assert asked(folder, log) == ""
    assert asked(folder, "refused", log) == f"{log}: others than root can write {log}\n"


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o1773])
def test_a_directory_that_others_can_write_is_refused(folder: Path, mode: int) -> None:
    folder.chmod(mode)
    assert asked(folder, folder / "corosync.log") == ""
    assert "others than root can write" in asked(folder, "refused", folder / "corosync.log")


@pytest.mark.parametrize(("group", "text"), [(0, "first\nlast\n"), (104, "")])
def test_the_group_of_root_may_write(folder: Path, group: int, text: str) -> None:
    (folder / "corosync.log").chmod(0o664)
    assert asked(folder, folder / "corosync.log", group=group) == text


def test_a_file_of_a_user_is_refused(folder: Path) -> None:
    assert asked(folder, folder / "corosync.log", owner=1000) == ""


def test_a_path_that_is_not_absolute_and_one_that_is_missing_are_left_out(folder: Path) -> None:
    assert asked(folder, "corosync.log", "", folder / "none") == ""
    assert asked(folder, "refused", "corosync.log", "", folder / "none") == ""


async def test_a_log_that_was_not_read_is_named() -> None:
    nodes = recorded_nodes()
    nodes["node2"].doctor["log-refused"] = (0, "/tmp/c.log: others than root can write /tmp/")
    found = await findings(nodes)
    assert [(finding.code, finding.node, finding.place) for finding in found] == [
        ("log-not-read", "node2", "/tmp/c.log")
    ]
