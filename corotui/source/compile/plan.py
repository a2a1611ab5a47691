"""What is to be built where, judged from facts: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from corotui.errors import RefusedError, UsageError
from corotui.facts.model import NodeFacts, Os
from corotui.source.archives.download import VerifiedArchive
from corotui.source.releases.build_deps import all_dependencies, required_packages
from corotui.source.releases.manifest import Release, version_key

_FORMS = {"debian": "deb", "rhel": "rpm", "suse": "rpm"}
# The oldest that corosync 3.1 takes: libknet by its spec (3.1.7), libqb by its configure.ac.
_OLDEST = {"libqb": "1.0.1", "kronosnet": "1.18"}
_HEADERS_OF = {"libqb": "libqb", "kronosnet": "libknet"}


@dataclass(frozen=True, slots=True)
class Platform:
    """Nodes of one kind run each other's packages. `systemd` False: SysV services."""

    os: str
    version: str
    arch: str
    systemd: bool = True

    @property
    def label(self) -> str:
        return f"{self.os or 'unknown system'} {self.version} {self.arch}".strip()


@dataclass(frozen=True, slots=True)
class PlatformPlan:
    """What happens for one kind: built on `build_node`, installed on `nodes`.

    `form`: deb, rpm or prefix. `build`: releases in build order. `served`: component -> the distribution's packages
    that are taken instead. `could_serve`: the same for components that are built all the same.
    `packages`: what the build needs of the distribution; `missing`: those of them that the build node lacks.
    """

    platform: Platform
    nodes: tuple[str, ...]
    build_node: str
    package_format: str
    releases: tuple[Release, ...]
    from_distribution: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    available_from_distribution: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    build_dependencies: tuple[str, ...] = ()
    missing_dependencies: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        return {
            "kind": self.platform.label,
            "nodes": list(self.nodes),
            "build_node": self.build_node,
            "form": self.package_format,
            "build": [release.label for release in self.releases],
            "served": {name: list(packages) for name, packages in self.from_distribution.items()},
            "could_serve": {name: list(packages) for name, packages in self.available_from_distribution.items()},
            "packages": list(self.build_dependencies),
            "missing": list(self.missing_dependencies),
        }


@dataclass(frozen=True, slots=True)
class BuildPlan:
    """`releases` to fetch, in build order; one PlatformPlan per kind of node, in the order of the nodes."""

    releases: tuple[Release, ...]
    platforms: tuple[PlatformPlan, ...]

    def to_json(self) -> dict[str, object]:
        return {
            "releases": [
                {"component": r.component, "version": r.version, "archive": r.archive, "sha256": r.sha256}
                for r in self.releases
            ],
            "kinds": [kind.to_json() for kind in self.platforms],
        }


def platform_of(facts: NodeFacts) -> Platform:
    """RHEL and its rebuilds are one kind per major version, others per version as os-release has it."""
    version = facts.os.version
    if facts.os.family == "rhel":
        version = version.split(".")[0]
    return Platform(facts.os.id, version, facts.os.arch, facts.service_manager != "sysv")


def package_format_of(os: Os) -> str:
    """What packages are made for a system: deb, rpm, or prefix where neither package manager rules."""
    return _FORMS.get(os.family, "prefix")


def plan_from_facts(
    facts: Mapping[str, NodeFacts],
    releases: Sequence[Release],
    *,
    build_node: str = "",
    installed: Mapping[str, Mapping[str, str]] | None = None,
    available: Mapping[str, Mapping[str, str]] | None = None,
    fetched: Mapping[str, VerifiedArchive] | None = None,
    use_distribution: bool = False,
) -> BuildPlan:
    """The plan for all nodes whose facts are given.

    `installed` and `available`: node -> package -> version, as the build nodes tell (`inventory`); without them the
    facts' own packages count. `fetched`: component -> archive, once it is known what is in it.
    `use_distribution`: libraries that the distribution has in a version that serves are not built.
    """
    if not facts:
        raise UsageError("There is no node to build for.", next_step="Add one to cluster.toml.")
    if build_node and build_node not in facts:
        raise UsageError(f"The build node {build_node} is not among the nodes that answered.")
    groups: dict[Platform, list[str]] = {}
    for name, node in facts.items():
        groups.setdefault(platform_of(node), []).append(name)
    kinds = []
    for kind, names in groups.items():
        builder = build_node if build_node in names else names[0]
        has = (installed or {}).get(builder, facts[builder].packages)
        offers = {**(available or {}).get(builder, {}), **has}
        kinds.append(_for_kind(kind, names, builder, facts[builder], releases, has, offers, fetched, use_distribution))
    built = {release.component for kind in kinds for release in kind.releases}
    return BuildPlan(tuple(release for release in releases if release.component in built), tuple(kinds))


def _for_kind(
    kind: Platform,
    names: Sequence[str],
    builder: str,
    facts: NodeFacts,
    releases: Sequence[Release],
    has: Mapping[str, str],
    offers: Mapping[str, str],
    fetched: Mapping[str, VerifiedArchive] | None,
    use_distribution: bool,
) -> PlatformPlan:
    form = package_format_of(facts.os)
    if not facts.os.arch:
        raise RefusedError(f"{builder} does not tell what processor it has.", node=builder)
    serving = {
        release.component: packages
        for release in releases
        if (packages := _distribution_packages(release.component, facts.os, offers))
    }
    served = serving if use_distribution else {}
    build = tuple(release for release in releases if release.component not in served)
    contents = [(r, (fetched or {})[r.component].contents if r.component in (fetched or {}) else None) for r in build]
    wanted = {*required_packages(contents, form, facts.os, systemd=kind.systemd)}
    wanted |= {package for component in served for package in served[component]}
    return PlatformPlan(
        platform=kind,
        nodes=tuple(names),
        build_node=builder,
        package_format=form,
        releases=build,
        from_distribution=served,
        available_from_distribution={} if use_distribution else serving,
        build_dependencies=tuple(sorted(wanted)),
        missing_dependencies=tuple(sorted(wanted - set(has))),
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
    """The upstream part of a package's version: "2:3.1.7-1+deb12u2" -> "3.1.7"."""
    return version.split(":", 1)[-1].split("-", 1)[0].split("+", 1)[0].split("~", 1)[0]
