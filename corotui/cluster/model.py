"""Cluster and node as the operator wrote them down in cluster.toml."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class InstallMethod(StrEnum):
    """How corosync comes onto the nodes: the distribution's package, a build from source, or it is there already."""

    PACKAGE = "package"
    SOURCE = "source"
    PRESENT = "present"


@dataclass(frozen=True, slots=True)
class Ssh:
    """How ssh reaches a node. None: not said here, so `~/.ssh/config` or ssh's own default holds.

    `sudo` False: the user is root or works without; `key` is the path of a private key, `jump` is what `ssh -J` takes.
    """

    user: str | None = None
    port: int | None = None
    sudo: bool = False
    jump: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """One machine. `host` is where ssh goes, `name` its name in corosync.conf; `local`: it is this machine, no ssh."""

    name: str
    host: str
    ssh: Ssh = field(default_factory=Ssh)
    local: bool = False


@dataclass(frozen=True, slots=True)
class Archive:
    """A release archive that the operator brings: a URL or a path, and the sha256 he vouches for (64 hex digits)."""

    url: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Install:
    """`version` of corosync to build, `build_node` where (source only); empty: newest, first node.

    `mirror`: a folder (URL or path) with release archives, asked before the projects' own places. `archives`: releases
    that corotui's own list does not have.
    """

    method: InstallMethod = InstallMethod.PACKAGE
    version: str = ""
    build_node: str = ""
    mirror: str = ""
    archives: tuple[Archive, ...] = ()


@dataclass(frozen=True, slots=True)
class Cluster:
    """`nodes` in the order of the file; a node's `ssh` already holds the file's defaults."""

    name: str
    nodes: tuple[Node, ...] = ()
    install: Install = field(default_factory=Install)

    def node(self, name: str) -> Node:
        """The node of that name; KeyError where there is none."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)
