"""Keys: each does what its label says, asks first where it has to, and says why when it does nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from corotui.cluster.model import InstallMethod
from corotui.console.key_bindings import MAX_HINTS, KeyBinding, do_nothing, render_key_hints
from corotui.console.panes import DoctorPane, StepPane
from corotui.console.panes.rollout import RolloutPane
from corotui.console.style.glyphs import ASCII, UNICODE, Glyphs
from corotui.errors import RefusedError
from corotui.rollout import Consent, KeyChoice, Refusal
from corotui.rollout.model import KeyAction
from corotui.workflow.state import Step, WorkflowState
from tests.support import console_states
from tests.support.console_states import CONF
from tests.support.open_console import console

HELP = KeyBinding("question_mark", "help", do_nothing)
COMMAND = KeyBinding("colon", "commands", do_nothing)
LETTERS = [KeyBinding(name, f"label {name}", do_nothing) for name in "abcdefg"]


@pytest.mark.parametrize("width", [1, 10, 40, 80, 200])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_key_line_fits_and_has_at_most_six(width: int, glyphs: Glyphs) -> None:
    keys = [KeyBinding("enter", "go on", do_nothing), *LETTERS]
    line, places = render_key_hints(keys, [HELP, COMMAND], width, glyphs)
    assert line.width <= width
    assert len(places) <= MAX_HINTS
    assert len({start for start, _, _ in places}) == len(places)


def test_key_line_keeps_help_and_commands() -> None:
    _, places = render_key_hints(LETTERS, [HELP, COMMAND], 80, UNICODE)
    assert [key for _, _, key in places][-2:] == [HELP.key, COMMAND.key]


async def test_enter_connects_and_looks() -> None:
    async with console(console_states.fresh()) as it:
        await it.press("enter")
        assert it.did == ["follow", "connect", "discover"]


async def test_a_directory_that_was_in_use_connects_by_itself() -> None:
    async with console(console_states.looked()) as it:
        assert it.did == ["follow", "connect", "discover"]


async def test_left_and_right_move_between_steps() -> None:
    async with console(console_states.fresh()) as it:
        await it.press("right", "right", "left")
        assert it.step == "prerequisites"
        await it.press("escape")
        assert it.step == "nodes"
        await it.press("left")
        assert "This is the first step." in it.text
        await it.press("8")
        assert it.step == "ring"


async def test_fixing_all_shows_the_commands_and_asks() -> None:
    async with console(console_states.lacking()) as it:
        await it.press("enter")
        assert "$ nft insert rule inet filter input udp dport 5405 accept" in it.words
        assert "[n not now]" in it.text
        await it.press("enter")
        assert "fix" not in it.did
        await it.press("enter", "y")
        assert ("fix", ("host-firewall",) * 3) in it.workflow.calls


async def test_fixing_one_is_for_the_finding_under_the_cursor() -> None:
    async with console(console_states.lacking()) as it:
        await it.press("down", "down")
        assert "m fix on node2" in it.text
        await it.press("m", "y")
        assert ("fix", ("name-on-loopback",)) in it.workflow.calls


async def test_install_asks_and_the_method_can_be_chosen() -> None:
    async with console(console_states.at(Step.INSTALL, console_states.looked())) as it:
        await it.press("down", "space")
        assert it.workflow.state.cluster.install.method is InstallMethod.SOURCE
        assert "corosync 3.1.10, kronosnet 1.35, libqb 2.0.10" in it.text
        await it.press("v")
        assert it.workflow.state.cluster.install.version == "3.1.9"
        assert "corosync 3.1.9, kronosnet 1.31, libqb 2.0.8" in it.text
        await it.press("u")
        assert it.workflow.state.cluster.install.version == ""
        await it.press("enter")
        assert "corosync is installed on node1, node2, node3 by a build from source." in it.words
        await it.press("y")
        assert "install" in it.did


async def test_links_are_chosen_proved_and_taken() -> None:
    async with console(console_states.network()) as it:
        await it.press("down", "space")
        assert "cannot be a link: not every node has one address in it." in it.words
        await it.press("p")
        assert "probe" in it.did
        await it.press("enter")
        assert "propose_conf" in it.did
        assert it.step == "configuration"


async def test_the_proposed_configuration_is_saved_by_enter() -> None:
    async with console(console_states.configured()) as it:
        await it.press("enter")
        assert ("save_conf", CONF) in it.workflow.calls
        assert it.step == "review"
        assert "plan" in it.did


async def test_rollout_asks_with_the_focus_on_not_now() -> None:
    async with console(replace(console_states.planned(), step=Step.ROLLOUT)) as it:
        await it.press("enter")
        assert "corosync starts on 3 nodes at once." in it.text
        await it.press("enter")
        assert "apply" not in it.did
        await it.press("enter", "right", "enter")
        assert ("apply", frozenset()) in it.workflow.calls


async def test_what_only_the_operator_can_allow_is_asked_and_passed_on() -> None:
    planned = console_states.planned()
    assert planned.plan is not None
    refusal = Refusal("pacemaker", "Pacemaker runs there.", "node2", consent=Consent.PACEMAKER)
    plan = replace(planned.plan, refusals=(refusal,))
    async with console(replace(planned, step=Step.ROLLOUT, plan=plan)) as it:
        await it.press("enter")
        assert "node2: Pacemaker runs there." in it.text
        await it.press("y")
        assert ("apply", frozenset({Consent.PACEMAKER})) in it.workflow.calls


async def test_k_takes_the_key_of_another_node() -> None:
    planned = console_states.planned()
    assert planned.plan is not None
    same = "The nodes do not have different keys."
    async with console(replace(planned, step=Step.REVIEW)) as it:
        await it.press("k")
        assert same in it.text
    nodes = tuple(
        replace(node, key_action=KeyAction.KEEP, key_sha256_before=digest)
        for node, digest in zip(planned.plan.nodes, ("a", "b", "a"), strict=True)
    )
    plan = replace(planned.plan, nodes=nodes, key_source="node1")
    async with console(replace(planned, step=Step.REVIEW, plan=plan)) as it:
        await it.press("k")
        assert ("choose_key", KeyChoice("node2")) in it.workflow.calls
        assert ("plan",) in it.workflow.calls


async def test_escape_stops_work_that_runs() -> None:
    async with console(console_states.rolling()) as it:
        assert "Esc stop " in it.text
        await it.press("escape")
        assert "stop" in it.did
        assert "It stops at the next safe point." in it.text


@pytest.mark.parametrize(
    ("state", "keys", "pane_type"),
    [(console_states.rolling(), "", RolloutPane), (console_states.ring(), "d", DoctorPane)],
    ids=["rollout", "doctor"],
)
async def test_escape_runs_the_binding_of_the_pane(
    state: WorkflowState, keys: str, pane_type: type[StepPane], monkeypatch: pytest.MonkeyPatch
) -> None:
    pressed: list[str] = []
    bindings = (KeyBinding("escape", "cancel it", lambda: pressed.append("escape")),)
    monkeypatch.setattr(pane_type, "key_bindings", lambda *_: bindings)
    async with console(state) as it:
        await it.press(*keys)
        assert "Esc cancel it" in it.text
        await it.press("slash", *"node", "enter", "escape")
        assert pressed == []
        await it.press("tab", "escape")
        assert pressed == []
        await it.press("escape")
        assert pressed == ["escape"]
        assert "Esc cancel it" in it.text
        assert it.step == state.step.value
        assert "stop" not in it.did


async def test_a_rollout_of_another_process_cannot_be_stopped_by_escape() -> None:
    state = console_states.rolling()
    assert state.progress is not None
    async with console(replace(state, progress=replace(state.progress, in_this_process=False))) as it:
        assert "Esc stop" not in it.text
        await it.press("escape")
        assert it.step == "review"
        assert "stop" not in it.did


async def test_enter_while_work_runs_says_what_runs() -> None:
    async with console(console_states.rolling()) as it:
        await it.press("enter")
        assert "Still running: rolling out to 3 nodes. It has to end first." in it.text
        assert "apply" not in it.did


async def test_a_disabled_key_says_why() -> None:
    async with console(console_states.empty()) as it:
        await it.press("x")
        assert "There is no node yet." in it.text
        await it.press("enter")
        assert "There is no node yet. Add one." in it.text


async def test_readonly_changes_nothing_and_says_why() -> None:
    async with console(console_states.lacking(), readonly=True) as it:
        for key in ("enter", "m"):
            await it.press(key)
            assert "This console is read-only." in it.text
        assert "read-only" in it.lines[0]
        assert "fix" not in it.did


async def test_removing_a_node_asks_and_can_be_undone() -> None:
    async with console(console_states.fresh()) as it:
        await it.press("down", "x", "enter")
        assert len(it.workflow.state.cluster.nodes) == 3
        await it.press("x", "y")
        assert [node.name for node in it.workflow.state.cluster.nodes] == ["node1", "node3"]
        await it.press("u")
        assert {node.name for node in it.workflow.state.cluster.nodes} == {"node1", "node2", "node3"}


async def test_a_node_is_added_by_the_form() -> None:
    async with console(console_states.empty()) as it:
        await it.press("a", *"root@10.0.0.7", "tab", *"a1", "enter")
        node = it.workflow.state.cluster.nodes[0]
        assert (node.name, node.host, node.ssh.user, node.ssh.sudo) == ("a1", "10.0.0.7", "root", False)


@pytest.mark.parametrize("keys", [("f",), ("colon", *"forget", "enter")])
async def test_an_interrupted_rollout_can_be_forgotten_after_saying_what_is_left(keys: tuple[str, ...]) -> None:
    interrupted = replace(console_states.at(Step.ROLLOUT, console_states.planned()), interrupted="A rollout to 3 nodes")
    async with console(interrupted) as it:
        await it.press(*keys)
        assert "node1: corosync.conf is the new one." in it.text
        assert "forget" not in it.did
        await it.press("y")
        assert "forget" in it.did


async def test_nothing_is_forgotten_where_nothing_was_interrupted() -> None:
    async with console(console_states.fresh()) as it:
        await it.press("colon", *"forget", "enter")
        assert "No rollout was interrupted." in it.words
        assert "preview_forget" not in it.did


async def test_the_form_says_what_is_wrong_and_keeps_what_was_typed() -> None:
    async with console(console_states.fresh()) as it:
        await it.press("a", *"bad host", "enter")
        assert "'bad host' is neither a host name nor an address." in it.words
        assert "bad host" in it.text
        await it.press("escape")
        assert "add_node" not in it.did


async def test_a_node_is_changed_in_its_place_and_that_can_be_undone() -> None:
    async with console(console_states.fresh()) as it:
        await it.press("down", "e")
        assert "How ssh reaches node2" in it.text
        await it.press("tab", "end", *"b", "enter")
        assert [node.name for node in it.workflow.state.cluster.nodes] == ["node1", "node2b", "node3"]
        assert "remove_node" not in it.did
        await it.press("u")
        assert "Undone: node2 was changed." in it.text
        assert [node.name for node in it.workflow.state.cluster.nodes] == ["node1", "node2", "node3"]


async def test_restore_can_be_typed_at_any_step_and_asks() -> None:
    async with console(console_states.fresh()) as it:
        await it.press("colon", *"restore", "enter")
        assert it.step == "rollout"
        assert "Roll back" in it.text
        await it.press("enter")
        assert "restore" not in it.did
        await it.press("b", "y")
        assert "restore" in it.did


async def test_the_form_says_what_the_workflow_refuses() -> None:
    async with console(console_states.fresh()) as it:
        await it.press("a", *"10.0.0.7", "tab", *"node1", "enter")
        assert "there is a node node1 already" in it.words


async def test_the_next_node_is_reached_like_the_last_one() -> None:
    async with console(console_states.fresh()) as it:
        await it.press("a", *"10.77.0.4", "enter")
        node = it.workflow.state.cluster.nodes[-1]
        assert (node.ssh.user, node.ssh.sudo) == ("ec2-user", True)


async def test_filter_shows_only_what_matches_and_escape_shows_all() -> None:
    async with console(console_states.lacking()) as it:
        await it.press("slash", *"127.0", "enter")
        assert "node2's name means 127.0.1.1" in it.text
        assert "node1's firewall" not in it.text
        await it.press("escape")
        assert "node1's firewall" in it.text
        assert it.step == "prerequisites"


async def test_commands_by_name_and_by_their_beginning() -> None:
    async with console(console_states.fresh()) as it:
        await it.press("colon", *"net", "enter")
        assert it.step == "network"
        await it.press("colon", *"theme light", "enter")
        assert it.app.theme == "light"
        await it.press("colon", *"frobnicate", "enter")
        assert "There is no command 'frobnicate'." in it.text


async def test_the_log_grows_and_takes_the_focus() -> None:
    async with console(console_states.fresh()) as it:
        small = it.app.screen.query_one("#log").size.height
        await it.press("l")
        assert it.app.screen.query_one("#log").size.height > small
        await it.press("tab")
        assert it.app.focused is it.app.screen.query_one("#log")
        await it.press("escape")
        assert it.app.focused is not it.app.screen.query_one("#log")


async def test_yank_goes_to_a_file_and_never_claims_that_it_arrived(tmp_path: Path) -> None:
    (tmp_path / ".corotui").mkdir()
    async with console(replace(console_states.lacking(), directory=str(tmp_path))) as it:
        await it.press("y")
        assert "Sent to the terminal: the item" in it.words
        kept = tmp_path / ".corotui" / "yanked.txt"
        assert "firewall drops UDP 5405" in kept.read_text()
        assert kept.stat().st_mode & 0o077 == 0


async def test_help_says_what_why_and_the_shells_way() -> None:
    async with console(console_states.fresh()) as it:
        await it.press("question_mark")
        assert "corotui facts" in it.text
        assert "add node" in it.text
        await it.press("q")
        assert "corotui  db" in it.lines[0]


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
async def test_leaving_does_not_ask_when_nothing_runs(key: str) -> None:
    async with console(console_states.fresh()) as it:
        await it.pilot.press(key)
        await it.pilot.pause()
        assert it.app.return_value == 0


async def test_leaving_while_work_runs_asks_and_stays_by_default() -> None:
    async with console(console_states.rolling()) as it:
        await it.press("q")
        assert "Still running: rolling out to 3 nodes." in it.text
        await it.press("enter")
        assert it.app.return_value is None
        await it.pilot.press("q", "s")
        await it.pilot.pause()
        assert "stop" in it.did


async def test_a_refusal_is_said_and_kept_in_the_log() -> None:
    async with console(console_states.fresh()) as it:
        it.workflow.refuse = RefusedError("Another corotui works here.")
        await it.press("enter")
        assert "Another corotui works here. Nothing was changed." in it.words
        assert any("Another corotui" in entry.text for entry in it.app.activity_log.entries)


async def test_a_defect_of_ours_does_not_take_the_screen(tmp_path: Path) -> None:
    async def broken() -> None:
        await asyncio.sleep(0)
        raise KeyError("x")

    async with console(replace(console_states.fresh(), directory=str(tmp_path))) as it:
        it.app.background.start(broken)
        await it.settle()
        assert "corotui itself failed: KeyError" in it.words
        assert "Traceback" not in it.text
        assert "KeyError" in (tmp_path / ".corotui" / "console.log").read_text()


async def test_every_offered_key_has_an_action() -> None:
    async with console(console_states.fresh()) as it:
        for step in Step:
            it.workflow.show(replace(console_states.planned(), step=step))
            await it.settle()
            pane = it.app.screen_stack[0].pane  # type: ignore[attr-defined]
            for key in pane.key_bindings(it.workflow.state):
                assert callable(key.action), (step, key)
