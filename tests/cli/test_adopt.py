"""What `corotui adopt` takes from the corosync.conf of a node, and what it refuses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corotui.cli.commands.adopt import _adopted_conf
from corotui.conf.constants import CONF_PATH, MAX_NODES
from corotui.errors import WorkError
from corotui.facts import NodeFacts
from corotui.facts.model import File
from tests.support.states import facts


def conf_of(count: int) -> str:
    nodes = (
        f"node {{\n name: n{i}\n nodeid: {i}\n ring0_addr: 10.77.{i >> 8}.{i & 255}\n}}\n" for i in range(1, count + 1)
    )
    return f"totem {{\n cluster_name: db\n}}\nnodelist {{\n{''.join(nodes)}}}\n"


def with_file(conf: str, size: int | None = None) -> NodeFacts:
    told = facts("node1", conf=conf)
    file = File(CONF_PATH, len(conf) if size is None else size, 0o644, "root", "root")
    return replace(told, corosync=replace(told.corosync, conf_file=file))


def test_a_ring_of_the_largest_size_is_adopted() -> None:
    text = conf_of(MAX_NODES)
    adopted = _adopted_conf("node1", with_file(text), fallback_name="x")
    assert adopted.text == text.encode()
    assert (adopted.cluster_name, len(adopted.nodes), adopted.asked_name) == ("db", MAX_NODES, "n1")


@pytest.mark.parametrize(
    ("node_facts", "what"),
    [
        (with_file(conf_of(MAX_NODES + 1)), "names 385 nodes; corosync allows at most 384"),
        (with_file(conf_of(3), size=900_000), "has 900,000 bytes, of which"),
        (with_file("totem {\n}\n"), "no nodelist"),
        (facts("node1"), f"no {CONF_PATH}"),
    ],
)
def test_a_file_that_is_missing_cut_or_beyond_a_ring_is_refused(node_facts: NodeFacts, what: str) -> None:
    with pytest.raises(WorkError, match=what) as refused:
        _adopted_conf("node1", node_facts, fallback_name="x")
    assert refused.value.node == "node1"
