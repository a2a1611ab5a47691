"""Every pane and dialog looks as in its snapshot; `tests.support.snapshots` says how to update them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import groupby

import pytest

from tests.support import console_states
from tests.support.console_scenes import SCENES, Scene
from tests.support.open_console import Console, console
from tests.support.snapshots import compare_snapshot, unknown_snapshots

SIZES = [(80, 24), (160, 48)]
GROUPS = [list(scenes) for _, scenes in groupby(SCENES, key=lambda scene: scene.name.partition("-")[0])]


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Clock times on the screen are those of the machine."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


async def _screen(it: Console, scene: Scene) -> str:
    await it.show(scene)
    asked = await it.perform(scene)
    text = it.text
    if asked is not None:
        asked.cancel()
    return text


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scenes", GROUPS, ids=lambda scenes: scenes[0].name.partition("-")[0])
async def test_screens_are_as_in_their_snapshots(scenes: list[Scene], size: tuple[int, int]) -> None:
    differences: list[str] = []
    async with console(console_states.fresh(), size) as it:
        for scene in scenes:
            if scene.is_passive:
                differences += compare_snapshot(scene.name, size, await _screen(it, scene))
    for scene in scenes:
        if not scene.is_passive:
            async with console(console_states.fresh(), size) as it:
                differences += compare_snapshot(scene.name, size, await _screen(it, scene))
    assert not differences, "\n".join(differences)


def test_every_snapshot_belongs_to_a_scene() -> None:
    names = [scene.name for scene in SCENES]
    assert len(set(names)) == len(names)
    assert not unknown_snapshots(set(names), SIZES)
