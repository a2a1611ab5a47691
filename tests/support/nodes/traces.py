"""Everything of a practice cluster on this machine, for tests that nothing of it is left."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from corotui.practice import instance_record, state_dir
from corotui.practice.machine import processes
from corotui.practice.subprocesses import run


def of_instance(name: str, slots: Iterable[int]) -> list[str]:
    """Everything there is of the instance, a line each; empty when it is gone.

    `slots` are the network slots it had; other instances on this machine do not count.
    """
    found: list[str] = []
    if state_dir.instance(name).exists():
        found.append(f"state {state_dir.instance(name)}")
    found += [f"lock {path}" for path in (state_dir.root() / "locks").glob(f"instance-{name}")]
    found += [f"namespace {path}" for path in Path("/run/netns").glob(f"corotui-{name}-node*")]
    found += [f"nspawn {path}" for path in Path("/run/systemd/nspawn").glob(f"*/corotui-{name}-node*")]
    for hierarchy in processes.cgroup_hierarchies():
        found += [f"cgroup {path}" for path in hierarchy.glob(f"corotui-{name}-node*")]
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    found += [f"mount {line}" for line in mounts if f"{state_dir.instance(name)}/" in line]
    tables = run(["nft", "list", "tables"]).stdout.decode().splitlines()
    for slot in slots:
        links = [path.name for path in Path("/sys/class/net").iterdir()]
        found += [f"link {link}" for link in links if link.startswith((f"cptb{slot}l", f"cptv{slot}n"))]
        found += [table for table in tables if f"{table} ".find(f" corotui_practice_{slot} ") >= 0]
        found += [table for table in tables if f" corotui_practice_{slot}_" in table]
    found += [f"process {pid} {words}" for pid, words in _processes() if f"corotui-{name}-node" in words]
    return found


def slot_of(name: str) -> int | None:
    """The network slot that the record of the instance names, or None where there is no record."""
    found = instance_record.load(name)
    return None if found is None else found.slot


def _processes() -> list[tuple[int, str]]:
    seen = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if command:  # one that has ended and waits for its parent to notice has none
                    seen.append((int(entry.name), command + (entry / "cgroup").read_text()))
            except OSError:
                continue
    return seen
