"""What `corotui doctor` prints, chooses and returns; the diagnosis itself is tested in its room."""

from __future__ import annotations

import argparse

import pytest

from corotui.cli.commands.ring import doctor
from corotui.cli.output.printer import Output
from corotui.cluster.finding import Evidence, Finding, Remedy, Severity
from corotui.cluster.remedy_action import CopyAuthkey
from corotui.errors import UsageError

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


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    doctor.arguments(parser)
    return parser.parse_args(list(words))


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
    assert printed(capsys).startswith("✓ Nothing is wrong: looked at ")


def test_only_findings_of_the_code_and_node_are_mended() -> None:
    other = Finding(Severity.ERROR, "host-firewall", "x", node="node1")
    assert doctor._select_findings((FIREWALL, KEY, other), arguments("--fix", "host-firewall")) == (FIREWALL, other)
    assert doctor._select_findings((FIREWALL, other), arguments("--fix", "host-firewall", "--node", "node1")) == (
        other,
    )


def test_a_code_that_is_not_there_is_a_wrong_argument() -> None:
    with pytest.raises(UsageError, match=r"no finding nonsense; there is: host-firewall, authkey-differs"):
        doctor._select_findings((FIREWALL, KEY), arguments("--fix", "nonsense"))


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
