from __future__ import annotations

import os
from pathlib import Path

import pytest

from corotui.errors import WorkError
from corotui.practice import subprocesses
from corotui.practice.subprocesses import run, run_streaming


def test_output_input_and_exit_code() -> None:
    done = run(["sh", "-c", "cat; echo said >&2; exit 3"], stdin="in", check=False)
    assert (done.returncode, done.stdout, done.stderr) == (3, b"in", b"said\n")


def test_failures_are_words() -> None:
    with pytest.raises(WorkError, match=r"`sh -c 'echo why >&2; exit 3'` returned 3: why"):
        run(["sh", "-c", "echo why >&2; exit 3"])
    with pytest.raises(WorkError, match="`no-such-program` is not on this machine"):
        run(["no-such-program"])
    with pytest.raises(WorkError, match=r"did not end within 0\.1 s"):
        run(["sleep", "60"], timeout=0.1)


def test_what_a_program_prints_is_kept_for_the_exit() -> None:
    with pytest.raises(WorkError) as caught:
        run(["sh", "-c", r"printf '\033[31mred\007' >&2; exit 1"])
    assert "\x1b[31mred\x07" in str(caught.value)


def test_roots_programs_are_found_from_a_plain_users_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert "/usr/sbin" in run(["sh", "-c", "echo $PATH"]).stdout.decode().strip().split(":")
    assert os.environ["PATH"] == "/usr/bin:/bin"


def test_a_long_program_is_followed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    heard: list[str] = []
    monkeypatch.setattr(subprocesses, "_REPORT_EVERY", 0.0)
    words = ["sh", "-c", r"printf 'one\ntwo\n'; printf '\033[31mthree\n' >&2"]
    run_streaming(words, lambda line, seconds: heard.append(line), timeout=30, environment={})
    assert heard == ["one", "two", "\x1b[31mthree"]


def test_a_long_program_that_fails_or_takes_too_long() -> None:
    with pytest.raises(WorkError, match="returned 2: first / last"):
        run_streaming(["sh", "-c", "echo first; echo last; exit 2"], lambda *_: None, timeout=30, environment={})
    with pytest.raises(WorkError, match=r"did not end within 0\.1 s"):
        run_streaming(["sleep", "60"], lambda *_: None, timeout=0.1, environment={})
