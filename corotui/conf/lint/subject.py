"""What every lint looks at, worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from corotui.conf.consequences import transport_of
from corotui.conf.daemon.cmap import Cmap
from corotui.conf.document import Document, Section
from corotui.conf.host import Host
from corotui.conf.network import Link, links
from corotui.conf.reading import ConfNode, nodes
from corotui.conf.syntax import Line
from corotui.conf.timing import Timers, timers
from corotui.conf.version import Version


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the place the ring runs in. `cloud`: "ec2" or "". `latency_ms`: the worst round trip between two
    nodes. `resolves`: node -> name -> addresses, as that node's resolver answers. `addresses`: node -> those on its
    interfaces. `host`: the machine to judge for."""

    cloud: str = ""
    latency_ms: float | None = None
    resolves: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    host: Host | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """An option where it stands: `path` is the section's, `key` the full one."""

    section: Section
    line: Line
    key: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A file under the eyes of a release. `numbers` maps full keys of the map to values as they hold."""

    document: Document
    release: Version
    cmap: Cmap
    around: Surroundings
    sections: tuple[Section, ...]
    options: tuple[Placed, ...]
    nodes: tuple[ConfNode, ...]
    transport: str
    links: tuple[Link, ...]
    timers: Timers

    def line_of(self, key: str) -> int:
        """Number of the line that sets a key of the map; 0 when none does."""
        return self.cmap.line(key)

    def sections_at(self, path: str) -> list[Section]:
        """Sections of that path."""
        return [section for section in self.sections if section.path == path]


def subject(document: Document, release: Version, around: Surroundings) -> Subject:
    """Everything the lints need, from one walk over the file."""
    cmap = document.cmap(release, around.host)
    lines = document.lines
    sections = tuple(document.root.walk())
    options = tuple(
        Placed(section, lines[index], f"{section.path}.{lines[index].key}" if section.path else lines[index].key)
        for section in sections
        for index in section.items
    )
    joined = links(cmap, release)
    members = next((link.members for link in joined if link.number == 0), 0)
    return Subject(
        document=document,
        release=release,
        cmap=cmap,
        around=around,
        sections=sections,
        options=options,
        nodes=nodes(document),
        transport=transport_of(cmap, release),
        links=joined,
        timers=timers(cmap, release, members),
    )
