"""A large answer is parsed beside the event loop, a small one in it."""

from __future__ import annotations

import threading

import pytest

from corotui.cluster.model import Node
from corotui.facts import gather_facts, parse
from corotui.ring.query import fetch_report
from corotui.ssh.large_answers import LARGE, parse_aside
from corotui.ssh.local import LocalShell
from corotui.ssh.remote_script import FramedScript


async def test_only_a_large_answer_gets_a_thread() -> None:
    own = threading.get_ident()
    assert await parse_aside(threading.get_ident, LARGE) == own
    assert await parse_aside(threading.get_ident, LARGE + 1) != own


async def test_what_the_parser_raises_reaches_the_caller() -> None:
    def refuse() -> None:
        raise ValueError("not understood")

    for size in (0, LARGE + 1):
        with pytest.raises(ValueError, match="not understood"):
            await parse_aside(refuse, size)


@pytest.mark.parametrize(("count", "aside"), [(10, False), (LARGE, True)])
async def test_sections_of_a_script_are_cleaned_aside(count: int, aside: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []
    sections = FramedScript._sections

    def noted(*args: object) -> object:
        threads.append(threading.get_ident())
        return sections(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(FramedScript, "_sections", noted)
    script = FramedScript(f"section zeros {1 << 20} head -c {count} /dev/zero", name="zeros", seconds=5)
    shell = LocalShell(Node("node1", "localhost", local=True))
    await script.run(shell)
    assert (threads == [threading.get_ident()]) is not aside


async def test_large_facts_and_views_are_parsed_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    own, threads = threading.get_ident(), list[int]()
    parse_facts = parse.parse_facts

    def noted(*args: object, **options: object) -> object:
        threads.append(threading.get_ident())
        return parse_facts(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(parse, "parse_facts", noted)
    monkeypatch.setattr("corotui.ssh.large_answers.LARGE", -1)
    shell = LocalShell(Node("node1", "localhost", local=True))
    await gather_facts(shell)
    monkeypatch.setattr("corotui.ring.query.parse_report", lambda *_: threads.append(threading.get_ident()))
    await fetch_report(shell)
    assert len(threads) == 2
    assert own not in threads
