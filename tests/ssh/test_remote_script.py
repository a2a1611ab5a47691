"""Scripts that a node reads through stdin, and the frames around what they print."""

from __future__ import annotations

import asyncio
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.cluster.model import Node
from corotui.errors import WorkError
from corotui.ssh import remote_script
from corotui.ssh.local import LocalShell
from corotui.ssh.remote_script import FramedScript, OutputSection, RemoteScript, new_sentinel, split_sections
from tests.support.fake_shell import FakeShell, always, local_processes

SCRIPT = FramedScript(
    """
section one 100 printf '%s\\n' "$2"
section two 100 sh -c 'echo out; echo err >&2; exit 3'
section three 100 no-such-program
""",
    seconds=10,
    name="example",
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
    assert request.command == "sh -s example 'a b'"
    assert re.match(rb"unset mark; mark=corotui-[0-9a-f]{16}\n", request.stdin or b"")


async def test_an_output_without_sections_is_an_error_with_the_nodes_own_words() -> None:
    shell = FakeShell(always(b"This account \x1b[1mis disabled\n"))
    with pytest.raises(WorkError) as caught:
        await SCRIPT.run(shell)
    assert caught.value.what == "its sh did not run the script: This account \x1b[1mis disabled."
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


NAMES = ("unit", "journal", "log", "cmap", "a.b-c")
EDGES = st.builds(
    "{} {} {} {}".format,
    st.sampled_from(["corotui-0123456789abcdef", "", "MARK", "corotui-"]),
    st.sampled_from(["begin", "end"]),
    st.sampled_from(NAMES),
    st.sampled_from(["0", "", "999"]),
)
CONTENTS = st.lists(st.one_of(st.text(), EDGES), max_size=8).map("\n".join)


@given(
    st.lists(st.tuples(st.sampled_from(NAMES), CONTENTS, st.integers(0, 255)), unique_by=lambda item: item[0]), CONTENTS
)
def test_no_content_forges_another_section(printed: list[tuple[str, str, int]], between: str) -> None:
    word = new_sentinel()
    text = f"{between}\n" + f"\n{between}\n".join(
        f"{word} begin {name}\n{content}\n{word} end {name} {code}" for name, content, code in printed
    )
    assert split_sections(text, word) == {
        name: OutputSection(content.removesuffix("\n"), code) for name, content, code in printed
    }


@given(st.lists(st.tuples(st.sampled_from(NAMES), CONTENTS), unique_by=lambda item: item[0], min_size=1), st.data())
def test_an_output_that_is_cut_off_holds_no_other_section(printed: list[tuple[str, str]], data: st.DataObject) -> None:
    word = new_sentinel()
    text = "".join(f"{word} begin {name}\n{content}\n{word} end {name} 0\n" for name, content in printed)
    found = split_sections(text[: data.draw(st.integers(0, len(text)))], word)
    for name, section in found.items():
        whole = dict(printed).get(name)
        if whole is None:  # the name itself was cut off
            assert section == OutputSection("")
            assert any(known.startswith(name) for known in NAMES)
        elif section.exit_code == 0:
            assert section.text == whole.removesuffix("\n")


WATCH = """
import os, sys, time
found, until = 0, time.monotonic() + float(sys.argv[1])
print("watching", flush=True)
while time.monotonic() < until:
    for pid in filter(str.isdigit, os.listdir("/proc")):
        for file in ("cmdline", "environ"):
            try:
                with open(f"/proc/{pid}/{file}", "rb") as opened:
                    if (sys.argv[2] + sys.argv[3]).encode() in opened.read():
                        found += 1
            except OSError:
                pass
print(found)
"""


@pytest.mark.parametrize("exported", [False, True])
async def test_no_process_has_the_sentinel_in_its_arguments_or_environment(
    monkeypatch: pytest.MonkeyPatch, exported: bool
) -> None:
    if exported:
        monkeypatch.setenv("mark", "set by a profile")
    monkeypatch.setattr(remote_script, "new_sentinel", lambda: "corotui-feedfacecafebeef")
    script = FramedScript("section one 100 sh -c 'sleep 0.3; cat /dev/null | sleep 0.3'", seconds=10, name="example")
    # Its own arguments hold the sentinel in two parts.
    watcher = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WATCH, "1.2", "corotui-feedface", "cafebeef"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert watcher.stdout
    assert await watcher.stdout.readline() == b"watching\n"
    assert await script.run(LocalShell(Node("a", "localhost", local=True))) == {"one": OutputSection("", 0)}
    assert await watcher.stdout.read() == b"0\n"
    await watcher.wait()
