"""UDP between all pairs of real nodes that have perl and no Python, and what stands in its way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from corotui.network import ProbeResult, probe, propose_links
from corotui.practice import PracticeCluster
from corotui.ssh.fanout import Shells
from tests.support.nodes.cli_runner import on_all
from tests.support.nodes.ring_setup import form_ring, inside
from tests.support.nodes.shells import facts_of, shells_to

pytestmark = pytest.mark.nodes

IPV6 = "fd00:77::"


@pytest.fixture
def idle(practice: PracticeCluster) -> Iterator[PracticeCluster]:
    """The shared cluster with no corosync running; packet filters and added addresses are taken away."""
    on_all(practice, "systemctl stop corosync || true")
    yield practice
    on_all(practice, "nft delete table inet tried 2>/dev/null || true; ip -6 addr flush dev eth0 scope global")


def block(practice: PracticeCluster, node: str, hook: str, rule: str) -> None:
    inside(
        practice,
        node,
        f"echo 'table inet tried {{ chain c {{ type filter hook {hook} priority 0; {rule}; }}; }}' | nft -f -",
    )


async def probed(practice: PracticeCluster, *, version: int = 4) -> ProbeResult:
    async with shells_to(practice) as shells:
        proposals = propose_links(await facts_of(shells))
        return await probe(
            Shells(shells), next(link for link in proposals if link.network.version == version and link.usable)
        )


async def test_every_pair_passes_and_nothing_is_left(idle: PracticeCluster) -> None:
    result = await probed(idle)
    assert result.ok, result
    assert len(result.pairs) == len(idle.nodes) * (len(idle.nodes) - 1)
    assert all(pair.milliseconds is not None and pair.large for pair in result.pairs)
    assert result.findings() == ()
    assert set(on_all(idle, "ss -Huan 'sport = :5405' | wc -l; pgrep -c perl || true").values()) == {"0\n0"}


async def test_ipv6(idle: PracticeCluster) -> None:
    for number, node in enumerate(idle.nodes, 1):
        inside(idle, node.name, f"ip -6 addr add {IPV6}{number}/64 dev eth0 nodad")
    result = await probed(idle, version=6)
    assert result.ok, result
    assert all(pair.large for pair in result.pairs)


async def test_a_drop_on_the_way_in_is_distinguished_from_one_on_the_way_out(idle: PracticeCluster) -> None:
    block(idle, "node3", "input", "udp dport 5405 drop")
    (finding,) = (await probed(idle)).findings()
    assert (finding.code, finding.node) == ("udp-blocked", "node3")
    assert "on the way into node3" in finding.what
    inside(idle, "node3", "nft delete table inet tried")
    block(idle, "node2", "output", "udp dport 5405 drop")
    result = await probed(idle)
    (finding,) = result.findings()
    assert finding.node == "node2"
    assert "on the way out of node2" in finding.what
    assert {pair.refused for pair in result.failed} == {"Operation not permitted"}


async def test_one_direction_of_one_pair(idle: PracticeCluster) -> None:
    block(idle, "node2", "input", f"ip saddr {idle.node('node1').host} udp dport 5405 drop")
    (finding,) = (await probed(idle)).findings()
    assert finding.what == "UDP 5405 from node1 does not reach node2, and the way back is open."


async def test_large_packets_that_are_lost(idle: PracticeCluster) -> None:
    block(idle, "node1", "input", "udp dport 5405 meta length > 1400 drop")
    result = await probed(idle)
    assert result.ok
    (finding,) = result.findings()
    assert finding.code == "large-packets-lost"
    assert {pair.receiver for pair in result.pairs if pair.large is False} == {"node1"}


async def test_where_a_ring_runs_its_links_tell(idle: PracticeCluster) -> None:
    form_ring(idle)
    result = await probed(idle)
    assert result.ok, result
    assert result.by_ring
