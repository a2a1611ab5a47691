"""One question at a time, the same one only once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.cluster.events import ignore_event
from corotui.cluster.model import Node, Ssh
from corotui.errors import NodeUnreachableError
from corotui.ssh.connect.client import LoginClient
from corotui.ssh.connect.jump_hosts import ShellConnector
from corotui.ssh.connect.known_hosts import HostKeys
from corotui.ssh.connect.prompts import CachedPrompts
from corotui.ssh.connect.ssh_config import SshTarget, resolve_target
from corotui.ssh.secret import Secret
from corotui.ssh.shell import SudoAnswer
from tests.support.ssh.scripted_operator import Operator, text
from tests.support.ssh.sshd import free_port


def target(**changes: Any) -> SshTarget:  # Any: the values of the fields of SshTarget
    """eva@10.0.0.11 with some fields changed."""
    return replace(resolve_target("10.0.0.11", Ssh(user="eva"), []), **changes)


def prompts_for(operator: Operator, nodes: int, user: str = "eva") -> CachedPrompts:
    """Prompts that know n1, n2, ... whose sudo may ask for a password of `user`."""
    prompts = CachedPrompts(operator)
    for number in range(1, nodes + 1):
        prompts.register_sudo(f"n{number}", user)
    return prompts


async def test_one_question_at_a_time() -> None:
    operator = Operator(passwords=["x"] * 5, sudo_passwords=["y"], passphrases=["z"])
    prompts = prompts_for(operator, 5)
    await asyncio.gather(
        *(prompts.password(f"n{number}", ("eva", f"n{number}"), "Password") for number in range(1, 6)),
        *(prompts.sudo_password(f"n{number}", "eva", wrong=None) for number in range(1, 6)),
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


async def test_a_password_goes_to_no_node_that_the_question_did_not_name() -> None:
    operator = Operator(sudo_passwords=["one", "late"])
    prompts = prompts_for(operator, 2)
    assert text(await prompts.sudo_password("n1", "eva", wrong=None)) == "one"
    prompts.register_sudo("n3", "eva")
    assert text(await prompts.sudo_password("n2", "eva", wrong=None)) == "one"
    assert text(await prompts.sudo_password("n3", "eva", wrong=None)) == "late"
    assert operator.asked == [("sudo", "n1", "eva", "n2"), ("sudo", "n3", "eva")]


async def test_a_password_that_is_meant_for_one_node_stays_there() -> None:
    operator = Operator(sudo_passwords=["one", "two", "three"], shares_sudo=False)
    prompts = prompts_for(operator, 3)
    assert [text(await prompts.sudo_password(f"n{n}", "eva", wrong=None)) for n in (1, 2, 3)] == ["one", "two", "three"]
    assert [text(await prompts.sudo_password(f"n{n}", "eva", wrong=None)) for n in (1, 2, 3)] == ["one", "two", "three"]
    assert operator.asked == [("sudo", "n1", "eva", "n2", "n3"), ("sudo", "n2", "eva", "n3"), ("sudo", "n3", "eva")]


async def test_a_prompter_can_not_widen_the_question() -> None:
    class Generous(Operator):
        async def sudo_password(self, node: str, user: str, others: Sequence[str]) -> SudoAnswer:
            return SudoAnswer(Secret.from_text("x"), ("n1", "n2", "n3"))

    prompts = prompts_for(Generous(), 2)
    prompts.register_sudo("n3", "tom")
    assert text(await prompts.sudo_password("n1", "eva", wrong=None)) == "x"
    assert text(await prompts.sudo_password("n2", "eva", wrong=None, may_prompt=False)) == "x"
    for user in ("eva", "tom"):
        assert await prompts.sudo_password("n3", user, wrong=None, may_prompt=False) is None


async def test_this_machine_shares_no_password_with_the_nodes() -> None:
    operator = Operator(sudo_passwords=["of this machine", "of the nodes"])
    prompts = prompts_for(operator, 2)
    assert text(await prompts.sudo_password("here", "eva", wrong=None)) == "of this machine"
    assert text(await prompts.sudo_password("n1", "eva", wrong=None)) == "of the nodes"
    assert text(await prompts.sudo_password("here", "eva", wrong=None)) == "of this machine"
    assert operator.asked == [("sudo", "here", "eva"), ("sudo", "n1", "eva", "n2")]


async def test_nodes_with_other_sudo_passwords_do_not_disturb_each_other() -> None:
    operator = Operator(sudo_passwords=["one", "two"])
    prompts = prompts_for(operator, 2)
    one = await prompts.sudo_password("n1", "eva", wrong=None)
    assert one is not None
    prompts.sudo_accepted("n1", "eva", one)
    assert await prompts.sudo_password("n2", "eva", wrong=None) is one
    assert text(await prompts.sudo_password("n2", "eva", wrong=one)) == "two"
    assert text(await prompts.sudo_password("n1", "eva", wrong=None)) == "one"
    assert text(await prompts.sudo_password("n2", "eva", wrong=None)) == "two"
    assert operator.asked == [("sudo", "n1", "eva", "n2"), ("sudo", "n2", "eva")]


async def test_what_sudo_took_counts_although_another_node_refused_it_first() -> None:
    prompts = prompts_for(Operator(sudo_passwords=["one", "two"]), 2)
    one = await prompts.sudo_password("n1", "eva", wrong=None)
    assert one is not None
    assert await prompts.sudo_password("n2", "eva", wrong=None) is one
    assert text(await prompts.sudo_password("n2", "eva", wrong=one)) == "two"
    prompts.sudo_accepted("n1", "eva", one)
    assert text(await prompts.sudo_password("n1", "eva", wrong=None)) == "one"
    assert text(await prompts.sudo_password("n2", "eva", wrong=None)) == "two"


async def test_a_typing_error_is_asked_again_once_for_all() -> None:
    operator = Operator(sudo_passwords=["typo", "right"])
    prompts = prompts_for(operator, 4)
    names = [f"n{number}" for number in range(1, 5)]
    first = await asyncio.gather(*(prompts.sudo_password(name, "eva", wrong=None) for name in names))
    assert list(map(text, first)) == ["typo"] * 4
    second = await asyncio.gather(*(prompts.sudo_password(name, "eva", wrong=first[0]) for name in names))
    assert list(map(text, second)) == ["right"] * 4
    assert operator.asked == [("sudo", "n1", "eva", "n2", "n3", "n4")] * 2


@given(
    users=st.lists(st.sampled_from(["eva", "tom"]), min_size=1, max_size=5),
    steps=st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.sampled_from(["new", "wrong", "took"])), max_size=15),
)
def test_no_node_gets_what_was_not_agreed_for_it(users: list[str], steps: list[tuple[int, bool, str]]) -> None:
    class Careful(Operator):
        """Types another password each time, and remembers for whom."""

        shares = False
        agreed: ClassVar[dict[str, tuple[str, ...]]] = {}

        async def sudo_password(self, node: str, user: str, others: Sequence[str]) -> SudoAnswer:
            assert {users[int(name)] for name in (node, *others)} == {user}
            password = Secret.from_text(f"p{len(self.agreed)}")
            self.agreed[password.text()] = nodes = (node, *others) if self.shares else (node,)
            return SudoAnswer(password, nodes)

    async def run() -> None:
        operator = Careful()
        operator.agreed.clear()
        prompts = CachedPrompts(operator)
        for number, user in enumerate(users):
            prompts.register_sudo(str(number), user)
        last: dict[str, Secret] = {}
        for number, operator.shares, step in steps:
            node, user = str(number % len(users)), users[number % len(users)]
            if step == "took" and node in last:
                prompts.sudo_accepted(node, user, last[node])
            answer = await prompts.sudo_password(node, user, wrong=last.get(node) if step == "wrong" else None)
            assert answer is not None
            assert node in operator.agreed[answer.text()]
            assert step != "wrong" or answer is not last.get(node)
            last[node] = answer

    asyncio.run(run())


async def test_a_login_password_belongs_to_an_address_and_the_way_there() -> None:
    operator = Operator(passwords=["one", "two"])
    prompts = CachedPrompts(operator)
    scopes = [target(jumps=(target(host=name),)).password_scope for name in ("bastion-a", "bastion-b")]
    assert text(await prompts.password("n1", scopes[0], "Password")) == "one"
    assert text(await prompts.password("n2", scopes[1], "Password")) == "two"
    assert text(await prompts.password("n3", scopes[0], "Password")) == "one"
    assert len(operator.asked) == 2


def test_what_makes_an_address_another_machine() -> None:
    bastion = target(host="bastion")
    targets = [
        target(),
        target(user="tom"),
        target(host="other"),
        target(port=2222),
        target(proxy_command="nc -x a %h"),
        target(jumps=(bastion,)),
        target(jumps=(replace(bastion, port=2222),)),
        target(jumps=(replace(bastion, proxy_command="nc -x a"),)),
        target(jumps=(bastion, target(host="inner"))),
        target(jumps=(target(host="inner"), bastion)),
    ]
    assert len({each.password_scope for each in targets}) == len(targets)
    assert target(identities_only=True).password_scope == target().password_scope
    assert target(jumps=(bastion, target(user="tom", host="::1", port=2222))).destination_and_route == (
        "eva@10.0.0.11 through eva@bastion and tom@[::1]:2222"
    )
    assert target().destination_and_route == "eva@10.0.0.11"


async def test_the_question_for_a_login_password_names_the_way() -> None:
    operator = Operator(passwords=["one"])
    through = target(jumps=(target(host="bastion"),))
    async with asyncio.timeout(5) as clock:
        login = LoginClient("n1", through, CachedPrompts(operator), clock, HostKeys((), ()), lambda _: None)
        assert await login.password_auth_requested() == "one"
    assert operator.asked == [("password", "n1", "Password of eva@10.0.0.11 through eva@bastion")]


async def test_nodes_are_registered_when_their_user_is_known(tmp_path: Path) -> None:
    """Before they are connected: one that is switched off is named, too."""
    operator = Operator(sudo_passwords=["x"])
    prompts = CachedPrompts(operator)
    connector = ShellConnector(tmp_path / "known_hosts", (), (), prompts)
    ssh = Ssh(user="eva", port=free_port(), sudo=True)
    for name, options in {
        "n1": ssh,
        "n2": ssh,
        "no-sudo": replace(ssh, sudo=False),
        "root": replace(ssh, user="root"),
        "tom": replace(ssh, user="tom"),
    }.items():
        with pytest.raises(NodeUnreachableError):
            await connector.connect(Node(name, "127.0.0.1", options), None, ignore_event, lambda _: None)
    await prompts.sudo_password("n1", "eva", wrong=None)
    assert operator.asked == [("sudo", "n1", "eva", "n2")]


async def test_another_user_is_another_question() -> None:
    operator = Operator(sudo_passwords=["eva's", "tom's"])
    prompts = CachedPrompts(operator)
    assert text(await prompts.sudo_password("n1", "eva", wrong=None)) == "eva's"
    assert text(await prompts.sudo_password("n2", "tom", wrong=None)) == "tom's"


async def test_a_no_is_no_answer_and_is_asked_again() -> None:
    operator = Operator(sudo_passwords=[None, "yes"])
    prompts = CachedPrompts(operator)
    assert await prompts.sudo_password("n1", "eva", wrong=None) is None
    assert text(await prompts.sudo_password("n1", "eva", wrong=None)) == "yes"


async def test_unknown_questions_are_not_asked_on_request() -> None:
    operator = Operator(sudo_passwords=["x"])
    assert await CachedPrompts(operator).sudo_password("n1", "eva", wrong=None, may_prompt=False) is None
    assert operator.asked == []


async def test_no_answer_is_in_a_repr() -> None:
    prompts = CachedPrompts(Operator(sudo_passwords=["sesame"]))
    await prompts.sudo_password("n1", "eva", wrong=None)
    assert "sesame" not in repr(prompts)
