"""What a file means once it runs: when a dead node is noticed, how many may fail, when the ring has formed."""

from __future__ import annotations

from dataclasses import dataclass

from corotui.conf.constants import DEFAULT_RELEASE
from corotui.conf.daemon.cmap import Cmap
from corotui.conf.document import Document
from corotui.conf.links import ConfLink, conf_links
from corotui.conf.quorum import QuorumConfig, compute_quorum
from corotui.conf.timers import Timers, effective_timers
from corotui.conf.version import Version


@dataclass(frozen=True, slots=True)
class ConfEffects:
    """Effects of a file, computed from the file alone. Times in milliseconds."""

    nodes: int
    """Number of nodes."""
    links: tuple[int, ...]
    """Numbers of the links."""
    transport: str
    """The transport in effect."""
    encrypted: bool
    """Whether packets are encrypted."""
    token_ms: int
    """Token timeout, with the addition for each node beyond the second."""
    consensus_ms: int
    """Time to agree on a membership, in ms."""
    token_retransmit_ms: int
    """Time after which the token is sent again, in ms."""
    dead_node_ms: int
    """Time until a dead node has left the membership: token + consensus."""
    link_down_ms: dict[int, int]
    """Link -> longest time until knet calls it down; empty without knet."""
    ring_forms_ms: int
    """Expected time until the ring has formed after all nodes were started together."""
    ring_limit_ms: int
    """Time after which waiting for the ring is given up."""
    votes: int | None
    """Sum of all votes; None without votequorum, where every part of the ring is quorate."""
    expected_votes: int | None
    """Number of votes from which quorum is computed, None without votequorum."""
    quorum: int | None
    """Votes that a part of the ring needs, None without votequorum."""
    may_fail: int
    """Nodes that may fail one after another before quorum is lost, in the worst case (most votes first)."""
    may_fail_words: str
    """`may_fail` as text for people."""
    two_node: bool
    """Whether two_node is in effect."""
    wait_for_all: bool
    """Whether wait_for_all is in effect."""

    def to_json(self) -> dict[str, object]:
        """All fields; the links of `link_down_ms` as strings."""
        out: dict[str, object] = {name: getattr(self, name) for name in self.__slots__}
        out["links"] = list(self.links)
        out["link_down_ms"] = {str(link): ms for link, ms in self.link_down_ms.items()}
        return out


def compute_effects(document: Document, *, release: Version = DEFAULT_RELEASE) -> ConfEffects:
    """The effects for corosync of that release. Never raises, also for a file that the daemon refuses."""
    cmap = document.cmap(release)
    links = conf_links(cmap, release)
    members = next((link.member_count for link in links if link.number == 0), 0)
    count = max((link.member_count for link in links), default=0)
    times = effective_timers(cmap, release, members)
    votes = compute_quorum(cmap, release, count)
    transport = effective_transport(cmap, release)
    knet = transport == "knet"
    return ConfEffects(
        nodes=count,
        links=tuple(link.number for link in links),
        transport=transport,
        encrypted=is_encrypted(cmap, release),
        token_ms=times.token,
        consensus_ms=times.consensus,
        token_retransmit_ms=times.token_retransmit,
        dead_node_ms=times.token + times.consensus,
        link_down_ms={link.number: link.ping_timeout_ms(times) + link.ping_interval_ms(times) for link in links}
        if knet
        else {},
        ring_forms_ms=_forming_ms(links, times, count, knet=knet),
        ring_limit_ms=30_000 + times.token + times.consensus,
        votes=votes.votes if votes else None,
        expected_votes=votes.expected if votes else None,
        quorum=votes.quorum if votes else None,
        may_fail=votes.may_fail if votes else max(count - 1, 0),
        may_fail_words=_may_fail_text(votes, count),
        two_node=bool(votes and votes.two_node),
        wait_for_all=bool(votes and votes.wait_for_all),
    )


def effective_transport(cmap: Cmap, release: Version) -> str:
    """The transport in effect, also where the file leaves it to the release."""
    default = "knet" if release.grammar >= 3 else "udp"
    transport = cmap.text("totem.transport") or default
    if release.grammar >= 3:
        return transport if transport in ("knet", "udpu", "udp") else default
    return {"udpu": "udpu", "iba": "iba"}.get(transport, "udp")


def is_encrypted(cmap: Cmap, release: Version) -> bool:
    """Whether the traffic of the ring is encrypted or at least signed with the authkey."""
    if release.grammar < 3:
        return cmap.text("totem.secauth") != "off" or _is_set(cmap, "crypto_cipher") or _is_set(cmap, "crypto_hash")
    on = cmap.text("totem.secauth") == "on" and release >= Version(3, 0, 2)
    default = "aes256" if on or release.is_main else "none"
    cipher = cmap.text("totem.crypto_cipher") or default
    digest = cmap.text("totem.crypto_hash") or default
    return cipher != "none" or digest != "none"


def _is_set(cmap: Cmap, key: str) -> bool:
    return cmap.text(f"totem.{key}") not in (None, "none")


def _forming_ms(links: tuple[ConfLink, ...], times: Timers, count: int, *, knet: bool) -> int:
    """Links come up after pong_count pings; beyond three nodes rings merge in steps, each waiting for consensus."""
    links_up = 0
    if knet and links:
        links_up = min(link.pong_count * link.ping_interval_ms(times) for link in links)
    merging = times.consensus * min(max(count - 3, 0), 13) // 13
    return 500 + links_up + merging


def _may_fail_text(votes: QuorumConfig | None, count: int) -> str:
    if votes is None:
        return "no quorum is asked for: every part of a split ring goes on"
    if count == 0:
        return "no nodes"
    count_text = "no node" if votes.may_fail == 0 else f"{votes.may_fail} node" + ("s" if votes.may_fail > 1 else "")
    return f"{count_text}{votes.note}"
