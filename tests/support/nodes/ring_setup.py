"""A ring formed on practice nodes by the shortest way, for tests that are not about forming it."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor

from corotui.practice import PracticeCluster, execute

CONF = "/etc/corosync/corosync.conf"
AUTHKEY = "/etc/corosync/authkey"


def inside(practice: PracticeCluster, node: str, script: str, *, stdin: str | bytes = b"") -> str:
    """The output of an sh script run as root in a node; the test fails where the script does."""
    done = execute(practice.name, node, ["sh", "-euc", script], stdin=stdin, timeout=180)
    assert done.returncode == 0, f"{node}: {script}: {(done.stderr or done.stdout).decode(errors='replace')}"
    return done.stdout.decode(errors="replace").strip()


def conf_text(practice: PracticeCluster) -> str:
    """A knet configuration of all nodes and links, with encryption and a short token."""
    lines = ["totem {", "\tversion: 2", f"\tcluster_name: {practice.name}", "\ttransport: knet", "\ttoken: 1000"]
    lines += ["\tcrypto_cipher: aes256", "\tcrypto_hash: sha256", "\tconfig_version: 1", "}", "", "nodelist {"]
    for number, node in enumerate(practice.nodes, 1):
        lines += ["\tnode {", f"\t\tname: {node.name}", f"\t\tnodeid: {number}"]
        lines += [f"\t\tring{link}_addr: {address}" for link, address in enumerate(node.addresses)]
        lines += ["\t}"]
    lines += ["}", "", "quorum {", "\tprovider: corosync_votequorum", "}", "", "logging {", "\tto_syslog: yes", "}"]
    return "\n".join(lines) + "\n"


def form_ring(practice: PracticeCluster) -> None:
    """Writes configuration and key to all nodes, restarts corosync, waits until each counts all members.

    corosync starts with the nodes from now on.
    """
    key = secrets.token_bytes(256)
    write_key = f"umask 277; cat >{AUTHKEY}.new; mv {AUTHKEY}.new {AUTHKEY}"

    def prepare(node: str) -> None:
        inside(practice, node, f"cat >{CONF}", stdin=conf_text(practice))
        inside(practice, node, write_key, stdin=key)
        inside(practice, node, "systemctl reset-failed corosync 2>/dev/null || true; systemctl restart corosync")
        inside(practice, node, "systemctl -q enable corosync")

    names = [node.name for node in practice.nodes]
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(prepare, names))
    wait_for_members(practice, {name: len(names) for name in names})


def members(practice: PracticeCluster, node: str) -> int:
    """How many members the node counts in its ring; 0 where corosync does not answer."""
    done = execute(practice.name, node, ["timeout", "5", "corosync-quorumtool", "-s"])
    counts = [line.split()[-1] for line in done.stdout.decode().splitlines() if line.startswith("Nodes:")]
    return int(counts[0]) if counts else 0


def wait_for_members(practice: PracticeCluster, wanted: dict[str, int], *, limit: float = 240.0) -> None:
    """Until each named node counts that many members."""
    deadline = time.monotonic() + limit
    while (seen := {name: members(practice, name) for name in wanted}) != wanted:
        assert time.monotonic() < deadline, f"after {limit:g} s nodes count {seen}, not {wanted}"
        time.sleep(0.2)
