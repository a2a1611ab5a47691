"""Each family of causes on three recorded nodes: node, code, evidence and remedy of the finding."""

from __future__ import annotations

import time

import pytest

from corotui.cluster.finding import ANSWER_UNUSABLE, Finding, Severity
from corotui.cluster.remedy_action import CopyAuthkey, CopyConf, RemedyAction, RollOut
from corotui.cluster.text.outgoing import outgoing_json
from corotui.errors import NodeUnreachableError
from tests.support.recorded_evidence import RecordedNode, conf_of, findings, recorded_nodes

Nodes = dict[str, RecordedNode]


async def only_error(nodes: Nodes, *, conf: bytes | None = None) -> Finding:
    """The only error among the findings; it has to come first."""
    results = await findings(nodes, conf=conf)
    errors = [finding for finding in results if finding.severity is Severity.ERROR]
    assert len(errors) == 1, [(finding.code, finding.node) for finding in results]
    assert results[0] is errors[0], "errors come first"
    return errors[0]


def cut_off(nodes: Nodes, name: str = "node3") -> None:
    """A node's daemon runs outside the ring of the others."""
    nodes[name].alone()
    remove_from_ring(nodes, name)


def remove_from_ring(nodes: Nodes, name: str = "node3") -> None:
    """The others have a ring without the node."""
    for other, node in nodes.items():
        if other != name:
            node.left_by(name)


async def test_healthy_nodes_are_queried_once(nodes: Nodes) -> None:
    assert await findings(nodes) == ()
    assert sorted(nodes["node1"].scripts) == ["doctor", "facts", "ring"]


async def test_a_firewall_with_links_down_is_certain_at_once(nodes: Nodes) -> None:
    cut_off(nodes)
    nodes["node3"].facts["nftables"] = (
        "table inet t {\n\tchain i {\n\t\ttype filter hook input priority filter; policy accept;\n"
        "\t\tudp dport 5405 counter packets 48 bytes 5312 drop\n\t}\n}\n# rc 0"
    )
    finding = await only_error(nodes)
    assert (finding.code, finding.node, finding.certain) == ("host-firewall", "node3", True)
    assert any("48 packets" in item.text for item in finding.evidence)
    assert any("5405" in line for line in finding.remedies[0].commands)
    assert "key differs (same hash)" in finding.ruled_out
    assert "sample" not in nodes["node1"].scripts


async def test_a_fresh_firewall_is_shown_by_the_counters(nodes: Nodes) -> None:
    nodes["node3"].facts["nftables"] = (
        "table inet t {\n\tchain i {\n\t\ttype filter hook input priority filter; policy accept;\n"
        "\t\tudp dport 5405 drop\n\t}\n}\n# rc 0"
    )
    nodes["node1"].hears(node2=True, node3=True)
    nodes["node2"].hears(node1=True, node3=True)
    nodes["node3"].hears(node1=False, node2=False)
    finding = await only_error(nodes)
    assert (finding.code, finding.certain) == ("host-firewall", True)
    assert any(item.text.startswith("node3 does not hear node1: rx_ping +0") for item in finding.evidence)


async def test_a_firewall_on_the_way_out(nodes: Nodes) -> None:
    cut_off(nodes)
    nodes["node3"].facts["nftables"] = (
        "table inet t {\n\tchain o {\n\t\ttype filter hook output priority filter; policy accept;\n"
        "\t\tudp dport 5405 drop\n\t}\n}\n# rc 0"
    )
    assert (await only_error(nodes)).code == "host-firewall-out"


async def test_packets_that_get_lost_into_a_node(nodes: Nodes) -> None:
    cut_off(nodes)
    nodes["node1"].hears(node2=True, node3=True)
    nodes["node2"].hears(node1=True, node3=True)
    nodes["node3"].hears(node1=False, node2=False)
    finding = await only_error(nodes)
    assert (finding.code, finding.node, finding.certain) == ("silent-drop", "node3", True)
    assert "on their way to node3" in finding.what
    assert finding.remedies[0].manual
    assert finding.remedies[0].commands == ()


async def test_packets_that_get_lost_both_ways(nodes: Nodes) -> None:
    cut_off(nodes)
    nodes["node1"].hears(node2=True, node3=False)
    nodes["node2"].hears(node1=True, node3=False)
    nodes["node3"].hears(node1=False, node2=False)
    assert "between node3 and the others" in (await only_error(nodes)).what


async def test_a_ring_that_forms_again_is_settling(nodes: Nodes) -> None:
    cut_off(nodes)
    nodes["node1"].hears(node2=True, node3=True)
    nodes["node2"].hears(node1=True, node3=True)
    nodes["node3"].hears(node1=True, node2=True)
    finding = await only_error(nodes)
    assert (finding.code, finding.certain) == ("settling", False)


async def test_a_pair_that_is_apart(nodes: Nodes) -> None:
    nodes["node1"].disconnect("3")
    nodes["node3"].disconnect("1")
    nodes["node1"].hears(node2=True, node3=False)
    nodes["node2"].hears(node1=True, node3=True)
    nodes["node3"].hears(node1=False, node2=True)
    finding = await only_error(nodes)
    assert (finding.code, finding.place, finding.node) == ("silent-drop", "node1-node3", None)


async def test_another_key(nodes: Nodes) -> None:
    cut_off(nodes)
    nodes["node3"].facts["authkey"] = "stat 256 400 root root\n" + "ab" * 32 + "  -\n"
    finding = await only_error(nodes)
    assert (finding.code, finding.node, finding.certain) == ("authkey-differs", "node3", True)
    assert finding.remedies[0].action == CopyAuthkey("node1")
    assert finding.remedies[0].commands


async def test_another_key_that_is_not_in_use_yet_is_a_warning(nodes: Nodes) -> None:
    nodes["node3"].facts["authkey"] = "stat 256 400 root root\n" + "ab" * 32 + "  -\n"
    [found] = await findings(nodes)
    assert (found.code, found.severity) == ("authkey-differs", Severity.WARNING)


async def test_keys_do_not_matter_without_encryption(nodes: Nodes) -> None:
    for node in nodes.values():
        node.conf("crypto_cipher: aes256", "crypto_cipher: none")
        node.conf("crypto_hash: sha256", "crypto_hash: none")
    nodes["node3"].facts["authkey"] = "stat 256 400 root root\n" + "ab" * 32 + "  -\n"
    assert await findings(nodes, conf=conf_of(nodes["node1"])) == ()


async def test_another_configuration(nodes: Nodes) -> None:
    cut_off(nodes)
    nodes["node3"].conf("aes256", "aes128")
    finding = await only_error(nodes)
    assert (finding.code, finding.node) == ("conf-differs", "node3")
    assert finding.evidence[0].text == "totem.crypto_cipher: aes128, elsewhere aes256"
    assert finding.remedies[0].action == CopyConf(None)


async def test_comments_and_logging_are_no_difference(nodes: Nodes) -> None:
    nodes["node3"].conf("# The same file on every node", "# another comment")
    nodes["node3"].conf("to_logfile: no", "to_logfile: yes\n    logfile: /var/log/corosync/corosync.log")
    assert await findings(nodes) == ()


async def test_a_name_for_the_same_address_does_not_keep_a_node_out(nodes: Nodes) -> None:
    cut_off(nodes)
    nodes["node3"].conf("ring0_addr: 10.77.3.3", "ring0_addr: node3")
    nodes["node1"].hears(node2=True, node3=False)
    nodes["node2"].hears(node1=True, node3=False)
    nodes["node3"].hears(node1=False, node2=False)
    assert (await only_error(nodes)).code == "silent-drop"


async def test_nodes_with_the_file_of_their_package(nodes: Nodes) -> None:
    for node in nodes.values():
        text = node.facts["conf"]
        first = text.index("    node {\n        name: node2")
        last = text.index("quorum {")
        node.facts["conf"] = text[:first].replace("10.77.3.1", "127.0.0.1") + "}\n\n" + text[last:]
    results = await findings(nodes, conf=b"")
    assert [(finding.code, finding.node) for finding in results if finding.severity is Severity.ERROR] == [
        ("not-configured", name) for name in nodes
    ]
    assert results[0].remedies[0].action == RollOut()


async def test_a_changed_directory_that_was_not_rolled_out(nodes: Nodes) -> None:
    conf = conf_of(nodes["node1"]).replace(b"config_version: 1", b"config_version: 2")
    [found] = await findings(nodes, conf=conf)
    assert (found.code, found.severity) == ("conf-not-applied", Severity.WARNING)
    assert found.remedies[0].action == RollOut()


async def test_a_name_on_loopback(nodes: Nodes) -> None:
    cut_off(nodes)
    node = nodes["node3"]
    for other in nodes.values():
        other.conf("ring0_addr: 10.77.3.3", "ring0_addr: node3")
    node.facts["names"] = "0 127.0.1.1       STREAM node3\n0 rc 0\n3 127.0.1.1       STREAM node3\n3 rc 0\n"
    node.facts["ports"] = (
        'ss\nudp UNCONN 0      0          127.0.1.1:5405      0.0.0.0:*    users:(("corosync",pid=38796,fd=28))\n'
    )
    node.doctor["hosts"] = (0, "1:127.0.0.1\tlocalhost\n5:127.0.1.1 node3")
    finding = await only_error(nodes, conf=conf_of(nodes["node1"]))
    assert (finding.code, finding.node, finding.certain) == ("name-on-loopback", "node3", True)
    assert finding.what == "node3 means 127.0.1.1 on node3. Put 10.77.3.3 in its /etc/hosts."
    assert any("/etc/hosts:5" in item.source for item in finding.evidence)
    assert "10.77.3.3 node3" in " ".join(finding.remedies[0].commands)


async def test_a_hostile_name_gets_no_command(nodes: Nodes) -> None:
    cut_off(nodes)
    name = "x/;e touch"
    for other in nodes.values():
        other.conf("ring0_addr: 10.77.3.3", f"ring0_addr: {name}")
    nodes["node3"].facts["names"] = "0 127.0.1.1       STREAM node3\n0 rc 0\n4 127.0.1.1 STREAM x\n4 rc 0\n"
    results = await findings(nodes, conf=conf_of(nodes["node1"]))
    for finding in results:
        for remedy in finding.remedies:
            assert not any(name in line for line in remedy.commands)


async def test_what_a_file_holds_is_seen_and_cannot_reach_the_terminal(nodes: Nodes) -> None:
    cut_off(nodes)
    nodes["node3"].conf("transport: knet", "transport: \x1b]0;owned\x07udpu")
    shown = [outgoing_json(finding.to_json()) for finding in await findings(nodes)]
    assert any("\\u001b]0;owned" in text for text in shown)
    assert not any("\x1b" in text for text in shown)


async def test_a_key_in_the_file_is_in_no_finding(nodes: Nodes) -> None:
    cut_off(nodes)
    nodes["node3"].conf("transport: knet", "transport: knet\n    key: 5ecret-of-node3")
    results = await findings(nodes)
    texts = [item.text for finding in results for item in finding.evidence]
    assert any(text.startswith("totem.key: (left out)") for text in texts)
    assert "5ecret" not in repr([finding.to_json() for finding in results])


async def test_an_address_that_is_gone(nodes: Nodes) -> None:
    cut_off(nodes)
    nodes["node3"].change("facts", "addresses", "10.77.3.3", "10.77.3.43")
    finding = await only_error(nodes)
    assert (finding.code, finding.node, finding.place) == ("address-gone", "node3", "10.77.3.3")
    assert finding.remedies[0].commands == ("ip addr add 10.77.3.3/24 dev eth0",)


async def test_an_interface_that_is_down(nodes: Nodes) -> None:
    cut_off(nodes)
    nodes["node3"].change("facts", "addresses", '"operstate":"UP"', '"operstate":"DOWN"')
    nodes["node3"].change(
        "facts", "addresses", '["BROADCAST","MULTICAST","UP","LOWER_UP"]', '["BROADCAST","MULTICAST"]'
    )
    finding = await only_error(nodes)
    assert (finding.code, finding.place) == ("interface-down", "eth0")
    assert finding.remedies[0].commands == ("ip link set eth0 up",)


async def test_a_stopped_daemon(nodes: Nodes) -> None:
    remove_from_ring(nodes)
    nodes["node3"].stopped()
    finding = await only_error(nodes)
    assert (finding.code, finding.node, finding.certain) == ("daemon-stopped", "node3", True)
    assert "systemctl start corosync" in finding.remedies[0].commands[0]
    assert finding.remedies[0].consequence == "node3 is outside the ring; 2 of 3 nodes are not affected"


async def test_a_hung_daemon(nodes: Nodes) -> None:
    remove_from_ring(nodes)
    node = nodes["node3"]
    for name in ("cmap", "stats", "cfgtool", "paths", "quorumtool"):
        node.ring[name] = (124 if name == "cmap" else 125, "")
    node.doctor["processes"] = (0, "38796 T 1 /usr/sbin/corosync -f ")
    node.doctor["counters"] = (124, "")
    finding = await only_error(nodes)
    assert (finding.code, finding.certain) == ("daemon-hung", True)
    assert finding.remedies[0].commands == ("kill -CONT 38796",)


async def test_a_daemon_beside_its_service(nodes: Nodes) -> None:
    node = nodes["node3"]
    node.doctor["unit"] = (
        0,
        "MainPID=0\nResult=exit-code\nExecMainStatus=18\nLoadState=loaded\nActiveState=failed\nSubState=failed",
    )
    finding = await only_error(nodes)
    assert (finding.code, finding.node, finding.place) == ("already-running", "node3", "process 38796")
    assert "kill 38796" in finding.remedies[0].commands[0]
    assert "2 of 3 votes, 2 needed" in finding.remedies[0].consequence


JOURNAL = "2026-11-22T08:45:40+0000 node3 corosync[7]:   [MAIN  ] {}"
EXITING = JOURNAL.format("Corosync Cluster Engine exiting with status 8 at main.c:1386.")
LOG_GONE = "Can't open logfile '/var/log/cluster/corosync.log' for reason: No such file or directory (2)."
SHORT_KEY = "Could only read 512 bits of minimum 1024 bits from /etc/corosync/authkey."


@pytest.mark.parametrize(
    ("text", "status", "code", "action"),
    [
        (
            "parser error: /etc/corosync/corosync.conf:30: Line is not opening or closing section or key value",
            8,
            "conf-refused",
            CopyConf(None),
        ),
        ("parse error in config: No valid name found for local host", 8, "not-in-nodelist", CopyConf(None)),
        ("Could not open /etc/corosync/authkey: No such file or directory", 8, "authkey-missing", CopyAuthkey("node1")),
        (SHORT_KEY, 8, "authkey-missing", CopyAuthkey("node1")),
        (LOG_GONE, 7, "log-directory-missing", None),
        ("failed to parse node address 'fx3'", 8, "name-unresolved", None),
    ],
)
async def test_a_daemon_that_refuses_its_files(
    nodes: Nodes, text: str, status: int, code: str, action: RemedyAction | None
) -> None:
    remove_from_ring(nodes)
    node = nodes["node3"]
    node.stopped(active="failed", result="exit-code", status=status, test=status)
    if code in ("conf-refused", "not-in-nodelist"):
        node.conf("name: node3", "name: other")
    node.doctor["journal"] = (0, JOURNAL.format(text) + "\n" + EXITING)
    if code == "authkey-missing":
        node.facts["authkey"] = ""
    finding = await only_error(nodes)
    assert (finding.code, finding.node, finding.certain) == (code, "node3", True)
    assert any(text.removeprefix("parse error in config: ") in item.text for item in finding.evidence)
    assert finding.remedies[0].action == action


async def test_a_refusal_of_a_file_that_is_fixed_is_over(nodes: Nodes) -> None:
    remove_from_ring(nodes)
    nodes["node3"].stopped(active="failed", result="exit-code", status=8, test=0)
    nodes["node3"].doctor["journal"] = (0, JOURNAL.format("parser error: /etc/corosync/corosync.conf:3: x"))
    assert (await only_error(nodes)).code == "daemon-stopped"


async def test_a_place_in_the_configuration_is_reported(nodes: Nodes) -> None:
    remove_from_ring(nodes)
    nodes["node3"].stopped(active="failed", result="exit-code", status=8, test=8)
    nodes["node3"].doctor["test"] = (8, "parser error: /etc/corosync/corosync.conf:30: Line is not opening …")
    assert (await only_error(nodes)).place == "corosync.conf:30"


async def test_an_older_configuration(nodes: Nodes) -> None:
    remove_from_ring(nodes)
    for name in ("node1", "node2"):
        nodes[name].conf("config_version: 1", "config_version: 5")
    nodes["node3"].stopped()
    logged = "[CMAP  ] Received config version (5) is different than my config version (1)! Exiting"
    nodes["node3"].doctor["journal"] = (0, f"2026-11-22T08:45:40+0000 node3 corosync[7]:   {logged}\n{EXITING}")
    finding = await only_error(nodes, conf=conf_of(nodes["node1"]))
    assert (finding.code, finding.certain) == ("config-version-lower", True)
    assert "config_version 5" in finding.why
    assert finding.remedies[0].action == CopyConf(None)


async def test_a_state_directory_that_cannot_be_written(nodes: Nodes) -> None:
    remove_from_ring(nodes)
    node = nodes["node3"]
    node.stopped(active="failed", result="exit-code", status=21)
    node.doctor["directories"] = (0, "read-only /var/lib/corosync\nok /etc/corosync")
    logged = "[TOTEM ] Couldn't create ringid file '/var/lib/corosync/ringid_3': Read-only file system (30)"
    node.doctor["journal"] = (0, f"2026-11-22T08:45:40+0000 node3 corosync[7]:   {logged}")
    finding = await only_error(nodes)
    assert (finding.code, finding.certain) == ("state-directory", True)
    assert finding.remedies[0].manual


async def test_a_lost_majority(nodes: Nodes) -> None:
    nodes["node1"].alone()
    for name in ("node2", "node3"):
        nodes[name].stopped()
    results = await findings(nodes)
    assert [(finding.code, finding.node) for finding in results] == [
        ("majority-lost", None),
        ("daemon-stopped", "node2"),
        ("daemon-stopped", "node3"),
    ]
    assert "1 of 3 nodes, 2 votes needed" in results[0].what
    assert [remedy.node for remedy in results[0].remedies] == ["node2", "node3"]


async def test_two_rings_with_quorum(nodes: Nodes) -> None:
    cut_off(nodes)
    text = nodes["node3"].ring["quorumtool"][1].replace("Quorate:          No", "Quorate:          Yes")
    nodes["node3"].ring["quorumtool"] = (0, text)
    nodes["node1"].hears(node2=True, node3=False)
    nodes["node2"].hears(node1=True, node3=False)
    nodes["node3"].hears(node1=False, node2=False)
    results = await findings(nodes)
    assert results[0].code == "split-brain"
    assert results[0].remedies[0].commands == ()


async def test_a_node_that_cannot_be_reached(nodes: Nodes) -> None:
    remove_from_ring(nodes)
    nodes["node3"].error = NodeUnreachableError("no route to host", node="node3", stage="connect")
    finding = await only_error(nodes)
    assert (finding.code, finding.node) == ("node-unreachable", "node3")
    assert "stats.knet" in [item.source for item in finding.evidence]


async def test_a_node_without_sshd_that_is_in_the_ring(nodes: Nodes) -> None:
    nodes["node3"].error = NodeUnreachableError("connection refused", node="node3", stage="connect")
    assert "though it is in the ring" in (await only_error(nodes)).what


async def test_a_node_without_corosync(nodes: Nodes) -> None:
    remove_from_ring(nodes)
    node = nodes["node3"]
    node.stopped()
    node.ring = dict.fromkeys(("version", "objects", "cfgtool", "paths", "quorumtool"), (127, ""))
    node.facts["version"] = ""
    node.facts["conf"] = ""
    node.doctor["unit"] = (0, "LoadState=not-results\nActiveState=inactive")
    results = await findings(nodes)
    assert ("not-installed", "node3") in [(finding.code, finding.node) for finding in results]
    assert "daemon-stopped" not in [finding.code for finding in results]


async def test_a_pause_of_the_machine(nodes: Nodes) -> None:
    now = int(time.time() * 1000)
    code, text = nodes["node3"].doctor["counters"]
    text += f"\nstats.schedmiss.0.delay (flt) = 16351.885742\nstats.schedmiss.0.timestamp (u64) = {now - 5000}"
    nodes["node3"].doctor["counters"] = (code, text)
    [found] = await findings(nodes)
    assert (found.code, found.node, found.severity) == ("scheduling-pause", "node3", Severity.WARNING)
    assert "16.4 s" in found.what


async def test_a_pause_of_yesterday_is_over(nodes: Nodes) -> None:
    code, text = nodes["node3"].doctor["counters"]
    text += "\nstats.schedmiss.0.delay (flt) = 16351.885742\nstats.schedmiss.0.timestamp (u64) = 1695329528852"
    nodes["node3"].doctor["counters"] = (code, text)
    assert await findings(nodes) == ()


async def test_an_unknown_cause_shows_the_log(nodes: Nodes) -> None:
    remove_from_ring(nodes)
    node = nodes["node3"]
    node.ring["quorumtool"] = (1, "Cannot initialize QUORUM service")
    node.ring["cmap"] = (1, "an unknown \x1b[31manswer")
    node.ring["stats"] = node.ring["cfgtool"] = node.ring["paths"] = (1, "")
    finding = await only_error(nodes)
    assert (finding.code, finding.node, finding.certain) == ("unknown", "node3", False)
    assert "Completed service synchronization" in finding.evidence[-1].text


async def test_every_answer_cut_short_still_gives_a_diagnosis() -> None:
    for script in ("ring", "doctor"):
        nodes = recorded_nodes()
        held = getattr(nodes["node3"], script)
        for name in held:
            held[name] = (0, held[name][1][: len(held[name][1]) // 3])
        await findings(nodes)


async def test_an_answer_beyond_the_limits_of_corosync_is_said(nodes: Nodes) -> None:
    table = "".join(f"{node:10} {1:10} n{node}\n" for node in range(2000, 4000))
    code, text = nodes["node3"].ring["quorumtool"]
    nodes["node3"].ring["quorumtool"] = (code, text.rstrip("\n") + "\n" + table)
    found = [finding for finding in await findings(nodes) if finding.code == "answer-too-large"]
    assert [finding.node for finding in found] == ["node3"]
    assert "names 2,003 members; corosync allows at most 384" in found[0].what


@pytest.mark.parametrize("garbled", ["Quorate: hostile\nMembership information\n", ""])
async def test_a_member_whose_own_answer_cannot_be_used_is_no_healthy_one(nodes: Nodes, garbled: str) -> None:
    nodes["node3"].ring["quorumtool"] = (0, garbled)
    finding = await only_error(nodes)
    assert (finding.code, finding.node) == (ANSWER_UNUSABLE, "node3")
