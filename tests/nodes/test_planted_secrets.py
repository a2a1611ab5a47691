"""Keys and passwords are found nowhere but where they belong. `tests.bench.planted_secrets` does it with every verb."""

from __future__ import annotations

import subprocess
from itertools import chain
from pathlib import Path

import pytest

from tests.support.nodes.practice_factory import PracticeFactory
from tests.support.secrets.exercise import run_console, run_verb
from tests.support.secrets.ground import Search, left_at_the_operator, left_on_nodes, plant
from tests.support.secrets.watcher import ProcessWatcher

pytestmark = [pytest.mark.nodes, pytest.mark.slow]


def test_planted_secrets_are_nowhere_else(practice_factory: PracticeFactory, tmp_path: Path) -> None:
    ground = plant(practice_factory(bare=False, password_sudo=True), tmp_path)
    found = Search(ground)
    with ProcessWatcher() as watcher:
        for directory in (str(ground.with_file), str(ground.with_inline_key)):
            for words in (("apply", "--yes", "-v"), ("doctor", "--json")):
                found.add(" ".join(words), run_verb(ground, words[0], directory, *words[1:]))
        for screen, data in run_console(ground, str(ground.with_inline_key), editor=False, thorough=False):
            found.add(screen, data)
    found.add("command lines and environments", watcher.seen)
    for where, data in chain(left_at_the_operator(ground), left_on_nodes(ground)):
        found.add(where, data)
    assert found.hits == []
    in_place = {(hit.secret, hit.where.rpartition("/")[2]) for hit in found.expected}
    assert {("authkey", "authkey"), ("inline key", "corosync.conf"), ("inline key", "0002.conf")} <= in_place


def test_the_watcher_sees_a_secret_in_an_environment() -> None:
    with ProcessWatcher() as watcher:
        subprocess.run(["sleep", "0.3"], env={"PLANTED": "a word of some length"}, check=True)
    assert b"PLANTED=a word of some length" in watcher.seen
