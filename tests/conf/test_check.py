from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.conf import check, parse
from corotui.conf.diagnostics.codes import CODES
from corotui.conf.version import parse_version
from tests.support.conf_examples import EXAMPLES, WELL, conf, node
from tests.support.conf_strategies import ANY_BYTES


def _codes(data: bytes, code: str) -> list[str]:
    example = EXAMPLES[code]
    return [
        one.code for one in check(parse(data), release=parse_version(example.corosync), environment=example.environment)
    ]


def test_every_code_has_an_example() -> None:
    assert sorted(EXAMPLES) == sorted(CODES)


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_example_raises_its_code(code: str) -> None:
    assert code in _codes(EXAMPLES[code].bad, code)


@pytest.mark.parametrize("code", EXAMPLES)
def test_what_is_just_well_does_not(code: str) -> None:
    assert code not in _codes(EXAMPLES[code].good, code)


def test_a_well_made_file_has_no_diagnostic() -> None:
    assert check(parse(WELL)) == ()


@pytest.mark.parametrize("code", EXAMPLES)
def test_a_fix_fixes_what_it_is_for(code: str) -> None:
    example = EXAMPLES[code]
    document = parse(example.bad)
    for one in check(document, release=parse_version(example.corosync), environment=example.environment):
        if one.code == code and one.fix is not None:
            fixed = parse(one.fix.apply(example.bad))
            after = check(fixed, release=parse_version(example.corosync), environment=example.environment)
            assert [a.message for a in after if a.code == code].count(one.message) == 0


@pytest.mark.parametrize("code", EXAMPLES)
def test_words_are_sentences_for_people(code: str) -> None:
    example = EXAMPLES[code]
    for one in check(parse(example.bad), release=parse_version(example.corosync), environment=example.environment):
        assert one.message
        assert one.message.isprintable()
        assert "!" not in one.message + one.why
        assert one.code in CODES
        assert one.to_json()["stage"] in ("parser", "start", "wrong")


@given(ANY_BYTES, st.sampled_from(["1.4.10", "2.4.6", "3.0.0", "3.1.7", "3.1.10", "main"]))
def test_places_and_fixes_stand_inside_the_file(data: bytes, release: str) -> None:
    document = parse(data)
    for one in check(document, release=parse_version(release)):
        assert one.code in CODES
        assert 1 <= one.line <= max(len(document.lines), 1)
        assert 1 <= one.column <= len(document.line_text(one.line)) + 1
        assert one.column - 1 + one.length <= len(document.line_text(one.line))
        if one.fix is not None:
            at = 0
            for change in one.fix.edits:
                assert at <= change.start <= change.end <= len(data)
                at = change.end
            parse(one.fix.apply(data))


def test_all_errors_are_found_at_once() -> None:
    data = b"totem {\ntoken: x\njoin: y\nbogus\n}\n}\nquorum {\ntwo_node: yes\n"
    found = [(one.line, one.code) for one in check(parse(data)) if one.stage == "parser"]
    expected = [(2, "number"), (3, "number"), (4, "bare-word"), (6, "brace-extra"), (8, "brace-missing"), (8, "number")]
    assert sorted(found) == expected


def test_columns_count_what_an_editor_shows() -> None:
    found = [
        one for one in check(parse("totem {\n  cluster_name: äö # x\n}\n".encode())) if one.code == "trailing-comment"
    ]
    assert (found[0].line, found[0].column, found[0].length) == (2, 17, 6)


def test_one_mistake_is_said_once() -> None:
    data = conf("token:\nconsensus: 99999999999\ndebug:", nodes=(node(1).replace("10.77.0.1", "10.77.0.1/24"), node(2)))
    data = data.replace(
        b"provider: corosync_votequorum", b"provider: corosync_votequorum\ntwo_node: 1\nexpected_votes yes"
    )
    found = {one.line: one for one in check(parse(data)) if one.severity == "error"}
    lines = data.decode().splitlines()
    reported = {lines[number - 1]: (one.code, one.fix.title if one.fix else "") for number, one in found.items()}
    assert reported == {
        "token:": ("number", ""),
        "consensus: 99999999999": ("number", ""),
        "ring0_addr: 10.77.0.1/24": ("node-address", "take the prefix out"),
        "expected_votes yes": ("bare-word", "write a colon"),
    }
    assert not {"empty-value", "out-of-range", "bindnet-address", "address-is-name"} & {
        one.code for one in found.values()
    }
    for one in found.values():
        if one.fix is not None:
            assert one.line not in {left.line for left in check(parse(one.fix.apply(data))) if left.code == one.code}
