"""Facts of real nodes, and what is judged from them: found, mended by the remedy's own commands, gone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from corotui import network, prerequisites
from corotui.cluster.finding import Severity
from corotui.cluster.model import Install
from corotui.practice import PracticeCluster
from tests.support.nodes.cli_runner import on_all
from tests.support.nodes.practice_factory import PracticeFactory
from tests.support.nodes.ring_setup import form_ring, inside
from tests.support.nodes.shells import facts_of, run_remedies_twice, shells_to

pytestmark = pytest.mark.nodes

KEEP = "cp -p /etc/hosts /run/hosts.kept"
GIVE_BACK = (
    "cat /run/hosts.kept >/etc/hosts; rm -f /run/hosts.kept /etc/hosts.corotui; nft delete table inet tried || true"
)


STATEFUL = """type filter hook input priority 0; policy drop; ct state established,related accept; iif lo accept;
tcp dport 22 accept"""


@pytest.fixture
def unspoilt(practice: PracticeCluster) -> Iterator[PracticeCluster]:
    """The shared cluster; /etc/hosts and packet filters are given back."""
    on_all(practice, KEEP)
    yield practice
    on_all(practice, GIVE_BACK)


async def test_what_nodes_say(practice: PracticeCluster) -> None:
    async with shells_to(practice) as shells:
        facts = await facts_of(shells)
    for node in practice.nodes:
        told = facts[node.name]
        assert told.hostname == node.name
        assert (told.os.family, told.service_manager, told.root) == ("debian", "systemd", True)
        assert told.user == node.user
        assert told.corosync.version.startswith("3.")
        assert [str(answer) for answer in told.own_name] == [node.host]
        assert {name: str(answers[0]) for name, answers in told.resolves.items()} == {
            other.name: other.host for other in practice.nodes
        }
        assert {str(address.ip) for _, address in told.routable_addresses()} == set(node.addresses)
        assert told.not_understood == {}
    (link,) = network.propose_links(facts)
    assert link.recommended
    assert dict(link.addresses()) == {node.name: node.host for node in practice.nodes}
    assert network.findings(facts) == ()


async def test_a_running_ring_is_reported_and_its_port_is_its_own(practice: PracticeCluster) -> None:
    form_ring(practice)
    async with shells_to(practice) as shells:
        facts = await facts_of(shells)
    assert all(told.corosync.running == 1 and not told.corosync.sample for told in facts.values())
    assert len({told.corosync.authkey.sha256 for told in facts.values() if told.corosync.authkey}) == 1
    codes = [found.code for found in prerequisites.findings(facts, Install())]
    assert codes.count("corosync-running") == len(practice.nodes)
    assert "port-in-use" not in codes


async def test_a_name_on_loopback(unspoilt: PracticeCluster) -> None:
    inside(
        unspoilt, "node2", "sed -i '/node2/d' /etc/hosts; printf '127.0.1.1 node2.example.org node2\\n' >>/etc/hosts"
    )
    async with shells_to(unspoilt) as shells:
        found = network.findings(await facts_of(shells))
        assert [(one.code, one.node) for one in found] == [("name-on-loopback", "node2")]
        await run_remedies_twice(shells, found)
        assert network.findings(await facts_of(shells)) == ()
    address = unspoilt.node("node2").host
    assert inside(unspoilt, "node2", "getent ahosts node2").split()[0] == address
    assert inside(unspoilt, "node2", "grep -c node2 /etc/hosts") == "1"


async def test_a_name_that_is_not_known(unspoilt: PracticeCluster) -> None:
    inside(unspoilt, "node1", "sed -i '/node3/d' /etc/hosts")
    async with shells_to(unspoilt) as shells:
        found = network.findings(await facts_of(shells))
        assert [(one.code, one.node, one.place) for one in found] == [("name-unresolved", "node1", "node3")]
        await run_remedies_twice(shells, found)
        assert network.findings(await facts_of(shells)) == ()


@pytest.mark.parametrize(
    ("rules", "severity"),
    [
        ("type filter hook input priority 0; udp dport 5405 counter drop", Severity.ERROR),
        ("type filter hook output priority 0; udp dport 5405 drop", Severity.ERROR),
        (STATEFUL, Severity.WARNING),
    ],
)
async def test_a_host_firewall(unspoilt: PracticeCluster, rules: str, severity: Severity) -> None:
    inside(unspoilt, "node3", f"echo 'table inet tried {{ chain c {{ {rules}; }}; }}' | nft -f -")
    async with shells_to(unspoilt) as shells:
        facts = await facts_of(shells)
        found = [one for one in prerequisites.findings(facts, Install()) if one.code == "host-firewall"]
        assert [(one.node, one.severity) for one in found] == [("node3", severity)]
        await run_remedies_twice(shells, found)
        after = prerequisites.findings(await facts_of(shells), Install())
    assert "host-firewall" not in [one.code for one in after]
    assert inside(unspoilt, "node3", "nft list ruleset").count("corotui ring") == 1


async def test_bare_nodes_are_given_corosync_and_it_stays_stopped(practice_factory: PracticeFactory) -> None:
    bare = practice_factory(nodes=2)
    async with shells_to(bare) as shells:
        facts = await facts_of(shells)
        assert not any(map(prerequisites.is_installed, facts.values()))
        found = prerequisites.findings(facts, Install())
        missing = [one for one in found if one.code == "corosync-missing"]
        assert [one.node for one in missing] == ["node1", "node2"]
        assert all(one.severity is Severity.ERROR for one in missing)
        await run_remedies_twice(shells, missing)
        facts = await facts_of(shells)
    for told in facts.values():
        assert prerequisites.is_installed(told)
        assert told.corosync.running == 0
        assert told.corosync.sample
        assert told.corosync.service.active == "inactive"
    assert not [one for one in prerequisites.findings(facts, Install()) if one.severity is Severity.ERROR]
    # Nothing of the installation is left that would keep the rollout from starting it.
    assert set(
        on_all(bare, "ls /run/systemd/system /etc/systemd/system | grep -c corosync.service || true").values()
    ) == {"0"}
