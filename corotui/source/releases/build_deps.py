"""What a build needs on its node, by the package names of each family; and which package has a missing header."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from corotui.facts.model import Os
from corotui.source.archives.inspect import ArchiveContents
from corotui.source.releases.manifest import Release

FAMILIES = ("debian", "rhel", "suse")
_ALWAYS = ("compiler", "make", "pkg-config", "archives")
_BY_COMPONENT: Mapping[str, tuple[str, ...]] = {
    "libqb": ("libxml2",),
    "kronosnet": ("nss", "openssl", "zlib", "lz4", "zstd", "bzip2", "lzma"),
    "corosync-qdevice": ("nss", "systemd"),
}
_BY_SERIES: Mapping[int, tuple[str, ...]] = {
    1: ("nss",),
    2: ("nss", "zlib", "systemd"),
    3: ("zlib", "systemd"),
}


@dataclass(frozen=True, slots=True)
class BuildDependency:
    """Something that a build needs."""

    name: str
    """Name in packages.toml."""
    packages: Mapping[str, tuple[str, ...]]
    """Package names by family, or by an id such as "amzn2"."""
    programs: tuple[str, ...] = ()
    """Programs that it provides."""
    headers: tuple[str, ...] = ()
    """Header files that it provides."""
    pkgconfig: tuple[str, ...] = ()
    """pkg-config modules that it provides."""
    libraries: tuple[str, ...] = ()
    """Libraries that it provides."""

    def packages_for(self, os: Os) -> tuple[str, ...]:
        """Package names on a system, or () for an unknown family."""
        if os.id == "amzn" and os.version.split(".")[0] == "2" and "amzn2" in self.packages:
            return self.packages["amzn2"]
        return self.packages.get(os.family, ())


@cache
def all_dependencies() -> Mapping[str, BuildDependency]:
    """Every dependency by name, from packages.toml."""
    data = tomllib.loads(resources.files("corotui.source.releases").joinpath("packages.toml").read_text("utf-8"))
    lists = ("programs", "headers", "pkgconfig", "libraries")
    return {
        name: BuildDependency(
            name,
            {family: tuple(names) for family, names in entry.items() if family not in lists},
            *(tuple(entry.get(key, ())) for key in lists),
        )
        for name, entry in data["need"].items()
    }


def dependency_names(release: Release, form: str, *, configured: bool = True, systemd: bool = True) -> tuple[str, ...]:
    """Names of the dependencies of a build. `form` is "deb", "rpm" or "prefix".

    `configured` False means that the archive has no ./configure yet. `systemd` False means that the node uses SysV.
    """
    names = [*_ALWAYS]
    if release.archive.endswith(".xz") or form == "rpm":
        names.append("xz")
    names += _BY_SERIES[release.major] if release.component == "corosync" else ()
    names += _BY_COMPONENT.get(release.component, ())
    if form in ("deb", "rpm"):
        names.append(form)
    if form == "rpm" or not configured:
        names.append("autotools")
    if form == "rpm" and release.component == "libqb":
        names.append("doxygen")  # its spec lists the manual pages that doxygen makes
    if form == "rpm" and release.component == "kronosnet":
        names.append("bzip2-program")  # its `make dist` makes that archive, too
    return tuple(dict.fromkeys(name for name in names if systemd or name != "systemd"))


def required_packages(
    releases: Sequence[tuple[Release, ArchiveContents | None]], form: str, os: Os, *, systemd: bool = True
) -> tuple[str, ...]:
    """The distribution's packages that building these releases needs, sorted; () for an unknown family."""
    names = {
        package
        for release, contents in releases
        for need in dependency_names(
            release, form, configured=contents is None or contents.has_configure, systemd=systemd
        )
        for package in all_dependencies()[need].packages_for(os)
    }
    return tuple(sorted(names))


def package_providing(os: Os, *, header: str = "", program: str = "", pkgconfig: str = "", library: str = "") -> str:
    """The package of a system that has a header, a program, a .pc module or a library; "" if none is known."""
    for need in all_dependencies().values():
        if (
            header in need.headers
            or program in need.programs
            or re.split(r"\s*[<>=]", pkgconfig)[0] in need.pkgconfig
            or library in need.libraries
        ):
            return " ".join(need.packages_for(os))
    return ""
