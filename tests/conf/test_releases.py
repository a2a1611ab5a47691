"""Verdicts for releases that read a file in another way; most of it was seen in daemons built of their sources."""

from __future__ import annotations

import pytest

from corotui.conf import parse, predict_verdict
from corotui.conf.version import parse_version
from tests.support.conf_samples import HOST as MACHINE
from tests.support.conf_samples import OLD, TWO


def test_there_is_no_test_before_2_3_4() -> None:
    assert predict_verdict(parse(TWO % b"udpu"), release=parse_version("2.3.3")).test is None
    assert predict_verdict(parse(TWO % b"udpu"), release=parse_version("2.4.6")).test is not None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b"", b"", ""),
        (b"udpu", b"knet", "parse error in config: transport type knet is unsupported"),
        (b"mcastport: 5405", b"x: 1", "parse error in config: No multicast port specified"),
        (
            b"ringnumber: 0",
            b"ringnumber: 2",
            "parse error in config: interface ring number 2 is bigger than allowed maximum 1",
        ),
        (
            b"version: 2",
            b"version: 3",
            "parse error in config: This totem parser can only parse version 2 configurations.",
        ),
        (b"transport: udpu", b"", "parse error in config: No multicast address specified"),
        (b"totem {", b"toten {", "couldn't find totem handle"),
        (b"interface {", b"interfaces {", "parse error in config: No interfaces defined"),
        (b"mcastport: 5405", b"mcastport: 65536", "parse error in config: No multicast port specified"),
        (b"mcastport: 5405", b"mcastport: 5405\nttl: 256", "parse error in config: Invalid TTL (should be 0..255)"),
    ],
)
def test_1_4_has_its_own_rules(old: bytes, new: bytes, says: str) -> None:
    found = predict_verdict(parse(OLD.replace(old, new) if old else OLD), release=parse_version("1.4.10"))
    assert (found.test, found.start_message) == (None, says)
    assert found.start == (8 if says else "runs")


@pytest.mark.parametrize(
    ("line", "release", "says"),
    [
        ("token: 4294968296", "2.3.3", ""),
        ("token: 4294968296", "2.3.4", 'Value of key "token" is expected to be integer'),
        ("token: 1e3", "2.3.3", 'Value of key "token" must be integer, but "1e3" was given'),
        ("interface {\nmcastport: 70000\n}", "2.3.3", "Invalid multicast port (should be 0..65535)"),
        ("crypto_cipher: aes128", "2.1.0", "Invalid cipher type"),
        ("crypto_cipher: aes128", "2.1.1", ""),
        ("ip_version: ipv5", "2.1.0", ""),
        ("ip_version: ipv5", "2.1.1", "Invalid ip_version type"),
    ],
)
def test_early_2_x_reads_numbers_and_words_in_its_own_way(line: str, release: str, says: str) -> None:
    data = (TWO % b"udpu").replace(b"version: 2", f"version: 2\n{line}".encode())
    assert predict_verdict(parse(data), release=parse_version(release)).start_message.startswith(says)
    assert (predict_verdict(parse(data), release=parse_version(release)).start == "runs") == (not says)


def test_a_stray_brace_ends_the_file_before_2_3_1() -> None:
    data = (TWO % b"udpu") + b"}\nquorum {\ntwo_node: x\n}\n"
    assert predict_verdict(parse(data), release=parse_version("2.3.0")).start == "runs"
    assert (
        predict_verdict(parse(data), release=parse_version("2.3.1")).start_message
        == "parser error: Unexpected closing brace"
    )


@pytest.mark.parametrize(
    ("release", "transport", "old", "new", "code", "says"),
    [
        ("3.0.4", "knet", "version: 2", "version: 2\ninterface {\nmcastport: 0\n}", 8, "No multicast port specified"),
        ("3.1.0", "knet", "version: 2", "version: 2\ninterface {\nmcastport: 0\n}", 0, ""),
        ("3.0.4", "knet", "ring0_addr: node2", "ring0_addr: fd99::2", 8, "Nodes for link 0 have different IP families"),
        ("3.0.4", "knet", "ring0_addr: node2", "ring99999999_addr: node2", 139, "Segmentation fault"),
        ("3.1.0", "knet", "ring0_addr: node2", "ring99999999_addr: node2", 8, "interface ring number 99999999 is"),
        ("2.4.6", "udpu", "ring0_addr: node2", "ring0_addr: node2\nring99999_addr: node2", 139, "Segmentation fault"),
        ("3.0.4", "knet", "nodeid: 1\n", "\n", 8, "Knet requires an explicit nodeid for the local node"),
        ("3.1.4", "knet", "version: 2", "version: 2\nnodeid: 7", 0, ""),
        (
            "3.0.1",
            "knet",
            "version: 2",
            "version: 2\ncrypto_model: gcrypt",
            8,
            "crypto_model should be 'nss' or 'openssl'",
        ),
        ("3.0.2", "knet", "version: 2", "version: 2\ncrypto_model: gcrypt", 8, "Invalid crypto model"),
        (
            "3.0.1",
            "knet",
            "ring0_addr: 10.77.0.1",
            "ring0_addr: 10.77.0.1\nring7_addr: 10.84.0.1",
            8,
            "same number of links",
        ),
        ("2.4.6", "udpu", "totem {", "resources {\nsystem {\npoll_period: x\n}\n}\ntotem {{", 0, ""),
    ],
)
def test_each_release_has_its_own_mistakes(
    release: str, transport: str, old: str, new: str, code: int, says: str
) -> None:
    """What daemons built of the tagged sources ended with."""
    data = (
        (TWO % transport.encode())
        .replace(b"version: 2", b"version: 2\nsecauth: off")
        .replace(old.encode(), new.encode())
    )
    found = predict_verdict(parse(data), release=parse_version(release), host=MACHINE)
    assert (found.test, says in found.test_message) == (code, True)


def test_a_section_without_a_name_is_no_section_for_2_4() -> None:
    data = b"{}\n" + (TWO % b"udpu").replace(b"version: 2", b"version: 2\nsecauth: off")
    assert predict_verdict(parse(data), release=parse_version("2.4.6"), host=MACHINE).test == 0
    assert predict_verdict(parse(data), release=parse_version("3.1.7"), host=MACHINE).test == 8


def test_the_number_in_totem_counts_before_3_1_5() -> None:
    data = (TWO % b"knet").replace(b"version: 2", b"version: 2\nnodeid: 7").replace(b"        nodeid: 1\n", b"")
    assert predict_verdict(parse(data), release=parse_version("3.1.4"), host=MACHINE).test == 0
    assert predict_verdict(parse(data), release=parse_version("3.1.5"), host=MACHINE).test == 8


@pytest.mark.parametrize(
    ("old", "new", "start"),
    [
        (b"", b"totem {\ntoken: 20\n}\n", "runs"),
        (b"", b"uidgid {\nuid: nosuch\n}\n", 1),
        (b"", b"uidgid {\ngid: nosuch\n}\n", 2),
        (b"", b"service {\nver: 0\n}\n", 13),
        (b"secauth: off", b"key: " + b"k" * 126, 134),
        (b"secauth: off", b"key: " + b"k" * 127, "runs"),
        (b"bindnetaddr: 10.77.0.0", b"bindnetaddr: nohost", 134),
        (b"        member {", b"        mcastaddr: ff15::1\n        member {", 8),
        (
            b"transport: udpu",
            b"rrp_mode: active\n    transport: udp\n    interface {\n        bindnetaddr: 10.77.0.0\n    }",
            8,
        ),
    ],
)
def test_1_4_starts_as_a_real_one_did(old: bytes, new: bytes, start: int | str) -> None:
    """What a 1.4.10 built of its sources ended with."""
    data = OLD.replace(b"token: ten", b"token: 3000")
    data = data.replace(old, new, 1) if old else data + new
    assert predict_verdict(parse(data), release=parse_version("1.4.10"), host=MACHINE).start == start
