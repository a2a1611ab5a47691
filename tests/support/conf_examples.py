"""For each diagnostic code a file that raises it, and one that differs little and does not."""

from __future__ import annotations

from dataclasses import dataclass, field

from corotui.conf import Environment, Host


@dataclass(frozen=True, slots=True)
class Example:
    """`bad` raises the code, `good` differs only in what matters and does not."""

    bad: bytes
    good: bytes
    corosync: str = "3.1.7"
    environment: Environment = field(default_factory=Environment)


def node(number: int, *lines: str, name: str | None = None, ring1: bool = False) -> str:
    """A node of the usual form; `lines` are added."""
    body = [f"name: {name or f'node{number}'}", f"nodeid: {number}", f"ring0_addr: 10.77.0.{number}"]
    body += [f"ring1_addr: 10.78.0.{number}"] if ring1 else []
    return "node {\n" + "\n".join([*body, *lines]) + "\n}"


NODES = (node(1), node(2), node(3))
CRYPTO = "crypto_cipher: aes256\ncrypto_hash: sha256"


def conf(
    totem: str = "",
    nodes: tuple[str, ...] = NODES,
    quorum: str = "provider: corosync_votequorum",
    rest: str = "",
    *,
    crypto: str = CRYPTO,
) -> bytes:
    """A whole file that is well but for what is handed in."""
    parts = ["totem {\nversion: 2\ncluster_name: db\nconfig_version: 1", crypto, totem, "}"]
    parts += ["nodelist {", *nodes, "}"] if nodes else []
    parts += ["quorum {", quorum, "}"] if quorum else []
    return "\n".join([part for part in [*parts, rest] if part]).encode() + b"\n"


HOST = Host("node1", ("10.77.0.1",), {"node2": ("10.77.0.2",), "here": ("127.0.1.1",)}, 256, {"/k": 40}, frozenset())
MACHINE = Environment(host=HOST)
KEYLESS = Environment(host=Host("node1", ("10.77.0.1",), {}, None))
KEYED = Environment(host=Host("node1", ("10.77.0.1",), {}, 256))
STRANGER = Environment(host=Host("other", ("10.99.0.1",), {}, 256))
USERS = Environment(host=Host("node1", ("10.77.0.1",), {}, 256, users={"root": 0}, groups={"root": 0}))
DISK = Environment(host=Host("node1", ("10.77.0.1",), {}, 256, directories=frozenset({"/var/log/cluster"})))
CLOUD = Environment(cloud="ec2")
FAR = Environment(latency_ms=400.0)
TWO = (node(1), node(2))
FOUR = (node(1), node(2), node(3), node(4))
LINKS = (node(1, ring1=True), node(2, ring1=True))
VOTES = "provider: corosync_votequorum\n"
TWO_NODE = VOTES + "two_node: 1"
UDP2 = "totem {\nversion: 2\ncluster_name: db\nsecauth: off\nrrp_mode: active\n"
RINGS = UDP2 + "%s}\nnodelist {\nnode {\nring0_addr: 10.77.0.1\nring1_addr: 10.78.0.1\n}\n}\n"
SAME = "interface {\nringnumber: 0\nmcastaddr: 239.1.1.1\nmcastport: 5405\n}\ninterface {\nringnumber: 1\n"
DEVICE = "device {\nmodel: net\n%snet {\nhost: qnet\n}\n}"


def swap(data: bytes, old: str, new: str) -> bytes:
    """The file with one word exchanged."""
    assert old.encode() in data
    return data.replace(old.encode(), new.encode(), 1)


WELL = conf()

OLD = b"totem {\nversion: 2\nsecauth: off\ntransport: udpu\n%s\n"
OLD += b"interface {\nbindnetaddr: 10.77.0.0\nmcastport: 5405\n}\n}\n"

EXAMPLES: dict[str, Example] = {
    "line-too-long": Example(b"#" + b"x" * 510 + b"\n" + WELL, b"#" + b"x" * 509 + b"\n" + WELL),
    "section-name-missing": Example(WELL + b"{\n}\n", WELL + b"foo {\n}\n"),
    "after-open-brace": Example(swap(WELL, "totem {", "totem { # t"), swap(WELL, "totem {", "# t\ntotem {")),
    "around-close-brace": Example(WELL.rstrip() + b" # end\n", WELL.rstrip() + b"\n# end\n"),
    "bare-word": Example(WELL + b"bogus\n", WELL + b"# bogus\n"),
    "brace-missing": Example(WELL.rstrip().removesuffix(b"}"), WELL),
    "brace-extra": Example(WELL + b"}\n", WELL),
    "path-too-long": Example(WELL + b"k" * 254 + b": 1\n", WELL + b"k" * 253 + b": 1\n"),
    "name-refused": Example(conf("to ken: 1"), conf("token: 3000")),
    "number": Example(conf("token: abc"), conf("token: 3000")),
    "choice": Example(conf("ip_version: ipv5"), conf("ip_version: ipv4")),
    "member-option": Example(
        conf("interface {\nmember {\naddr: 10.1.1.1\n}\n}"), conf("interface {\nmember {\nmemberaddr: 10.1.1.1\n}\n}")
    ),
    "uidgid-option": Example(conf(rest="uidgid {\nuser: root\n}"), conf(rest="uidgid {\nuid: root\n}")),
    "identity": Example(conf(rest="uidgid {\nuid: nobody9\n}"), conf(rest="uidgid {\nuid: root\n}"), environment=USERS),
    "subsys-missing": Example(
        conf(rest="logging {\nlogger_subsys {\ndebug: off\n}\n}"),
        conf(rest="logging {\nlogger_subsys {\nsubsys: TOTEM\ndebug: off\n}\n}"),
    ),
    "daemon-name-missing": Example(
        conf(rest="logging {\nlogging_daemon {\ndebug: off\n}\n}"),
        conf(rest="logging {\nlogging_daemon {\nname: corosync\ndebug: off\n}\n}"),
    ),
    "nested-refused": Example(conf(rest="uidgid {\nsub {\n}\n}"), conf(rest="uidgid {\nuid: 5\n}"), corosync="3.1.10"),
    "node-address-missing": Example(
        conf(nodes=("node {\nnodeid: 1\n}",)), conf(nodes=("node {\nring0_addr: 10.77.0.1\n}",)), corosync="2.4.6"
    ),
    "crash": Example(
        conf("interface {\nknet_transport: udp\nsub {\n}\n}"), conf("interface {\nknet_transport: udp\n}\nsub {\n}")
    ),
    "logging": Example(conf(rest="logging {\nto_syslog: maybe\n}"), conf(rest="logging {\nto_syslog: yes\n}")),
    "state-dir": Example(
        conf(rest="system {\nstate_dir: /nowhere\n}"),
        conf(rest="system {\nstate_dir: /var/log/cluster\n}"),
        environment=DISK,
    ),
    "transport": Example(conf("transport: tcp"), conf("transport: knet")),
    "crypto-hash": Example(conf(crypto="crypto_cipher: aes256"), conf()),
    "crypto-required": Example(
        conf(crypto="crypto_cipher: aes256\ncrypto_hash: sha256\nsecauth: off").replace(b"crypto_hash: sha256\n", b""),
        conf(),
        corosync="main",
    ),
    "crypto-transport": Example(conf("transport: udpu"), conf("transport: udpu", crypto="")),
    "key-unreadable": Example(WELL, conf(crypto=""), environment=KEYLESS),
    "key-short": Example(conf("keyfile: /k"), conf(), environment=MACHINE),
    "key-length": Example(conf(f"key: {'k' * 126}"), conf(f"key: {'k' * 127}")),
    "link-mode": Example(conf("link_mode: fast"), conf("link_mode: active")),
    "rrp-mode": Example(conf("rrp_mode: fast"), conf("rrp_mode: active"), corosync="2.4.6"),
    "link-number": Example(
        conf(nodes=(node(1, "ring8_addr: 10.9.0.1"),)), conf(nodes=(node(1, "ring7_addr: 10.9.0.1"),))
    ),
    "max-messages": Example(OLD % b"max_messages: 700", OLD % b"max_messages: 699", corosync="1.4.10"),
    "service-name": Example(
        OLD % b"" + b"service {\nver: 0\n}\n", OLD % b"" + b"service {\nname: pacemaker\n}\n", corosync="1.4.10"
    ),
    "window-size": Example(conf("window_size: 16368"), conf("window_size: 16367")),
    "send-join": Example(conf("send_join: 536870912"), conf("send_join: 536870911")),
    "section-twice": Example(
        OLD % b"" + b"totem {\ntoken: 9000\n}\n", OLD % b"" + b"uidgid {\nuid: 1\n}\n" * 2, corosync="1.4.10"
    ),
    "bindnet-address": Example(
        conf("interface {\nlinknumber: 1\nbindnetaddr: 10.78.0.0/24\n}"),
        conf("interface {\nlinknumber: 1\nbindnetaddr: 10.78.0.0\n}"),
    ),
    "mcast-address": Example(
        conf("transport: udp\ninterface {\nmcastaddr: 10.1.1.1\n}", crypto=""),
        conf("transport: udp\ninterface {\nmcastaddr: 239.1.1.1\n}", crypto=""),
    ),
    "mcast-family": Example(
        conf("transport: udp\nip_version: ipv6-4\ninterface {\nmcastaddr: ff15::1\n}", crypto=""),
        conf("transport: udp\nip_version: ipv6-4\ninterface {\nmcastaddr: 239.1.1.1\n}", crypto=""),
    ),
    "mcast-missing": Example(
        swap(conf("transport: udp", crypto=""), "cluster_name: db\n", ""), conf("transport: udp", crypto="")
    ),
    "node-address": Example(
        conf(nodes=(node(1), node(2).replace("10.77.0.2", "node9"))),
        conf(nodes=(node(1), node(2).replace("10.77.0.2", "node2"))),
        environment=MACHINE,
    ),
    "knet-transport": Example(conf("interface {\nknet_transport: tcp\n}"), conf("interface {\nknet_transport: udp\n}")),
    "nodeid-missing": Example(conf(nodes=(node(1), node(2).replace("nodeid: 2\n", ""))), conf(nodes=TWO)),
    "nodeid-range": Example(
        conf(nodes=(node(1), node(2).replace("nodeid: 2", "nodeid: 65536"))),
        conf(nodes=(node(1), node(2).replace("nodeid: 2", "nodeid: 65535"))),
    ),
    "nodeid-twice": Example(conf(nodes=(node(1), node(2).replace("nodeid: 2", "nodeid: 1"))), conf(nodes=TWO)),
    "no-links": Example(conf(nodes=()), conf()),
    "not-in-nodelist": Example(WELL, swap(WELL, "name: node2", "name: other"), environment=STRANGER),
    "port-missing": Example(
        conf("interface {\nmcastport: 0\n}", nodes=(), quorum="", crypto="").replace(
            b"}\n}", b"bindnetaddr: 10.77.0.1\n}\n}"
        ),
        conf("interface {\nmcastport: 5405\n}", nodes=(), quorum="", crypto="").replace(
            b"}\n}", b"bindnetaddr: 10.77.0.1\n}\n}"
        ),
    ),
    "port-clash": Example(
        (RINGS % (SAME + "mcastaddr: 239.1.1.1\nmcastport: 5406\n}\n")).encode(),
        (RINGS % (SAME + "mcastaddr: 239.1.1.1\nmcastport: 5407\n}\n")).encode(),
        corosync="2.4.6",
    ),
    "ttl": Example(conf("interface {\nttl: 5\n}"), conf("interface {\nttl: 1\n}")),
    "link-priority": Example(
        conf("transport: udpu\ninterface {\nknet_link_priority: 5\n}", crypto=""),
        conf("transport: udpu\ninterface {\nknet_link_priority: 1\n}", crypto=""),
    ),
    "version": Example(swap(WELL, "version: 2\n", ""), WELL),
    "timer": Example(conf("join: 29"), conf("join: 30")),
    "name-missing": Example(
        conf(nodes=(LINKS[0], LINKS[1].replace("name: node2\n", ""))), conf(nodes=LINKS, quorum=TWO_NODE)
    ),
    "link-count": Example(conf(nodes=(LINKS[0], node(2))), conf(nodes=LINKS)),
    "families": Example(conf(nodes=(node(1), node(2).replace("10.77.0.2", "fd99::2"))), conf(nodes=(node(1), node(2)))),
    "too-many-links": Example(
        conf("transport: udpu", nodes=LINKS, crypto=""), conf("transport: udpu", nodes=TWO, crypto="")
    ),
    "priority": Example(conf(rest="system {\npriority: high\n}"), conf(rest="system {\npriority: max\n}")),
    "compatibility": Example(
        b"compatibility: openais\n" + conf(nodes=(), quorum=""),
        b"compatibility: whitetank\n" + conf(nodes=(), quorum=""),
        corosync="1.4.10",
    ),
    "netmtu": Example(conf("netmtu: 90"), conf("netmtu: 1500")),
    "first-node-nameless": Example(
        conf(nodes=("node {\nnodeid: 4\n}", *NODES)), conf(nodes=("node {\nnodeid: 4\nname: node4\n}", *NODES))
    ),
    "quorum-provider": Example(conf(quorum="provider: bogus"), conf()),
    "quorum-nodes": Example(conf(nodes=()), conf(nodes=(), quorum=VOTES + "expected_votes: 3")),
    "two-node-device": Example(
        conf(nodes=TWO, quorum=f"{TWO_NODE}\n{DEVICE % ''}"), conf(nodes=TWO, quorum=f"{VOTES}{DEVICE % ''}")
    ),
    "tie-breaker-odd": Example(
        conf(quorum=VOTES + "auto_tie_breaker: 1\nlast_man_standing: 1"),
        conf(quorum=VOTES + "auto_tie_breaker: 1\nlast_man_standing: 1\nwait_for_all: 1"),
    ),
    "device-conflict": Example(
        conf(quorum=f"{VOTES}last_man_standing: 1\n{DEVICE % ''}"),
        conf(quorum=f"{VOTES}last_man_standing: 0\n{DEVICE % ''}"),
    ),
    "device-votes": Example(
        conf(quorum=f"{VOTES}expected_votes: 5\n{DEVICE % ''}"),
        conf(quorum=f"{VOTES}expected_votes: 5\n" + DEVICE % "votes: 2\n"),
    ),
    "unknown-option": Example(conf(quorum=VOTES + "two_nodes: 1"), conf(quorum=VOTES + "two_node: 0")),
    "other-release-option": Example(conf("rrp_mode: passive"), conf("link_mode: passive")),
    "unknown-section": Example(conf(rest="logings {\n}"), conf(rest="logging {\n}")),
    "other-release-section": Example(conf(rest="service {\nname: pacemaker\n}"), WELL),
    "dotted-name": Example(conf(rest="totem.token: 5000"), conf("token: 5000")),
    "set-twice": Example(conf("token: 3000\ntoken: 4000"), conf("token: 4000")),
    "second-nodelist": Example(WELL + b"nodelist {\n}\n", WELL),
    "section-in-node": Example(conf(nodes=(node(1, "sub {\nkey: 1\n}"),)), conf(nodes=(node(1, "key: 1"),))),
    "trailing-comment": Example(swap(WELL, "cluster_name: db", "cluster_name: db # it"), WELL),
    "odd-blank": Example(WELL.replace(b"version: 2", b"version:\xc2\xa02", 1), WELL),
    "byte-order-mark": Example(b"\xef\xbb\xbf" + WELL, WELL),
    "empty-value": Example(swap(WELL, "cluster_name: db", "cluster_name:"), WELL),
    "value-ignored": Example(conf("block_unlisted_ips: maybe"), conf("block_unlisted_ips: no")),
    "out-of-range": Example(conf(quorum=VOTES + "wait_for_all: 2"), conf(quorum=VOTES + "wait_for_all: 1")),
    "ignored-by-transport": Example(
        conf("transport: udpu\nknet_pmtud_interval: 20", crypto=""), conf("transport: knet\nknet_pmtud_interval: 20")
    ),
    "ignored-with-nodelist": Example(
        conf("interface {\nbindnetaddr: 10.77.0.0\n}"), conf("interface {\nmcastport: 5405\n}")
    ),
    "name-twice": Example(conf(nodes=(node(1), node(2, name="node1"))), conf(nodes=TWO)),
    "address-twice": Example(conf(nodes=(node(1), node(2).replace("77.0.2", "77.0.1"))), conf(nodes=TWO)),
    "address-loopback": Example(
        conf(nodes=(node(1), node(2).replace("10.77.0.2", "here"))),
        conf(nodes=(node(1), node(2).replace("10.77.0.2", "node2"))),
        environment=MACHINE,
    ),
    "address-is-name": Example(conf(nodes=(node(1), node(2).replace("10.77.0.2", "node2"))), conf(nodes=TWO)),
    "address-elsewhere": Example(
        conf(nodes=(node(1).replace("77.0.1", "77.0.9"), node(2))), conf(nodes=TWO), environment=MACHINE
    ),
    "addresses-one-network": Example(
        conf(nodes=tuple(one.replace("10.78.0.", "10.77.0.10") for one in LINKS)), conf(nodes=LINKS)
    ),
    "families-differ": Example(
        conf(nodes=tuple(one.replace("10.78.0.", "fd99::") for one in LINKS)), conf(nodes=LINKS)
    ),
    "many-nodes": Example(
        conf(nodes=tuple(node(n) for n in range(1, 34))), conf(nodes=tuple(node(n) for n in range(1, 33)))
    ),
    "single-node": Example(conf(nodes=(node(1),)), conf(nodes=TWO)),
    "link-unused": Example(
        conf("interface {\nlinknumber: 1\nmcastport: 5407\n}"), conf("interface {\nlinknumber: 0\nmcastport: 5407\n}")
    ),
    "link-twice": Example(
        conf("interface {\nmcastport: 5407\n}\ninterface {\nknet_link_priority: 2\n}", nodes=LINKS),
        conf("interface {\nmcastport: 5407\n}\ninterface {\nlinknumber: 1\nknet_link_priority: 2\n}", nodes=LINKS),
    ),
    "ringnumber": Example(conf("interface {\nringnumber: 0\n}"), conf("interface {\nlinknumber: 0\n}")),
    "quorum-missing": Example(conf(quorum=""), conf()),
    "two-node-missing": Example(conf(nodes=TWO), conf(nodes=TWO, quorum=TWO_NODE)),
    "two-node-nodes": Example(conf(quorum=TWO_NODE), conf(nodes=TWO, quorum=TWO_NODE)),
    "two-node-tie-breaker": Example(
        conf(nodes=TWO, quorum=TWO_NODE + "\nauto_tie_breaker: 1"), conf(nodes=TWO, quorum=TWO_NODE)
    ),
    "wait-for-all-off": Example(
        conf(nodes=TWO, quorum=TWO_NODE + "\nwait_for_all: 0"), conf(nodes=TWO, quorum=TWO_NODE + "\nwait_for_all: 1")
    ),
    "tie-breaker-off": Example(
        conf(quorum=VOTES + "auto_tie_breaker: 1"), conf(nodes=FOUR, quorum=VOTES + "auto_tie_breaker: 1")
    ),
    "even-votes": Example(conf(nodes=FOUR), conf()),
    "expected-votes": Example(conf(quorum=VOTES + "expected_votes: 9"), conf(quorum=VOTES + "expected_votes: 3")),
    "no-votes": Example(
        conf(nodes=(node(1, "quorum_votes: 0"), node(2))), conf(nodes=(node(1, "quorum_votes: 1"), node(2)))
    ),
    "device-cluster-name": Example(
        swap(conf(quorum=f"{VOTES}{DEVICE % ''}"), "cluster_name: db\n", ""), conf(quorum=f"{VOTES}{DEVICE % ''}")
    ),
    "device-host": Example(conf(quorum=VOTES + "device {\nmodel: net\n}"), conf(quorum=f"{VOTES}{DEVICE % ''}")),
    "consensus-short": Example(conf("token: 5000\nconsensus: 6779"), conf("token: 5000\nconsensus: 6780")),
    "token-short": Example(
        conf("token: 999", nodes=TWO, quorum=TWO_NODE), conf("token: 1000", nodes=TWO, quorum=TWO_NODE)
    ),
    "token-cloud": Example(conf("token: 9999"), conf("token: 10000"), environment=CLOUD),
    "token-latency": Example(WELL, conf("token: 10000"), environment=FAR),
    "ping-timeout-long": Example(
        conf("interface {\nknet_ping_timeout: 3000\n}", nodes=LINKS),
        conf("interface {\nknet_ping_timeout: 2999\n}", nodes=LINKS),
    ),
    "ping-interval-long": Example(
        conf("interface {\nknet_ping_interval: 1000\nknet_ping_timeout: 1000\n}"),
        conf("interface {\nknet_ping_interval: 999\nknet_ping_timeout: 1000\n}"),
    ),
    "multicast-cloud": Example(
        conf("transport: udp", crypto=""), conf("transport: udpu", crypto=""), environment=CLOUD
    ),
    "multicast": Example(conf("transport: udp", crypto=""), conf("transport: udpu", crypto="")),
    "unencrypted": Example(conf(crypto=""), conf()),
    "weak-hash": Example(conf(crypto="crypto_cipher: aes256\ncrypto_hash: sha1"), conf()),
    "key-inline": Example(conf(f"key: {'k' * 127}"), conf()),
    "secauth": Example(conf("secauth: on"), conf(crypto="secauth: on")),
    "sctp": Example(conf("interface {\nknet_transport: sctp\n}"), conf("interface {\nknet_transport: udp\n}")),
    "logfile-missing": Example(
        conf(rest="logging {\nto_logfile: yes\n}"), conf(rest="logging {\nto_logfile: yes\nlogfile: /var/log/c.log\n}")
    ),
    "logfile-unused": Example(
        conf(rest="logging {\nlogfile: /var/log/c.log\n}"),
        conf(rest="logging {\nto_logfile: yes\nlogfile: /var/log/c.log\n}"),
    ),
    "debug": Example(conf(rest="logging {\ndebug: on\n}"), conf(rest="logging {\ndebug: off\n}")),
    "subsys-unknown": Example(
        conf(rest="logging {\nlogger_subsys {\nsubsys: TOTOM\n}\n}"),
        conf(rest="logging {\nlogger_subsys {\nsubsys: TOTEM\n}\n}"),
    ),
    "old-name": Example(conf(rest="logging {\nto_file: no\n}"), conf(rest="logging {\nto_logfile: no\n}")),
    "cluster-name-missing": Example(swap(WELL, "cluster_name: db\n", ""), WELL),
    "config-version-missing": Example(swap(WELL, "config_version: 1\n", ""), WELL),
}
