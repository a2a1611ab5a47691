"""What the operator chose for a build: from cluster.toml, or from the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from corotui.cluster.model import Cluster
from corotui.source.manifest import Release, own_release


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
    own = tuple(own_release(archive.url, archive.sha256) for archive in install.archives)
    return Choice(install.version, install.build_node, install.mirror, own)
