"""Types of practice clusters: the shape that is asked for, and the cluster that runs."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path

from corotui.cluster.phrasing import format_count
from corotui.errors import UsageError

MAX_NODES = 48
MAX_LINKS = 8  # knet's own limit
DEFAULT_NAME = "practice"
DEFAULT_USER = "ec2-user"

_NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,30}")


def validate_name(name: str) -> str:
    """Returns the name. Raises UsageError if it cannot be part of namespace and machine names."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} cannot name a practice cluster: a letter, then at most 19 of a-z, 0-9 and '-'.",
            changed="",
        )
    return name


@dataclass(frozen=True, slots=True)
class Shape:
    """The practice cluster that `up` is asked for."""

    nodes: int = 3
    """Number of nodes."""
    links: int = 1
    """Number of networks that connect them."""
    installed: bool = False
    """Whether the image holds corosync's package; otherwise the nodes are bare."""
    user: str = DEFAULT_USER
    """User that logs in over ssh."""
    password_sudo: bool = False
    """Whether sudo asks that user for a password."""

    def validated(self) -> Shape:
        """Returns itself. Raises UsageError if it cannot be built."""
        if not 1 <= self.nodes <= MAX_NODES:
            raise UsageError(f"--nodes takes 1 to {MAX_NODES}, not {self.nodes}.", changed="")
        if not 1 <= self.links <= MAX_LINKS:
            raise UsageError(f"--links takes 1 to {MAX_LINKS}, not {self.links}.", changed="")
        if not _USER.fullmatch(self.user):
            raise UsageError(f"{self.user!r} cannot name a user.", changed="")
        if self.user == "root" and self.password_sudo:
            raise UsageError("root needs no sudo: leave out --password-sudo or take another --user.", changed="")
        return self

    def describe(self) -> str:
        """The shape in words, such as "3 bare nodes, 1 link, user ec2-user"."""
        kind = "installed" if self.installed else "bare"
        nodes = f"{format_count(self.nodes, f'{kind} node')}"
        links = f"{format_count(self.links, 'link')}"
        sudo = ", sudo with a password" if self.password_sudo else ""
        return f"{nodes}, {links}, user {self.user}{sudo}"


@dataclass(frozen=True, slots=True)
class PracticeNode:
    """A node of a practice cluster."""

    name: str
    """Name of the node."""
    addresses: tuple[str, ...]
    """IPv4 addresses, one a link."""
    user: str
    """User that logs in over ssh."""

    @property
    def host(self) -> str:
        """The address that ssh connects to: the one on link 0."""
        return self.addresses[0]

    def to_json(self) -> dict[str, object]:
        return {"name": self.name, "host": self.host, "user": self.user, "addresses": list(self.addresses)}


@dataclass(frozen=True, slots=True)
class PracticeCluster:
    """A practice cluster that runs."""

    name: str
    """Name of the practice cluster."""
    directory: Path
    """Its cluster directory."""
    nodes: tuple[PracticeNode, ...]
    """Its nodes."""
    shape: Shape
    """What `up` was asked for."""
    key: Path
    """The private key that logs in to the nodes."""
    password: str = ""
    """Password of the user with `password_sudo`, else "". It stands in no repr."""

    def __repr__(self) -> str:
        return f"PracticeCluster(name={self.name!r}, directory={str(self.directory)!r}, nodes={len(self.nodes)})"

    def node(self, name: str) -> PracticeNode:
        """The node of that name. Raises UsageError if there is none."""
        for node in self.nodes:
            if node.name == name:
                return node
        known = ", ".join(node.name for node in self.nodes)
        raise UsageError(f"{self.name} has no node {name!r}; it has {known}.", changed="")

    def to_json(self) -> dict[str, object]:
        out: dict[str, object] = {
            "name": self.name,
            "directory": str(self.directory),
            "key": str(self.key),
            "nodes": [node.to_json() for node in self.nodes],
            "shape": asdict(self.shape),
        }
        if self.password:
            out["password"] = self.password
        return out
