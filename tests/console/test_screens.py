"""Every screen in every condition at many sizes: it paints, and says what it has to say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corotui.cluster.finding import Finding, Severity
from corotui.console.panes import PANES
from corotui.workflow.state import ProgressKind, Step, WorkflowState
from tests.support import console_states
from tests.support.open_console import console

SCENES: dict[str, WorkflowState] = {
    "empty": console_states.empty(),
    "fresh": console_states.fresh(),
    "connecting": console_states.connecting(),
    "looked": console_states.looked(),
    "lacking": console_states.lacking(),
    "install": console_states.at(Step.INSTALL, console_states.looked()),
    "network": console_states.network(),
    "configured": console_states.configured(),
    "planned": console_states.planned(),
    "rolling": console_states.rolling(),
    "failed": console_states.rolling(running=False, error="corosync -t refuses the file."),
    "ring": console_states.ring(),
    "lost": console_states.ring(healthy=False),
    **{f"bare-{step.value}": console_states.at(step, console_states.empty()) for step in Step},
}
SIZES = [(80, 24), (40, 10), (120, 40)]
ODD = [(1, 1), (2, 3), (5, 3), (10, 5), (20, 8), (40, 12), (69, 13), (79, 23), (200, 60)]


@pytest.mark.parametrize("size", SIZES + ODD, ids=str)
async def test_renders_at_every_size(size: tuple[int, int]) -> None:
    async with console(console_states.empty(), size) as it:
        for picture in SCENES.values():
            it.workflow.show(picture)
            await it.settle()
            assert [len(line) for line in it.lines] == [size[0]] * size[1]
        await it.press("d")
        await it.press("question_mark")
        await it.press("escape")


@pytest.mark.parametrize("name", SCENES)
async def test_opens_anywhere(name: str) -> None:
    async with console(SCENES[name]) as it:
        assert it.lines[0].startswith(" corotui  db")
        assert it.lines[23].strip()


async def test_resizing_with_a_dialog_open() -> None:
    async with console(console_states.lacking()) as it:
        await it.press("enter")
        for size in ((2, 2), (1, 1), (80, 24), (30, 6), (200, 60)):
            await it.pilot.resize_terminal(*size)
            await it.settle()
        await it.press("escape")
        assert "fix" not in it.did


@pytest.mark.parametrize("theme", ["light", "terminal"])
async def test_every_theme(theme: str) -> None:
    async with console(console_states.lacking(), theme=theme) as it:
        for name in ("rolling", "ring", "configured"):
            it.workflow.show(SCENES[name])
            await it.settle()
            assert it.text.strip()


async def test_ascii_only_is_ascii() -> None:
    async with console(console_states.empty(), ascii_only=True) as it:
        for picture in SCENES.values():
            it.workflow.show(picture)
            await it.settle()
            assert it.text.isascii(), it.text
        for key in ("question_mark", "escape", "1", "a"):
            await it.press(key)
            assert it.text.isascii(), it.text


def test_every_step_has_a_pane() -> None:
    assert set(PANES) == set(Step)
    assert all(PANES[step].step is step for step in Step)


async def test_step_list_says_where_each_step_stands() -> None:
    async with console(console_states.lacking()) as it:
        listed = [line[:17].rstrip() for line in it.lines[2:10]]
        assert listed[:3] == [" ✓ Nodes", " ! Prerequisites", " · Install"]


async def test_narrow_terminals_show_the_step_in_the_title() -> None:
    async with console(console_states.network(), (60, 20)) as it:
        assert "4/8 Network" in it.text
        assert "Prerequisites" not in it.text


async def test_nodes_say_why_one_is_not_reached() -> None:
    async with console(console_states.connecting()) as it:
        assert "✗ not reached" in it.text
        assert "10.77.0.3 port 22 refuses the connection. Start sshd there." in it.words
        assert "asking 3 nodes 2 s" in it.words


async def test_prerequisites_show_the_commands_that_fix() -> None:
    async with console(console_states.lacking()) as it:
        assert "$ nft insert rule inet filter input udp dport 5405 accept" in it.words
        assert "4 things fine" in it.text
        await it.press("o")
        assert "✓ It is fine." in it.text


async def test_network_says_what_a_subnet_lacks() -> None:
    async with console(console_states.network()) as it:
        assert "Link 0 10.77.0.0/24 every node has it ▸ recommended" in it.words
        assert "node3 has no address in it" in it.text
        assert "not usable" in it.text


async def test_configuration_shows_consequences_beside_the_text() -> None:
    async with console(console_states.configured(), (100, 30)) as it:
        assert "token 3650 ms" in it.words
        assert "votes 3, quorum 2" in it.words
        assert "cluster_name: db" in it.text
        assert "Nothing is wrong with this text." in it.text


async def test_review_shows_nodes_and_difference() -> None:
    async with console(console_states.planned(), (80, 60)) as it:
        assert "node1 3.1.7 make write start enable" in it.words
        assert "corosync.conf on all 3 nodes" in it.text
        assert "! node2's clock is 4 s behind." in it.text


async def test_rollout_names_what_it_waits_for_since_when_and_how_long_at_most() -> None:
    async with console(console_states.rolling()) as it:
        assert "waits for 3 members 1 s, at most 38 s" in it.words
        assert "node3: corosync -t 2 s, at most 10 s" in it.words
        assert "Nothing on the nodes changes before the commit." in it.text


async def test_a_failed_rollout_says_that_nothing_was_changed() -> None:
    async with console(SCENES["failed"]) as it:
        assert "✗ node3: corosync -t refuses the file." in it.words
        assert "Nothing on the nodes was changed." in it.text


async def test_ring_shows_every_view_and_its_age() -> None:
    async with console(console_states.ring()) as it:
        assert "● quorate, 3 of 3 members" in it.lines[0]
        assert "node1 — ● 0.23 ms ● 0.24 ms 0 s 1" in it.words


async def test_a_lost_node_stays_with_the_age_of_its_last_word() -> None:
    async with console(console_states.ring(healthy=False)) as it:
        assert "! quorate, 2 of 3 members" in it.lines[0]
        assert "42 s" in it.text
        assert "○ lost" in it.text


async def test_the_top_line_shows_stale_as_stale() -> None:
    async with console(console_states.ring(age=42)) as it:
        assert "~ ● quorate, 3 of 3 members, 42 s ago" in it.lines[0]


async def test_the_doctor_gives_evidence_and_what_it_ruled_out() -> None:
    async with console(replace(console_states.ring(healthy=False), doctor=(console_states.FIREWALL,))) as it:
        await it.press("d")
        assert "certain" in it.text
        assert "rx_ping +5 / +0 in 5 s" in it.text
        assert "ruled out: key differs (same hash)" in it.words
        assert "diagnose" in it.did
        await it.press("escape")
        assert "seen by" in it.text


async def test_findings_without_remedy_say_so() -> None:
    finding = Finding(Severity.ERROR, "cloud", "The security group drops UDP 5405.", "node1")
    picture = replace(console_states.lacking(), findings_by_step={Step.PREREQUISITES: (finding,)})
    async with console(picture) as it:
        await it.press("m")
        assert "There is no command that fixes this." in it.text


async def test_what_was_under_way_when_work_ended_no_longer_counts() -> None:
    running = console_states.at(Step.INSTALL, console_states.rolling())
    assert running.progress is not None
    ended = replace(running.progress, kind=ProgressKind.INSTALL, running=False, error="The build was stopped.")
    async with console(replace(running, progress=ended, busy="", busy_since=None), (100, 40)) as it:
        assert "· ended here" in it.text
        assert "The build was stopped." in it.text
        assert "corosync -t" not in it.text
        assert "waits for 3 members" not in it.text
