"""Plans from facts and snapshots, without a node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from corotui.cluster.model import Cluster, Node
from corotui.conf import NodeSpec, RingSpec, generate_conf
from corotui.conf.constants import AUTHKEY_PATH, CONF_PATH
from corotui.facts.model import NodeFacts
from corotui.rollout import Plan
from corotui.rollout.model import ConfAction, Consent, KeyAction, ServiceAction, StartOrder
from corotui.rollout.node.key_file import KeyFile
from corotui.rollout.node.snapshot import NodeSnapshot
from corotui.rollout.plan.planner import make_plan
from tests.support.rollout.plan_builder import facts, sha256

NAMES = ("node1", "node2", "node3")
CLUSTER = Cluster("db", tuple(Node(name, name) for name in NAMES))
SAMPLE = b"""totem {
    version: 2
    cluster_name: debian
    crypto_cipher: none
    crypto_hash: none
}
nodelist {
    node {
        name: node1
        nodeid: 1
        ring0_addr: 127.0.0.1
    }
}
"""


def conf(cluster: str = "db", names: tuple[str, ...] = NAMES, *, crypto: bool = True) -> bytes:
    nodes = tuple(NodeSpec(name, number, (f"10.0.0.{number}",)) for number, name in enumerate(names, 1))
    return generate_conf(RingSpec(cluster, nodes, crypto=crypto))


def snapshot(name: str, data: bytes | None = None, *, key: str = "", running: bool = False) -> NodeSnapshot:
    sums = {CONF_PATH: sha256(data) if data is not None else "-", AUTHKEY_PATH: key or "-"}
    state = {"ActiveState": "active" if running else "inactive", "UnitFileState": "enabled" if running else "disabled"}
    return NodeSnapshot(
        name, sums, KeyFile(256, binary=160) if key else None, conf=data, service=state, running=int(running)
    )


def plan(
    target: bytes,
    snapshots: Mapping[str, NodeSnapshot] | None = None,
    changed_facts: Mapping[str, NodeFacts] | None = None,
    known: tuple[str, ...] = (),
) -> Plan:
    all_snapshots = {name: snapshot(name) for name in NAMES} | dict(snapshots or {})
    return make_plan(
        CLUSTER, target, {name: facts(name) for name in NAMES} | dict(changed_facts or {}), all_snapshots, known
    )


def codes(result: Plan) -> set[str]:
    return {refusal.code for refusal in result.refusals}


def test_bare_nodes_get_everything() -> None:
    result = plan(conf())
    assert [node.key_action for node in result.nodes] == [KeyAction.CREATE, KeyAction.COPY, KeyAction.COPY]
    assert {(node.conf_action, node.service_action, node.enable) for node in result.nodes} == {
        (ConfAction.WRITE, ServiceAction.START, True)
    }
    assert result.order is StartOrder.TOGETHER
    assert not result.refusals
    assert "node1 makes the key /etc/corosync/authkey; node2, node3 get a copy." in result.summary


def test_nothing_to_do() -> None:
    same = {name: snapshot(name, conf(), key="k", running=True) for name in NAMES}
    result = plan(conf(), same)
    assert result.is_empty
    assert result.summary == ()


def test_without_crypto_there_is_no_key() -> None:
    assert {node.key_action for node in plan(conf(crypto=False)).nodes} == {KeyAction.NONE}


def test_a_node_without_corosync_is_to_be_installed_first() -> None:
    result = plan(conf(), changed_facts={"node2": facts("node2", version="")})
    assert [node.needs_install for node in result.nodes] == [False, True, False]
    assert result.summary[0] == "corosync is installed on node2."


def test_the_key_of_running_nodes_wins_over_the_majority() -> None:
    snapshots = {
        "node1": snapshot("node1", conf(), key="a", running=True),
        "node2": snapshot("node2", key="b"),
        "node3": snapshot("node3", key="b"),
    }
    result = plan(conf(), snapshots)
    assert result.key_source == "node1"
    assert [node.key_action for node in result.nodes] == [KeyAction.KEEP, KeyAction.COPY, KeyAction.COPY]
    assert codes(result) == {"keys-differ"}


def test_a_key_that_is_too_short_is_not_taken() -> None:
    result = plan(conf(), {"node1": replace(snapshot("node1", key="a"), key=KeyFile(64))})
    assert result.node("node1").key_action is KeyAction.CREATE


def test_the_distributions_sample_is_replaced_without_a_question() -> None:
    result = plan(conf(), {name: snapshot(name, SAMPLE, running=True) for name in NAMES})
    assert not result.refusals
    assert {node.service_action for node in result.nodes} == {ServiceAction.RESTART}
    assert not any(node.was_in_ring for node in result.nodes)
    assert result.order is StartOrder.TOGETHER


def test_names_that_look_alike_are_warned_of() -> None:
    assert not [each for each in plan(conf()).warnings if "look alike" in each]
    forged = plan(conf(names=("n\u043ede1", *NAMES[1:])), {NAMES[1]: snapshot(NAMES[1], conf("d\u042c"))})
    (nodes,) = [each for each in forged.warnings if "Names of nodes" in each]
    assert "U+043E" in nodes
    twins = plan(conf("db"), {NAMES[1]: snapshot(NAMES[1], conf("d\u042c"))})
    (clusters,) = [each for each in twins.warnings if "Names of clusters" in each]
    assert "db (with U+0062), d\u042c (with U+042C)" in clusters


def test_a_foreign_ring_is_refused_and_can_be_allowed() -> None:
    result = plan(conf(), {"node2": snapshot("node2", conf("other", ("node2", "x")), running=True)})
    assert codes(result) == {"running-cluster"}
    assert result.refusals[0].node == "node2"
    assert result.refusals[0].consent is Consent.RUNNING
    assert not result.is_empty


def test_a_conf_that_was_rolled_out_from_here_is_ours() -> None:
    old = conf("other", ("node2", "x"))
    assert not plan(conf(), {"node2": snapshot("node2", old, running=True)}, known=(sha256(old),)).refusals


def test_an_earlier_state_of_the_same_file_is_ours() -> None:
    two = conf(names=NAMES[:2])
    snapshots = {name: snapshot(name, two, key="k", running=True) for name in NAMES[:2]}
    result = plan(conf(), snapshots)
    assert not result.refusals
    assert [node.service_action for node in result.nodes] == [
        ServiceAction.RELOAD,
        ServiceAction.RELOAD,
        ServiceAction.START,
    ]


def changed(old: str, new: str) -> Plan:
    """The plan of a ring that runs and gets a changed file."""
    target = conf().replace(old.encode(), new.encode(), 1)
    assert target != conf()
    return plan(target, {name: snapshot(name, conf(), key="k", running=True) for name in NAMES})


def test_a_changed_token_needs_a_reload() -> None:
    result = changed("version: 2\n", "version: 2\n    token: 5000\n")
    assert {node.service_action for node in result.nodes} == {ServiceAction.RELOAD}
    assert "totem.token: not set becomes 5000." in result.summary
    assert "without a restart" in result.summary[-1]
    assert result.changes[0]["needs"] == "reload"


def test_a_changed_priority_rolls() -> None:
    result = changed("quorum {", "system {\n    sched_rr: no\n}\nquorum {")
    assert result.order is StartOrder.ROLLING
    assert {node.service_action for node in result.nodes} == {ServiceAction.RESTART}
    assert "quorum is kept (2 of 3)" in " ".join(result.summary)


def test_a_changed_transport_stops_all() -> None:
    result = changed("version: 2\n", "version: 2\n    link_mode: rr\n")
    assert result.order is StartOrder.TOGETHER
    assert "the ring stops and forms again" in " ".join(result.summary)


def test_a_changed_comment_only_is_written() -> None:
    result = changed("totem {", "# by hand\ntotem {")
    assert {(node.conf_action, node.service_action) for node in result.nodes} == {
        (ConfAction.WRITE, ServiceAction.NONE)
    }


def test_mixed_point_releases_are_not_reloaded() -> None:
    snapshots = {name: snapshot(name, conf(), key="k", running=True) for name in NAMES}
    target = conf().replace(b"version: 2\n", b"version: 2\n    token: 5000\n", 1)
    result = plan(target, snapshots, changed_facts={"node3": facts("node3", version="3.1.9")})
    assert result.order is StartOrder.ROLLING


def test_a_node_with_another_key_is_restarted_alone() -> None:
    snapshots = {name: snapshot(name, conf(), key="k", running=True) for name in NAMES}
    result = plan(conf(), snapshots | {"node2": snapshot("node2", conf(), key="other", running=True)})
    assert [node.service_action for node in result.nodes] == [
        ServiceAction.NONE,
        ServiceAction.RESTART,
        ServiceAction.NONE,
    ]
    assert result.node("node2").key_action is KeyAction.COPY


def test_a_daemon_that_runs_on_other_values_than_its_file_is_restarted() -> None:
    stale = replace(snapshot("node1", conf(), key="k", running=True), cmap={"totem.config_version": "7"})
    snapshots = {name: snapshot(name, conf(), key="k", running=True) for name in NAMES} | {"node1": stale}
    result = plan(conf(), snapshots)
    assert [node.service_action for node in result.nodes] == [
        ServiceAction.RESTART,
        ServiceAction.NONE,
        ServiceAction.NONE,
    ]


def test_pacemaker_needs_its_own_consent() -> None:
    result = plan(conf(), {"node3": replace(snapshot("node3"), pacemaker=True)})
    assert codes(result) == {"pacemaker"}
    assert result.refusals[0].consent is Consent.PACEMAKER
    running = {name: replace(snapshot(name, conf(), key="k", running=True), pacemaker=True) for name in NAMES}
    assert plan(conf(), running).is_empty


def test_different_series_are_refused() -> None:
    result = plan(conf(), changed_facts={"node2": facts("node2", version="2.4.6")})
    assert codes(result) == {"version-mix"}
    assert "2.4 on node2" in result.refusals[0].what


def test_mistakes_of_the_file_are_refused_with_their_line() -> None:
    result = plan(conf().replace(b"version: 2\n", b"version: 2\n    tok\n", 1))
    assert codes(result) == {"conf"}
    assert "corosync.conf:4" in result.refusals[0].what


def test_names_that_differ_between_the_files_are_warned_of() -> None:
    result = plan(conf(names=("node1", "node2", "nodeX")))
    assert any("nodeX" in warning and "node3" in warning for warning in result.warnings)


def test_the_diff_hides_a_key_in_the_file() -> None:
    secret = b"0123456789abcdef" * 9
    result = plan(conf().replace(b"version: 2\n", b"version: 2\n    key: " + secret + b"\n", 1))
    assert "key: (left out)" in result.nodes[0].diff
    assert secret.decode() not in str(result.to_json())


def test_a_stray_daemon_is_stopped_first() -> None:
    stray = replace(snapshot("node1", conf(), key="k"), running=1)
    snapshots = {name: snapshot(name, conf(), key="k", running=True) for name in NAMES} | {"node1": stray}
    result = plan(conf(), snapshots)
    assert result.node("node1").replaces_unmanaged
    assert result.node("node1").service_action is ServiceAction.RESTART
