"""Practice clusters for tests: one that the whole run shares, and others on demand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from corotui import practice as room
from corotui.practice import PracticeCluster, Shape, host_requirements
from corotui.practice.instance_record import all_records
from tests.support.nodes.practice_factory import PracticeFactory
from tests.support.nodes.ring_setup import form_ring, members


@pytest.fixture(scope="session", autouse=True)
def possible() -> None:
    """Tests on nodes are skipped where no namespaces can be had, but not in CI: there that is a failure."""
    reasons = host_requirements.unmet_requirements()
    if reasons and os.environ.get("CI"):
        pytest.fail(" ".join(reasons))
    if reasons:
        pytest.skip(" ".join(reasons))
    _clear_after_killed_runs()


@pytest.fixture(scope="session")
def practice(possible: None) -> Iterator[PracticeCluster]:
    """Three nodes, one link, corosync's package installed and nothing configured; shared by the whole run.

    A test leaves it as good as it found it: nodes up, no fault in force.
    """
    name = f"t{os.getpid()}"
    try:
        yield room.up(name, Shape(installed=True))
    finally:
        room.down(name)


@pytest.fixture
def ring(practice: PracticeCluster) -> Iterator[PracticeCluster]:
    """The shared cluster with one ring of all its nodes; faults that the test put into force are taken out."""
    names = [node.name for node in practice.nodes]
    if any(members(practice, name) != len(names) for name in names):
        form_ring(practice)
    yield practice
    room.heal(name=practice.name)


@pytest.fixture
def practice_factory(possible: None) -> Iterator[PracticeFactory]:
    """Practice clusters of other shapes. Each has a name and networks of its own."""
    names: list[str] = []

    def bring_up(
        *,
        nodes: int = 3,
        links: int = 1,
        bare: bool = True,
        user: str = room.DEFAULT_USER,
        password_sudo: bool = False,
    ) -> PracticeCluster:
        name = f"t{os.getpid()}-{len(names) + 1}"
        names.append(name)
        return room.up(name, Shape(nodes, links, not bare, user, password_sudo))

    try:
        yield bring_up
    finally:
        for name in names:
            room.down(name)


def _clear_after_killed_runs() -> None:
    for record in all_records():
        pid, _, _ = record.name.removeprefix("t").partition("-")
        if record.name.startswith("t") and pid.isdigit() and not Path("/proc", pid).exists():
            room.down(record.name)
