"""What a file means once it runs: how long a dead node goes unnoticed, how many may fail, when the ring stands."""

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
    """Times in milliseconds, worked out from the file alone.

    `token_ms` includes what is added for each node beyond the second. A node that dies is out of the membership after
    `dead_node_ms` = token + consensus. `link_down_ms` maps a link to the time until knet calls it down, at most;
    empty without knet. `ring_forms_ms` is what to expect after all nodes were started together, `ring_limit_ms` when
    to give up waiting. `votes` is the sum of all votes, `expected_votes` what quorum is reckoned from; both and
    `quorum` are None where no votequorum is configured: every part is then quorate. `may_fail` nodes may fail
    one after another without any planning before quorum is lost, in the worst case (those with the most votes
    first); `may_fail_words` says it.
    """

    nodes: int
    links: tuple[int, ...]
    transport: str
    encrypted: bool
    token_ms: int
    consensus_ms: int
    token_retransmit_ms: int
    dead_node_ms: int
    link_down_ms: dict[int, int]
    ring_forms_ms: int
    ring_limit_ms: int
    votes: int | None
    expected_votes: int | None
    quorum: int | None
    may_fail: int
    may_fail_words: str
    two_node: bool
    wait_for_all: bool

    def to_json(self) -> dict[str, object]:
        """All fields; the links of `link_down_ms` as strings."""
        out: dict[str, object] = {name: getattr(self, name) for name in self.__slots__}
        out["links"] = list(self.links)
        out["link_down_ms"] = {str(link): ms for link, ms in self.link_down_ms.items()}
        return out


def compute_effects(document: Document, *, release: Version = DEFAULT_RELEASE) -> ConfEffects:
    """What the file means for corosync of that version; total, also for a file the daemon refuses."""
    cmap = document.cmap(release)
    joined = conf_links(cmap, release)
    members = next((link.member_count for link in joined if link.number == 0), 0)
    count = max((link.member_count for link in joined), default=0)
    times = effective_timers(cmap, release, members)
    votes = compute_quorum(cmap, release, count)
    transport = effective_transport(cmap, release)
    knet = transport == "knet"
    return ConfEffects(
        nodes=count,
        links=tuple(link.number for link in joined),
        transport=transport,
        encrypted=is_encrypted(cmap, release),
        token_ms=times.token,
        consensus_ms=times.consensus,
        token_retransmit_ms=times.token_retransmit,
        dead_node_ms=times.token + times.consensus,
        link_down_ms={link.number: link.ping_timeout_ms(times) + link.ping_interval_ms(times) for link in joined}
        if knet
        else {},
        ring_forms_ms=_forming_ms(joined, times, count, knet=knet),
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
    """The transport that holds, also where the file leaves it to the release."""
    default = "knet" if release.grammar >= 3 else "udp"
    found = cmap.text("totem.transport") or default
    if release.grammar >= 3:
        return found if found in ("knet", "udpu", "udp") else default
    return {"udpu": "udpu", "iba": "iba"}.get(found, "udp")


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


def _forming_ms(joined: tuple[ConfLink, ...], times: Timers, count: int, *, knet: bool) -> int:
    """Links come up after pong_count pings; beyond three nodes rings merge in steps, each waiting for consensus."""
    links_up = 0
    if knet and joined:
        links_up = min(link.pong_count * link.ping_interval_ms(times) for link in joined)
    merging = times.consensus * min(max(count - 3, 0), 13) // 13
    return 500 + links_up + merging


def _may_fail_text(votes: QuorumConfig | None, count: int) -> str:
    if votes is None:
        return "no quorum is asked for: every part of a split ring goes on"
    if count == 0:
        return "no nodes"
    words = "no node" if votes.may_fail == 0 else f"{votes.may_fail} node" + ("s" if votes.may_fail > 1 else "")
    return f"{words}{votes.note}"
