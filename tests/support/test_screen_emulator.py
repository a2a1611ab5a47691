"""The reader of screens that the other tests rely on."""

from __future__ import annotations

from tests.support.screen_emulator import Screen


def test_moves_writes_and_ignores_looks() -> None:
    screen = Screen(10, 3)
    screen.feed(b"\x1b[2;3H\x1b[1;31mab\x1b[0m\x1b[1;1Hx\x1b]52;c;AAAA\x07y")
    assert screen.lines == ["xy", "  ab", ""]


def test_what_is_cut_apart_is_put_together() -> None:
    whole = "\x1b[2;1H─● 界\x1b[?25l\x1b[3;2Hz".encode()
    for cut in range(len(whole)):
        screen = Screen(10, 3)
        screen.feed(whole[:cut])
        screen.feed(whole[cut:])
        assert screen.lines == ["", "─● 界", " z"], cut
