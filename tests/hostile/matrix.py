"""Runs attacks through verbs and screens and collects the cells."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from corotui.practice import PracticeCluster
from tests.hostile import screens, verbs
from tests.hostile.attacks.model import Attack
from tests.hostile.judge import Cell
from tests.hostile.node import hostile, reset_file, same_file, whole_again
from tests.hostile.verbs import HEALTHY, HOSTILE, VERBS, Verb
from tests.support.nodes.cli_runner import corotui, directory
from tests.support.nodes.ring_setup import CONF, conf_text, form_ring, inside

NO_ATTACK = Attack("none", "an honest node")


class Matrix:
    """A practice cluster whose third node is made hostile, and what corotui should say of the other two."""

    def __init__(self, practice: PracticeCluster, folder: Path) -> None:
        """Forms the ring and rolls a corosync.conf out, so that there is something to restore."""
        self._practice = practice
        self._folder = folder
        self._expected: dict[str, object] = {}
        form_ring(practice)
        self._template = directory(practice, folder / "template")
        for token in (1100, 1000):
            self._write(self._template, token)
            done = corotui("apply", self._template, "--yes")
            assert done.returncode == 0, done.stderr

    def expect(self, names: Iterable[Verb]) -> None:
        """Learns what the verbs say while no node is hostile."""
        for verb in names:
            if verb.part is not None and verb.name not in self._expected:
                _, document = verbs.call(verb, self._practice, self._template, self._template / "corosync.conf")
                assert document is not None, verb.name
                self._expected[verb.name] = verb.part(document)

    def cells(self, attack: Attack, chosen: Sequence[Verb], sizes: Sequence[tuple[int, int]]) -> Iterator[Cell]:
        """One attack through these verbs, and through the console at these sizes."""
        reading = [verb for verb in chosen if not verb.changes]
        changing = [verb for verb in chosen if verb.changes]
        self.expect(chosen)
        with hostile(self._practice, HOSTILE, attack):
            conf = self._hostile_conf()
            for verb in reading:
                yield self._drive(verb, attack, self.copy("reading"), conf)
            for size in sizes:
                yield screens.walk(attack.name, self.copy("console"), size)
            if changing:
                changed = self.copy("changing")
                self._write(changed, 1200)
                for verb in changing:
                    yield self._drive(verb, attack, changed, conf)
        if changing:
            yield from self._afterwards(attack, changed)
        if not whole_again(self._practice) or changing:
            reset_file(self._practice)

    def _afterwards(self, attack: Attack, changed: Path) -> Iterator[Cell]:
        """Once the node is honest again an interrupted change can be finished, and no node has a file of its own."""
        verb = Verb("recover after", ("recover", "DIR"))
        cell = self._drive(verb, attack, changed, changed / "corosync.conf")
        faults = list(cell.faults)
        if cell.code not in (0, 4):
            faults.append(f"recover: exit code {cell.code}: {cell.note}")
        if not same_file(self._practice, list(HEALTHY)):
            faults.append("the healthy nodes have different files")
        yield replace(cell, faults=tuple(faults))

    def _drive(self, verb: Verb, attack: Attack, where: Path, conf: Path) -> Cell:
        return verbs.drive(verb, attack.name, self._practice, where, conf, self._expected.get(verb.name))

    def copy(self, name: str) -> Path:
        """A cluster directory of that name, as it was after the last healthy rollout."""
        where = self._folder / name
        shutil.rmtree(where, ignore_errors=True)
        shutil.copytree(self._template, where)
        return where

    def _hostile_conf(self) -> Path:
        """The first MiB of the hostile node's file, for verbs that read a file of this machine."""
        path = self._folder / "hostile.conf"
        script = f"[ -f {CONF} ] && /usr/bin/head -c 1048576 {CONF} | /usr/bin/base64 || true"
        path.write_bytes(base64.b64decode(inside(self._practice, HOSTILE, script)))
        return path

    def _write(self, where: Path, token: int) -> None:
        text = conf_text(self._practice).replace("token: 1000", f"token: {token}")
        (where / "corosync.conf").write_text(text)


def run(
    matrix: Matrix,
    attacks: Sequence[Attack],
    chosen: Sequence[Verb] = VERBS,
    sizes: Sequence[tuple[int, int]] = screens.SIZES,
    *,
    report: Callable[[Cell], object] = lambda cell: None,
) -> list[Cell]:
    """All cells; each is reported as soon as it is there."""
    cells = []
    for attack in attacks:
        for cell in matrix.cells(attack, chosen, sizes):
            cells.append(cell)
            report(cell)
    return cells
