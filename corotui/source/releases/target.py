"""Which corosync a configuration is written and checked for."""

from __future__ import annotations

from collections.abc import Mapping

from corotui.cluster.model import Install, InstallMethod
from corotui.conf.constants import DEFAULT_RELEASE
from corotui.conf.version import Version, version_or_none
from corotui.errors import RefusedError, UsageError
from corotui.facts.model import NodeFacts
from corotui.source.releases.options import releases_to_build


def release_for(facts: Mapping[str, NodeFacts], install: Install) -> Version:
    """The oldest corosync that any node has or will get: the one rule for the editor, findings, plans and diagnoses.

    All nodes hold the same file, so each of them must accept it. An older release refuses options that a newer one
    knows, so a file that suits the oldest suits the others. A node without corosync gets the release that is built
    from source; from packages it is assumed to get what the other nodes have. DEFAULT_RELEASE where nothing is known.
    """
    releases = [node.corosync.release for node in facts.values() if node.corosync.release is not None]
    if not facts or any(not node.corosync.version for node in facts.values()):
        releases += [release for release in (_release_to_build(install),) if release is not None]
    return min(releases, default=DEFAULT_RELEASE)


def _release_to_build(install: Install) -> Version | None:
    """The corosync that a build brings; None where nothing is built or its version is unknown."""
    if install.method is not InstallMethod.SOURCE:
        return None
    try:
        return version_or_none(releases_to_build(install)[-1].version)
    except (RefusedError, UsageError):
        return version_or_none(install.version)  # the build itself reports what is wrong with the request
