"""What a build from source needs on its node before it starts, by each family's package names.

Required by corosync 1.4 to 3.1's own spec files and configure scripts; the libraries that are built along with
corosync (libqb, kronosnet) are the build's own plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from corotui.cluster.finding import Finding, Remedy, Severity
from corotui.cluster.model import Install
from corotui.facts.model import NodeFacts
from corotui.prerequisites.build_packages import BuildDependency, all_dependencies
from corotui.prerequisites.install_packages import install_packages

_ALWAYS = ("compiler", "make", "pkg-config", "xz", "zlib", "nss")
_RPM = ("archives", "rpm")  # Debian has tar and gzip always
_DEPENDENCIES: Mapping[str, tuple[str, ...]] = {
    "debian": _ALWAYS,
    "rhel": (*_ALWAYS, *_RPM),
    "suse": (*_ALWAYS, *_RPM),
}
"""Family -> names of the dependencies, as in build_packages.toml."""


def choose_build_node(facts: Mapping[str, NodeFacts], install: Install) -> str:
    """The node that builds: the one named in cluster.toml, else the first; "" if there is none."""
    return install.build_node if install.build_node in facts else next(iter(facts), "")


def missing_packages(facts: NodeFacts) -> tuple[str, ...]:
    """Packages that a build needs and the node lacks; empty also where the family is not known."""
    dependencies = [all_dependencies()[name] for name in _DEPENDENCIES.get(facts.os.family, ())]
    return tuple(
        package
        for dependency in dependencies
        for package in dependency.packages_for(facts.os)
        if not _is_installed(package, dependency, facts)
    )


def _is_installed(package: str, dependency: BuildDependency, facts: NodeFacts) -> bool:
    """Whether facts list the package, a program of its name, or, if it is the only package, any of the programs."""
    if package in facts.packages or package in facts.commands:
        return True
    only = len(dependency.packages_for(facts.os)) == 1
    return only and any(program in facts.commands for program in dependency.programs)


def findings(facts: Mapping[str, NodeFacts], install: Install) -> Iterator[Finding]:
    """Findings `build-package-missing` and `build-family-unknown` about the node that builds."""
    node = choose_build_node(facts, install)
    if not node:
        return
    told = facts[node]
    if told.os.family not in _DEPENDENCIES:
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
