"""What changes in meaning between two files, and what each change needs."""

from __future__ import annotations

import pytest

from corotui.conf import diff_documents, parse
from corotui.conf.version import parse_version
from tests.support.conf_examples import NODES, WELL, conf, node

LINKS = tuple(node(n, ring1=True) for n in (1, 2, 3))


def test_comments_layout_order_and_written_defaults_change_nothing() -> None:
    other = b"# new\n" + conf("token: 3000\nlink_mode: passive").replace(b"\n", b"\n  ")
    found = diff_documents(parse(WELL), parse(other))
    assert (found.changes, found.apply_method) == ((), "none")


@pytest.mark.parametrize(
    ("old", "new", "what", "needs"),
    [
        (WELL, conf("token: 5000"), "totem.token", "reload"),
        (WELL, conf(nodes=(*NODES, node(4))), "node node4 added", "reload"),
        (conf(nodes=(*NODES, node(4))), WELL, "node node4 removed", "reload"),
        (WELL, conf(nodes=LINKS), "link 1 added", "reload"),
        (conf(nodes=LINKS), WELL, "link 1 removed", "reload"),
        (
            WELL,
            conf(nodes=(node(1), node(2), node(3).replace("77.0.3", "77.0.9"))),
            "address of node3 on link 0",
            "stop",
        ),
        (WELL, conf(nodes=(node(1), node(2), node(3).replace("nodeid: 3", "nodeid: 9"))), "nodeid of node3", "stop"),
        (WELL, conf(nodes=(node(1), node(2), node(3, name="c"))), "name of node 3", "reload"),
        (WELL, conf(nodes=(node(1, "quorum_votes: 2"), *NODES[1:])), "votes of node1", "reload"),
        (conf("transport: udpu", crypto=""), conf(crypto=""), "totem.transport", "stop"),
        (WELL, conf(crypto=""), "totem.crypto_cipher", "reload"),
        (WELL, conf("link_mode: active"), "totem.link_mode", "stop"),
        (WELL, conf(quorum="provider: corosync_votequorum\nwait_for_all: 1"), "quorum.wait_for_all", "rolling"),
        (WELL, conf("interface {\nmcastport: 5409\n}"), "mcastport of link 0", "stop"),
        (WELL, conf("interface {\nknet_link_priority: 9\n}"), "knet_link_priority of link 0", "reload"),
        (WELL, conf(rest="logging {\ndebug: on\n}"), "logging.debug", "reload"),
        (WELL, conf(rest="uidgid {\nuid: 7\n}"), "uidgid.config.uid.7", "reload"),
        (WELL, conf("rrp_mode: passive"), "totem.rrp_mode", "none"),
        (WELL, conf(rest="system {\nsched_rr: no\n}"), "system.sched_rr", "rolling"),
    ],
)
def test_what_a_change_needs(old: bytes, new: bytes, what: str, needs: str) -> None:
    found = diff_documents(parse(old), parse(new))
    assert (what, needs) in [(change.what, change.apply_method) for change in found.changes]


def test_all_together_need_what_the_gravest_needs() -> None:
    found = diff_documents(parse(WELL), parse(conf("token: 5000\nlink_mode: active")))
    assert [change.what for change in found.changes] == ["totem.link_mode", "totem.token"]
    assert found.apply_method == "stop"


def test_crypto_needs_a_stop_before_3_1() -> None:
    assert diff_documents(parse(WELL), parse(conf(crypto="")), release=parse_version("3.0.4")).apply_method == "stop"


def test_a_key_is_never_shown() -> None:
    found = diff_documents(parse(conf(f"key: {'s' * 130}")), parse(conf(f"key: {'t' * 130}")))
    assert "sss" not in str(found.to_json())
