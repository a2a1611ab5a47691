"""Scripts that a node reads through stdin, and the frames around what they print."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.errors import WorkError
from corotui.ssh.remote_script import FramedScript, OutputSection, RemoteScript, new_sentinel, split_sections
from tests.support.fake_shell import FakeShell, always, local_processes

SCRIPT = FramedScript(
    """
section one 100 printf '%s\\n' "$2"
section two 100 sh -c 'echo out; echo err >&2; exit 3'
section three 100 no-such-program
""",
    seconds=10,
)


async def test_sections_come_back_one_by_one() -> None:
    shell = FakeShell(local_processes())
    assert await SCRIPT.run(shell, "a b") == {
        "one": OutputSection("a b", 0),
        "two": OutputSection("out\nerr", 3),
        "three": OutputSection("", 127),
    }
    (request,) = shell.requests
    assert request.privileged
    assert re.fullmatch(r"sh -s corotui-[0-9a-f]{16} 'a b'", request.command)


async def test_an_output_without_sections_is_an_error_with_the_nodes_own_words() -> None:
    shell = FakeShell(always(b"This account \x1b[1mis disabled\n"))
    with pytest.raises(WorkError) as caught:
        await SCRIPT.run(shell)
    assert caught.value.what == "its sh did not run the script: This account is disabled."
    assert "login shell" in caught.value.next_step


async def test_a_name_is_the_first_argument() -> None:
    shell = FakeShell(local_processes())
    result = await RemoteScript('echo "$@"', name="prepare").run(shell, "x")
    assert result.text == "prepare x\n"
    assert shell.commands == ("sh -s prepare x",)


@given(st.text(), st.text())
def test_splitting_never_raises(before: str, body: str) -> None:
    word = new_sentinel()
    text = f"{before}\n{word} begin one\n{body}\n{word} end one 0\n{word} begin two\n{body}"
    sections = split_sections(text, word)
    assert sections["one"] == OutputSection(body.removesuffix("\n"), 0)
    assert sections["two"] == OutputSection(body)
    split_sections(body, word)
