"""`corotui facts` and `corotui check` where no node answers; with nodes they are tried in tests/nodes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from corotui.cli.main import main
from corotui.directory import Directory

TOML = """[cluster]
name = "db"

[[node]]
name = "a"
host = "127.0.0.1"

[ssh]
user = "nobody"
port = 1
"""


@pytest.fixture
def lonely(tmp_path: Path) -> Path:
    """A cluster directory whose only node has no sshd."""
    path = tmp_path / "db"
    Directory.create(str(path), "db")
    (path / "cluster.toml").write_text(TOML)
    return path


@pytest.mark.parametrize("verb", ["facts", "check"])
def test_a_node_that_does_not_answer_is_named(verb: str, lonely: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, str(lonely), "--json"]) == 3
    document = json.loads(capsys.readouterr().out)
    error = document["nodes" if verb == "facts" else "failed"]["a"]
    assert error["error"] == "NodeUnreachableError"
    assert error["stage"] == "connect"


@pytest.mark.parametrize("verb", ["facts", "check"])
def test_and_in_words(verb: str, lonely: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, str(lonely)]) == 3
    captured = capsys.readouterr()
    assert "a: " in captured.out + captured.err
    assert "Traceback" not in captured.err


def test_a_node_that_is_none(lonely: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["facts", str(lonely), "--node", "b"]) == 2
    assert "There is no node b in" in capsys.readouterr().err
