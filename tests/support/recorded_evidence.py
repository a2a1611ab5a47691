"""Three healthy nodes, recorded from real ones (corosync 3.1.7, Debian 12), and the output that a fault changes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corotui.cluster.finding import Finding
from corotui.cluster.model import Cluster, Node
from corotui.doctor import examine
from corotui.errors import CorotuiError
from corotui.ssh.fanout import Shells
from tests.support.fake_shell import FakeShell, Reply, Request, mark_of

FOLDER = Path(__file__).parents[1] / "fixtures" / "doctor"
NAMES = ("node1", "node2", "node3")
CLUSTER = Cluster("ring", tuple(Node(name, f"10.77.3.{number}") for number, name in enumerate(NAMES, 1)))

DOWN = (1, "Failed to initialize the cmap API. Error CS_ERR_LIBRARY")
NO_COUNTERS = (1, "")


Sections = dict[str, tuple[int, str]]
"""Section of a script's output -> exit code and text."""


class RecordedNode(FakeShell):
    """Answers the four scripts with recorded sections; a test changes the sections. `error` is raised instead."""

    def __init__(self, node: str, *, facts: dict[str, str], ring: Sections, doctor: Sections, sample: Sections) -> None:
        super().__init__(self._answer, node)
        self.facts = facts
        self.ring = ring
        self.doctor = doctor
        self.sample = sample
        self.error: CorotuiError | None = None
        self.scripts: list[str] = []

    def _answer(self, request: Request) -> Reply:
        if self.error is not None:
            raise self.error
        assert request.stdin is not None
        which, mark = self._which(request.command, request.stdin.decode())
        self.scripts.append(which)
        if which == "facts":
            text = "".join(f"{mark} begin {name}\n{body}\n{mark} end {name}\n" for name, body in self.facts.items())
        else:
            sections: Sections = getattr(self, which)
            text = "".join(
                f"{mark} begin {name}\n{body}\n{mark} end {name} {code}\n" for name, (code, body) in sections.items()
            )
        return Reply(text.encode("latin-1", "replace"))

    @staticmethod
    def _which(command: str, script: str) -> tuple[str, str]:
        mark = mark_of(script.encode())
        if command == "sh -s" or command.startswith("sh -s --"):
            return "facts", mark
        if "section unit" in script:
            return "doctor", mark
        return ("ring" if "section quorumtool" in script else "sample"), mark

    def change(self, script: str, section: str, old: str, new: str) -> None:
        """Replaces text that must be there in a section of a script's answer."""
        held: dict[str, Any] = getattr(self, script)
        code, text = (None, held[section]) if script == "facts" else held[section]
        assert old in text, f"{section} does not hold {old!r}"
        text = text.replace(old, new)
        held[section] = text if script == "facts" else (code, text)

    def conf(self, old: str, new: str) -> None:
        """Changes corosync.conf on the node."""
        self.change("facts", "conf", old, new)

    def stopped(self, *, active: str = "inactive", result: str = "success", status: int = 0, test: int = 0) -> None:
        """No corosync runs; `corosync -t` then says `test`."""
        version = self.ring["version"]
        self.ring = dict.fromkeys(("cmap", "stats", "cfgtool", "paths", "quorumtool"), DOWN)
        self.ring["version"] = version
        self.facts["processes"] = ""
        self.facts["ports"] = "ss\n"
        self.doctor["processes"] = (0, "")
        self.doctor["counters"] = NO_COUNTERS
        self.doctor["test"] = (test, "")
        self.doctor["unit"] = (
            0,
            f"MainPID=0\nResult={result}\nExecMainStatus={status}\nLoadState=loaded\nActiveState={active}\nSubState=dead",
        )

    def alone(self, *, quorate: bool = False) -> None:
        """Its corosync runs, hears nobody and forms a ring of its own."""
        own = self.node[-1]
        others = [number for number in "123" if number != own]
        lines = [
            line
            for line in self.ring["quorumtool"][1].splitlines()
            if not re.match(rf"\s+[{''.join(others)}]\s+1 ", line)
        ]
        text = re.sub(r"Ring ID:.*", f"Ring ID:          {own}.99", "\n".join(lines))
        text = text.replace("Total votes:      3", "Total votes:      1")
        if not quorate:
            text = text.replace("Quorate:          Yes", "Quorate:          No")
            text = re.sub(r"Quorum:           \d+ *", "Quorum:           2 Activity blocked", text)
        self.ring["quorumtool"] = (0 if quorate else 2, text)
        self.disconnect(*others)

    def left_by(self, gone: str) -> None:
        """Another node is no member any more, and its links are down here."""
        text = "\n".join(
            line for line in self.ring["quorumtool"][1].splitlines() if not re.match(rf"\s+{gone[-1]}\s+1 ", line)
        )
        text = text.replace("Total votes:      3", "Total votes:      2")
        self.ring["quorumtool"] = (0, re.sub(r"Ring ID:.*", "Ring ID:          1.98", text))
        self.disconnect(gone[-1])

    def disconnect(self, *ids: str) -> None:
        for number in ids:
            self.change(
                "ring",
                "stats",
                f"stats.knet.node{number}.link0.connected (u8) = 1",
                f"stats.knet.node{number}.link0.connected (u8) = 0",
            )

    def hears(self, **heard: bool) -> None:
        """Makes the second sample show, four seconds later, which nodes' pings came in."""
        lines = self.doctor["counters"][1].splitlines()
        for place, line in enumerate(lines):
            match = re.match(r"(stats\.knet\.node(\d)\.link0\.(\w+) \(u64\) = )(\d+)", line)
            if match is None or f"node{match[2]}" == self.node:
                continue
            grows = match[3] == "tx_ping_packets" or (match[3].startswith("rx_p") and heard[f"node{match[2]}"])
            lines[place] = f"{match[1]}{int(match[4]) + (4 if grows else 0)}"
        self.sample["counters"] = (0, "\n".join(lines))


def recorded_nodes() -> dict[str, RecordedNode]:
    """Three healthy nodes."""
    found: dict[str, RecordedNode] = {}
    for name in NAMES:
        held = json.loads((FOLDER / f"healthy-{name}.json").read_text())
        ring, doctor, sample = (
            {section: (code, text) for section, (code, text) in held[script].items()}
            for script in ("ring", "doctor", "sample")
        )
        found[name] = RecordedNode(name, facts=dict(held["facts"]), ring=ring, doctor=doctor, sample=sample)
    return found


def conf_of(node: RecordedNode) -> bytes:
    return node.facts["conf"].encode("latin-1")


async def findings(nodes: Mapping[str, RecordedNode], *, conf: bytes | None = None) -> tuple[Finding, ...]:
    """What the doctor says of these nodes."""
    conf = conf_of(recorded_nodes()["node1"]) if conf is None else conf
    return await examine(Shells(nodes), cluster=CLUSTER, conf=conf, sleep=no_sleep)


async def no_sleep(seconds: float) -> None:
    """Does not wait: the recorded second sample is there at once."""
