"""Verbs that ask nodes, where no node answers; with nodes they are tested in tests/nodes."""

from __future__ import annotations

import json
from ipaddress import ip_network
from pathlib import Path

import pytest

from corotui.cli import exit_codes
from corotui.cli.main import main
from corotui.cluster.model import Node
from corotui.directory import Directory
from corotui.network.model import LinkProposal
from corotui.network.probe_result import ProbeResult
from corotui.workflow.dependencies import Dependencies
from corotui.workflow.store.persistence import WorkflowStore
from tests.support.fake_dependencies import FakeConnections, gatherer, use
from tests.support.fake_shell import FakeShell, always
from tests.support.states import NAMES, facts, link

TOML = """[cluster]
name = "db"

[[node]]
name = "a"
host = "127.0.0.1"

[ssh]
user = "nobody"
port = 1
"""


@pytest.fixture
def no_sshd(tmp_path: Path) -> Path:
    """A cluster directory whose only node has no sshd."""
    path = tmp_path / "db"
    Directory.create(str(path), "db")
    (path / "cluster.toml").write_text(TOML)
    return path


@pytest.mark.parametrize("verb", ["facts", "check"])
def test_a_node_that_does_not_answer_is_named(verb: str, no_sshd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, str(no_sshd), "--json"]) == 3
    document = json.loads(capsys.readouterr().out)
    error = document["nodes" if verb == "facts" else "failed"]["a"]
    assert error["error"] == "NodeUnreachableError"
    assert error["stage"] == "connect"


@pytest.mark.parametrize("verb", ["facts", "check"])
def test_the_error_is_a_sentence_as_text(verb: str, no_sshd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([verb, str(no_sshd)]) == 3
    captured = capsys.readouterr()
    assert "a: " in captured.out + captured.err
    assert "Traceback" not in captured.err


def test_a_node_that_does_not_exist_is_wrong_usage(no_sshd: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["facts", str(no_sshd), "--node", "b"]) == 2
    assert "There is no node b in" in capsys.readouterr().err


def test_check_proves_the_links_that_were_chosen_in_the_console(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = Directory.create(str(tmp_path / "db"), "db")
    for number, name in enumerate(NAMES, 1):
        directory.add_node(Node(name, f"10.77.0.{number}"))
    store = WorkflowStore(directory)
    store.save_facts({name: facts(name) for name in NAMES})
    store.save_links((ip_network("10.78.0.0/24"),))
    probed: list[str] = []

    async def probe(_: object, link: LinkProposal, *, port: int) -> ProbeResult:
        probed.append(str(link.network))
        return ProbeResult(link.network, port)

    use(
        monkeypatch,
        Dependencies(
            connect=FakeConnections({name: FakeShell(always(b""), name) for name in NAMES}),
            gather_facts=gatherer(facts),
            probe=probe,
        ),
    )
    monkeypatch.setattr("corotui.network.propose_links", lambda _: (link(0), link(1, recommended=False)))
    main(["check", str(directory.path), "--prove", "--json"])
    assert probed == ["10.78.0.0/24"]
    (proof,) = json.loads(capsys.readouterr().out)["proved"]
    assert proof["network"] == "10.78.0.0/24"


@pytest.mark.parametrize(
    "arguments",
    [["status"], ["watch", "--for", "0.5"], ["doctor"], ["build"], ["build", "--plan"], ["plan"], ["apply", "--yes"]],
)
def test_a_node_that_does_not_answer_has_its_exit_code(arguments: list[str], no_sshd: Path) -> None:
    verb, *options = arguments
    assert main([verb, str(no_sshd), *options]) == exit_codes.UNREACHABLE


@pytest.mark.parametrize("verb", ["watch", "doctor", "build", "plan", "apply"])
def test_a_cluster_without_nodes_is_wrong_usage(verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Directory.create(str(tmp_path / "db"), "db")
    assert main([verb, str(tmp_path / "db")]) == exit_codes.USAGE
    assert "names no node" in capsys.readouterr().err
