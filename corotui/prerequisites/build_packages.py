"""What building corosync and its libraries needs, by the package names of each family, from build_packages.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from corotui.facts.model import Os


@dataclass(frozen=True, slots=True)
class BuildDependency:
    """A tool or a library that a build needs."""

    name: str
    """Name in build_packages.toml."""
    packages: Mapping[str, tuple[str, ...]]
    """Family (or "amzn2") -> package names."""
    programs: tuple[str, ...] = ()
    """Programs in those packages."""
    headers: tuple[str, ...] = ()
    """Header files in those packages, as they are included."""
    pkgconfig: tuple[str, ...] = ()
    """Names of their .pc modules."""
    libraries: tuple[str, ...] = ()
    """Names of their libraries, as after the linker's -l."""

    def packages_for(self, os: Os) -> tuple[str, ...]:
        """The package names on that system, () where the family is not known."""
        if os.id == "amzn" and os.version.split(".")[0] == "2" and "amzn2" in self.packages:
            return self.packages["amzn2"]
        return self.packages.get(os.family, ())


@cache
def all_dependencies() -> Mapping[str, BuildDependency]:
    """Every dependency by name."""
    data = tomllib.loads(resources.files("corotui.prerequisites").joinpath("build_packages.toml").read_text("utf-8"))
    lists = ("programs", "headers", "pkgconfig", "libraries")
    return {
        name: BuildDependency(
            name,
            {family: tuple(names) for family, names in entry.items() if family not in lists},
            *(tuple(entry.get(key, ())) for key in lists),
        )
        for name, entry in data["need"].items()
    }
