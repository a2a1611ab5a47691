"""Packages that were built: what they are, and where the operator's machine keeps them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from corotui.directory.atomic_files import replace_file
from corotui.errors import WorkError


@dataclass(frozen=True, slots=True)
class Package:
    """A built package. `key`: the job's that made it; `file` its name in the store's folder; `size` in bytes.

    `mark` tells this very build from another of the same version, as a node with it installed can be asked.
    """

    component: str
    name: str
    version: str
    key: str
    file: str
    sha256: str
    size: int
    mark: str


@dataclass(frozen=True, slots=True)
class PackageStore:
    """A folder on the operator's machine with the packages of each job, by its key: packages are built once."""

    folder: Path

    def path(self, package: Package) -> Path:
        return self.folder / package.key / package.file

    def load(self, key: str) -> tuple[Package, ...]:
        """The packages of a job, () where they are not all there with the right sums."""
        try:
            listed = json.loads((self.folder / key / "packages.json").read_bytes())
            packages = tuple(Package(**entry) for entry in listed)
            for package in packages:
                if hashlib.sha256(self.path(package).read_bytes()).hexdigest() != package.sha256:
                    return ()
        except (OSError, ValueError, TypeError):
            return ()
        return packages

    def save(self, key: str, packages: Sequence[tuple[Package, bytes]]) -> None:
        """Keeps the packages of a job. WorkError where this machine's disk does not take them."""
        folder = self.folder / key
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            for package, data in packages:
                replace_file(folder / package.file, data)
            replace_file(folder / "packages.json", json.dumps([asdict(package) for package, _ in packages]).encode())
        except OSError as error:
            raise WorkError(
                f"The packages cannot be kept in {folder}: {error.strerror}.", changed="They stay on the build node."
            ) from error
