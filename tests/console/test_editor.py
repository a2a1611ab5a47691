"""The editor of corosync.conf: marks, list, completion, explanation, fixes, saving, and that no typed text is lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import RenderableType
from textual.screen import Screen

from corotui import conf
from corotui.conf.constants import DEFAULT_RELEASE
from corotui.conf.version import Version
from corotui.console.editor.analysis import analyse, to_text
from corotui.console.editor.completion import option_at, suggestion
from corotui.console.editor.draft import Draft
from corotui.console.editor.widget import Editor
from corotui.console.panes.configuration import ConfigurationPane
from corotui.workflow.findings import conf_findings
from corotui.workflow.state import Step, WorkflowState
from tests.support import console_states, states
from tests.support.console_states import CONF
from tests.support.open_console import Console, console

TWICE = CONF.replace(b"nodeid: 2", b"nodeid: 1")


def _at(data: bytes | None, directory: Path | None = None) -> WorkflowState:
    picture = replace(console_states.at(Step.CONFIGURATION), conf=data, chosen_links=(states.link(0).network,))
    return replace(picture, directory=str(directory)) if directory else picture


def _editor(it: Console) -> Editor:
    return it.app.screen_stack[0].query_one(Editor)


@pytest.mark.parametrize(
    "data",
    [b"", b"a\n", b"a", b"a\r\nb\r\n", b"\t# \xc3\xa4\n", CONF],
)
async def test_what_the_editor_keeps_it_gives_back_byte_for_byte(data: bytes) -> None:
    async with console(_at(data), (100, 30)) as it:
        pane = it.app.screen_stack[0].query_one(ConfigurationPane)
        assert pane.buffer.data == data
        assert not pane.buffer.modified


@pytest.mark.parametrize(
    "data", [b"\xff\n", b"a\r\nb\n", b"a\rb", b"a\0b\n", b"\xef\xbb\xbfa\n", "a\u2028b\n".encode()]
)
async def test_what_it_would_change_is_only_shown(data: bytes) -> None:
    assert to_text(data) is None
    async with console(_at(data), (100, 30)) as it:
        assert _editor(it).read_only
        assert "an editor would change" in it.words
        await it.press("e", "x", "escape")
        assert it.app.screen_stack[0].query_one(ConfigurationPane).buffer.data == data


async def test_diagnostics_stand_in_the_list_and_at_the_line() -> None:
    async with console(_at(TWICE), (100, 30)) as it:
        rows = [i for i, line in enumerate(TWICE.decode().splitlines(), 1) if line.strip() == "nodeid: 1"]
        assert any(f"✗ {row}" in it.words for row in rows)
        await it.press("f8")
        assert any("✗" in line and "nodeid: 1" in line for line in it.lines)


async def test_typing_changes_the_diagnostics_at_once() -> None:
    async with console(_at(CONF), (100, 30)) as it:
        assert "Nothing is wrong with this text." in it.text
        await it.press("e", "ctrl+end", *"totem {", "enter")
        assert "Nothing is wrong with this text." not in it.text
        await it.press("ctrl+z")
        await it.press("ctrl+z")
        assert _editor(it).text == CONF.decode()


async def test_no_frame_shows_the_key_without_what_is_said_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with console(_at(CONF), (100, 30)) as it:
        await it.press("e", "ctrl+end")
        frames: list[str] = []
        display = it.app._display

        def seen(screen: Screen[Any], renderable: RenderableType | None) -> None:
            frames.append(it.text)
            display(screen, renderable)

        monkeypatch.setattr(it.app, "_display", seen)
        await it.press("z")
        shown = [frame for frame in frames if "z" in frame.splitlines()[_last_line(frame)]]
        assert shown
        assert not any("Nothing is wrong with this text." in frame for frame in shown)


def _last_line(frame: str) -> int:
    """The line of the screen that shows the last one of the text."""
    number = str(len(CONF.splitlines()) + 1)
    return next(i for i, line in enumerate(frame.splitlines()) if f" {number} " in line)


async def test_the_key_line_of_the_editor_says_how_to_get_out() -> None:
    async with console(_at(CONF), (100, 30)) as it:
        await it.press("e")
        assert "Esc to the list" in it.lines[-1]
        await it.press("left")
        assert it.step == "configuration"
        await it.press("escape", "left")
        assert it.step == "network"


async def test_keys_and_values_are_completed() -> None:
    async with console(_at(b""), (100, 30)) as it:
        await it.press("e", *"tote", "tab")
        assert _editor(it).text == "totem {"
        await it.press("enter", *"crypto_ci", "tab", *"aes12", "tab")
        assert _editor(it).text == "totem {\ncrypto_cipher: aes128"


def test_suggestions_know_the_section_and_what_is_there_already() -> None:
    document = conf.parse(b"totem {\n token: 1000\n tok\n}\n")
    assert suggestion(document, 3, " tok", DEFAULT_RELEASE).startswith("en_")
    assert suggestion(document, 3, " zzz", DEFAULT_RELEASE) == ""
    assert suggestion(document, 3, "# tok", DEFAULT_RELEASE) == ""


def test_the_option_of_a_line_is_found_by_its_section() -> None:
    document = conf.parse(CONF)
    rows = CONF.decode().splitlines()
    ring = next(i for i, line in enumerate(rows, 1) if "ring0_addr" in line)
    option = option_at(document, ring)
    assert option is not None
    assert option.section == "nodelist.node"
    assert option_at(document, 1) is None
    assert option_at(document, 10_000) is None


async def test_the_option_under_the_cursor_is_explained() -> None:
    async with console(_at(CONF), (120, 40)) as it:
        await it.press("e", "down", "down", "down", "down", "down")
        assert "a change needs" in it.words


async def test_a_certain_fix_is_done_by_one_key() -> None:
    broken = CONF.replace(b"cluster_name:", b"cluster_nam:")
    fixable = [one for one in analyse(broken).diagnostics if one.fix]
    assert fixable
    async with console(_at(broken), (100, 30)) as it:
        await it.press("home")
        for _ in range(len(analyse(broken).diagnostics)):
            if "There is no certain fix" in it.text:
                await it.press("down")
            await it.press("f")
        assert _editor(it).text == CONF.decode()


async def test_saving_gives_the_workflow_what_was_typed() -> None:
    async with console(_at(CONF), (100, 30)) as it:
        await it.press("e", "ctrl+end", *"# mine", "ctrl+s")
        assert ("save_conf", CONF + b"# mine") in it.workflow.calls
        assert it.step == "configuration"


async def test_enter_saves_and_stays_where_there_are_errors() -> None:
    async with console(_at(CONF), (100, 30)) as it:
        await it.press("e", "ctrl+end", *"totem {", "escape", "enter")
        assert "save_conf" in it.did
        assert it.step == "configuration"


async def test_text_that_was_not_saved_is_there_again(tmp_path: Path) -> None:
    (tmp_path / ".corotui").mkdir()
    async with console(_at(CONF, tmp_path), (100, 30)) as it:
        await it.press("e", "ctrl+end", *"# mine")
    assert Draft(tmp_path / ".corotui").read() == CONF + b"# mine"
    async with console(_at(CONF, tmp_path), (100, 30)) as it:
        assert _editor(it).text.endswith("# mine")
        assert "This is the unsaved text of your last session." in it.words
        await it.press("ctrl+s")
    assert Draft(tmp_path / ".corotui").read() is None


async def test_another_proposal_does_not_take_what_was_typed() -> None:
    async with console(_at(CONF), (100, 30)) as it:
        await it.press("e", "ctrl+end", *"# mine", "escape")
        it.workflow.show(replace(it.workflow.state, proposed_conf=TWICE))
        await it.settle()
        assert _editor(it).text.endswith("# mine")
        await it.press("w", "y")
        assert _editor(it).text == CONF.decode()


async def test_the_difference_to_the_nodes_is_shown_by_settings() -> None:
    there = CONF.replace(b"config_version: 1", b"config_version: 1\n    token: 5000").decode()
    nodes = tuple(replace(n, facts=states.facts(n.name, corosync="3.1.7", conf=there)) for n in _at(CONF).nodes)
    async with console(replace(_at(CONF), nodes=nodes), (100, 40)) as it:
        await it.press("d")
        assert "totem.token: 5000 → nothing" in it.words
        assert "Together that needs" in it.words


async def test_hostile_bytes_in_a_configuration_are_made_visible() -> None:
    async with console(_at(b"# \x1b[2Jowned \xe2\x80\xae\n"), (100, 30)) as it:
        assert "owned" in it.text
        assert not [ch for line in it.lines for ch in line if not ch.isprintable()]


async def test_the_editor_checks_for_the_same_corosync_as_the_findings_do() -> None:
    state = _at(CONF)
    versions = dict(zip([node.name for node in state.nodes], ("3.1.7", "2.4.6", "3.1.7"), strict=True))
    nodes = tuple(replace(n, facts=states.facts(n.name, corosync=versions[n.name])) for n in state.nodes)
    facts = {node.name: node.facts for node in nodes if node.facts is not None}
    findings = conf_findings(CONF, facts, state.cluster.install)
    async with console(replace(state, nodes=nodes), (100, 30)) as it:
        pane = it.app.query_one(ConfigurationPane)
        assert pane.conf.analysis is not None
        assert pane.conf.analysis.target_release == Version(2, 4, 6)
        assert [f"conf-{found.code}" for found in pane.conf.analysis.diagnostics] == [found.code for found in findings]
