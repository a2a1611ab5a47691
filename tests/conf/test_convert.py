"""Files of 1.x and 2.x become files of 3.x, and say what was dropped."""

from __future__ import annotations

import pytest

from corotui.conf import (
    NodeSpec,
    RingSpec,
    check,
    conf_nodes,
    configured_transport,
    edit,
    generate_conf,
    option_value,
    parse,
    predict_verdict,
)
from corotui.conf.version import Version, parse_version
from corotui.errors import UsageError

NODES = tuple(NodeSpec(f"node{n}", n, (f"10.77.0.{n}", f"10.78.0.{n}")) for n in (1, 2, 3))


@pytest.mark.parametrize("corosync", ["1.4.2", "2.4.6"])
@pytest.mark.parametrize("links", [1, 2])
@pytest.mark.parametrize("crypto", [True, False])
def test_what_was_well_is_well_afterwards(corosync: str, links: int, crypto: bool) -> None:
    ring = tuple(NodeSpec(node.name, node.nodeid, node.addresses[:links]) for node in NODES)
    old = parse(generate_conf(RingSpec("db", ring, parse_version(corosync), crypto)))
    done = edit.convert(old)
    assert predict_verdict(done.document).test == 0
    assert [one for one in check(done.document) if one.severity == "error"] == []
    assert [node.addresses for node in conf_nodes(done.document)] == [dict(enumerate(node.addresses)) for node in ring]
    assert configured_transport(done.document) == "knet"
    assert (option_value(done.document, "totem.crypto_cipher") == "aes256") is crypto


OLD = b"""# made in 2014
totem {
  version: 2
  crypto_cipher: 3des
  crypto_hash: md5
  secauth: on
  rrp_mode: active
  transport: udp
  # the blue net
  interface {
    ringnumber: 0
    bindnetaddr: 10.77.0.0
    mcastaddr: 239.1.1.1
    mcastport: 5410
    ttl: 1
  }
}
nodelist {
  node {
    ring0_addr: 10.77.0.1
  }
  node {
    ring0_addr: 10.77.0.2
    nodeid: 172851202
  }
}
qb {
  ipc_type: shm
}
service {
  name: pacemaker
  ver: 1
}
"""


def test_the_report_says_what_was_done_and_why() -> None:
    done = edit.convert(parse(OLD))
    text = done.document.data.decode()
    assert "# made in 2014" in text
    assert "# the blue net" in text
    assert "link_mode: active" in text
    assert "linknumber: 0\n    mcastport: 5410\n  }" in text
    assert "system {\n  qb_ipc_type: shm" in text
    assert "service" not in text
    assert [node.nodeid for node in conf_nodes(done.document)] == [1, 2]
    assert option_value(done.document, "totem.crypto_cipher") == "aes256"
    assert option_value(done.document, "totem.crypto_hash") == "sha256"
    dropped = {entry.text for entry in done.report if entry.what == "dropped"}
    assert {"secauth: on", "bindnetaddr: 10.77.0.0", "mcastaddr: 239.1.1.1", "ttl: 1", "service"} <= dropped
    assert all(entry.why for entry in done.report)
    assert predict_verdict(done.document).test == 0


def test_a_file_that_names_no_nodes_is_refused() -> None:
    with pytest.raises(UsageError):
        edit.convert(parse(b"totem {\nversion: 2\ninterface {\nbindnetaddr: 10.0.0.0\nmcastaddr: 239.1.1.1\n}\n}\n"))


def test_names_are_taken_by_address() -> None:
    old = parse(
        generate_conf(
            RingSpec("db", tuple(NodeSpec(n.name, n.nodeid, n.addresses[:1]) for n in NODES), Version(1, 4, 2))
        )
    )
    done = edit.convert(old, names={"10.77.0.2": "beta"})
    assert [node.name for node in conf_nodes(done.document)] == ["node1", "beta", "node3"]


def test_pacemaker_gets_the_quorum_it_counted_by_itself() -> None:
    done = edit.convert(parse(OLD))
    assert option_value(done.document, "quorum.provider") == "corosync_votequorum"
    assert option_value(done.document, "quorum.two_node") == "1"
    without = edit.convert(parse(OLD.replace(b"name: pacemaker", b"name: openais")))
    assert option_value(without.document, "quorum.provider") is None


def test_a_file_for_3_stays_as_it_is() -> None:
    old = parse(generate_conf(RingSpec("db", NODES, crypto=False)))
    done = edit.convert(old)
    assert done.document == old
    assert [entry.what for entry in done.report] == ["kept"]
