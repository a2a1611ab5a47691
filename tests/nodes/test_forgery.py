"""What a user without rights can do on a node while corotui asks it: nothing that it says may become an answer."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from corotui.cluster.model import Cluster
from corotui.directory import Directory
from corotui.doctor import examine
from corotui.doctor.gather import gather
from corotui.practice import PracticeCluster
from corotui.rollout.node.snapshot import take_snapshot
from corotui.ssh.fanout import Shells
from corotui.ssh.shell import Shell
from tests.support.nodes.cli_runner import corotui, directory
from tests.support.nodes.ring_setup import inside, wait_for_members
from tests.support.nodes.shells import facts_of, shells_to

pytestmark = pytest.mark.nodes

VICTIM = "node3"
AS_NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups"
KEY = "/etc/corosync/authkey"

# Reads all command lines and environments over and over, as fast as it can. Prints how many rounds it made, how many
# command lines of scripts it saw, and the sentinels of scripts that were in what it read. The two sentinels around each
# command are in its command line; they count only before the command runs, and nothing of the node's is printed then.
WATCH = r"""
my ($until, $rounds, $scripts, %sentinels) = (time + $ARGV[0], 0, 0);
while (time < $until) {
    $rounds++;
    for my $path (glob("/proc/[0-9]*/cmdline /proc/[0-9]*/environ")) {
        open(my $file, "<", $path) or next;
        local $/;
        my $text = <$file> // "";
        $scripts++ if $text =~ /\bsh\0-s/;
        $sentinels{$1} = 1 while $text =~ /(corotui-[0-9a-f]{16})(?!-begun|-password)/g;
    }
}
print "$rounds $scripts ", join(",", sort keys %sentinels), "\n";
"""


def cluster_of(practice: PracticeCluster) -> Cluster:
    return Directory.open(practice.directory).read_cluster()


@contextmanager
def processes_of_nobody(practice: PracticeCluster, node: str, *names: str) -> Iterator[None]:
    """Processes of the user nobody with these names, and with programs of these names."""
    started = inside(
        practice,
        node,
        "\n".join(
            f"cp /bin/sleep /tmp/{name}; {AS_NOBODY} /tmp/{name} 600 </dev/null >/dev/null 2>&1 & echo $!"
            for name in names
        ),
    ).split()
    try:
        named = f"until [ \"$(cat {' '.join(f'/proc/{pid}/comm' for pid in started)})\" = '{chr(10).join(names)}' ]; do"
        inside(practice, node, f"{named} sleep 0.05; done")
        yield
    finally:
        inside(practice, node, f"kill {' '.join(started)}; rm -f {' '.join(f'/tmp/{name}' for name in names)}")


# Binds the abstract sockets of corosync's services, says so, and lets the tools connect and wait.
BIND = r"""
use Socket;
my @sockets;
for my $name (qw(cmap cfg cpg quorum votequorum)) {
    socket(my $socket, AF_UNIX, SOCK_STREAM, 0) or die;
    bind($socket, pack("S a*", AF_UNIX, "\0$name" . "\0" x (107 - length $name))) or die "$name: $!";
    listen($socket, 5);
    push @sockets, $socket;
}
open(my $ready, ">", "/tmp/bound-ready");
close $ready;
sleep 600;
"""


@contextmanager
def sockets_of_nobody(practice: PracticeCluster, node: str) -> Iterator[None]:
    """A process of the user nobody that holds the sockets to which corosync's tools connect."""
    start = f"cat >/tmp/bind; {AS_NOBODY} perl /tmp/bind </dev/null >/tmp/bind-errors 2>&1 & echo $!"
    started = inside(practice, node, start, stdin=BIND)
    try:
        inside(practice, node, "until [ -e /tmp/bound-ready ]; do kill -0 " + started + "; sleep 0.05; done")
        yield
    finally:
        inside(practice, node, f"kill {started}; rm -f /tmp/bind /tmp/bind-errors /tmp/bound-ready")


async def gather_everything(practice: PracticeCluster, shells: dict[str, Shell]) -> None:
    """Runs each script that a rollout or a diagnosis asks of a node."""
    async with asyncio.TaskGroup() as group:
        group.create_task(gather(Shells(shells), cluster=cluster_of(practice), conf=None))
        for shell in shells.values():
            group.create_task(take_snapshot(shell, key_path=KEY))


async def test_no_sentinel_is_seen_by_who_reads_all_command_lines(ring: PracticeCluster) -> None:
    async with shells_to(ring) as shells:
        watch = f"cat >/tmp/watch; {AS_NOBODY} perl /tmp/watch 5; rm /tmp/watch"
        watching = asyncio.create_task(asyncio.to_thread(inside, ring, VICTIM, watch, stdin=WATCH))
        gathers = 0
        while not watching.done():
            await gather_everything(ring, shells)
            gathers += 1
        rounds, scripts, sentinels = (await watching + " ").split(" ")[:3]
        assert int(rounds) > 10, "it hardly looked"
        assert int(scripts) > gathers, "it saw fewer scripts than ran"
        assert sentinels == ""


async def test_processes_and_sockets_of_nobody_change_neither_facts_nor_plan(
    ring: PracticeCluster, tmp_path: Path
) -> None:
    path = directory(ring, tmp_path / "db")
    (path / "corosync.conf").write_text(inside(ring, VICTIM, "cat /etc/corosync/corosync.conf") + "\n")
    inside(ring, VICTIM, "systemctl stop corosync")

    async def asked() -> tuple[Any, ...]:
        async with shells_to(ring) as shells:
            facts = (await facts_of({VICTIM: shells[VICTIM]}))[VICTIM]
            snapshot = await take_snapshot(shells[VICTIM], key_path=KEY)
            evidence = (await gather(Shells(shells), cluster=cluster_of(ring), conf=None))[-1]
        planned = await asyncio.to_thread(corotui, "plan", path, "--json")
        return (
            (facts.corosync.running, facts.pacemaker_running),
            (snapshot.running, snapshot.pacemaker),
            [process.command for process in evidence.processes],
            (evidence.view.running, evidence.view.hung, evidence.view.error),
            (planned.returncode, json.loads(planned.stdout)),
        )

    try:
        alone = await asked()
        assert alone[:4] == ((0, False), (0, False), [], (False, False, "corosync is not running"))
        with processes_of_nobody(ring, VICTIM, "corosync", "pacemakerd"), sockets_of_nobody(ring, VICTIM):
            assert await asked() == alone
    finally:
        inside(ring, VICTIM, "systemctl start corosync")
        wait_for_members(ring, {node.name: 3 for node in ring.nodes})


async def test_lines_that_nobody_writes_to_syslog_are_no_evidence(ring: PracticeCluster) -> None:
    forged = "Digest does not match, says nobody"
    inside(ring, VICTIM, f"{AS_NOBODY} logger -t corosync '{forged}'; {AS_NOBODY} logger -t corosync -p 1 '{forged}'")
    deadline = time.monotonic() + 10
    while forged not in inside(ring, VICTIM, "journalctl -q SYSLOG_IDENTIFIER=corosync -n 5"):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    async with shells_to(ring) as shells:
        evidence = (await gather(Shells(shells), cluster=cluster_of(ring), conf=None))[-1]
        assert any("Sync members" in line for line in evidence.journal)
        assert any("systemd" in line and "Started" in line for line in evidence.journal)
        assert not [line for line in evidence.journal if forged in line]
        assert await examine(Shells(shells), cluster=cluster_of(ring), conf=None) == ()
