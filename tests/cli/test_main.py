"""The command line's frame: what is printed where, and which exit code. Its imports: tests/test_import_hygiene.py."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from corotui import __version__
from corotui.cli import main as frame
from corotui.cli.main import main
from corotui.errors import CorotuiError, FileError, HostKeyError, NodeUnreachableError, RefusedError, WorkError


def corotui(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command line as an operator has it, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "corotui", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        timeout=60,
        check=False,
    )


def test_version() -> None:
    assert corotui("--version").stdout == f"corotui {__version__}\n"


def test_help_names_every_verb() -> None:
    text = corotui("--help").stdout
    for verb in frame.VERBS:
        assert f"\n  {verb} " in text


@pytest.mark.parametrize("verb", frame.VERBS)
def test_every_verb_explains_itself(verb: str) -> None:
    done = corotui(verb, "--help")
    assert done.returncode == 0
    assert "--json" in done.stdout


def test_unknown_option_is_usage() -> None:
    assert corotui("status", "--frobnicate").returncode == 2
    assert corotui("--frobnicate").returncode == 2


def test_console_without_a_terminal_says_what_does_the_same(tmp_path: Path) -> None:
    done = corotui(str(tmp_path))
    assert done.returncode == 2
    assert "corotui apply" in done.stderr or "`plan` and `apply`" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("verb", ["status", "facts", "check", "plan", "apply", "doctor"])
def test_a_directory_that_is_none_is_one_line(verb: str, tmp_path: Path) -> None:
    done = corotui(verb, str(tmp_path))
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "cluster.toml" in done.stderr


def test_bad_cluster_toml_names_file_line_and_key(tmp_path: Path) -> None:
    (tmp_path / "cluster.toml").write_text('[cluster]\nname = "db"\n\n[[node]]\nname = "a"\nhost = 7\n')
    done = corotui("status", "--json", str(tmp_path))
    assert done.returncode == 2
    assert "cluster.toml:6: " in done.stderr
    assert "host" in done.stderr
    error = json.loads(done.stdout)
    assert (error["line"], error["exit_code"]) == (6, 2)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CorotuiError("x"), 1),
        (WorkError("x"), 1),
        (FileError("f", "x", line=3), 2),
        (NodeUnreachableError("x", node="a", stage="connect"), 3),
        (RefusedError("x"), 4),
        (HostKeyError("x", node="a", fingerprint="SHA256:x", known_fingerprints=None), 4),
        (ExceptionGroup("g", [WorkError("x"), ExceptionGroup("h", [RefusedError("y")])]), 4),
        (KeyboardInterrupt(), 130),
    ],
)
def test_errors_become_exit_codes(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    async def run(*_: object) -> int:
        raise error

    monkeypatch.setattr("corotui.cli.commands.new.run", run)
    assert main(["new", str(tmp_path / "x")]) == code
    assert "Traceback" not in capsys.readouterr().err


def test_what_nobody_foresaw_is_kept_in_a_file_and_said_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    async def run(*_: object) -> int:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("corotui.cli.commands.new.run", run)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main(["new", str(tmp_path / "x")]) == 1
    text = capsys.readouterr().err
    assert "Traceback" not in text
    (kept,) = tmp_path.glob("corotui-*.txt")
    assert str(kept) in text
    assert "ZeroDivisionError" in kept.read_text()


def test_a_reader_that_goes_away_is_no_fault() -> None:
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m corotui --help | head -n 1"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
