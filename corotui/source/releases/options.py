"""The operator's choices for a build, from cluster.toml or from the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from corotui.cluster.model import Cluster, Install
from corotui.errors import UsageError
from corotui.source.releases.manifest import Release, own_release, read_manifest, select_releases


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """The operator's choices for a build."""

    version: str = ""
    """Version of corosync, "" for the newest."""
    build_node: str = ""
    """The node that builds, "" for the first of each platform."""
    mirror: str = ""
    """A folder (URL or path) that is asked before the projects' own URLs."""
    own_releases: tuple[Release, ...] = ()
    """Archives that the operator brings."""
    use_distribution: bool = False
    """Whether libraries that the distribution has in a suitable version are not built."""
    extra_components: tuple[str, ...] = ()
    """Components to build besides corosync."""
    cache: Path | None = None
    """Where archives are kept; None for the default folder."""
    fetch_on_node: bool = False
    """Whether the build node downloads the archives itself; `mirror` is then relative to it."""


def options_from_cluster(cluster: Cluster) -> BuildOptions:
    """The choices in [install]. Raises UsageError for an archive whose name or hash is invalid."""
    install = cluster.install
    return BuildOptions(install.version, install.build_node, install.mirror, _own(install))


def releases_to_build(install: Install) -> tuple[Release, ...]:
    """The releases that a build of [install] makes, in build order. Raises as `select_releases` does."""
    return select_releases(read_manifest(), install.version, _own(install))


def selectable_versions(install: Install) -> tuple[str, ...]:
    """Versions of corosync that can be chosen: those of the operator's archives, then the manifest's with a hash."""
    try:
        own = _own(install)
    except UsageError:
        own = ()
    known = [*own, *(release for release in read_manifest().releases if release.sha256)]
    return tuple(dict.fromkeys(release.version for release in known if release.component == "corosync"))


def _own(install: Install) -> tuple[Release, ...]:
    return tuple(own_release(archive.url, archive.sha256) for archive in install.archives)
