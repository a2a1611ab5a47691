"""What `corotui doctor` prints, chooses and returns; the diagnosis itself is tested in its room."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from corotui.cli import exit_codes
from corotui.cli.commands.ring import doctor
from corotui.cli.main import main
from corotui.cli.output.printer import Output
from corotui.cluster.finding import Evidence, Finding, Remedy, Severity
from corotui.cluster.model import Node
from corotui.cluster.remedy_action import CopyAuthkey, RollOut
from corotui.directory import Directory
from corotui.errors import UsageError
from corotui.workflow.dependencies import Dependencies
from tests.support.fake_dependencies import FakeConnections, gatherer, use
from tests.support.fake_shell import FakeShell, always
from tests.support.states import facts

FIREWALL = Finding(
    Severity.ERROR,
    "host-firewall",
    "node3's firewall drops UDP 5405.",
    node="node3",
    place="nftables chain inet filter input",
    evidence=(Evidence("it has refused 42 packets", "node3", "nftables chain inet filter input"),),
    remedies=(
        Remedy(
            "open UDP 5405 on node3",
            "node3",
            ("nft insert rule inet filter input udp dport 5405 accept",),
            consequence="Kept over a restart.",
        ),
    ),
    ruled_out=("key differs (same hash)", "address gone (10.77.0.3 is there)"),
)
KEY = Finding(
    Severity.ERROR,
    "authkey-differs",
    "node2 has another authkey than node1.",
    node="node2",
    remedies=(Remedy("give node2 the key of node1", "node2", action=CopyAuthkey("node1")),),
    certain=False,
)


def printed(capsys: pytest.CaptureFixture[str], *findings: Finding) -> str:
    doctor._print_findings(findings, 1.2, Output(json=False))
    return capsys.readouterr().out


def test_a_finding_shows_all_an_operator_needs(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, FIREWALL)
    assert "node3's firewall drops UDP 5405.  [host-firewall, certain]" in text
    assert "it has refused 42 packets  (node3, nftables chain inet filter input)" in text
    assert "not: key differs (same hash)\n    not: address gone (10.77.0.3 is there)" in text
    assert "node3 # nft insert rule inet filter input udp dport 5405 accept" in text
    assert "Kept over a restart.\n" in text


def test_an_action_is_said_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, KEY)
    assert "authkey-differs, likely" in text
    assert "node2: takes the authkey of node1" in text


def test_nothing_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys).startswith("✓ Nothing is wrong: ")


def test_only_findings_of_the_code_and_node_are_fixed() -> None:
    other = Finding(Severity.ERROR, "host-firewall", "x", node="node1")
    assert doctor._select_findings((FIREWALL, KEY, other), "host-firewall", None) == (FIREWALL, other)
    assert doctor._select_findings((FIREWALL, other), "host-firewall", "node1") == (other,)


def test_a_code_that_is_not_there_is_a_wrong_argument() -> None:
    with pytest.raises(UsageError, match=r"no finding nonsense; the findings are: host-firewall, authkey-differs"):
        doctor._select_findings((FIREWALL, KEY), "nonsense", None)


@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ((), 0),
        ((Finding(Severity.WARNING, "conf-differs", "x", node="node1"),), 0),
        ((FIREWALL,), 1),
        ((FIREWALL, Finding(Severity.ERROR, "node-unreachable", "x", node="node1")), 3),
    ],
)
def test_exit_codes(findings: tuple[Finding, ...], code: int) -> None:
    assert doctor._exit_code(findings) == code


@dataclass
class Cluster:
    """A cluster directory whose nodes are doubles; `rollouts` counts the rollouts."""

    path: Path
    shells: dict[str, FakeShell]
    findings: list[Finding]
    rollouts: int = 0

    @property
    def commands(self) -> list[tuple[str, str]]:
        """What ran on the nodes: (node, command)."""
        return [(name, command) for name, shell in self.shells.items() for command in shell.commands]


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    directory = Directory.create(str(tmp_path / "db"), "db")
    shells = {name: FakeShell(always(b""), name) for name in ("node1", "node2")}
    for number, name in enumerate(shells, 1):
        directory.add_node(Node(name, f"10.77.0.{number}"))
    made = Cluster(directory.path, shells, [])

    async def examine(*_: object, **__: object) -> tuple[Finding, ...]:
        answer, made.findings[:] = tuple(made.findings), []
        return answer

    async def apply(*_: object) -> None:
        made.rollouts += 1

    use(monkeypatch, Dependencies(connect=FakeConnections(shells), gather_facts=gatherer(facts), examine=examine))
    monkeypatch.setattr("corotui.workflow.operations.rollout.apply", apply)
    return made


def test_fix_runs_the_first_remedy_only(cluster: Cluster) -> None:
    remedies = (Remedy("first", "node1", ("one",)), Remedy("second", "node1", ("two",)))
    cluster.findings.append(Finding(Severity.ERROR, "host-firewall", "x", node="node1", remedies=remedies))
    assert main(["doctor", str(cluster.path), "--fix", "host-firewall", "--yes"]) == 0
    assert cluster.commands == [("node1", "one")]


def test_fix_rolls_out_where_that_is_the_remedy(cluster: Cluster) -> None:
    remedies = (Remedy("roll out", action=RollOut()),)
    cluster.findings.append(Finding(Severity.ERROR, "conf-outdated", "x", remedies=remedies))
    assert main(["doctor", str(cluster.path), "--fix", "conf-outdated", "--yes"]) == 0
    assert cluster.rollouts == 1


def test_fix_leaves_a_directory_alone_where_another_corotui_works(
    cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    remedies = (Remedy("first", "node1", ("one",)),)
    cluster.findings.append(Finding(Severity.ERROR, "host-firewall", "x", node="node1", remedies=remedies))
    with Directory.open(str(cluster.path)).lock():
        assert main(["doctor", str(cluster.path), "--fix", "host-firewall", "--yes"]) == exit_codes.REFUSED
    assert cluster.commands == []


def test_a_finding_that_only_an_operator_can_fix_is_refused(
    cluster: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    remedies = (Remedy("open it", manual="Open UDP 5405 in the security group."),)
    cluster.findings.append(Finding(Severity.ERROR, "silent-drop", "x", node="node1", remedies=remedies))
    assert main(["doctor", str(cluster.path), "--fix", "silent-drop", "--yes"]) == exit_codes.REFUSED
    assert "Open UDP 5405 in the security group." in capsys.readouterr().err
