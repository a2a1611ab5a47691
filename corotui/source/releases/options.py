"""What the operator chose for a build: from cluster.toml, or from the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from corotui.cluster.model import Cluster, Install
from corotui.errors import UsageError
from corotui.source.releases.manifest import Release, own_release, read_manifest, select_releases


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """`version` of corosync, "" for the newest; `build_node`, "" for the first of each kind.

    `mirror`: a folder (URL or path) that is asked before the projects' own places. `own`: archives that the operator
    brings. `use_distribution`: libraries that the distribution has in a version that serves are not built. `extra`:
    components beside corosync. `cache`: where archives are kept, None for the usual place. `on_node`: the build node
    fetches the archives itself; `mirror` is then seen from there.
    """

    version: str = ""
    build_node: str = ""
    mirror: str = ""
    own_releases: tuple[Release, ...] = ()
    use_distribution: bool = False
    extra_components: tuple[str, ...] = ()
    cache: Path | None = None
    fetch_on_node: bool = False


def options_from_cluster(cluster: Cluster) -> BuildOptions:
    """What [install] says. UsageError for an archive whose name or sum is none."""
    install = cluster.install
    return BuildOptions(install.version, install.build_node, install.mirror, _own(install))


def releases_to_build(install: Install) -> tuple[Release, ...]:
    """What a build of [install] makes, in build order. UsageError and RefusedError as `choose` has them."""
    return select_releases(read_manifest(), install.version, _own(install))


def selectable_versions(install: Install) -> tuple[str, ...]:
    """The versions of corosync that can be chosen: of the operator's own archives, then the manifest's with a sum."""
    try:
        own = _own(install)
    except UsageError:
        own = ()
    known = [*own, *(release for release in read_manifest().releases if release.sha256)]
    return tuple(dict.fromkeys(release.version for release in known if release.component == "corosync"))


def _own(install: Install) -> tuple[Release, ...]:
    return tuple(own_release(archive.url, archive.sha256) for archive in install.archives)
