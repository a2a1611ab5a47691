from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.errors import WorkError
from corotui.source.install import verify
from corotui.source.install.verify import InstalledCorosync, parse
from tests.support.assertions import assert_never_raises
from tests.support.source.fake_build_node import VERIFIED_OUTPUT, RuleShell

# The words of 1.4.2, in the same form as VERIFIED_OUTPUT.
OLD = """path /usr/sbin/corosync
version Corosync Cluster Engine, version '1.4.2'
unit sysv
directory /etc/corosync
directory /var/lib/corosync
directory /var/log/cluster
tool corosync-objctl
tool corosync-cfgtool
tool corosync-quorumtool
tool corosync-keygen
user root
"""


def test_a_good_node_has_no_faults() -> None:
    installed = parse(VERIFIED_OUTPUT)
    assert installed.problems("3.1.7") == ()
    assert installed.libraries == ("libqb.so.100", "libknet.so.1", "libcorosync_common.so.4")
    assert installed.service_manager == "systemd"


def test_the_old_series_has_other_tools_and_an_init_script() -> None:
    assert parse(OLD).problems("1.4.2") == ()
    assert "corosync-cmapctl is not in the path." in parse(OLD.replace("1.4.2", "3.1.7")).problems("3.1.7")
    assert "corosync-objctl is not in the path." in parse(VERIFIED_OUTPUT.replace("3.1.7", "1.4.2")).problems("1.4.2")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("path /usr/sbin/corosync", "path ", "no corosync"),
        ("'3.1.7'", "'3.1.2'", "says 3.1.2 and not 3.1.7"),
        ("version Corosync Cluster Engine, version '3.1.7'", "version corosync: cannot execute", "cannot execute"),
        ("unit systemd\n", "missing libqb.so.100\nunit systemd\n", "does not find libqb.so.100"),
        ("unit systemd\n", "", "no unit"),
        ("directory /var/log/cluster\n", "", "/var/log/cluster is not there"),
        ("tool corosync-keygen\n", "", "corosync-keygen is not in the path"),
        ("user root\n", "", "no user root"),
    ],
)
def test_each_fault_is_a_sentence(old: str, new: str, words: str) -> None:
    assert old in VERIFIED_OUTPUT
    faults = parse(VERIFIED_OUTPUT.replace(old, new)).problems("3.1.7")
    assert any(words in fault for fault in faults), faults


@given(st.text(max_size=500))
def test_no_output_raises(text: str) -> None:
    assert_never_raises(lambda: parse(text).problems("3.1.7"))


async def test_a_node_is_asked_as_root_with_the_script_on_its_input() -> None:
    node = RuleShell("a", [("sh -s", (0, VERIFIED_OUTPUT))])
    assert (await verify.verify_installed(node, "3.1.7")).version == "3.1.7"
    assert [request.stdin for request in node.requests] == [verify.SCRIPT.text.encode()]
    with pytest.raises(WorkError, match=r"not 3\.1\.9"):
        await verify.verify_installed(node, "3.1.9")


def test_the_script_is_sh_and_answers_where_nothing_is() -> None:
    done = subprocess.run(
        ["sh", "-s"],
        input=verify.SCRIPT.text,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin"},
    )
    assert isinstance(parse(done.stdout), InstalledCorosync)
