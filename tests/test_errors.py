"""What an error says, on one line."""

from __future__ import annotations

from corotui.errors import CommandError, FileError, NodeUnreachableError, WorkError, leaves


def test_sentences_have_an_end() -> None:
    error = NodeUnreachableError("nothing listens on port 22", node="a", stage="connect", next_step="Is sshd up?")
    assert str(error) == "a: nothing listens on port 22. Nothing was changed. Is sshd up?"
    assert str(WorkError("it is full.", changed="")) == "it is full."


def test_what_a_command_said_stays_on_one_line() -> None:
    error = CommandError(node="a", command="false", returncode=1, output="one\n\n  two\n")
    assert str(error) == "a: `false` returned 1: one | two."


def test_a_file_error_is_file_line_key() -> None:
    assert (
        str(FileError("db/cluster.toml", "is no number", line=7, key="port")) == "db/cluster.toml:7: port: is no number"
    )


def test_leaves_of_nested_groups_come_in_order() -> None:
    first, second, third = WorkError("1"), WorkError("2"), WorkError("3")
    group = ExceptionGroup("a", [first, ExceptionGroup("b", [second]), third])
    assert list(leaves(group)) == [first, second, third]
