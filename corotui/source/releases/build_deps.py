"""What a build needs on its node, by the package names of each family; and which package has a missing header."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from corotui.facts.model import Os
from corotui.prerequisites.build_packages import all_dependencies
from corotui.source.archives.inspect import ArchiveContents
from corotui.source.releases.manifest import Release

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
