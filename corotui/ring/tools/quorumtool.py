"""Parser for the output of `corosync-quorumtool -s` (tools/corosync-quorumtool.c in 3.1.7, 2.4.6 and 1.4.10)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from corotui.cluster.limits import bounded_lines
from corotui.conf.constants import MAX_NODES
from corotui.ring.tools.cmap import parse_int


@dataclass(frozen=True, slots=True)
class QuorumMember:
    """A line of the membership table."""

    node_id: int
    """nodeid of the member."""
    votes: int | None
    """None where no provider counts votes."""
    name: str = ""
    """Its name, or ""."""
    local: bool = False
    """Whether it is the node that printed the table."""


@dataclass(frozen=True, slots=True)
class QuorumStatus:
    """The output of `corosync-quorumtool -s`; None and "" stand for what is not printed."""

    quorate: bool | None = None
    """Whether the partition has quorum."""
    provider: str = ""
    """The quorum provider, "" without one. 1.4 then always prints quorate."""
    node_id: int | None = None
    """Node id of the node that printed it."""
    ring_id: str = ""
    """As printed: "1.9" (hexadecimal, 3.x), "1/9" (2.4), "9" (1.4). The 0 of a 1.4 without a provider is left out."""
    votes: int | None = None
    """Votes of the node itself."""
    expected_votes: int | None = None
    """Expected votes."""
    total_votes: int | None = None
    """Votes of all members."""
    quorum: int | None = None
    """Votes needed for quorum."""
    flags: tuple[str, ...] = ()
    """Flags of votequorum."""
    members: tuple[QuorumMember, ...] = ()
    """The membership table, at most MAX_NODES rows."""
    member_count: int = 0
    """Rows of the table as it was printed."""


_FIELD = re.compile(r"^([A-Z][A-Za-z ]*):[ \t]*(.*)$")
_MEMBER = re.compile(r"^\s*(\d{1,10})\s+(\d{1,10})\s+(?:(?:[A-Z]+,[A-Z]+,[A-Z]+|NR)\s+)?(\S.*?)\s*$")
_MEMBER_WITHOUT_VOTES = re.compile(r"^\s*(\d{1,10})\s+(\S.*?)\s*$")


def parse(text: str) -> QuorumStatus | None:
    """Parses the output of `corosync-quorumtool -s`; None for any other text."""
    fields: dict[str, str] = {}
    members: list[QuorumMember] = []
    count = 0
    heading: list[str] | None = None
    for line in bounded_lines(text):
        if heading is not None:
            member = _member(line, with_votes="Votes" in heading)
            if member is not None:
                count += 1
                if count <= MAX_NODES:
                    members.append(member)
        elif line.split()[:1] == ["Nodeid"]:
            heading = line.split()
        elif match := _FIELD.match(line):
            fields.setdefault(match[1].strip(), match[2].strip())
    if "Quorate" not in fields and not members:
        return None
    quorate = {"yes": True, "no": False}.get(fields.get("Quorate", "").lower())
    node_id = parse_int(fields.get("Node ID"))
    provider = fields.get("Quorum provider", fields.get("Quorum type", "")).replace("(null)", "")
    own = next((member for member in members if member.local or member.node_id == node_id), None)
    return QuorumStatus(
        quorate=quorate,
        provider=provider,
        node_id=node_id if node_id is not None or own is None else own.node_id,
        ring_id=fields.get("Ring ID", "").split(" ")[0] if provider or "Quorum type" not in fields else "",
        votes=own.votes if own and own.votes is not None else _first_number(fields.get("Node votes")),
        expected_votes=_first_number(fields.get("Expected votes")),
        total_votes=_first_number(fields.get("Total votes")),
        quorum=_first_number(fields.get("Quorum")),
        flags=tuple(fields.get("Flags", "").split()),
        members=tuple(members),
        member_count=count,
    )


def _member(line: str, *, with_votes: bool) -> QuorumMember | None:
    if with_votes:
        match = _MEMBER.match(line)
        if match is None or int(match[1]) == 0:  # node id 0 is the quorum device
            return None
        return QuorumMember(int(match[1]), int(match[2]), _name(match[3]), match[3].endswith("(local)"))
    match = _MEMBER_WITHOUT_VOTES.match(line)
    return None if match is None else QuorumMember(int(match[1]), None, _name(match[2]), match[2].endswith("(local)"))


def _name(text: str) -> str:
    return text.removesuffix("(local)").strip().rstrip(",").strip()


def _first_number(text: str | None) -> int | None:
    parts = (text or "").split()
    return parse_int(parts[0]) if parts else None
