"""Packages that were built, and the store on the operator's machine that keeps them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from corotui.directory.atomic_files import read_file, replace_file
from corotui.directory.trusted_files import open_folder
from corotui.errors import FileError, WorkError


@dataclass(frozen=True, slots=True)
class Package:
    """A package that was built."""

    component: str
    """The component that it holds."""
    name: str
    """Name of the package."""
    version: str
    """Version of the package."""
    key: str
    """Key of the job that built it."""
    file: str
    """Its file name in the store."""
    sha256: str
    """SHA-256 of the file in hex digits."""
    size: int
    """Size of the file in bytes."""
    mark: str
    """Identifies this build among those of the same version; a node can be asked for it."""


@dataclass(frozen=True, slots=True)
class PackageStore:
    """A folder with the packages of each job, by the job's key, so that packages are built once."""

    folder: Path
    """The folder on the operator's machine."""

    def path(self, package: Package) -> Path:
        """Path of the file of a package."""
        return self.folder / package.key / package.file

    def load(self, key: str) -> tuple[Package, ...]:
        """The packages of a job, or () unless all of them are there with the right hashes."""
        try:
            listed = json.loads(read_file(self.folder / key / "packages.json"))
            packages = tuple(Package(**entry) for entry in listed)
            for package in packages:
                if hashlib.sha256(read_file(self.path(package))).hexdigest() != package.sha256:
                    return ()
        except (FileError, ValueError, TypeError):
            return ()
        return packages

    def save(self, key: str, packages: Sequence[tuple[Package, bytes]]) -> None:
        """Keeps the packages of a job. Raises WorkError if this machine's disk does not take them."""
        folder = self.folder / key
        try:
            with open_folder(folder, create_mode=0o700):
                pass
            for package, data in packages:
                replace_file(folder / package.file, data)
            replace_file(folder / "packages.json", json.dumps([asdict(package) for package, _ in packages]).encode())
        except OSError as error:
            raise WorkError(
                f"The packages cannot be kept in {folder}: {error.strerror}.", changed="They stay on the build node."
            ) from error
