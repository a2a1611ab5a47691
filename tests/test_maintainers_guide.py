"""The guide for maintainers names only what exists, and its lists of calls hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import corotui
from tests.support.call_chain import broken_hops
from tests.support.code_structure import CHECKOUT, Source

GUIDE = (Path(corotui.__file__).parent / "README.md").read_text(encoding="utf-8")
CHAINS = [block.split() for block in re.findall(r"```calls\n(.*?)```", GUIDE, re.DOTALL)]
PATHS = sorted(set(re.findall(r"`((?:corotui|tests|console)/[\w./]*)`", GUIDE)))
SOURCE = Source(CHECKOUT)


@pytest.mark.parametrize("hops", CHAINS, ids=lambda hops: hops[0].rpartition(".")[2])
def test_a_list_of_calls_holds(hops: list[str]) -> None:
    assert broken_hops(SOURCE.trees, hops) == []


def test_every_path_exists() -> None:
    assert len(PATHS) > 30
    missing = [path for path in PATHS if not any((root / path).exists() for root in (CHECKOUT, CHECKOUT / "corotui"))]
    assert missing == []


def test_every_room_stands_in_the_table() -> None:
    rooms = {path.name for path in (CHECKOUT / "corotui").iterdir() if (path / "__init__.py").exists()}
    assert rooms == set(re.findall(r"^\| `(\w+)/`", GUIDE, re.MULTILINE))
