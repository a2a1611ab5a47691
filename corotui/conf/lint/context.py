"""The input of every lint, computed once."""

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
    """What is known about the hosts and networks that the ring will run on."""

    cloud: str = ""
    """`"ec2"`, or "" outside a cloud that is known."""
    latency_ms: float | None = None
    """Longest round trip between two nodes in ms, None if not known."""
    resolved_names: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    """Node -> name -> the addresses that the node's resolver answers."""
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Node -> the addresses on its interfaces."""
    host: Host | None = None
    """The host that the verdict is for."""


@dataclass(frozen=True, slots=True)
class PlacedOption:
    """An option with its section."""

    section: Section
    """The section."""
    line: ConfLine
    """The line that sets the option."""
    key: str
    """The full key: path of the section and name."""


@dataclass(frozen=True, slots=True)
class LintContext:
    """A file as a release reads it, with everything that several lints need."""

    document: Document
    """The file."""
    release: Version
    """The release that reads it."""
    cmap: Cmap
    """The file as that release's map of keys."""
    environment: Environment
    """What is known of the machines."""
    sections: tuple[Section, ...]
    """All sections, the root included, in the order of the file."""
    options: tuple[PlacedOption, ...]
    """All options, in the order of their sections."""
    nodes: tuple[ConfNode, ...]
    """Nodes of the nodelist."""
    transport: str
    """The transport in effect."""
    links: tuple[ConfLink, ...]
    """Links that the file configures."""
    timers: Timers
    """The timers in effect."""

    def line_of(self, key: str) -> int:
        """Number of the line that sets a key of the map; 0 if none does."""
        return self.cmap.line(key)

    def sections_at(self, path: str) -> list[Section]:
        """Sections of that path."""
        return [section for section in self.sections if section.path == path]


def build_context(document: Document, release: Version, environment: Environment) -> LintContext:
    """Computes the context of a file."""
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
