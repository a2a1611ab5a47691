"""Findings as text; the same form for check, status, doctor and apply."""

from __future__ import annotations

import pytest

from corotui.cli import exit_codes
from corotui.cli.output.findings import action_text, finding_lines, severity_mark
from corotui.cli.output.printer import Output
from corotui.cluster.finding import Evidence, Finding, Remedy, Severity
from corotui.cluster.remedy_action import CopyAuthkey, CopyConf, RemedyAction, RollOut
from corotui.errors import CorotuiError, NodeUnreachableError, RefusedError, UsageError

FIREWALL = Finding(
    Severity.ERROR,
    "host-firewall",
    "node3's firewall drops UDP 5405.",
    node="node3",
    place="nftables chain inet filter input",
    why="Corosync needs it.",
    evidence=(Evidence("it has refused 42 packets", "node3", "nft list ruleset"),),
    remedies=(
        Remedy("open UDP 5405", "node3", ("nft insert rule accept",), consequence="Kept over a restart."),
        Remedy("open the security group", manual="Open UDP 5405 in the console of your cloud."),
    ),
    ruled_out=("key differs (same hash)",),
)


def test_a_finding_shows_what_an_operator_needs() -> None:
    assert finding_lines(FIREWALL, "utf-8", certainty=True) == [
        "✗ nftables chain inet filter input: node3's firewall drops UDP 5405.  [host-firewall, certain]",
        "    Corosync needs it.",
        "    - it has refused 42 packets  (node3, nft list ruleset)",
        "    not: key differs (same hash)",
        "    fix: open UDP 5405 on node3",
        "      Kept over a restart.",
        "      node3 # nft insert rule accept",
        "    fix: open the security group",
        "      Open UDP 5405 in the console of your cloud.",
    ]


def test_the_node_is_named_once() -> None:
    (line,) = finding_lines(Finding(Severity.WARNING, "clock", "The clock is off.", node="a", place="ntp"), "utf-8")
    assert line == "! a ntp: The clock is off.  [clock]"


def test_remedies_can_be_left_out() -> None:
    assert not any("fix:" in line for line in finding_lines(FIREWALL, "utf-8", remedies=False))


def test_a_command_that_needs_no_root_has_another_prompt() -> None:
    finding = Finding(Severity.INFO, "x", "x", remedies=(Remedy("look", "a", ("id",), privileged=False),))
    assert finding_lines(finding, "utf-8")[-1] == "      a $ id"


@pytest.mark.parametrize(
    ("action", "text"),
    [
        (CopyAuthkey("node1"), "takes the authkey of node1"),
        (CopyConf(None), "takes the corosync.conf of the cluster directory"),
        (RollOut(), "rolls out the directory's corosync.conf, as `corotui apply` does"),
    ],
)
def test_an_action_has_a_text(action: RemedyAction, text: str) -> None:
    assert action_text(action) == text


def test_an_empty_line_separates_findings_of_several_lines(capsys: pytest.CaptureFixture[str]) -> None:
    short = Finding(Severity.INFO, "x", "x")
    out = Output(json=False)
    out.findings([short, short])
    assert "\n\n" not in capsys.readouterr().out
    out.findings([short, FIREWALL, short])
    assert capsys.readouterr().out.count("\n\n") == 2


def test_marks_fit_the_terminal() -> None:
    assert [severity_mark(severity.value, "utf-8") for severity in Severity] == ["✗", "!", "·", "✓"]
    assert [severity_mark(severity.value, "ascii") for severity in Severity] == ["x", "!", ".", "+"]
    assert severity_mark("error", None) == "x"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CorotuiError, exit_codes.FAILED),
        (UsageError, exit_codes.USAGE),
        (NodeUnreachableError, exit_codes.UNREACHABLE),
        (RefusedError, exit_codes.REFUSED),
    ],
)
def test_errors_and_verbs_agree_on_exit_codes(error: type[CorotuiError], code: int) -> None:
    assert error.exit_code == code
