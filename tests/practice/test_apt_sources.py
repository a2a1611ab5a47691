"""apt's sources in both forms, as they stand on real machines."""

from __future__ import annotations

import base64
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from corotui.practice.image.apt_sources import (
    AptSource,
    dearmor,
    distribution_sources,
    parse_deb822,
    parse_one_line,
    read,
    render_deb822,
)
from tests.support.assertions import assert_never_raises

DEB822 = """\
# a comment before
Types: deb deb-src
URIs: http://archive.example/debian
# a comment within
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://archive.example/debian-security
Suites: bookworm-security
Components: main
Enabled: no

Types: deb
URIs: https://other.example/apt
Suites: bookworm
Components: stable
"""

ONE_LINE = """\
# deb http://archive.example/debian bookworm main
deb [arch=amd64 signed-by=/etc/apt/keys/a.gpg,/etc/apt/keys/b.gpg] http://archive.example/debian bookworm main contrib #
deb-src http://archive.example/debian bookworm main
deb [ trusted=yes ] http://archive.example/local ./
deb cdrom:[Debian 12]/ bookworm main
debx http://archive.example/debian bookworm main
deb
"""

KEY = b"\x99\x01\x0d not really a key \x00\xff" * 7
ARMOURED = (
    "-----BEGIN PGP PUBLIC KEY BLOCK-----\nComment: a key\n\n"
    + base64.encodebytes(KEY).decode()
    + "=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n"
)


def test_deb822_gives_one_source_per_address_and_suite() -> None:
    found = list(parse_deb822(DEB822))
    assert [(source.uri, source.suite) for source in found] == [
        ("http://archive.example/debian", "bookworm"),
        ("http://archive.example/debian", "bookworm-updates"),
        ("https://other.example/apt", "bookworm"),
    ]
    assert found[0].types == ("deb", "deb-src")
    assert found[0].components == ("main", "contrib")
    assert found[0].keyrings == ("/usr/share/keyrings/debian-archive-keyring.gpg",)


def test_one_line_form_with_options_and_comments() -> None:
    found = list(parse_one_line(ONE_LINE))
    assert found[0] == AptSource(
        "http://archive.example/debian",
        "bookworm",
        ("main", "contrib"),
        signed_by="/etc/apt/keys/a.gpg,/etc/apt/keys/b.gpg",
    )
    assert found[0].keyrings == ("/etc/apt/keys/a.gpg", "/etc/apt/keys/b.gpg")
    assert found[1].types == ("deb-src",)
    assert found[2].trusted
    assert [source.suite for source in found if source.uri.startswith("cdrom")] != ["bookworm"]


def test_a_key_in_the_entry_itself() -> None:
    folded = "".join(f"\n {line or '.'}" for line in ARMOURED.splitlines())
    text = f"Types: deb\nURIs: http://archive.example/debian\nSuites: sid\nComponents: main\nSigned-By:{folded}\n"
    (source,) = parse_deb822(text)
    assert source.inline_key == KEY
    assert source.keyrings == ()
    assert next(iter(parse_deb822(render_deb822([source], {})))).inline_key == KEY


def test_only_the_distributions_own_archives_go_to_nodes() -> None:
    found = distribution_sources([*parse_deb822(DEB822), *parse_one_line(ONE_LINE)], "bookworm")
    assert {source.uri for source in found} == {"http://archive.example/debian"}
    assert distribution_sources(found, "trixie") == ()


def test_files_are_read_in_apts_order_and_others_passed_over(tmp_path: Path) -> None:
    parts = tmp_path / "sources.list.d"
    parts.mkdir()
    (tmp_path / "sources.list").write_text("deb http://first.example/debian bookworm main\n")
    (parts / "b.list").write_text("deb http://third.example/debian bookworm main\n")
    (parts / "a.sources").write_text(
        "Types: deb\nURIs: http://second.example/debian\nSuites: bookworm\nComponents: main\n"
    )
    (parts / "c.list.save").write_text("deb http://never.example/debian bookworm main\n")
    assert [source.uri.split("/")[2].split(".")[0] for source in read(tmp_path)] == ["first", "second", "third"]


def test_no_sources_at_all(tmp_path: Path) -> None:
    assert read(tmp_path) == ()


_word = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789./:-", min_size=1, max_size=20)
_source = st.builds(
    AptSource,
    uri=_word.map(lambda word: f"http://{word}"),
    suite=_word,
    components=st.lists(_word, min_size=1, max_size=3).map(tuple),
    types=st.sampled_from([("deb",), ("deb", "deb-src"), ("deb-src",)]),
    signed_by=st.one_of(st.just(""), _word.map(lambda word: f"/keys/{word}")),
    trusted=st.booleans(),
)


@given(st.lists(_source, max_size=5))
def test_what_is_rendered_reads_back_the_same(sources: list[AptSource]) -> None:
    assert list(parse_deb822(render_deb822(sources, {}))) == sources


@given(st.text())
def test_no_parser_raises(text: str) -> None:
    assert_never_raises(parse_one_line, text)
    assert_never_raises(parse_deb822, text)
    assert_never_raises(dearmor, text)
