"""What a build from source needs on its node before it starts, by each family's package names.

Required by corosync 1.4 to 3.1's own spec files and configure scripts; the libraries that are built along with
corosync (libqb, kronosnet) are the build's own plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from corotui.cluster.finding import Finding, Remedy, Severity
from corotui.cluster.model import Install
from corotui.facts.model import NodeFacts
from corotui.prerequisites.packages import install_packages

_BUILD_TOOLS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "debian": (
        ("gcc", "gcc"),
        ("", "libc6-dev"),
        ("make", "make"),
        ("pkg-config", "pkg-config"),
        ("xz", "xz-utils"),
        ("", "zlib1g-dev"),
        ("", "libnss3-dev"),
    ),
    "rhel": (
        ("gcc", "gcc"),
        ("make", "make"),
        ("pkg-config", "pkgconf-pkg-config"),
        ("tar", "tar"),
        ("xz", "xz"),
        ("rpmbuild", "rpm-build"),
        ("", "zlib-devel"),
        ("", "nss-devel"),
    ),
    "suse": (
        ("gcc", "gcc"),
        ("make", "make"),
        ("pkg-config", "pkg-config"),
        ("tar", "tar"),
        ("xz", "xz"),
        ("rpmbuild", "rpm-build"),
        ("", "zlib-devel"),
        ("", "mozilla-nss-devel"),
    ),
}
"""Family -> (program that shows it is there, or "" where only the package tells; package)."""

BUILD_ROOM = 2 << 30
"""Bytes that the sources, objects and packages of libqb, kronosnet and corosync may take together."""


def choose_build_node(facts: Mapping[str, NodeFacts], install: Install) -> str:
    """The node that builds: the one named in cluster.toml, else the first; "" if there is none."""
    return install.build_node if install.build_node in facts else next(iter(facts), "")


def missing_packages(facts: NodeFacts) -> tuple[str, ...]:
    """Packages that a build needs and the node lacks; also empty for an unknown family."""
    return tuple(
        package
        for program, package in _BUILD_TOOLS.get(facts.os.family, ())
        if package not in facts.packages and not (program and program in facts.commands)
    )


def findings(facts: Mapping[str, NodeFacts], install: Install) -> Iterator[Finding]:
    """Findings `build-package-missing` and `build-family-unknown` about the node that builds."""
    node = choose_build_node(facts, install)
    if not node:
        return
    told = facts[node]
    if told.os.family not in _BUILD_TOOLS:
        yield Finding(
            Severity.WARNING,
            "build-family-unknown",
            f"The distribution of {node} is not known, so the packages a build needs cannot be named.",
            node=node,
            remedies=(Remedy("install the build tools", node, manual="gcc, make, pkg-config, zlib and NSS headers."),),
        )
        return
    absent = missing_packages(told)
    if absent:
        yield Finding(
            Severity.INFO,
            "build-package-missing",
            f"{node} builds corosync and lacks {', '.join(absent)}; the build brings them.",
            node=node,
            remedies=(Remedy(f"install the build tools on {node}", node, install_packages(told, absent)),),
        )
