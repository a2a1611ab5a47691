"""Typed edits change what they are about and leave every other byte alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.conf import check, edit, parse
from corotui.conf.document import Document
from corotui.conf.edit import EditResult
from corotui.conf.queries import option_line
from corotui.errors import UsageError
from tests.support.conf_examples import WELL
from tests.support.conf_strategies import ANY_BYTES

ODD = b"""# db, two rooms\r
totem {\r
\tversion: 2   \r
\ttoken:3000\r
\t# keep me\r
\ttransport: knet\r
}\r
\r
nodelist {\r
\tnode {\r
\t\tname: a\r
\t\tnodeid: 1\r
\t\tring0_addr: 10.0.0.1\r
\t}\r
\t# the other room\r
\tnode {\r
\t\tname: b\r
\t\tnodeid: 2\r
\t\tring0_addr: 10.0.0.2\r
\t}\r
}\r
quorum {\r
\tprovider: corosync_votequorum\r
\ttwo_node: 1\r
}"""


def untouched(before: bytes, done: EditResult) -> bool:
    """Whether the bytes outside the changes are those of before, in their order."""
    out, at, place = [], 0, 0
    after = done.document.data
    for change in done.edits:
        kept = before[at : change.start]
        new = change.text.encode("utf-8", "surrogateescape")
        out.append(after[place : place + len(kept)] == kept)
        place += len(kept) + len(new)
        at = change.end
    return all(out) and after[place:] == before[at:]


def test_a_value_is_changed_where_it_stands() -> None:
    done = edit.set_option(parse(ODD), "totem.token", "5000")
    assert done.document.data == ODD.replace(b"token:3000", b"token:5000")


def test_a_new_option_looks_like_its_neighbours() -> None:
    done = edit.set_option(parse(ODD), "totem.join", "60")
    assert done.document.data == ODD.replace(b"knet\r\n", b"knet\r\n\tjoin: 60\r\n")


def test_a_missing_section_is_made() -> None:
    done = edit.set_option(parse(ODD), "quorum.device.model", "net")
    assert b"\ttwo_node: 1\r\n\tdevice {\r\n\t\tmodel: net\r\n\t}\r\n}" in done.document.data
    done = edit.set_option(parse(ODD), "logging.debug", "off")
    assert done.document.data == ODD + b"\r\n\r\nlogging {\r\n\tdebug: off\r\n}\r\n"


@pytest.mark.parametrize("value", ["a{b", "a\nb", " a", "x" * 600])
def test_a_value_that_breaks_its_line_is_refused(value: str) -> None:
    with pytest.raises(UsageError):
        edit.set_option(parse(ODD), "totem.link_mode", value)


EDITS = (
    lambda d: edit.set_option(d, "totem.token", "5000"),
    lambda d: edit.set_option(d, "quorum.device.net.host", "qnet"),
    lambda d: edit.set_option(d, "totem.interface.mcastport", "5409"),
)


@given(ANY_BYTES, st.sampled_from(EDITS))
def test_untouched_bytes_stay(data: bytes, change: object) -> None:
    document = parse(data)
    try:
        done = change(document)  # type: ignore[operator]
    except UsageError:
        return
    if len({(one.start, one.end) for one in done.edits}) == len(done.edits) and len(done.edits) <= 1:
        assert untouched(data, done)


@given(st.sampled_from([WELL, ODD]), st.sampled_from(EDITS))
def test_an_edit_of_a_whole_file_leaves_it_whole(data: bytes, change: object) -> None:
    try:
        done = change(parse(data))  # type: ignore[operator]
    except UsageError:
        return
    assert [one for one in check(done.document) if one.stage == "parser"] == []


@given(ANY_BYTES, st.sampled_from(["totem.token", "quorum.provider", "totem.interface.mcastport"]))
def test_what_was_set_is_read_again(data: bytes, key: str) -> None:
    try:
        done = edit.set_option(parse(data), key, "17")
    except UsageError:
        return
    found = option_line(done.document, key)
    if b"\0" not in data:
        assert found is not None
        assert found.value == "17"


@pytest.mark.parametrize("text", [b"totem {}\n", b"totem { version: 2 }"])
def test_nothing_is_put_into_a_section_on_one_line(text: bytes) -> None:
    with pytest.raises(UsageError, match="one line"):
        edit.set_option(parse(text), "totem.token", "3000")
    with pytest.raises(UsageError, match="one line"):
        edit.set_option(parse(text), "totem.interface.mcastport", "5405")


def _meaning(document: Document) -> dict[str, object]:
    return {key: entry[:2] for key, entry in document.cmap().entries.items()}


@given(ANY_BYTES)
def test_laying_out_changes_no_meaning_and_is_done_once(data: bytes) -> None:
    once = edit.format_document(parse(data)).document
    assert _meaning(once) == _meaning(parse(data))
    assert edit.format_document(once).document.data == once.data


def test_layout() -> None:
    done = edit.format_document(parse(ODD)).document.data.decode()
    assert done.startswith("# db, two rooms\ntotem {\n    version: 2\n    token: 3000\n    # keep me\n")
    assert "}\n\nquorum {\n" in done
    assert "\r" not in done
    assert done.endswith("    two_node: 1\n}\n")
    assert edit.format_document(parse(WELL)).document.data.count(b"\n\n") == 2
