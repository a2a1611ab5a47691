"""Clock, operating system and cloud out of their sections."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.facts.parsers import system


@given(st.floats(-1e5, 1e5), st.floats(0, 20), st.floats(0, 20), st.floats(0, 20))
def test_the_true_offset_lies_within_the_uncertainty(offset: float, there: float, work: float, back: float) -> None:
    sent = 1_700_000_000.0
    begin, end = sent + there + offset, sent + there + work + offset
    told = system.clock(f"{begin:.9f}", f"{end:.9f}", sent=sent, received=sent + there + work + back, synchronised="")
    assert told is not None
    assert abs(told.offset - offset * 1000) <= told.uncertainty + 0.01


@pytest.mark.parametrize("text", ["1700000000", "1700000000.", "1700000000.%N"])
def test_a_date_without_fractions_is_less_certain(text: str) -> None:
    told = system.clock(text, text, sent=1_700_000_000.7, received=1_700_000_000.7, synchronised="")
    assert told is not None
    assert told.uncertainty == 500
    assert abs(told.offset) <= 500


@pytest.mark.parametrize(("begin", "end"), [("", "1"), ("1", ""), ("soon", "1"), ("-5", "1")])
def test_a_clock_that_says_nothing(begin: str, end: str) -> None:
    assert system.clock(begin, end, sent=0.0, received=0.0, synchronised="") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("NTPSynchronized=yes\n", True),
        ("NTPSynchronized=no\n", False),
        ("     NTP synchronized: yes\n", True),  # systemd 219
        ("System clock synchronized: no\n", False),  # systemd 239 and later without `show`
        ("Leap status     : Normal\n", True),
        ("Leap status     : Not synchronised\n", False),
        ("NTPSynchronized=no\nLeap status     : Normal\n", True),
        ("506 Cannot talk to daemon\n", None),
        ("", None),
    ],
)
def test_synchronised(text: str, expected: bool | None) -> None:
    told = system.clock("1.0", "1.0", sent=1.0, received=1.0, synchronised=text)
    assert told is not None
    assert told.synchronised is expected


def release(text: str) -> str:
    return "".join(f"os-release {line}\n" for line in text.splitlines())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (release('ID="amzn"\nVERSION_ID="2"\nID_LIKE="centos rhel fedora"'), ("amzn", "2", "rhel", "yum")),
        (release('ID="amzn"\nVERSION_ID="2023"\nID_LIKE="fedora"'), ("amzn", "2023", "rhel", "yum")),
        (release('ID="sles"\nVERSION_ID="15.5"\nID_LIKE="suse"'), ("sles", "15.5", "suse", "zypper")),
        (
            release('ID="opensuse-tumbleweed"\nVERSION_ID="20260301"'),
            ("opensuse-tumbleweed", "20260301", "suse", "zypper"),
        ),
        (release('ID="opensuse-leap"\nID_LIKE="suse opensuse"'), ("opensuse-leap", "", "suse", "zypper")),
        (release("ID=ubuntu\nID_LIKE=debian\nVERSION_ID='24.04'"), ("ubuntu", "24.04", "debian", "apt")),
        (release('ID="ol"\nVERSION_ID="9.3"\nID_LIKE="fedora"'), ("ol", "9.3", "rhel", "yum")),
        (release("ID=linuxmint\nID_LIKE='ubuntu debian'"), ("linuxmint", "", "debian", "apt")),
        (release("ID=alpine\nVERSION_ID=3.20"), ("alpine", "3.20", "", "apt")),
        ("system-release Amazon Linux AMI release 2018.03\n", ("amzn", "2018.03", "rhel", "yum")),
        ("redhat-release Red Hat Enterprise Linux Server release 5.11 (Tikanga)\n", ("rhel", "5.11", "rhel", "yum")),
        ("SuSE-release SUSE Linux Enterprise Server 11 (x86_64)\n", ("sles", "11", "suse", "zypper")),
        ("debian_version 6.0.10\n", ("debian", "6.0.10", "debian", "apt")),
        ("", ("", "", "", "apt")),
    ],
)
def test_families(text: str, expected: tuple[str, str, str, str]) -> None:
    told = system.operating_system(text, programs=("apt-get", "yum", "zypper"))
    assert (told.id, told.version, told.family, told.package_tool) == expected


def test_dnf_is_taken_before_yum_and_nothing_where_there_is_none() -> None:
    text = release("ID=fedora")
    assert system.operating_system(text, programs=("yum", "dnf")).package_tool == "dnf"
    assert system.operating_system(text, programs=()).package_tool == ""


def test_versions_as_every_series_prints_them() -> None:
    one = "path /usr/sbin/corosync\nCorosync Cluster Engine, version '1.4.2'\nCopyright (c) 2006-2009 Red Hat, Inc.\n"
    assert system.corosync_version(one) == ("1.4.2", "/usr/sbin/corosync")
    assert system.corosync_version("") == ("", "")
    assert system.corosync_version("path /x\nsegfault") == ("", "/x")


def test_cloud_without_answers_is_named_all_the_same() -> None:
    told = system.cloud("dmi Amazon EC2\nprovider ec2\n")
    assert told is not None
    assert (told.provider, told.instance_id) == ("ec2", "")
    assert system.cloud("dmi QEMU\n") is None
