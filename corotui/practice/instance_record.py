"""The record on disk of what an instance made on this machine, written before it is made.

`down` clears what the record names and nothing else, whether `up` came to its end or was killed half way.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from corotui.errors import WorkError
from corotui.practice import state_dir
from corotui.practice.model import PracticeCluster, PracticeNode, Shape, shape_from

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class NodeProcess:
    """A process by pid and start time (clock ticks since boot, field 22 of /proc/PID/stat)."""

    node: str
    pid: int
    start: int


@dataclass(frozen=True, slots=True)
class NodeResources:
    """What one node occupies here: namespace, outer ends of its links, root directory, control groups, console log."""

    node: str
    namespace: str
    veths: tuple[str, ...]
    root: str
    cgroups: tuple[str, ...]
    machine: str
    console: str


@dataclass(frozen=True, slots=True)
class ActiveFault:
    """A fault that is in force on a node."""

    fault: str
    node: str


@dataclass(frozen=True, slots=True)
class InstanceRecord:
    """All of one instance. `complete`: `up` came to its end. `boot`: the kernel's boot id; after a restart of the
    machine only files are left. `given`: the operator named `directory`, so only what was put there is taken away.
    `before`: members that each node counted in its ring before the first of `faults`."""

    name: str
    slot: int
    shape: Shape
    boot: str
    directory: str
    given: bool
    key: str
    image: str
    bridges: tuple[str, ...]
    table: str
    tmpfs: str
    nodes: tuple[PracticeNode, ...]
    things: tuple[NodeResources, ...]
    processes: tuple[NodeProcess, ...] = ()
    faults: tuple[ActiveFault, ...] = ()
    before: dict[str, int] = field(default_factory=dict)
    password: str = field(default="", repr=False)
    complete: bool = False

    def to_practice(self) -> PracticeCluster:
        """The instance as the rest of corotui sees it."""
        return PracticeCluster(
            self.name, Path(self.directory), self.nodes, self.shape, key=Path(self.key), password=self.password
        )

    def resources_of(self, node: str) -> NodeResources:
        """What the node of that name occupies; KeyError where there is none."""
        for thing in self.things:
            if thing.node == node:
                return thing
        raise KeyError(node)

    def with_process(self, process: NodeProcess) -> InstanceRecord:
        """The record with that process as its node's only one."""
        others = tuple(item for item in self.processes if item.node != process.node)
        return replace(self, processes=(*others, process))


def record_path(name: str) -> Path:
    return state_dir.instance(name) / "record.json"


def save(record: InstanceRecord) -> None:
    """Writes it, fsynced, in place of the older one."""
    record_path(record.name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    state_dir.write_atomic(record_path(record.name), json.dumps({"format": _FORMAT, **asdict(record)}, indent=1))


def load(name: str) -> InstanceRecord | None:
    """The record of an instance, or None where there is none. WorkError where it cannot be read."""
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
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _record(data: dict[str, Any]) -> InstanceRecord:
    if data.pop("format") != _FORMAT:
        raise ValueError("unknown format")
    return InstanceRecord(
        **{
            **data,
            "shape": shape_from(data["shape"]),
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
