from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from corotui.conf.daemon import start_reasons
from corotui.doctor import parse, startup_failure
from corotui.doctor.evidence import ConfTest, CorosyncProcess, NodeEvidence, SystemdUnit
from corotui.ring.model import NodeView
from corotui.ssh.remote_script import OutputSection
from tests.support.assertions import assert_never_raises


@given(st.text())
def test_no_parser_raises(text: str) -> None:
    section = OutputSection(text, 0)
    for parser in (
        parse.unit,
        parse.processes,
        parse.log_lines,
        parse.conf_test,
        parse.directories,
        parse.neighbours,
        parse.counters,
        parse.pauses,
        parse.hosts,
    ):
        assert_never_raises(parser, section)
    assert_never_raises(start_reasons.match_reason, text)


def test_a_unit() -> None:
    text = "MainPID=7\nResult=exit-code\nNRestarts=3\nExecMainStatus=8\nLoadState=loaded\n"
    text += "ActiveState=failed\nSubState=failed"
    found = parse.unit(OutputSection(text, 0))
    assert found == SystemdUnit("loaded", "failed", "failed", "exit-code", 8, 3, 7)
    assert found.has_failed


def test_processes() -> None:
    text = "38796 S 1 /usr/sbin/corosync -f \nnonsense\n9 T 1 corosync "
    assert parse.processes(OutputSection(text, 0)) == (
        CorosyncProcess(38796, "S", 1, "/usr/sbin/corosync -f"),
        CorosyncProcess(9, "T", 1, "corosync"),
    )


def test_a_test_that_was_not_run_is_none() -> None:
    assert parse.conf_test(OutputSection("", 125)) is None
    assert parse.conf_test(OutputSection("", None)) is None
    assert parse.conf_test(OutputSection("parser error: x", 8)) == ConfTest(8, "parser error: x")


def test_log_lines_are_raw_and_cut() -> None:
    assert parse.log_lines(OutputSection("\x1b[31mred\x1b[0m\n\n" + "x" * 900, 0))[0] == "\x1b[31mred\x1b[0m"
    assert len(parse.log_lines(OutputSection("x" * 900, 0))[0]) == 400


def evidence(journal: tuple[str, ...], *, status: int | None = None, test: ConfTest | None = None) -> NodeEvidence:
    return NodeEvidence(
        "node1",
        NodeView(name="node1", reachable=True, taken_at=1.0),
        unit=SystemdUnit("loaded", "failed", exit_status=status),
        journal=journal,
        conf_test=test,
    )


def test_the_journal_alone_is_not_certain() -> None:
    found = startup_failure.find_start_failure(evidence(("corosync[1]: Can't open logfile '/a/b' for reason: x",)))
    assert found is not None
    assert (found.code, found.subject, found.certain) == (start_reasons.LOG, "/a/b", False)


def test_the_journal_with_its_exit_code_is_certain() -> None:
    found = startup_failure.find_start_failure(
        evidence(("corosync[1]: Can't open logfile '/a/b' for reason: x",), status=7)
    )
    assert found is not None
    assert found.certain


def test_an_earlier_start_does_not_count() -> None:
    lines = (
        "corosync[1]: parser error: /etc/corosync/corosync.conf:3: x",
        "systemd[1]: Starting corosync.service - Corosync Cluster Engine...",
        "corosync[2]: Corosync Cluster Engine exiting normally",
    )
    assert startup_failure.find_start_failure(evidence(lines)) is None
