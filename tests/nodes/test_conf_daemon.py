"""Verdicts against the real daemon of the practice image; `tests/bench/fuzz_conf.py` does it at length."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from corotui.practice import PracticeCluster
from corotui.practice.instance_record import all_records

pytestmark = pytest.mark.nodes


GROWN = ("--files", "600", "--starts", "4", "--corpus", "tests/fixtures/conf/verdicts.jsonl")
HOSTILE = ("--hostile", "--files", "400", "--starts", "4")


@pytest.fixture(scope="session", params=[GROWN, HOSTILE], ids=["grown", "hostile"])
def compared(practice: PracticeCluster, request: pytest.FixtureRequest) -> dict[str, Any]:
    """Hundreds of generated files and some starts, judged by both."""
    image = next(found.image for found in all_records() if found.name == practice.name)
    words = [sys.executable, "-m", "tests.bench.fuzz_conf", "--root", image, "--seed", "2026", *request.param]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_corosync_t_says_what_was_predicted(compared: dict[str, Any]) -> None:
    assert compared["files"] >= 400
    assert compared["disagreements"] == []


def test_a_start_does_what_was_predicted(compared: dict[str, Any]) -> None:
    assert compared["start_disagreements"] == []
