"""Questions on the terminal: who gets a password is said before it is typed, and decided after."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from corotui.cli import prompts
from corotui.cli.output.printer import Output
from corotui.cli.prompts import TerminalPrompter
from corotui.ssh.secret import Secret

Dialogue = list[str]
"""What was said, and the questions, in order."""


@pytest.fixture
def prompter(monkeypatch: pytest.MonkeyPatch) -> TerminalPrompter:
    """A prompter on a terminal, where "geheim" is typed without echo."""
    monkeypatch.setattr(prompts, "has_terminal", lambda: True)

    def typed(show_prompt: Callable[[], None]) -> Secret:
        show_prompt()
        return Secret.from_text("geheim")

    monkeypatch.setattr("corotui.cli.output.secret_input.read_secret", typed)
    return TerminalPrompter(Output(json=False))


@pytest.mark.parametrize(
    ("line", "nodes"),
    [
        ("\n", ("n1", "n2", "n3")),
        ("y\n", ("n1", "n2", "n3")),
        ("YES\n", ("n1", "n2", "n3")),
        ("n\n", ("n1",)),
        ("geheim\n", ("n1",)),
        ("", ("n1",)),
    ],
)
async def test_the_nodes_are_named_and_the_operator_decides(
    prompter: TerminalPrompter,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    line: str,
    nodes: tuple[str, ...],
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(line))
    answer = await prompter.sudo_password("n1", "eva", ["n2", "n3"])
    assert answer is not None
    assert (answer.password.text(), answer.nodes) == ("geheim", nodes)
    assert capsys.readouterr().err.splitlines() == [
        "n1: sudo asks eva for a password. It can serve n2 and n3 too; you are asked.",
        "n1: sudo password of eva: ",
        "Use it on n2 and n3 too? [Y/n] ",
    ]


async def test_for_one_node_there_is_no_choice(prompter: TerminalPrompter, capsys: pytest.CaptureFixture[str]) -> None:
    answer = await prompter.sudo_password("n1", "eva", ())
    assert answer is not None
    assert (answer.password.text(), answer.nodes) == ("geheim", ("n1",))
    assert capsys.readouterr().err == "n1: sudo password of eva: \n"


async def test_who_gives_no_password_is_not_asked_for_whom(
    prompter: TerminalPrompter, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("corotui.cli.output.secret_input.read_secret", lambda show_prompt: None)
    assert await prompter.sudo_password("n1", "eva", ["n2"]) is None
    assert "Use it" not in capsys.readouterr().err


async def test_without_a_terminal_everything_is_declined(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(prompts, "has_terminal", lambda: False)
    assert await TerminalPrompter(Output(json=False)).sudo_password("n1", "eva", ["n2"]) is None
    assert capsys.readouterr().err == ""
