"""Words for the differential fuzzer, and the one machine its files are judged for."""

from __future__ import annotations

ADDRESSES = (
    *("10.77.0.1", "10.77.0.2", "10.77.0.3", "127.0.0.1", "fd99::1", "fd99::2", "::1", "node1", "node2", "both3"),
    *("six2", "localhost", "nohost", "10.77.1", "0x7f.1", "010.1.1.1", "08.1.1.1", "256.1.1.1", "1.2.3.4.5", ""),
    *("::ffff:10.77.0.1", "224.0.0.1", "239.1.1.1", "ff15::1", "10.77.0.1/24", "node1.example.com", "2130706433"),
    *("NODE1", "Node2", "10.77.0.1.", "::", "0.0.0.0", "255.255.255.255", "1e3", "fd99:::1", "a b", "alias1", "-1"),
    *("127.9.9.9", "10.99.0.1", "fd88::1", "10.77.0.255"),
)
NAMES = ("node1", "node2", "node3", "node1.example.com", "NODE1", "localhost", "alias1", "", "x", "10.77.0.1", "a b")
INTEGERS = (
    *("0", "1", "2", "3", "4", "7", "8", "13", "14", "29", "30", "31", "49", "50", "100", "101", "125", "126", "255"),
    *("256", "650", "1000", "3000", "5405", "65535", "65536", "2147483647", "2147483648", "4294967295", "4294967296"),
    *(
        "-1",
        "+5",
        "007",
        "0x10",
        "1.5",
        "",
        "abc",
        "12 3",
        "18446744073709551615",
        "18446744073709551616",
        "1e3",
        "+-1",
    ),
    *(
        "16384",
        "16368",
        "536870912",
        "99999999999999999999999999",
        "-0",
        "-2147483648",
        "-2147483649",
        "1 # note",
        "\v5",
        "5\f",
    ),
)
WORDS = (
    *(
        "yes",
        "no",
        "on",
        "off",
        "none",
        "knet",
        "udp",
        "udpu",
        "iba",
        "sctp",
        "passive",
        "active",
        "rr",
        "",
        "x",
        "trace",
    ),
    *(
        "ipv4",
        "ipv6",
        "ipv6-4",
        "ipv4-6",
        "aes256",
        "aes128",
        "sha1",
        "sha256",
        "md5",
        "nss",
        "openssl",
        "gcrypt",
        "zlib",
    ),
    *(
        "lz4",
        "bzip2",
        "native",
        "shm",
        "socket",
        "auto",
        "max",
        "min",
        "hires",
        "daemon",
        "local7",
        "INFO",
        "debug",
        "zz",
    ),
    *("corosync_votequorum", "corosync_ykd", "net", "lowest", "highest", "1 2", "yes # really", "YES", "3des", "warn"),
)
PATHS = (
    "/etc/corosync/authkey",
    "/k/127",
    "/k/128",
    "/k/4096",
    "/k/5000",
    "/k",
    "/nowhere/x",
    "/tmp/x.log",
    "/tmp",
    "",
)
TOTEM_TEXT = (
    *("transport", "cluster_name", "ip_version", "crypto_cipher", "crypto_hash", "crypto_model", "secauth", "keyfile"),
    *(
        "key",
        "link_mode",
        "rrp_mode",
        "clear_node_high_bit",
        "knet_compression_model",
        "block_unlisted_ips",
        "crypto_type",
    ),
)
INTERFACE_TEXT = ("bindnetaddr", "mcastaddr", "broadcast", "knet_transport", "ringnumber")
LOGGING = (
    *("to_stderr", "to_syslog", "to_logfile", "to_file", "logfile", "syslog_facility", "syslog_priority", "debug"),
    *("logfile_priority", "timestamp", "fileline", "function_name", "blackbox", "syslog_level"),
)
SYSTEM = ("qb_ipc_type", "sched_rr", "priority", "move_to_root_cgroup", "allow_knet_handle_fallback", "state_dir")
SUBSYS = ("QUORUM", "TOTEM", "MAIN", "CFG", "A.B", "", "X", "A B", "corosync", "L" * 63, "L" * 64)


STRANGE = (
    *(
        b"{",
        b"}",
        b"{}",
        b"} }",
        b"x {",
        b": {",
        b"a",
        b":",
        b": x",
        b":x",
        b"ab: 1",
        b"a b: 1",
        b"abc: {",
        b"#",
        b"# {",
    ),
    *(b"}#", b"} # end", b"totem { version: 2 }", b"sub {", b"sub {\nkey: 1\n}", b"name: node1 # me", b"subsys: QB"),
    *(
        b"nodeid: 1",
        b"ring0_addr: 10.77.0.1",
        b"version: 3",
        b"token: 1000",
        b"x" * 511,
        b"#" * 600,
        b"\0",
        b"abc\0d: 1",
    ),
    *(
        b"interface {\n}",
        b"member {\nmemberaddr: 10.77.0.2\n}",
        b"\xff\xfe: 1",
        b"k" * 252 + b": 1",
        b"k" * 254 + b": 1",
    ),
)
TAILS = (
    b" ",
    b"\t",
    b"\r",
    b" # note",
    b"#x",
    b"\xa0",
    b"\xc2\xa0",
    b" {",
    b"}",
    b":",
    b"\0",
    b"\0rest",
    b"\r\r",
    b" 1",
)
COLONS = (b":", b" : ", b"\t:\t", b"::", b" ", b"=", b": : ", b" :")

NODES = tuple(f"name: node{n}\nnodeid: {n}\nring0_addr: 10.77.0.{n}" for n in range(1, 14))


def conf(totem: str = "", nodes: tuple[str, ...] = NODES[:2], rest: str = "", transport: str = "knet") -> str:
    """A file that is well but for what is handed in."""
    lines = ["totem {", "version: 2", "cluster_name: c", f"transport: {transport}", totem, "}", "nodelist {"]
    for node in nodes:
        lines += ["node {", node, "}"]
    return "\n".join([*lines, "}", rest]) + "\n"
