"""A sample of the attacks: what is wrong on any machine. `python -m tests.hostile` has them all, and the times."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from corotui import practice as room
from corotui.practice import PracticeCluster, Shape, host_requirements
from tests.hostile import screens
from tests.hostile.attacks import SAMPLE, attack
from tests.hostile.judge import Cell
from tests.hostile.matrix import NO_ATTACK, Matrix
from tests.hostile.node import hostile
from tests.hostile.verbs import HOSTILE, VERBS

pytestmark = pytest.mark.nodes

SAMPLED = ("facts", "plan", "status text", "doctor text")
SCREENS = tuple(screen for screen in screens.WALK if screen[0] in ("prerequisites", "doctor"))


@pytest.fixture(scope="module")
def practice() -> Iterator[PracticeCluster]:
    """A cluster of its own: what the attacks leave behind is in no other test's way."""
    if (reasons := host_requirements.unmet_requirements()) and not os.environ.get("CI"):
        pytest.skip(" ".join(reasons))
    name = f"t{os.getpid()}-h"
    try:
        yield room.up(name, Shape(installed=True))
    finally:
        room.down(name)


@pytest.fixture(scope="module")
def matrix(practice: PracticeCluster, tmp_path_factory: pytest.TempPathFactory) -> Matrix:
    """A ring, with a directory from which it was rolled out."""
    return Matrix(practice, tmp_path_factory.mktemp("hostile"))


def wrong(cells: list[Cell]) -> list[str]:
    """The cells that hold on no machine."""
    return [cell.line for cell in cells if cell.wrong]


def test_an_honest_node_has_nothing_to_complain_of(matrix: Matrix) -> None:
    assert wrong(list(matrix.cells(NO_ATTACK, [verb for verb in VERBS if verb.name in SAMPLED], ()))) == []


@pytest.mark.parametrize("name", SAMPLE)
def test_verbs_keep_to_their_budgets(matrix: Matrix, name: str) -> None:
    assert wrong(list(matrix.cells(attack(name), [verb for verb in VERBS if verb.name in SAMPLED], ()))) == []


def test_screens_keep_to_their_budgets(matrix: Matrix, practice: PracticeCluster) -> None:
    with hostile(practice, HOSTILE, attack("cluster-escapes")):
        assert wrong([screens.walk("cluster-escapes", matrix.copy("sample"), (80, 24), SCREENS)]) == []


def test_an_apply_that_a_node_hinders_can_be_finished(matrix: Matrix) -> None:
    changing = [verb for verb in VERBS if verb.name in ("apply", "recover")]
    cells = list(matrix.cells(attack("cluster-hangs"), changing, ()))
    assert wrong(cells) == []
    assert [cell.verb for cell in cells] == ["apply", "recover", "recover after"]
