"""Files for the differential fuzzer: what sections say to each other, in every combination that matters."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product

from tests.bench.conf_cases import ADDRESSES, INTEGERS, NAMES, NODES, PATHS, SUBSYS, WORDS, conf


def interfaces() -> Iterator[str]:
    """Interface sections for links that are there and are not, by either name of the number, with gaps and twice."""
    sets = ((0,), (1,), (0, 1), (0, 2), (7,), (0, 7), (1, 2), (0, 1, 2, 3, 4, 5, 6, 7), (0, 8))
    for links, word, number in product(
        sets, ("linknumber", "ringnumber", ""), ("0", "1", "2", "7", "8", "255", "-1", "")
    ):
        nodes = tuple(
            f"name: node{n}\nnodeid: {n}\n" + "\n".join(f"ring{link}_addr: 10.{77 + link}.0.{n}" for link in links)
            for n in (1, 2, 3)
        )
        head = f"{word}: {number}\n" if word else ""
        for more in ("", "mcastport: 5410", "knet_link_priority: 5", "ttl: 3", "bindnetaddr: 10.77.0.0", "foo: 1"):
            yield conf(f"interface {{\n{head}{more}\n}}", nodes)
            yield conf(f"interface {{\n{more}\n{head}}}\ninterface {{\n}}", nodes)
    for key, value in product(("bindnetaddr", "mcastaddr"), ADDRESSES):
        for transport in ("knet", "udpu", "udp"):
            yield conf(f"interface {{\n{key}: {value}\n}}", transport=transport)
    for transport, broadcast, port, ttl in product(
        ("knet", "udpu", "udp"), ("yes", "no", "YES"), ("0", "1", "5405", "65535"), ("0", "1", "2", "255")
    ):
        yield conf(f"interface {{\nbroadcast: {broadcast}\nmcastport: {port}\nttl: {ttl}\n}}", transport=transport)


def addresses() -> Iterator[str]:
    """Addresses in every form for this node and another, under each transport and ip_version."""
    forms = ("", "ip_version: ipv4", "ip_version: ipv6", "ip_version: ipv6-4", "ip_version: ipv4-6")
    for transport, form, address in product(("knet", "udpu", "udp"), forms, ADDRESSES):
        mine = f"name: node1\nnodeid: 1\nring0_addr: {address}"
        other = f"name: node2\nnodeid: 2\nring0_addr: {address}"
        yield conf(form, (mine, NODES[1]), transport=transport)
        yield conf(form, (NODES[0], other), transport=transport)
        yield conf(form, (NODES[0].replace("nodeid: 1\n", ""), other.replace("nodeid: 2\n", "")), transport=transport)
    for address in ADDRESSES:
        yield conf(nodes=(f"{NODES[0]}\nring1_addr: 10.78.0.1", f"{NODES[1]}\nring1_addr: {address}"))
        yield conf(nodes=(f"nodeid: 1\nring0_addr: {address}", NODES[1]))
        yield conf(nodes=(f"{NODES[1]}", f"nodeid: 1\nring0_addr: {address}"))


def nodes() -> Iterator[str]:
    """Names, numbers and their lack; nodes of every count; numbers twice at every pair of places."""
    for transport, value in product(("knet", "udpu", "udp"), INTEGERS):
        for place in (0, 1):
            nodes = list(NODES[:2])
            nodes[place] = nodes[place].replace(f"nodeid: {place + 1}", f"nodeid: {value}")
            yield conf(nodes=tuple(nodes), transport=transport)
    for first, second in combinations(range(13), 2):
        nodes = list(NODES)
        nodes[second] = nodes[second].replace(f"nodeid: {second + 1}\n", f"nodeid: {first + 1}\n")
        yield conf(nodes=tuple(nodes))
        yield conf(nodes=tuple(nodes), transport="udpu")
    for count in (0, 1, 2, 3, 10, 11, 12, 13):
        yield conf(nodes=NODES[:count])
        yield conf("token: 30", NODES[:count])
        yield conf("token: 125", NODES[:count])
        yield conf(nodes=NODES[1 : count + 1])
    for name, other in product(NAMES, NAMES):
        yield conf(
            nodes=(
                f"name: {name}\nnodeid: 1\nring0_addr: 10.77.0.1",
                f"name: {other}\nnodeid: 2\nring0_addr: 10.77.0.2",
            )
        )
        yield conf(
            nodes=(
                f"name: {name}\nnodeid: 1\nring0_addr: 10.99.0.1",
                f"name: {other}\nnodeid: 2\nring0_addr: 10.99.0.2",
            )
        )
    parts = ("name: node1", "nodeid: 1", "ring0_addr: 10.77.0.1", "ring1_addr: 10.78.0.1", "foo: 1")
    for size in range(len(parts) + 1):
        for chosen in combinations(parts, size):
            for transport in ("knet", "udpu", "udp"):
                yield conf(nodes=("\n".join(chosen), NODES[1]), transport=transport)
                yield conf(nodes=(NODES[0], "\n".join(chosen).replace("1.0.1", "1.0.2").replace("node1", "node2")))
                yield conf(nodes=("\n".join(chosen),), transport=transport)
    again = "nodelist {\nnode {\n%s\n}\n}"
    for more in (
        NODES[0],
        NODES[1],
        NODES[2],
        "nodeid: 7",
        "name: node9",
        "ring1_addr: 10.78.0.1",
        "ring0_addr: nohost",
        "",
    ):
        yield conf(rest=again % more)
        yield again % more + "\n" + conf()


def crypto() -> Iterator[str]:
    """Ciphers, hashes, models, keys and key files, under each transport."""
    ciphers = ("", "crypto_cipher: none", "crypto_cipher: aes256", "crypto_cipher: aes128", "crypto_cipher: 3des")
    hashes = ("", "crypto_hash: none", "crypto_hash: sha256", "crypto_hash: md5", "crypto_hash: sha3")
    secauth = ("", "secauth: on", "secauth: off", "secauth: yes", "secauth: ON")
    for cipher, digest, word in product(ciphers, hashes, secauth):
        for transport in ("knet", "udpu", "udp"):
            yield conf("\n".join((cipher, digest, word)), transport=transport)
    more: tuple[str, ...] = (
        "/k/./128",
        "//k/128",
        "/k/../k/128",
        "/k/128/",
        "/k/128/x",
        "/dev/null",
        "/dev/zero",
        "/etc/passwd",
    )
    more += (
        "../../../k/128",
        "k/128",
        ".",
        "..",
        "/",
        "/k/" + "x" * 255,
        "/k/" + "x" * 256,
        "/k/\xc3\xa4",
        "~/key",
        "/k/128 ",
    )
    for path in (*PATHS, *more):
        yield conf(f"secauth: on\nkeyfile: {path}")
        yield conf(f"keyfile: {path}")
        yield conf(f"secauth: on\nkeyfile: {path}\nkey: {'k' * 200}")
        yield conf(f"secauth: on\nkeyfile: {path}", transport="udpu")
    for length in (0, 1, 10, 126, 127, 128, 129, 500):
        yield conf(f"secauth: on\nkey: {'k' * length}"[:520])
    for model in ("nss", "openssl", "gcrypt", "NSS", "none", ""):
        yield conf(f"crypto_model: {model}")
        yield conf(f"secauth: on\ncrypto_model: {model}")
    for model in ("none", "zlib", "lz4", "lz4hc", "lzo2", "lzma", "bzip2", "zstd", "gzip", ""):
        for level in ("", "knet_compression_level: -1", "knet_compression_level: 9", "knet_compression_level: 1000000"):
            yield conf(f"knet_compression_model: {model}\n{level}")


def quorum() -> Iterator[str]:
    """Switches of votequorum that meet; most of it shows at a start only."""
    switches = ("two_node: 1", "wait_for_all: 0", "auto_tie_breaker: 1", "last_man_standing: 1", "allow_downscale: 1")
    devices: tuple[str, ...] = (
        "",
        "device {\nmodel: net\n}",
        "device {\nmodel: net\nvotes: 1\n}",
        "device {\nmodel: net\nvotes: 5\n}",
    )
    devices += ("device {\nmodel:\n}", "device {\nvotes: 1\n}")
    for size in range(4):
        for chosen, device, expected in product(combinations(switches, size), devices, ("", "1", "2", "3", "99")):
            lines = [*chosen, device, f"expected_votes: {expected}" if expected else ""]
            yield conf(rest="quorum {\nprovider: corosync_votequorum\n" + "\n".join(lines) + "\n}")
    for votes, switch in product(("0", "1", "2", "3"), (*switches, devices[1], devices[2])):
        nodes = (f"{NODES[0]}\nquorum_votes: {votes}", *NODES[1:3])
        yield conf(nodes=nodes, rest=f"quorum {{\nprovider: corosync_votequorum\n{switch}\n}}")
    for provider in (
        "corosync_votequorum",
        "corosync_ykd",
        "bogus",
        "",
        "votequorum",
        "corosync_votequorum # x",
        "none",
    ):
        yield conf(rest=f"quorum {{\nprovider: {provider}\n}}")
    for node in ("lowest", "highest", "1", "2", "1 2", "9", "x", "", "1,2", "0", "-1", "list"):
        yield conf(
            rest=f"quorum {{\nprovider: corosync_votequorum\nauto_tie_breaker: 1\nauto_tie_breaker_node: {node}\n}}"
        )


def logging() -> Iterator[str]:
    """Targets, files that can and cannot be opened, subsystems known, unknown, too many, nested."""
    more: tuple[str, ...] = (
        "/tmp/./x",
        "//tmp/x",
        "/tmp/../tmp/x",
        "/tmp/x/",
        "/nowhere/../tmp/x",
        "x.log",
        "./x.log",
        "../x.log",
        "a/x.log",
    )
    more += (
        "/tmp/" + "x" * 255,
        "/tmp/" + "x" * 256,
        "/dev/null",
        "/dev/full",
        "/proc/x",
        "/etc/passwd",
        "/etc/passwd/x",
        "/",
    )
    for path, switch in product((*PATHS, *more), ("", "to_logfile: yes", "to_logfile: no", "to_file: yes")):
        yield conf(rest=f"logging {{\nlogfile: {path}\n{switch}\n}}")
        yield conf(rest=f"logging {{\nlogger_subsys {{\nsubsys: QB\nlogfile: {path}\n{switch}\n}}\n}}")
    for name, inner in product(
        (*SUBSYS, "QB", "qb", "a/b", "a:b", "\xe4", "x" * 200), ("", "debug: on", "debug: x", "foo: 1")
    ):
        yield conf(rest=f"logging {{\nlogger_subsys {{\nsubsys: {name}\n{inner}\n}}\n}}")
        yield conf(rest=f"logging {{\nlogging_daemon {{\nname: corosync\nsubsys: {name}\n{inner}\n}}\n}}")
        yield conf(rest=f"logging {{\nlogging_daemon {{\nname: {name}\n{inner}\n}}\n}}")
        yield conf(rest=f"logging {{\nlogger_subsys {{\n{inner}\nsub {{\n}}\nsubsys: {name}\n}}\n}}")
    for count in range(12, 40):
        subsystems = "".join(f"logger_subsys {{\nsubsys: X{number}\n}}\n" for number in range(count))
        yield conf(rest=f"logging {{\n{subsystems}}}")


def system() -> Iterator[str]:
    """The state directory, priority, users and groups, resources, and sections of other programs."""
    folders = (
        "/tmp",
        "/tmp/",
        "/tmp/.",
        "//tmp",
        "/tmp/../tmp",
        "/nowhere/..",
        "/etc/passwd",
        "/etc/passwd/",
        "tmp",
        ".",
        "",
    )
    for folder in (
        *folders,
        "..",
        "/",
        "/var/lib/corosync",
        "/k/128",
        "/" + "x" * 255,
        "/" + "x" * 256,
        "~",
        "/dev/null",
        "/k ",
    ):
        yield conf(rest=f"system {{\nstate_dir: {folder}\n}}")
        yield conf("secauth: on\nkeyfile: 128", rest=f"system {{\nstate_dir: {folder}\n}}")
    for word in (*WORDS, *INTEGERS):
        yield conf(rest=f"system {{\npriority: {word}\n}}")
        yield conf(rest=f"system {{\npriority: {word}\nsched_rr: no\n}}")
        yield conf(rest=f"uidgid {{\nuid: {word}\n}}")
        yield conf(rest=f"uidgid {{\ngid: {word}\n}}")
        yield conf(rest=f"resources {{\nsystem {{\nmemory_used {{\npoll_period: {word}\n}}\n}}\n}}")
        yield conf(rest=f"resources {{\nprocess {{\nload_15min {{\npoll_period: {word}\n}}\n}}\n}}")
        yield conf(rest=f"resources {{\nwatchdog_timeout: {word}\n}}")
        yield conf(rest=f"nozzle {{\nname: {word}\nipaddr: {word}\nipprefix: {word}\nmacaddr: {word}\n}}")
        yield conf(rest=f"uidgid {{\nsub {{\nuid: {word}\n}}\n}}")


FAMILIES = (interfaces, addresses, nodes, crypto, quorum, logging, system)
