"""One question at a time, the same one only once."""

from __future__ import annotations

import asyncio

from corotui.ssh.connect.prompts import CachedPrompts
from tests.support.ssh.scripted_operator import Operator


async def test_one_question_at_a_time() -> None:
    operator = Operator(passwords=["x"] * 5, sudo_passwords=["y"], passphrases=["z"])
    prompts = CachedPrompts(operator)
    await asyncio.gather(
        *(prompts.password(f"n{number}", f"eva@n{number}", "Password") for number in range(5)),
        *(prompts.sudo_password(f"n{number}", "eva", wrong=None) for number in range(5)),
        *(prompts.passphrase("id") for _ in range(5)),
        prompts.host_key("n1", "n1", 22, "ssh-ed25519", "SHA256:x"),
    )
    assert operator.at_once == 1
    kinds = [question[0] for question in operator.asked]
    assert {kind: kinds.count(kind) for kind in kinds} == {"password": 5, "sudo": 1, "passphrase": 1, "host key": 1}


async def test_an_accepted_host_key_is_asked_once_and_a_refused_one_again() -> None:
    operator = Operator(host_keys=True)
    prompts = CachedPrompts(operator)
    for _ in range(2):
        assert await prompts.host_key("a", "bastion", 22, "ssh-ed25519", "SHA256:x")
    assert not await CachedPrompts(Operator()).host_key("a", "bastion", 22, "ssh-ed25519", "SHA256:x")
    assert await prompts.host_key("a", "bastion", 22, "ssh-ed25519", "SHA256:other")
    assert len(operator.asked) == 2


async def test_nodes_with_other_sudo_passwords_do_not_disturb_each_other() -> None:
    operator = Operator(sudo_passwords=["one", "two"])
    prompts = CachedPrompts(operator)
    assert await prompts.sudo_password("n1", "eva", wrong=None) == "one"
    assert await prompts.sudo_password("n2", "eva", wrong=None) == "one"
    assert await prompts.sudo_password("n2", "eva", wrong="one") == "two"
    assert await prompts.sudo_password("n1", "eva", wrong=None) == "one"
    assert await prompts.sudo_password("n2", "eva", wrong=None) == "two"
    assert len(operator.asked) == 2


async def test_a_typing_error_is_asked_again_once_for_all() -> None:
    operator = Operator(sudo_passwords=["typo", "right"])
    prompts = CachedPrompts(operator)
    names = [f"n{number}" for number in range(4)]
    first = await asyncio.gather(*(prompts.sudo_password(name, "eva", wrong=None) for name in names))
    assert first == ["typo"] * 4
    second = await asyncio.gather(*(prompts.sudo_password(name, "eva", wrong="typo") for name in names))
    assert second == ["right"] * 4
    assert len(operator.asked) == 2


async def test_another_user_is_another_question() -> None:
    operator = Operator(sudo_passwords=["eva's", "tom's"])
    prompts = CachedPrompts(operator)
    assert await prompts.sudo_password("n1", "eva", wrong=None) == "eva's"
    assert await prompts.sudo_password("n2", "tom", wrong=None) == "tom's"


async def test_a_no_is_no_answer_and_is_asked_again() -> None:
    operator = Operator(sudo_passwords=[None, "yes"])
    prompts = CachedPrompts(operator)
    assert await prompts.sudo_password("n1", "eva", wrong=None) is None
    assert await prompts.sudo_password("n1", "eva", wrong=None) == "yes"


async def test_unknown_questions_are_not_asked_on_request() -> None:
    operator = Operator(sudo_passwords=["x"])
    assert await CachedPrompts(operator).sudo_password("n1", "eva", wrong=None, may_prompt=False) is None
    assert operator.asked == []


async def test_no_answer_is_in_a_repr() -> None:
    prompts = CachedPrompts(Operator(sudo_passwords=["sesame"]))
    await prompts.sudo_password("n1", "eva", wrong=None)
    assert "sesame" not in repr(prompts)
