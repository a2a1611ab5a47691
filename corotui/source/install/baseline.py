"""What was on a node before our packages came, kept on the operator's machine until they go again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from corotui.cluster.sanitize import clean_line
from corotui.directory.atomic_files import replace_file
from corotui.errors import WorkError


@dataclass(frozen=True, slots=True)
class PackageBaseline:
    """`packages` and `after`: name -> version of all packages before our first transaction and after the last one
    (None: none ended yet). `ours`: names of what we built and installed. `complete`: our packages came once, not only
    what building them needs. `directories`: those that were not there and were made."""

    node: str
    form: str
    packages: Mapping[str, str]
    ours: tuple[str, ...]
    directories: tuple[str, ...] = ()
    after: Mapping[str, str] | None = None
    complete: bool = False

    def compute_restore(self, current: Mapping[str, str]) -> tuple[tuple[str, ...], dict[str, str]]:
        """What to remove and what to bring back (name -> version), given what is there now.

        What came later, by others, stays: only names that our installation brought or took are touched.
        """
        after = current if self.after is None else self.after
        brought = {*self.ours, *(after if self.packages else ())}  # without a list of before, only ours are certain
        gone = [name for name in current if name not in self.packages and name in brought]
        back = {
            name: version
            for name, version in self.packages.items()
            if after.get(name) != version and current.get(name) != version
        }
        return tuple(gone), back


class BaselineStore:
    """The Before of each node, a JSON file each, below the cluster directory's own folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, node: str) -> PackageBaseline | None:
        """None where nothing was installed there."""
        try:
            data = json.loads(self._path(node).read_bytes())
            before = PackageBaseline(**data)
        except (OSError, ValueError, TypeError):
            return None
        return replace(before, ours=tuple(before.ours), directories=tuple(before.directories))

    def save(self, baseline: PackageBaseline) -> None:
        """Kept on disk before a node is changed. WorkError where this machine's disk does not take it."""
        path = self._path(baseline.node)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            replace_file(path, json.dumps(asdict(baseline)).encode())
        except OSError as error:
            raise WorkError(
                f"What is on {baseline.node} now cannot be written down in {self._folder}: {error.strerror}."
            ) from error

    def delete(self, node: str) -> None:
        self._path(node).unlink(missing_ok=True)

    def _path(self, node: str) -> Path:
        return self._folder / f"{node}.json"


def parse_installed_packages(text: str) -> dict[str, str]:
    """ "NAME VERSION" lines -> name: version. Packages of which several versions are there keep the last one."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) == 2:
            found[clean_line(words[0], limit=200)] = clean_line(words[1], limit=200)
    return found
