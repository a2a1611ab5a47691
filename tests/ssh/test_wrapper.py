"""The line that is sent, run by real shells."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corotui.ssh.command import wrapper
from corotui.ssh.command.wrapper import Sentinels

SHELLS = [name for name in ("sh", "dash", "bash", "zsh", "fish") if shutil.which(name)]


def sent(line: str, shell: str = "sh", stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([shell, "-c", line], input=stdin, capture_output=True, check=False)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("seconds", [None, 5.0])
def test_any_login_shell_runs_it(shell: str, seconds: float | None) -> None:
    marks = Sentinels.new()
    line = wrapper.wrap("echo 'out  put'; cat; exit 3", marks, sudo=False, merge_stderr=False, seconds=seconds)
    done = sent(line, shell, b"input")
    assert done.returncode == 3
    assert done.stdout == marks.begun + b"\nout  put\ninput"
    assert re.fullmatch(re.escape(marks.begun) + rb" \d+ \d+\n", done.stderr)


def test_merged_output_keeps_its_order() -> None:
    marks = Sentinels.new()
    done = sent(wrapper.wrap("echo a >&2; echo b; echo c >&2", marks, sudo=False, merge_stderr=True, seconds=None))
    assert done.stdout == marks.begun + b"\na\nb\nc\n"


def test_the_process_group_it_names_is_its_own() -> None:
    marks = Sentinels.new()
    done = sent(wrapper.wrap("true", marks, sudo=False, merge_stderr=False, seconds=None))
    assert int(done.stderr.split()[2]) == os.getpgid(0)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40))
@settings(max_examples=40)
def test_words_in_a_command_stay_as_they_are(word: str) -> None:
    from corotui.cluster.quoting import command

    marks = Sentinels.new()
    done = sent(wrapper.wrap(command("printf", "%s", word), marks, sudo=False, merge_stderr=False, seconds=9.0))
    assert done.stdout == marks.begun + b"\n" + word.encode()


def test_sudo_reads_from_its_input_and_keeps_nothing() -> None:
    marks = Sentinels.new()
    line = wrapper.wrap("true", marks, sudo=True, merge_stderr=False, seconds=None)
    assert line.startswith(f"env LC_ALL=C sudo -S -k -p {marks.prompt.decode()} -- sh -c ")


def test_marks_are_new_each_time() -> None:
    assert Sentinels.new() != Sentinels.new()


@pytest.mark.parametrize("pid", [-1, 0, 1])
@pytest.mark.parametrize("group", [-1, 0, 1])
def test_no_kill_names_every_process(pid: int, group: int) -> None:
    assert wrapper.kill_command(pid, group) == "true"


def test_a_kill_names_both_groups_and_the_process() -> None:
    targets = re.findall(r"-- (-?\d+)", wrapper.kill_command(4711, 4700))
    assert targets == ["-4711", "-4700", "4711"]


def test_what_the_operator_sees_is_what_was_asked() -> None:
    assert wrapper.display_text("systemctl start corosync", privileged=True) == "sudo systemctl start corosync"
    assert wrapper.display_text("echo \x1b[31m\nx", privileged=False) == "echo \x1b[31m x"
