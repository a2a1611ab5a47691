"""What an error says, on one line."""

from __future__ import annotations

from corotui.errors import CommandFailed, FileError, NodeUnreachable, WorkFailed


def test_sentences_have_an_end() -> None:
    error = NodeUnreachable("nothing listens on port 22", node="a", stage="connect", next_step="Is sshd up?")
    assert str(error) == "a: nothing listens on port 22. Nothing was changed. Is sshd up?"
    assert str(WorkFailed("it is full.", changed="")) == "it is full."


def test_what_a_command_said_stays_on_one_line() -> None:
    error = CommandFailed(node="a", command="false", exit_code_seen=1, output="one\n\n  two\n")
    assert str(error) == "a: `false` returned 1: one | two."


def test_a_file_error_is_file_line_key() -> None:
    assert (
        str(FileError("db/cluster.toml", "is no number", line=7, key="port")) == "db/cluster.toml:7: port: is no number"
    )
