"""The bytes of a process: the mark, sudo's prompts, limits, lines; in any pieces they come."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corotui.ssh.command.process import MAX_EARLY_OUTPUT, BoundedBuffer, LineSplitter, SkipToSentinel, StartHandshake
from corotui.ssh.command.wrapper import Sentinels
from corotui.ssh.secret import Secret

MARKS = Sentinels(b"corotui-1234-begun", b"corotui-1234-password")


def in_pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in pairwise(places)]


cuts = st.lists(st.integers(0, 10_000), max_size=8)


class Talk:
    """A process that writes pieces to stderr and keeps its input."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = list(pieces)
        self.told: list[bytes] = []

    async def read_err(self) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""

    async def read_out(self) -> bytes:
        return b""

    async def write(self, data: bytes | bytearray) -> None:
        self.told.append(bytes(data))

    async def write_eof(self) -> None: ...

    async def wait(self) -> int | None:
        return 0

    def close(self) -> None: ...


async def answer(prompts: int) -> Secret | None:
    return Secret(bytearray(b"password %d" % prompts)) if prompts < 3 else None


@given(cuts, st.integers(0, 3), st.binary(max_size=20))
async def test_the_mark_is_found_in_any_pieces(places: list[int], prompts: int, rest: bytes) -> None:
    # sudo says nothing behind a prompt before it is answered
    pieces = [piece for _ in range(prompts) for piece in in_pieces(b"Sorry.\n" + MARKS.prompt, places)]
    pieces += in_pieces(MARKS.begun + b" 4711 4700\n" + rest, places)
    talk, begin = Talk(pieces), StartHandshake(MARKS)
    seen = await begin.wait(talk, answer)
    assert (begin.has_begun, begin.pid, begin.process_group) == (True, 4711, 4700)
    assert rest.startswith(seen)
    assert talk.told == [b"password %d\n" % number for number in range(prompts)]
    assert b"corotui" not in begin.early_output


async def test_no_password_goes_to_a_command_that_has_begun() -> None:
    talk, begin = Talk([MARKS.prompt + b"\n" + MARKS.begun + b" 12 12\n" + MARKS.prompt]), StartHandshake(MARKS)
    await begin.wait(talk, answer)
    assert begin.has_begun
    assert talk.told == []


async def test_no_further_answer_ends_the_waiting() -> None:
    begin = StartHandshake(MARKS)
    talk = Talk([MARKS.prompt] * 9)
    assert await begin.wait(talk, answer) == b""
    assert not begin.has_begun
    assert len(talk.told) == 3


async def test_an_end_without_the_mark() -> None:
    begin = StartHandshake(MARKS)
    await begin.wait(Talk([b"sudo: ", b"no\n"]), answer)
    assert not begin.has_begun
    assert bytes(begin.early_output) == b"sudo: no\n"


async def test_endless_talk_before_the_mark_is_forgotten() -> None:
    begin = StartHandshake(MARKS)
    await begin.wait(Talk([b"x" * 50_000] * 50 + [MARKS.begun + b" 12 12\n"]), answer)
    assert begin.has_begun
    assert len(begin.early_output) <= MAX_EARLY_OUTPUT


@pytest.mark.parametrize("line", [b" x y\n", b"\n", b" 1\n", b" 99999999999999999999 1\n"])
async def test_a_mark_without_numbers_is_no_mark(line: bytes) -> None:
    begin = StartHandshake(MARKS)
    await begin.wait(Talk([MARKS.begun + line]), answer)
    assert not begin.has_begun


@given(cuts, st.binary(max_size=30), st.binary(max_size=30))
def test_what_start_up_files_print_is_left_out(places: list[int], before: bytes, after: bytes) -> None:
    behind = SkipToSentinel(MARKS)
    pieces = in_pieces(before + MARKS.begun + b"\n" + after, places)
    assert b"".join(map(behind.feed, pieces)) == after


@given(st.lists(st.binary(max_size=20)), st.integers(0, 50))
def test_no_more_than_the_limit_is_kept(pieces: list[bytes], limit: int) -> None:
    collected = BoundedBuffer(limit)
    for piece in pieces:
        collected.feed(piece)
    whole = b"".join(pieces)
    assert collected.data == whole[:limit]
    assert collected.truncated == (len(whole) > limit)


@given(cuts, st.lists(st.tuples(st.binary(max_size=12), st.sampled_from([b"\n", b"\r\n"])), max_size=12))
def test_lines_do_not_depend_on_the_pieces(places: list[int], parts: list[tuple[bytes, bytes]]) -> None:
    texts = [text.replace(b"\r", b"").replace(b"\n", b"") for text, _ in parts]
    data = b"".join(text + end for text, (_, end) in zip(texts, parts, strict=True))
    lines = LineSplitter()
    assert [line for piece in in_pieces(data, places) for line in lines.feed(piece)] + lines.end() == texts


@given(cuts, st.lists(st.sampled_from([b"a", b"bc", b"\r", b"\n", b"\r\n"]), max_size=12))
def test_what_a_terminal_would_overwrite_is_left_out(places: list[int], parts: list[bytes]) -> None:
    data = b"".join(parts)
    *ended, rest = data.replace(b"\r\n", b"\n").split(b"\n")
    lines = LineSplitter()
    found = [line for piece in in_pieces(data, places) for line in lines.feed(piece)]
    assert found == [shown(line) for line in ended]
    assert lines.end() == ([shown(rest)] if shown(rest) else [])


def shown(line: bytes) -> bytes:
    states = [state for state in line.split(b"\r") if state]
    return states[-1] if states else b""


def test_an_endless_line_is_cut() -> None:
    lines = LineSplitter(limit=10)
    found = [line for _ in range(1000) for line in lines.feed(b"x" * 1000)]
    found += lines.feed(b"\nnext\nlast")
    assert found == [b"x" * 10, b"next"]
    assert lines.end() == [b"last"]
