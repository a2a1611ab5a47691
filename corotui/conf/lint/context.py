"""What every lint looks at, worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from corotui.conf.daemon.cmap import Cmap
from corotui.conf.document import Document, Section
from corotui.conf.effects import effective_transport
from corotui.conf.host.facts import Host
from corotui.conf.links import ConfLink, conf_links
from corotui.conf.queries import ConfNode, conf_nodes
from corotui.conf.syntax import ConfLine
from corotui.conf.timers import Timers, effective_timers
from corotui.conf.version import Version


@dataclass(frozen=True, slots=True)
class Environment:
    """What is known of the place the ring runs in. `cloud`: "ec2" or "". `latency_ms`: the worst round trip between two
    nodes. `resolves`: node -> name -> addresses, as that node's resolver answers. `addresses`: node -> those on its
    interfaces. `host`: the machine to judge for."""

    cloud: str = ""
    latency_ms: float | None = None
    resolved_names: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    host: Host | None = None


@dataclass(frozen=True, slots=True)
class PlacedOption:
    """An option where it stands: `path` is the section's, `key` the full one."""

    section: Section
    line: ConfLine
    key: str


@dataclass(frozen=True, slots=True)
class LintContext:
    """A file under the eyes of a release. `numbers` maps full keys of the map to values as they hold."""

    document: Document
    release: Version
    cmap: Cmap
    environment: Environment
    sections: tuple[Section, ...]
    options: tuple[PlacedOption, ...]
    nodes: tuple[ConfNode, ...]
    transport: str
    links: tuple[ConfLink, ...]
    timers: Timers

    def line_of(self, key: str) -> int:
        """Number of the line that sets a key of the map; 0 when none does."""
        return self.cmap.line(key)

    def sections_at(self, path: str) -> list[Section]:
        """Sections of that path."""
        return [section for section in self.sections if section.path == path]


def build_context(document: Document, release: Version, environment: Environment) -> LintContext:
    """Everything the lints need, from one walk over the file."""
    cmap = document.cmap(release, environment.host)
    lines = document.lines
    sections = tuple(document.root.walk())
    options = tuple(
        PlacedOption(section, lines[index], f"{section.path}.{lines[index].key}" if section.path else lines[index].key)
        for section in sections
        for index in section.option_indexes
    )
    links = conf_links(cmap, release)
    members = next((link.member_count for link in links if link.number == 0), 0)
    return LintContext(
        document=document,
        release=release,
        cmap=cmap,
        environment=environment,
        sections=sections,
        options=options,
        nodes=conf_nodes(document),
        transport=effective_transport(cmap, release),
        links=links,
        timers=effective_timers(cmap, release, members),
    )
