"""What the table counts, and that it can fail."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from corotui.cluster.finding import BEYOND_LIMITS, NODE_UNREACHABLE, TOOL_HUNG, UNEXPLAINED
from tests.hostile.attacks import ATTACKS
from tests.hostile.attacks.model import EVIL
from tests.hostile.child import Cost
from tests.hostile.judge import OUT_BYTES, Cell, raw_controls, terminal_controls, worst
from tests.hostile.measured import Heartbeat
from tests.hostile.verbs import HEALTHY, HOSTILE, SILENT, VERBS, last_document

GOOD = Cell("none", "status", Cost(1.0, 60.0, 5.0), 0, 100, 0)
EVIL_BYTES = EVIL.encode().decode("unicode_escape").encode("latin-1")


@pytest.mark.parametrize(
    "text", ["\x1b[31m", "\x9b31m", "\u202e", "\u200b", "\U000e0041", "\x07", "\x00", "\r", "\ufeff"]
)
def test_control_characters_are_counted(text: str) -> None:
    assert raw_controls(f"node3 {text} says".encode()) == 1
    assert raw_controls(b"node3\n\tsays \xc2\xb7 \xe2\x97\x8f") == 0


def test_the_console_may_steer_its_terminal_and_a_node_may_not() -> None:
    assert terminal_controls(b"\x1b[2J\x1b[1;1H\x1b[38;2;1;2;3m\x1b[?2026hnode3\r\n\x1b]0;db\x07") == 0
    assert terminal_controls(EVIL_BYTES) > 8


@pytest.mark.parametrize(
    ("cost", "cell"),
    [
        ({"seconds": 16.0}, {}),
        ({"rss_mb": 251.0}, {}),
        ({"pause_ms": 51.0}, {}),
        ({"killed": "after 60 s"}, {}),
        ({}, {"out_bytes": OUT_BYTES + 1}),
        ({}, {"controls": 1}),
        ({}, {"faults": ("a traceback",)}),
    ],
)
def test_each_budget_can_be_exceeded(cost: dict[str, float], cell: dict[str, int]) -> None:
    assert GOOD.over == ()
    bad = replace(GOOD, cost=replace(GOOD.cost, **cost), **cell)  # type: ignore[arg-type]
    assert len(bad.over) == 1
    assert bad.line in worst([GOOD, bad])[0] or any(bad.line in line for line in worst([bad]))


async def test_a_pause_is_found_with_its_place() -> None:
    beat = Heartbeat()
    task = asyncio.create_task(beat.run())
    await asyncio.sleep(0.05)
    time.sleep(0.3)  # noqa: ASYNC251 - a pause is what is looked for
    await asyncio.sleep(0.05)
    task.cancel()
    assert beat.longest > 0.2
    assert any("test_a_pause_is_found_with_its_place" in place for place in beat.longest_at)


def test_a_missing_answer_of_a_healthy_node_is_seen() -> None:
    status = next(verb for verb in VERBS if verb.name == "status")
    assert status.part is not None
    nodes = [{"name": name, "reachable": True, "links": []} for name in HEALTHY]
    assert status.part({"nodes": nodes}) != status.part({"nodes": nodes[:1]})
    doctor = next(verb for verb in VERBS if verb.name == "doctor")
    assert doctor.part is not None
    sources = "".join(path.read_text() for path in Path("corotui/doctor/causes").glob("*.py"))
    for code in SILENT:
        constants = (BEYOND_LIMITS, NODE_UNREACHABLE, TOOL_HUNG, UNEXPLAINED)
        assert code in constants or f'"{code}"' in sources, "no finding of the doctor has this code"
        silent = {"findings": [{"node": HEALTHY[0], "code": code}]}
        assert doctor.part(silent) != doctor.part({"findings": [{"node": HOSTILE, "code": code}]})
    assert last_document(b'{"a": 1}\nnot json\n') == {"a": 1}
    assert last_document(b"nothing") is None


def test_attacks_have_names_of_their_own_and_do_something() -> None:
    names = [attack.name for attack in ATTACKS]
    assert len(set(names)) == len(names) > 80
    assert all(attack.setup or (attack.tools and attack.body) for attack in ATTACKS)
