"""`corotui practice …` as words in, shapes and exit codes out; the room itself is a stand-in here."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from corotui import practice as room
from corotui.cli.commands import practice
from corotui.cli.main import main
from corotui.cli.output.printer import Output
from corotui.cluster.events import Note
from corotui.errors import RefusedError
from corotui.practice import NodeActivity, PracticeCluster, PracticeNode, PracticeState, PracticeStatus, Shape
from corotui.practice.instance_record import ActiveFault

NODE = PracticeNode("node1", ("10.77.0.1",), "ec2-user")


@dataclass
class Room:
    """Notes what it is asked for."""

    asked: list[tuple[object, ...]] = field(default_factory=list)
    state: str = "up"
    lost_supervisor: bool = False

    def up(self, name: str, shape: Shape, *, directory: Path | None, ask: object, report: object) -> PracticeCluster:
        assert callable(report)
        report(Note(text="Bringing it up."))
        self.asked.append(("up", name, shape, directory))
        password = "s3cret" if shape.password_sudo else ""
        return PracticeCluster(name, Path("/made"), (NODE,), shape, Path("/made/key"), password=password)

    def status(self, name: str) -> PracticeStatus | None:
        if self.state == "down":
            return None
        cluster = PracticeCluster(name, Path("/made"), (NODE,), Shape(), Path("/made/key"))
        nodes = (NodeActivity(NODE, running=not self.lost_supervisor, ssh=False, lost_supervisor=self.lost_supervisor),)
        return PracticeStatus(cluster, PracticeState(self.state), nodes, (ActiveFault("host-firewall", "node1"),))

    def down(self, name: str, *, report: object) -> bool:
        self.asked.append(("down", name))
        return self.state != "down"

    def inject(self, fault: str, node: str, *, name: str, report: object) -> None:
        self.asked.append(("inject", fault, node, name))

    def heal(self, *, name: str, report: object) -> tuple[ActiveFault, ...]:
        return (ActiveFault("host-firewall", "node1"),) if self.state == "up" else ()

    def attached(self, name: str, node: str, words: list[str]) -> int:
        self.asked.append(("exec", name, node, *words))
        return 7


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Room:
    stand_in = Room()
    for verb in ("up", "status", "down", "inject", "heal", "attached"):
        monkeypatch.setattr(room, verb, getattr(stand_in, verb))
    return stand_in


@pytest.mark.parametrize(
    ("words", "name", "shape", "directory"),
    [
        ("", "practice", Shape(), None),
        ("--nodes 5 --links 2 --bare", "practice", Shape(nodes=5, links=2), None),
        ("--installed --name db", "db", Shape(installed=True), None),
        ("--user root --directory /x/y", "practice", Shape(user="root"), Path("/x/y")),
        ("--password-sudo --yes", "practice", Shape(password_sudo=True), None),
    ],
)
def test_up_takes_a_shape(stand_in: Room, words: str, name: str, shape: Shape, directory: Path | None) -> None:
    assert main(["practice", "up", *words.split()]) == 0
    assert stand_in.asked == [("up", name, shape, directory)]


def test_up_ends_with_one_json_document(stand_in: Room, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["practice", "up", "--json", "--password-sudo"]) == 0
    said = capsys.readouterr()
    (line,) = said.out.splitlines()
    document = json.loads(line)
    assert document["directory"] == "/made"
    assert document["nodes"] == [{"name": "node1", "host": "10.77.0.1", "user": "ec2-user", "addresses": ["10.77.0.1"]}]
    assert document["password"] == "s3cret"
    assert "Bringing it up." in said.err


def test_up_in_words(stand_in: Room, capsys: pytest.CaptureFixture[str]) -> None:
    main(["practice", "up"])
    assert capsys.readouterr().out.splitlines() == [
        "node1    ec2-user@10.77.0.1",
        "Open the console on it: corotui /made",
    ]


def test_bare_and_installed_exclude_each_other(stand_in: Room) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["practice", "up", "--bare", "--installed"])
    assert caught.value.code == 2


def test_exec_hands_the_words_over_untouched(stand_in: Room) -> None:
    assert main(["practice", "exec", "--name", "db", "node1", "--", "sh", "-c", "echo --json; exit 7"]) == 7
    assert main(["practice", "exec", "node1", "ip", "--json", "addr"]) == 7
    assert stand_in.asked == [
        ("exec", "db", "node1", "sh", "-c", "echo --json; exit 7"),
        ("exec", "practice", "node1", "ip", "--json", "addr"),
    ]


def test_exec_without_a_command(stand_in: Room, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["practice", "exec", "node1"]) == 2
    assert "exec needs a command" in capsys.readouterr().err


def test_status_says_that_a_machine_lost_its_supervisor(stand_in: Room, capsys: pytest.CaptureFixture[str]) -> None:
    stand_in.state, stand_in.lost_supervisor = "partly", True
    assert main(["practice", "status"]) == 0
    assert "its systemd-nspawn has ended, its processes have not; `corotui practice heal`" in capsys.readouterr().out
    assert main(["practice", "status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["nodes"][0]["lost_supervisor"] is True


def test_status_in_words_and_json(stand_in: Room, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["practice", "status"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "practice is up, in /made",
        "  node1    ec2-user@10.77.0.1       runs, no ssh",
        "  fault    host-firewall on node1",
    ]
    stand_in.state = "down"
    assert main(["practice", "status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"name": "practice", "state": "down", "nodes": []}
    assert main(["practice", "status"]) == 0
    assert capsys.readouterr().out == "There is no practice cluster practice.\n"


def test_down_of_nothing_says_so(stand_in: Room, capsys: pytest.CaptureFixture[str]) -> None:
    stand_in.state = "down"
    assert main(["practice", "down", "--name", "db"]) == 0
    assert capsys.readouterr().err == "There is no practice cluster db.\n"
    assert main(["practice", "down", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"name": "practice", "removed": False}


def test_faults(stand_in: Room, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["practice", "fault", "--list", "--json"]) == 0
    assert {"fault": "node-off", "title": "the node has no power"} in json.loads(capsys.readouterr().out)
    assert main(["practice", "fault", "node-off", "node1", "--name", "db"]) == 0
    assert stand_in.asked == [("inject", "node-off", "node1", "db")]
    assert main(["practice", "fault", "node-off"]) == 2
    assert main(["practice", "heal", "--json"]) == 0
    healed = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert healed["healed"] == [{"fault": "host-firewall", "node": "node1"}]


class Opened(Exception):
    """The process became the console."""


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    opened: list[str] = []

    def execv(program: str, words: list[str]) -> None:
        opened.extend(words[1:])
        raise Opened

    monkeypatch.setattr(os, "execv", execv)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    return opened


def opens(*words: str) -> None:
    parser = argparse.ArgumentParser()
    practice.arguments(parser)
    with pytest.raises(Opened):
        asyncio.run(practice.run(parser.parse_args(list(words)), Output(json=False)))


def test_alone_it_opens_the_console_on_what_is_up(stand_in: Room, terminal: list[str]) -> None:
    opens()
    assert terminal == ["-m", "corotui", "/made"]
    assert stand_in.asked == []


def test_alone_it_brings_up_what_is_not(stand_in: Room, terminal: list[str]) -> None:
    stand_in.state = "down"
    opens("--name", "db")
    assert stand_in.asked == [("up", "db", Shape(), None)]
    assert terminal == ["-m", "corotui", "/made"]


def test_alone_with_a_shape_that_is_what_it_must_be(stand_in: Room, terminal: list[str]) -> None:
    opens("--nodes", "5")
    assert stand_in.asked == [("up", "practice", Shape(nodes=5), None)]


def test_alone_without_a_terminal_nothing_is_brought_up(stand_in: Room, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["practice"]) == 4
    assert "The console needs a terminal." in capsys.readouterr().err
    assert stand_in.asked == []


def test_a_refusal_is_words_and_exit_code_4(
    stand_in: Room, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def up(*args: object, **options: object) -> PracticeCluster:
        raise RefusedError("This machine cannot.", next_step="Take another.")

    monkeypatch.setattr(room, "up", up)
    assert main(["practice", "up", "--json"]) == 4
    said = capsys.readouterr()
    assert json.loads(said.out)["exit_code"] == 4
    assert said.err == "This machine cannot. Nothing was changed. Take another.\n"
