"""Verdicts of three real daemons (3.1.7, 3.1.10, 2.4.6), recorded with the files they checked.

`exit` maps a release to the exit code of `corosync -t` (134: SIGABRT); the files are latin-1, @HOST@ is the host name.
Files that were checked together with others in uidgid.d, whose content is not recorded, are left out.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from corotui.conf import Host, parse, predict_verdict
from corotui.conf.version import parse_version
from tests.support.conf_samples import HOST as MACHINE
from tests.support.conf_samples import OLD, TWO

ROWS = [json.loads(line) for line in Path("tests/fixtures/conf/verdicts.jsonl").read_text().splitlines()]
HOST = Host(
    hostname="vm",
    addresses=("127.0.0.1", "::1"),
    hosts={"vm": ("127.0.0.1",)},
    authkey_bytes=None,
    files={f"/var/tmp/t/key{size}": size for size in (127, 128, 1023, 1024, 1025, 4096, 4097, 8192)},
    directories=frozenset({"/var/tmp/t"}),
    users={"root": 0},
    groups={"root": 0},
)


def test_every_recorded_verdict_is_predicted() -> None:
    seen = 0
    wrong = []
    for row in ROWS:
        document = parse(row["conf"].replace("@HOST@", "vm").encode("latin-1"))
        for release, code in row["exit"].items():
            seen += 1
            found = predict_verdict(document, release=parse_version(release), host=HOST)
            if found.test != code:
                wrong.append((release, row["label"], code, found.test, found.test_message))
    assert wrong == []
    assert seen == 1209


# What the fuzzer found, made small: the file, and what the daemon of Debian 12 ended with.
FOUND = (
    (b"totem {\ninterface {\nmember {\nmemberaddr: node1.example.com\n}\nx {\n}\n}", 139),
    (b"totem {\ninterface {\ninterface {\n}\nknet_transport: udpu\n}", 8),
    (b"totem {\ninterface {\nknet_transport: udp\nx {\n}\n}\n}", 134),
    (b"logging {\n logger_subsys {\n subsys: Q\nsub {\nkey: 1\n}\n}", 139),
    (b"logging {\n logger_subsys {\n: {\n subsys: QUORUM\n debug: yes\n}\n}", 139),
    (b"logging {\n logging_daemon {\n name: corosync\n  node {\n debug: yes\n}\n}", 139),
    (b"uidgid {\nuid: nosuch" + b"x" * 460 + b"\n}", 134),
    (b"uidgid {\nuid: nosuch" + b"x" * 400 + b"\n}", 8),
    (b"totem.interface.member {\nmemberaddr: 10.0.0.1\n}", 139),
)


@pytest.mark.parametrize(("data", "code"), FOUND)
def test_what_the_fuzzer_found_stays_found(data: bytes, code: int) -> None:
    assert predict_verdict(parse(data), host=MACHINE).test == code


def test_what_depends_on_the_machine_comes_from_facts() -> None:
    document = parse(TWO % b"knet")
    known = Host("node1", ("10.77.0.1",), {"node2": ("10.77.0.2",)}, authkey_bytes=None)
    assert predict_verdict(document, host=known).test == 0
    other = Host("elsewhere", ("10.99.0.1",), {"node2": ("10.77.0.2",)})
    assert predict_verdict(document, host=other).test_message.endswith("No valid name found for local host")
    deaf = Host("node1", ("10.77.0.1",), {})
    assert predict_verdict(document, host=deaf).test_message == "failed to parse node address 'node2'"


def test_what_is_not_known_is_named() -> None:
    found = predict_verdict(parse(TWO % b"knet"))
    assert (found.test, found.start) == (0, "runs")
    assert found.assumed == ("this host is the first node of the nodelist", "the name node2 resolves")


def test_the_key_is_asked_for_only_with_encryption() -> None:
    document = parse((TWO % b"knet").replace(b"version: 2", b"version: 2\n    secauth: on"))
    host = Host("node1", ("10.77.0.1",), {"node2": ("10.77.0.2",)}, authkey_bytes=None)
    found = predict_verdict(document, host=host)
    assert (found.test, found.test_message) == (8, "Could not open /etc/corosync/authkey: No such file or directory")


@pytest.mark.parametrize(
    ("lines", "start"),
    [
        (b"provider: bogus", 20),
        (b"provider: corosync_votequorum\ntwo_node: 1\ndevice {\nmodel: net\n}", 20),
        (b"provider: corosync_votequorum\nexpected_votes: 3\ndevice {\nmodel: net\n}", 20),
        (b"provider: corosync_votequorum\ntwo_node: 1", "runs"),
        (b"provider: corosync_ykd", "runs"),
    ],
)
def test_a_start_sees_more_than_a_test(lines: bytes, start: int | str) -> None:
    data = (TWO % b"knet").replace(b"provider: corosync_votequorum\n    two_node: 1", lines)
    found = predict_verdict(parse(data))
    assert (found.test, found.start) == (0, start)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/var/log/x.log", 0),
        ("/var/log/./x.log", 0),
        ("//var//log/x.log", 0),
        ("/tmp/../var/log/x.log", 0),
        ("/nowhere/../tmp/x.log", 7),
        ("/nowhere/x.log", 7),
        ("/var/log", 7),
        ("/var/log/", 7),
        ("/tmp/x.log/", 7),
        ("/k/128/x.log", 7),
        ("/dev/null", 0),
        ("x.log", 0),
        ("./x.log", 0),
        ("/tmp/" + "x" * 256, 7),
    ],
)
def test_a_log_file_needs_its_folder(path: str, code: int) -> None:
    data = (TWO % b"knet") + b"logging {\nlogfile: " + path.encode() + b"\n}\n"
    assert predict_verdict(parse(data), host=MACHINE).test == code


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/k/128", ""),
        ("/k//./128", ""),
        ("../../../k/128", ""),
        ("/k/128/", "Could not open /k/128/: Not a directory"),
        ("/k", "Could not read /k: Is a directory"),
        ("/dev/null", "Could only read 0 bits of minimum 1024 bits from /dev/null."),
        ("/dev/urandom", ""),
        ("", "Could not open : No such file or directory"),
        ("128", "Could not open 128: No such file or directory"),
    ],
)
def test_a_key_file_is_looked_for_from_the_state_directory(path: str, says: str) -> None:
    crypto = f"version: 2\nsecauth: on\nkeyfile: {path}".encode()
    found = predict_verdict(parse((TWO % b"knet").replace(b"version: 2", crypto)), host=MACHINE)
    assert (found.test, found.test_message) == ((8, says) if says else (0, "Corosync Cluster Engine exiting normally"))


def test_a_key_file_is_looked_for_from_another_state_directory() -> None:
    data = (TWO % b"knet").replace(b"version: 2", b"version: 2\nsecauth: on\nkeyfile: 128")
    assert predict_verdict(parse(data + b"system {\nstate_dir: /k\n}\n"), host=MACHINE).test == 0


def test_a_node_that_has_no_name_may_be_this_machine() -> None:
    data = (TWO % b"knet").replace(b"        name: node1\n", b"")
    found = predict_verdict(parse(data), host=Host("node1", None, {"node2": ("10.77.0.2",)}))
    assert (found.test, found.assumed) == (0, ("node1 has the address 10.77.0.1",))
    assert predict_verdict(parse(data), host=Host("node1", ("10.99.0.1",), {"node2": ("10.77.0.2",)})).test == 8


@pytest.mark.parametrize(
    ("addresses", "mine", "start"),
    [
        (("10.77.0.1",), "10.77.0.1", "runs"),
        (("10.77.0.1",), "10.77.0.9", "runs"),
        (("10.77.0.1",), "10.99.0.1", 15),
        (("10.77.0.1/8",), "10.99.0.1", "runs"),
        (("10.77.0.1/25",), "10.77.0.200", 15),
        (("10.77.0.1",), "127.9.9.9", "runs"),
        (("10.77.0.1",), "fd99::1", 15),
        (("fd99::9",), "fd99::1", "runs"),
    ],
)
def test_udpu_ends_where_no_interface_is_in_its_network(
    addresses: tuple[str, ...], mine: str, start: int | str
) -> None:
    data = (TWO % b"udpu").replace(b"10.77.0.1", mine.encode()).replace(b"_addr: node2", b"_addr: fd99::2")
    if ":" not in mine:
        data = data.replace(b"fd99::2", b"10.77.0.2")
    assert predict_verdict(parse(data), host=Host("node1", addresses, {})).start == start


def test_the_ring_s_number_cannot_be_kept_in_proc() -> None:
    found = predict_verdict(parse((TWO % b"knet") + b"system {\nstate_dir: /proc\n}\n"), host=MACHINE)
    assert (found.test, found.start) == (0, 21)
    assert found.start_message.startswith("Couldn't create ringid file '/proc/ringid_1'")


@pytest.mark.parametrize(
    ("lines", "start"),
    [
        ("window_size: 16367", "runs"),
        ("window_size: 16368", 134),
        ("window_size: 8192\nmax_messages: 8192", "runs"),
        ("window_size: 8193\nmax_messages: 9000", 134),
        ("window_size: 2147483648", 134),
        ("window_size: 4294967295", "runs"),
        ("max_messages: 4294967295", "runs"),
        ("send_join: 2147483648", 136),
        ("send_join: 2147483647", "runs"),
        ("send_join: 0", "runs"),
    ],
)
def test_numbers_that_end_the_daemon_in_the_ring(lines: str, start: int | str) -> None:
    """What Debian's 3.1.7 ended with."""
    data = (TWO % b"knet").replace(b"version: 2", f"version: 2\n{lines}".encode())
    found = predict_verdict(parse(data), host=MACHINE)
    assert (found.test, found.start) == (0, start)
    assert predict_verdict(
        parse(OLD.replace(b"token: ten", lines.encode())), release=parse_version("1.4.10"), host=MACHINE
    ).start in (
        start,
        8,
    )


def test_files_beside_it_that_nobody_showed_are_trusted() -> None:
    host = Host("node1", ("10.77.0.1",), {"node2": ("10.77.0.2",)}, files={"/etc/corosync/uidgid.d/app": 12})
    assert predict_verdict(parse(TWO % b"knet"), host=host).assumed == (
        "the files in /etc/corosync/uidgid.d are valid",
    )
