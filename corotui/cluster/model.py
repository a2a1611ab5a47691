"""The cluster and its nodes as cluster.toml describes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class InstallMethod(StrEnum):
    """How corosync is installed on the nodes."""

    PACKAGE = "package"  # from the package of the distribution
    SOURCE = "source"  # built from a release archive
    PRESENT = "present"  # it is installed already


@dataclass(frozen=True, slots=True)
class Ssh:
    """How ssh reaches a node. For None, `~/.ssh/config` or the default of ssh decides."""

    user: str | None = None
    """User to log in as."""
    port: int | None = None
    """TCP port of sshd."""
    sudo: bool = False
    """Whether privileged commands go through sudo; False where the user is root."""
    jump: str | None = None
    """Jump hosts, as `ssh -J` takes them."""
    key: str | None = None
    """Path of a private key."""


@dataclass(frozen=True, slots=True)
class Node:
    """One machine of the cluster."""

    name: str
    """Its name in corosync.conf."""
    host: str
    """Host name or address that ssh connects to."""
    ssh: Ssh = field(default_factory=Ssh)
    """How ssh reaches it."""
    local: bool = False
    """Whether it is this machine, which needs no ssh."""


@dataclass(frozen=True, slots=True)
class Archive:
    """A release archive that the operator provides."""

    url: str
    """URL or path."""
    sha256: str
    """64 hex digits, which the operator vouches for."""


@dataclass(frozen=True, slots=True)
class Install:
    """How corosync gets onto the nodes, and from where."""

    method: InstallMethod = InstallMethod.PACKAGE
    """How corosync gets onto the nodes."""
    version: str = ""
    """Version to build from source, "" for the newest."""
    build_node: str = ""
    """Name of the node that builds, "" for the first."""
    mirror: str = ""
    """Folder with release archives (URL or path), tried before the projects' own sites; "" for none."""
    archives: tuple[Archive, ...] = ()
    """Releases that corotui's own list does not have."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """What cluster.toml says."""

    name: str
    """Name of the cluster."""
    nodes: tuple[Node, ...] = ()
    """In the order of the file; the `ssh` of each has the defaults of the file filled in."""
    install: Install = field(default_factory=Install)
    """How corosync gets onto the nodes."""

    def node(self, name: str) -> Node:
        """Returns the node of that name; raises KeyError if there is none."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)
