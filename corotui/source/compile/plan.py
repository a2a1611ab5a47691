"""Plans from facts what is built where. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from corotui.cluster.service_manager import ServiceManager
from corotui.errors import RefusedError, UsageError
from corotui.facts.model import NodeFacts, Os
from corotui.prerequisites.build_packages import all_dependencies
from corotui.source.archives.download import VerifiedArchive
from corotui.source.compile.build_user import USER
from corotui.source.releases.build_deps import required_packages
from corotui.source.releases.manifest import Release, version_key

_FORMS = {"debian": "deb", "rhel": "rpm", "suse": "rpm"}
# The oldest that corosync 3.1 takes: libknet by its spec (3.1.7), libqb by its configure.ac.
_OLDEST = {"libqb": "1.0.1", "kronosnet": "1.18"}
_HEADERS_OF = {"libqb": "libqb", "kronosnet": "libknet"}


@dataclass(frozen=True, slots=True)
class Platform:
    """A kind of node. Nodes of one platform can run each other's packages."""

    os: str
    """ID of os-release."""
    version: str
    """Version of the operating system."""
    arch: str
    """Machine type, such as "x86_64"."""
    systemd: bool = True
    """Whether services are managed by systemd; False for SysV."""

    @property
    def label(self) -> str:
        """Name for people."""
        return f"{self.os or 'unknown system'} {self.version} {self.arch}".strip()


@dataclass(frozen=True, slots=True)
class PlatformPlan:
    """What is built and installed for one platform."""

    platform: Platform
    """The platform."""
    nodes: tuple[str, ...]
    """The nodes that get the packages."""
    build_node: str
    """The node that builds them."""
    package_format: str
    """One of "deb", "rpm" or "prefix"."""
    releases: tuple[Release, ...]
    """Releases to build, in build order."""
    from_distribution: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Packages of the distribution that are used instead of a build, by component."""
    available_from_distribution: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The same for components that are built all the same."""
    build_dependencies: tuple[str, ...] = ()
    """Packages of the distribution that the build needs."""
    missing_dependencies: tuple[str, ...] = ()
    """Those of them that the build node lacks."""

    def to_json(self) -> dict[str, object]:
        return {
            "kind": self.platform.label,
            "nodes": list(self.nodes),
            "build_node": self.build_node,
            "build_account": USER,
            "form": self.package_format,
            "build": [release.label for release in self.releases],
            "served": {name: list(packages) for name, packages in self.from_distribution.items()},
            "could_serve": {name: list(packages) for name, packages in self.available_from_distribution.items()},
            "packages": list(self.build_dependencies),
            "missing": list(self.missing_dependencies),
        }


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """The plan for all nodes."""

    releases: tuple[Release, ...]
    """Releases to fetch, in build order."""
    platforms: tuple[PlatformPlan, ...]
    """One plan for each platform, in the order of the nodes."""

    def to_json(self) -> dict[str, object]:
        return {
            "releases": [
                {"component": r.component, "version": r.version, "archive": r.archive, "sha256": r.sha256}
                for r in self.releases
            ],
            "kinds": [kind.to_json() for kind in self.platforms],
        }


def platform_of(facts: NodeFacts) -> Platform:
    """The platform of a node. RHEL and its rebuilds are one platform per major version, others per version."""
    version = facts.os.version
    if facts.os.family == "rhel":
        version = version.split(".")[0]
    return Platform(facts.os.id, version, facts.os.arch, facts.service_manager is not ServiceManager.SYSV)


def package_format_of(os: Os) -> str:
    """The package format for a system: "deb", "rpm", or "prefix" if neither package manager is in charge."""
    return _FORMS.get(os.family, "prefix")


@dataclass(frozen=True, slots=True)
class BuildInputs:
    """What a build plan depends on besides facts and releases."""

    build_node: str = ""
    """The node that builds, "" for the first of each platform."""
    installed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Versions of installed packages by build node and name. A node that is missing here counts with its facts."""
    available: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Versions that the distribution offers, by build node and name."""
    fetched: Mapping[str, VerifiedArchive] = field(default_factory=dict)
    """Archives whose content is known, by component."""
    use_distribution: bool = False
    """Whether libraries that the distribution has in a suitable version are not built."""


_DEFAULT_INPUTS = BuildInputs()


def plan_from_facts(
    facts: Mapping[str, NodeFacts], releases: Sequence[Release], inputs: BuildInputs = _DEFAULT_INPUTS
) -> BuildPlan:
    """The plan for all nodes in `facts`.

    Raises UsageError if there is no node, or the build node has no facts; RefusedError if its processor is unknown.
    """
    if not facts:
        raise UsageError("There is no node to build for.", next_step="Add one to cluster.toml.")
    if inputs.build_node and inputs.build_node not in facts:
        raise UsageError(f"The build node {inputs.build_node} is not among the nodes that answered.")
    groups: dict[Platform, list[str]] = {}
    for name, node in facts.items():
        groups.setdefault(platform_of(node), []).append(name)
    kinds = []
    for kind, names in groups.items():
        builder = inputs.build_node if inputs.build_node in names else names[0]
        kinds.append(_plan_platform(kind, names, facts[builder], releases, inputs))
    built = {release.component for kind in kinds for release in kind.releases}
    return BuildPlan(tuple(release for release in releases if release.component in built), tuple(kinds))


def _plan_platform(
    kind: Platform, names: Sequence[str], facts: NodeFacts, releases: Sequence[Release], inputs: BuildInputs
) -> PlatformPlan:
    """The plan for one platform with the nodes `names`; `facts` are those of its build node."""
    builder = facts.node
    installed = inputs.installed.get(builder, facts.packages)
    offers = {**inputs.available.get(builder, {}), **installed}
    form = package_format_of(facts.os)
    if not facts.os.arch:
        raise RefusedError(f"{builder} does not tell what processor it has.", node=builder)
    serving = {
        release.component: packages
        for release in releases
        if (packages := _distribution_packages(release.component, facts.os, offers))
    }
    served = serving if inputs.use_distribution else {}
    build = tuple(release for release in releases if release.component not in served)
    contents = [(r, inputs.fetched[r.component].contents if r.component in inputs.fetched else None) for r in build]
    dependencies = {*required_packages(contents, form, facts.os, systemd=kind.systemd)}
    dependencies |= {package for component in served for package in served[component]}
    return PlatformPlan(
        platform=kind,
        nodes=tuple(names),
        build_node=builder,
        package_format=form,
        releases=build,
        from_distribution=served,
        available_from_distribution={} if inputs.use_distribution else serving,
        build_dependencies=tuple(sorted(dependencies)),
        missing_dependencies=tuple(sorted(dependencies - set(installed))),
    )


def _distribution_packages(component: str, os: Os, offers: Mapping[str, str]) -> tuple[str, ...]:
    """The distribution's packages with that component's headers, where it offers them in a version that serves."""
    if component not in _HEADERS_OF:
        return ()
    names = all_dependencies()[_HEADERS_OF[component]].packages_for(os)
    if not names or any(
        version_key(upstream_version(offers.get(name, "0"))) < version_key(_OLDEST[component]) for name in names
    ):
        return ()
    return names


def upstream_version(version: str) -> str:
    """The upstream part of a package's version: "3.1.7" of "2:3.1.7-1+deb12u2"."""
    return version.split(":", 1)[-1].split("-", 1)[0].split("+", 1)[0].split("~", 1)[0]
