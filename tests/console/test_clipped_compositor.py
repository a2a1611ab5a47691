"""Rendering only what is seen gives the same screen as rendering everything."""

from __future__ import annotations

import pytest
from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip

from corotui.workflow.state import Step
from tests.support import console_states
from tests.support.open_console import Console, console

SCENES = {
    "lacking": console_states.lacking(),
    "configuration": console_states.at(Step.CONFIGURATION, console_states.planned()),
    "ring": console_states.ring(healthy=False),
}


def assert_same(it: Console, crop: Region) -> None:
    compositor = it.app.screen._compositor
    ours = compositor._render_chops(crop, lambda y: y % 3 != 1)
    textuals = Compositor._render_chops(compositor, crop, lambda y: y % 3 != 1)
    for y in crop.line_range:
        if y % 3 != 1:
            for cut, strip in textuals[y].items():
                if strip is not None and crop.x <= cut < crop.right:
                    assert list(Strip.join([ours[y][cut]])) == list(strip), (y, cut)


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("size", [(80, 24), (40, 10), (120, 40)], ids=str)
async def test_the_same_as_textual_renders(name: str, size: tuple[int, int]) -> None:
    async with console(SCENES[name], size) as it:
        assert type(it.app.screen._compositor) is not Compositor
        for crop in (Region(0, 0, *size), Region(20, 4, 10, 5), Region(0, size[1] - 2, size[0], 2)):
            assert_same(it, crop)
