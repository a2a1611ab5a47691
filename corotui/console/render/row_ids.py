"""What identifies an item of a page, so that the cursor stays on it when the page is rendered again."""

from __future__ import annotations

from dataclasses import dataclass

from corotui.cluster.model import InstallMethod
from corotui.facts.model import IpNetwork


@dataclass(frozen=True, slots=True)
class RowId:
    """Base of all identities. Two rows with equal identities belong to the same item."""


@dataclass(frozen=True, slots=True)
class NodeRow(RowId):
    """A node of the cluster."""

    name: str
    """Name of the node."""


@dataclass(frozen=True, slots=True)
class MethodRow(RowId):
    """A method of installing corosync."""

    method: InstallMethod
    """The method."""


@dataclass(frozen=True, slots=True)
class LinkRow(RowId):
    """A subnet that is or could be a link of the ring."""

    network: IpNetwork
    """The subnet."""


@dataclass(frozen=True, slots=True)
class FindingRow(RowId):
    """A finding. It stays the same one even if its text changes, for example because of a number in it."""

    code: str
    """Code of the finding."""
    node: str | None
    """Node of the finding, or None."""
    place: str
    """Place of the finding."""


@dataclass(frozen=True, slots=True)
class DiagnosticRow(RowId):
    """A diagnostic of corosync.conf."""

    code: str
    """Code of the diagnostic."""
    line: int
    """Its line, from 1."""
    column: int
    """Its column."""


@dataclass(frozen=True, slots=True)
class RingEventRow(RowId):
    """A change of the ring."""

    number: int
    """Counts from 1, the oldest event."""


@dataclass(frozen=True, slots=True)
class LogRow(RowId):
    """An entry of the log."""

    entry: int
    """`id()` of the LogEntry, which lives as long as it is in the log."""
