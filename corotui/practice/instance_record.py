"""The record on disk of what a practice cluster occupies on this machine, written before it is created.

`down` removes what the record names and nothing else, whether `up` finished or was killed half way.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from corotui.directory.atomic_files import write_atomic
from corotui.errors import WorkError
from corotui.practice import state_dir
from corotui.practice.model import PracticeCluster, PracticeNode, Shape

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class NodeProcess:
    """The process that runs a node. Pid and start time together identify it."""

    node: str
    """Name of the node."""
    pid: int
    """Process id."""
    start: int
    """Start time in clock ticks since boot: field 22 of /proc/PID/stat."""


@dataclass(frozen=True, slots=True)
class NodeResources:
    """What one node occupies on this machine."""

    node: str
    """Name of the node."""
    namespace: str
    """Name of its network namespace."""
    veths: tuple[str, ...]
    """Outer ends of its links."""
    root: str
    """Path of its root directory."""
    cgroups: tuple[str, ...]
    """Paths of its control groups."""
    machine: str
    """Machine name that systemd-nspawn is given."""
    console: str
    """Path of the log of its console."""


@dataclass(frozen=True, slots=True)
class ActiveFault:
    """A fault that is in force on a node."""

    fault: str
    """Name of the fault."""
    node: str
    """Name of the node it was injected into."""


@dataclass(frozen=True, slots=True)
class InstanceRecord:
    """All that one practice cluster occupies on this machine."""

    name: str
    """Name of the practice cluster."""
    slot: int
    """Number that its networks and interface names are made from."""
    shape: Shape
    """What `up` was asked for."""
    boot: str
    """Boot id of the kernel. After a restart of the machine only files are left."""
    directory: str
    """Path of the cluster directory."""
    given: bool
    """Whether the operator named the directory; `down` then removes only what corotui put there."""
    key: str
    """Path of the private ssh key."""
    image: str
    """Path of the image that the nodes start from."""
    bridges: tuple[str, ...]
    """Names of the bridges, one a link."""
    table: str
    """Name of the nft table with its masquerade rule."""
    tmpfs: str
    """Where the tmpfs with the nodes' changes is mounted."""
    nodes: tuple[PracticeNode, ...]
    """The nodes."""
    things: tuple[NodeResources, ...]
    """What each node occupies, in the order of `nodes`."""
    processes: tuple[NodeProcess, ...] = ()
    """The processes that run the nodes."""
    faults: tuple[ActiveFault, ...] = ()
    """Faults in force, oldest first."""
    before: dict[str, int] = field(default_factory=dict)
    """Members that each node counted in its ring before the first of `faults`, by node."""
    password: str = field(default="", repr=False)
    """Password of the user with `password_sudo`, else ""."""
    complete: bool = False
    """Whether `up` finished."""

    def to_practice(self) -> PracticeCluster:
        """The practice cluster as the rest of corotui sees it."""
        return PracticeCluster(
            self.name, Path(self.directory), self.nodes, self.shape, key=Path(self.key), password=self.password
        )

    def resources_of(self, node: str) -> NodeResources:
        """What a node occupies. Raises KeyError if there is no such node."""
        for resources in self.things:
            if resources.node == node:
                return resources
        raise KeyError(node)

    def with_process(self, process: NodeProcess) -> InstanceRecord:
        """A copy of the record with this process as the only one of its node."""
        others = tuple(item for item in self.processes if item.node != process.node)
        return replace(self, processes=(*others, process))


def record_path(name: str) -> Path:
    """Path of the record of a practice cluster."""
    return state_dir.instance(name) / "record.json"


def save(record: InstanceRecord) -> None:
    """Writes the record with fsync in place of the older one."""
    record_path(record.name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = json.dumps({"format": _FORMAT, **asdict(record)}, indent=1)
    write_atomic(record_path(record.name), text.encode(), mode=0o600)


def load(name: str) -> InstanceRecord | None:
    """The record of a practice cluster, None if there is none. Raises WorkError if it cannot be read."""
    try:
        text = record_path(name).read_text()
    except FileNotFoundError:
        return None
    try:
        return _record(json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        raise WorkError(
            f"The record {record_path(name)} cannot be read: {error}.",
            changed="",
            next_step="It was written by another version or damaged; look into it before you delete it.",
        ) from error


def all_records() -> tuple[InstanceRecord, ...]:
    """The records of all instances on this machine, by name."""
    folder = state_dir.instances()
    names = sorted(item.name for item in folder.iterdir()) if folder.is_dir() else []
    return tuple(record for name in names if (record := load(name)) is not None)


def boot_id() -> str:
    """Boot id of the running kernel."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _record(data: dict[str, Any]) -> InstanceRecord:  # Any: JSON that `save` wrote; a wrong type raises in `load`
    if data.pop("format") != _FORMAT:
        raise ValueError("unknown format")
    return InstanceRecord(
        **{
            **data,
            "shape": Shape(**data["shape"]),
            "bridges": tuple(data["bridges"]),
            "nodes": tuple(
                PracticeNode(item["name"], tuple(item["addresses"]), item["user"]) for item in data["nodes"]
            ),
            "things": tuple(
                NodeResources(**{**item, "veths": tuple(item["veths"]), "cgroups": tuple(item["cgroups"])})
                for item in data["things"]
            ),
            "processes": tuple(NodeProcess(**item) for item in data["processes"]),
            "faults": tuple(ActiveFault(**item) for item in data["faults"]),
        }
    )
