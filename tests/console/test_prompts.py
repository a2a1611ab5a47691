"""Questions of ssh: asked one at a time, declined by default, never kept."""

from __future__ import annotations

import asyncio
import contextvars

import pytest

from corotui.console.prompts import ConsolePrompter
from tests.support import console_states, states
from tests.support.open_console import console

FINGERPRINT = "SHA256:1hCwNQV9mXDvGZL5sRP3hHcu2zFQk2Q0eZqzT1pLbCE"


async def test_an_unknown_host_key_is_shown_and_refused_by_default() -> None:
    async with console(console_states.fresh()) as it:
        asked = asyncio.create_task(it.ask.host_key("node1", "10.77.0.1", 22, "ssh-ed25519", FINGERPRINT))
        await it.settle()
        assert FINGERPRINT in it.text
        assert "[n refuse]" in it.text
        await it.press("enter")
        assert await asked is False


async def test_a_host_key_is_accepted_only_by_saying_so() -> None:
    async with console(console_states.fresh()) as it:
        asked = asyncio.create_task(it.ask.host_key("node1", "10.77.0.1", 2222, "ssh-ed25519", FINGERPRINT))
        await it.settle()
        assert "10.77.0.1 port 2222" in it.text
        await it.press("y")
        assert await asked is True


async def test_questions_of_several_nodes_come_one_after_another() -> None:
    async with console(console_states.fresh()) as it:
        asked = [
            asyncio.create_task(it.ask.host_key(name, "10.77.0.1", 22, "ssh-ed25519", FINGERPRINT))
            for name in states.NAMES
        ]
        for name in states.NAMES:
            await it.settle()
            assert f"First contact with {name}" in it.text
            await it.press("y")
        assert await asyncio.gather(*asked) == [True, True, True]


async def test_a_password_is_never_shown() -> None:
    async with console(console_states.fresh()) as it:
        asked = asyncio.create_task(it.ask.sudo_password("node1", "ec2-user", ()))
        await it.settle()
        assert "sudo on node1 asks for ec2-user's password." in it.words
        assert "used on node1 only" in it.words
        await it.press(*"geheim")
        assert "geheim" not in it.text
        await it.press("enter")
        answer = await asked
        assert answer is not None
        assert (answer.password.text(), answer.nodes) == ("geheim", ("node1",))
        assert not any("geheim" in entry.text for entry in it.app.activity_log.entries)


@pytest.mark.parametrize(
    ("keys", "nodes"),
    [
        (["enter"], ("node1", "node2", "node3")),
        (["ctrl+o"], ("node1",)),
        (["tab", "right", "enter"], ("node1",)),
        (["tab", "left", "enter"], ("node1", "node2", "node3")),
        (["escape"], ()),
    ],
)
async def test_a_password_goes_to_the_nodes_that_the_operator_read_and_chose(
    keys: list[str], nodes: tuple[str, ...]
) -> None:
    async with console(console_states.fresh()) as it:
        asked = asyncio.create_task(it.ask.sudo_password("node1", "ec2-user", ["node2", "node3"]))
        await it.settle()
        assert "node2 and node3 can be given it too" in it.words
        await it.press(*"geheim", *keys)
        answer = await asked
        assert ((answer and answer.nodes) or ()) == nodes
        assert answer is None or answer.password.text() == "geheim"


async def test_without_other_nodes_there_is_no_choice() -> None:
    async with console(console_states.fresh()) as it:
        asked = asyncio.create_task(it.ask.sudo_password("node1", "ec2-user", ()))
        await it.settle()
        assert "ctrl+o" not in it.text
        await it.press(*"geheim", "ctrl+o")
        answer = await asked
        assert answer is not None
        assert (answer.password.text(), answer.nodes) == ("geheim", ("node1",))


async def test_a_question_may_come_from_a_task_that_is_none_of_the_consoles() -> None:
    """asyncssh asks from a callback of its connection, which knows no Textual app."""
    async with console(console_states.fresh()) as it:
        question = it.ask.passphrase("/home/me/.ssh/id_ed25519")
        asked = asyncio.create_task(question, context=contextvars.Context())
        await it.settle()
        assert "is protected by a passphrase" in it.words
        await it.press(*"geheim", "enter")
        secret = await asked
        assert secret is not None
        assert secret.text() == "geheim"


async def test_such_a_question_may_be_withdrawn() -> None:
    async with console(console_states.fresh()) as it:
        asked = asyncio.create_task(it.ask.passphrase("/k"), context=contextvars.Context())
        await it.settle()
        asked.cancel()
        await it.settle()
        assert asked.cancelled()
        assert "is protected by a passphrase" not in it.words


async def test_escape_declines_a_password() -> None:
    async with console(console_states.fresh()) as it:
        asked = asyncio.create_task(it.ask.passphrase("/home/me/.ssh/id_ed25519"))
        await it.settle()
        await it.press(*"half", "escape")
        assert await asked is None


async def test_without_a_screen_everything_is_declined() -> None:
    ask = ConsolePrompter()
    assert await ask.host_key("n", "h", 22, "k", FINGERPRINT) is False
    assert await ask.password("n", "Password:") is None


async def test_a_question_that_is_no_longer_asked_goes_away() -> None:
    async with console(console_states.fresh()) as it:
        asked = asyncio.create_task(it.ask.password("node1", "Password:"))
        await it.settle()
        assert len(it.app.screen_stack) == 2
        asked.cancel()
        await it.settle()
        assert len(it.app.screen_stack) == 1


async def test_a_key_pressed_twice_answers_once() -> None:
    async with console(console_states.fresh()) as it:
        asked = asyncio.create_task(it.ask.host_key("node1", "10.77.0.1", 22, "ssh-ed25519", FINGERPRINT))
        await it.settle()
        it.app.simulate_key("enter")
        it.app.simulate_key("enter")
        it.app.simulate_key("escape")
        await it.settle()
        assert await asked is False
        assert len(it.app.screen_stack) == 1


async def test_a_screen_that_goes_declines_the_open_question() -> None:
    async with console(console_states.fresh()) as it:
        asked = asyncio.create_task(it.ask.password("node1", "Password:"))
        await it.settle()
        it.app.detach()
        assert await asked is None
