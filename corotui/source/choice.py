"""What the operator chose for a build: from cluster.toml, or from the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from corotui.cluster.model import Cluster, Install, Method
from corotui.errors import Refused, UsageError
from corotui.facts.model import NodeFacts
from corotui.source.manifest import Release, choose, own_release, read

UNKNOWN = "3.1.7"  # what nodes without corosync are taken to get from their distribution


@dataclass(frozen=True, slots=True)
class Choice:
    """`version` of corosync, "" for the newest; `build_node`, "" for the first of each kind.

    `mirror`: a folder (URL or path) that is asked before the projects' own places. `own`: archives that the operator
    brings. `use_distribution`: libraries that the distribution has in a version that serves are not built. `extra`:
    components beside corosync. `cache`: where archives are kept, None for the usual place. `on_node`: the build node
    fetches the archives itself; `mirror` is then seen from there.
    """

    version: str = ""
    build_node: str = ""
    mirror: str = ""
    own: tuple[Release, ...] = ()
    use_distribution: bool = False
    extra: tuple[str, ...] = ()
    cache: Path | None = None
    on_node: bool = False


def choice_of(cluster: Cluster) -> Choice:
    """What [install] says. UsageError for an archive whose name or sum is none."""
    install = cluster.install
    return Choice(install.version, install.build_node, install.mirror, _own(install))


def releases_of(install: Install) -> tuple[Release, ...]:
    """What a build of [install] makes, in build order. UsageError and Refused as `choose` has them."""
    return choose(read(), install.version, _own(install))


def versions(install: Install) -> tuple[str, ...]:
    """The versions of corosync that can be chosen: of the operator's own archives, then the manifest's with a sum."""
    try:
        own = _own(install)
    except UsageError:
        own = ()
    known = [*own, *(release for release in read().releases if release.sha256)]
    return tuple(dict.fromkeys(release.version for release in known if release.component == "corosync"))


def version_of(facts: Mapping[str, NodeFacts], install: Install) -> str:
    """The corosync that a configuration is written and judged for: the nodes', else the one that a build will bring."""
    there = next((node.corosync.version for node in facts.values() if node.corosync.version), "")
    return there or _coming(install) or UNKNOWN


def _coming(install: Install) -> str:
    if install.method is not Method.SOURCE:
        return ""
    try:
        return releases_of(install)[-1].version
    except (Refused, UsageError):
        return install.version  # the build itself says what is wrong with it


def _own(install: Install) -> tuple[Release, ...]:
    return tuple(own_release(archive.url, archive.sha256) for archive in install.archives)
