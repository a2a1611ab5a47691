"""A password in memory: where it is, and that it is gone afterwards."""

from __future__ import annotations

import copy
import ctypes
import os
import pickle
import re
import secrets
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.ssh.connect.prompts import CachedPrompts
from corotui.ssh.secret import Secret
from tests.support.ssh.scripted_operator import Operator, text
from tests.support.terminal import Terminal, terminal

SUDO = """#!/bin/sh
# a sudo that asks: sudo -S -k -p PROMPT -- COMMAND
printf %s "$4" >&2
IFS= read -r password
shift 5
[ "${#password}" = 1000 ] || exit 1
exec "$@"
"""
"""1000: the length of the planted password, which the script does not know. A short one is written over by chance."""

USE = """
import asyncio, os, sys
from pathlib import Path
from corotui.cli.output.printer import Output
from corotui.cli.prompts import TerminalPrompter
from corotui.cluster.model import Cluster, Node
from corotui.ssh.connections import Connections

os.geteuid = lambda: 1000

async def main():
    nodes = (Node("node1", "localhost", local=True),)
    async with Connections(
        Cluster("db", nodes), known_hosts=Path("none"), prompter=TerminalPrompter(Output(json=False))
    ) as connections:
        shell = await connections.shell("node1")
        for _ in range(2):
            assert (await shell.run("echo began", privileged=True)).text == "began\\n"
        print("in use", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
    print("closed", flush=True)
    await asyncio.to_thread(sys.stdin.readline)

asyncio.run(main())
"""


@given(st.text())
def test_it_holds_what_was_typed(typed: str) -> None:
    secret = Secret.from_text(typed)
    expected = typed.encode("utf-8", "replace")
    assert secret.text().encode() == expected
    with secret.line() as line:
        assert line == expected + b"\n"
    assert not any(line)
    assert bool(secret) == bool(typed)
    assert repr(secret) == str(secret) == f"{secret}" == "Secret(…)"


@given(st.binary())
def test_any_bytes_of_a_terminal_become_text(typed: bytes) -> None:
    assert len(Secret(bytearray(typed)).text()) <= len(typed)


def test_it_is_overwritten_where_it_is() -> None:
    data = bytearray(b"geheim")
    buffer = (ctypes.c_char * len(data)).from_buffer(data)
    secret = Secret(data)
    secret.wipe()
    assert buffer.raw == bytes(6)
    assert not secret
    assert secret.text() == ""
    secret.wipe()


def test_it_is_overwritten_with_its_last_reference() -> None:
    data = bytearray(b"geheim")
    secret = Secret(data)
    del secret
    assert data == bytes(6)


def test_it_is_not_copied() -> None:
    secret = Secret.from_text("geheim")
    for copied in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="neither copied nor pickled"):
            copied(secret)


async def test_closing_overwrites_every_answer() -> None:
    operator = Operator(passwords=["a"], passphrases=["b"], sudo_passwords=["c", "new"])
    prompts = CachedPrompts(operator)
    answers = [
        await prompts.password("n1", ("eva", "n1"), "Password"),
        await prompts.passphrase("id"),
        await prompts.sudo_password("n1", "eva", wrong=None),
    ]
    assert list(map(text, answers)) == ["a", "b", "c"]
    prompts.close()
    assert list(map(text, answers)) == ["", "", ""]
    assert text(await prompts.sudo_password("n1", "eva", wrong=None)) == "new"


async def test_closing_overwrites_what_was_refused_and_is_still_referred_to() -> None:
    prompts = CachedPrompts(Operator(sudo_passwords=["wrong", "right"]))
    wrong = await prompts.sudo_password("n1", "eva", wrong=None)
    assert text(await prompts.sudo_password("n1", "eva", wrong=wrong)) == "right"
    assert text(wrong) == "wrong"
    prompts.close()
    assert text(wrong) == ""


async def test_a_refused_password_is_dropped() -> None:
    prompts = CachedPrompts(Operator(sudo_passwords=["wrong"]))
    wrong = await prompts.sudo_password("n1", "eva", wrong=None)
    assert wrong is not None
    prompts.sudo_refused("n2", "eva", wrong)
    assert await prompts.sudo_password("n1", "eva", wrong=None) is wrong
    prompts.sudo_refused("n1", "eva", wrong)
    assert await prompts.sudo_password("n1", "eva", wrong=None, may_prompt=False) is None


def places(pid: int, secret: str) -> Counter[str]:
    """How often the memory of a process holds each part of the secret: as bytes, or as a wider string of Python."""
    parts = [secret[start : start + 40] for start in range(0, len(secret), 100)]
    found: Counter[str] = Counter()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            start, end, rights = re.match(r"(\w+)-(\w+) (\S+)", line).groups()  # type: ignore[union-attr]
            if not rights.startswith("rw"):
                continue
            memory.seek(int(start, 16))
            data = memory.read(int(end, 16) - int(start, 16))
            for part in parts:
                found[part] += sum(data.count(part.encode(form)) for form in ("ascii", "utf-16-le", "utf-32-le"))
    return +found


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may read the memory of a process that is not dumpable")
def test_no_password_of_the_command_line_stays_in_memory(tmp_path: Path) -> None:
    """From the terminal to sudo's input and the end of the connections."""
    sudo = tmp_path / "sudo"
    sudo.write_text(SUDO)
    sudo.chmod(0o755)
    password = secrets.token_hex(500)
    path = f"{tmp_path}:{os.environ['PATH']}"
    with terminal(program=("-c", USE), PATH=path, LOGNAME="eva") as it:
        ask(it, b"sudo password of")
        it.press(password, "Enter")
        ask(it, b"in use")
        assert password.encode() not in it.output
        assert set(places(it.process.pid, password).values()) == {1}  # the one buffer where it must be
        it.press("Enter")
        ask(it, b"closed")
        assert not places(it.process.pid, password)


def ask(it: Terminal, output: bytes) -> None:
    """Waits for bytes of output."""
    assert it.read(lambda: output in it.output), it.output
