"""The packages of a node before corotui's own were installed, kept until those are removed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from corotui.cluster.text.bounded import lines_of, one_line
from corotui.directory.atomic_files import read_file, replace_file
from corotui.directory.trusted_files import open_folder
from corotui.errors import FileError, WorkError


@dataclass(frozen=True, slots=True)
class PackageBaseline:
    """The packages of one node before an installation."""

    node: str
    """Name of the node."""
    form: str
    """Package format: "deb", "rpm" or "prefix"."""
    packages: Mapping[str, str]
    """All packages before the first transaction: version by name."""
    ours: tuple[str, ...]
    """Names of the packages that corotui built and installed."""
    directories: tuple[str, ...] = ()
    """Directories that did not exist and were created."""
    after: Mapping[str, str] | None = None
    """All packages after the last transaction: version by name; None if none has ended yet."""
    complete: bool = False
    """Whether our packages were installed once, and not only the tools to build them."""

    def compute_restore(self, current: Mapping[str, str]) -> tuple[tuple[str, ...], dict[str, str]]:
        """The packages to remove, and those to reinstall (version by name), given the current ones.

        Only packages that our installation added or removed are touched. What others installed later stays.
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
    """Keeps the PackageBaseline of each node as a JSON file in the cluster directory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, node: str) -> PackageBaseline | None:
        """The baseline of a node; None if nothing was installed there."""
        try:
            data = json.loads(read_file(self._path(node)))
            before = PackageBaseline(**data)
        except (FileError, ValueError, TypeError):
            return None
        return replace(before, ours=tuple(before.ours), directories=tuple(before.directories))

    def save(self, baseline: PackageBaseline) -> None:
        """Writes a baseline to the disk, before the node is changed. Raises WorkError if that fails."""
        path = self._path(baseline.node)
        try:
            with open_folder(self._folder, create_mode=0o700):
                pass
            replace_file(path, json.dumps(asdict(baseline)).encode())
        except OSError as error:
            raise WorkError(
                f"What is on {baseline.node} now cannot be written down in {self._folder}: {error.strerror}."
            ) from error

    def delete(self, node: str) -> None:
        """Deletes the baseline of a node, if there is one."""
        self._path(node).unlink(missing_ok=True)

    def _path(self, node: str) -> Path:
        return self._folder / f"{node}.json"


def parse_installed_packages(text: str) -> dict[str, str]:
    """Version by name, from lines "NAME VERSION". Of a package with several versions the last one counts."""
    versions: dict[str, str] = {}
    for line in lines_of(text):
        words = line.split()
        if len(words) == 2:
            versions[one_line(words[0], limit=200)] = one_line(words[1], limit=200)
    return versions
