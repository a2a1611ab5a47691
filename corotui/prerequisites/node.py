"""Findings about a node as a machine: rights, disks, clock, SELinux, Pacemaker, ports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from statistics import median_low

from corotui.cluster.finding import Evidence, Finding, Remedy, Risk, Severity
from corotui.cluster.limits import beyond_limits, hung_tools
from corotui.cluster.service_manager import ServiceManager
from corotui.conf.constants import BASE_PORT, CONF_DIR, STATE_DIR
from corotui.facts.model import Disk, NodeFacts, PortUse
from corotui.prerequisites.install_packages import install_packages

MIB = 1 << 20
FREE_SPACE_LIMITS: Mapping[str, tuple[int, int]] = {
    CONF_DIR: (1 * MIB, 8 * MIB),
    STATE_DIR: (8 * MIB, 64 * MIB),
    "/var/log": (8 * MIB, 128 * MIB),
    "/dev/shm": (16 * MIB, 64 * MIB),  # noqa: S108 a place of corosync's, not a file of ours
}
"""Path -> bytes below which corosync fails, and below which it will some day (clients' buffers, blackbox, log)."""

MAX_CLOCK_OFFSET_MS = 1000.0
"""ms. Corosync itself needs no common time; logs of several nodes cannot be read side by side without it."""


def findings(facts: Mapping[str, NodeFacts]) -> Iterator[Finding]:
    """All findings about the nodes as machines."""
    for node, node_facts in facts.items():
        yield from hung_tools(node, node_facts.hung)
        yield from beyond_limits(node, node_facts.left_out)
        yield from _rights(node, node_facts)
        yield from _services(node, node_facts)
        yield from _port(node, node_facts)
        for disk in node_facts.disks:
            yield from _disk(node, disk)
    yield from _clocks(facts)


def _rights(node: str, facts: NodeFacts) -> Iterator[Finding]:
    if not facts.root:
        yield Finding(
            Severity.ERROR,
            "not-root",
            f"corotui works as {facts.user or 'a user'} on {node}, not as root: nothing can be changed there.",
            node=node,
            remedies=(
                Remedy(
                    f"become root on {node}",
                    node,
                    manual="Set sudo = true in [ssh] of cluster.toml, or a user who may: user = "
                    '"root", or one with a line in sudoers.',
                ),
            ),
        )
    if not facts.service_manager:
        yield Finding(
            Severity.WARNING,
            "service-manager-unknown",
            f"Neither systemd nor SysV services are on {node}: corosync would not start at boot.",
            node=node,
        )


def _services(node: str, facts: NodeFacts) -> Iterator[Finding]:
    if facts.pacemaker_running:
        yield Finding(
            Severity.WARNING,
            "pacemaker-running",
            f"pacemaker runs on {node}. Stopping corosync there stops it, and its resources stop or move.",
            node=node,
            why="A rollout that restarts corosync does so. It asks first.",
        )
    if facts.selinux == "enforcing":
        yield Finding(
            Severity.INFO,
            "selinux-enforcing",
            f"SELinux is enforcing on {node}. The package's policy fits; files put elsewhere than usual need a label.",
            node=node,
        )


def _port(node: str, facts: NodeFacts) -> Iterator[Finding]:
    own = {str(address.ip) for _, address in facts.routable_addresses()}
    for use in facts.ports:
        if use.protocol != "udp" or use.port != BASE_PORT or use.process == "corosync":
            continue
        if not use.process and facts.corosync.running:
            continue  # the table in /proc tells no process
        if not (_any_address(use) or use.address.partition("%")[0] in own):
            continue
        who = use.process or "another process"
        yield Finding(
            Severity.ERROR,
            "port-in-use",
            f"{who} holds UDP {BASE_PORT} on {node} ({use.address}).",
            node=node,
            place=f"udp {BASE_PORT}",
            why="corosync would start, keep running and have no link.",
            evidence=(Evidence(f"{use.address}:{use.port} is held by {who}", node, "ss -uanp"),),
            remedies=(
                Remedy(f"free UDP {BASE_PORT} on {node}", node, manual=f"Stop {who} there, or choose another port."),
            ),
        )


def _any_address(use: PortUse) -> bool:
    if use.address == "*":
        return True
    try:
        return ip_address(use.address.partition("%")[0]).is_unspecified
    except ValueError:
        return False


def _disk(node: str, disk: Disk) -> Iterator[Finding]:
    limits = FREE_SPACE_LIMITS.get(disk.path)
    if limits is None:
        return
    if disk.read_only:
        yield Finding(
            Severity.ERROR,
            "disk-read-only",
            f"{disk.path} on {node} is on a file system that is mounted read-only.",
            node=node,
            place=disk.path,
            remedies=(
                Remedy(f"make {disk.path} writable on {node}", node, manual="Look why it is so: dmesg, /etc/fstab."),
            ),
        )
        return
    fails, hurts = limits
    # A total of 0 is a pseudo file system without an account of its own.
    if disk.total and disk.free < hurts:
        yield Finding(
            Severity.ERROR if disk.free < fails else Severity.WARNING,
            "disk-room",
            f"{disk.path} on {node} has {disk.free / MIB:.0f} MiB left; corosync wants {hurts // MIB} MiB.",
            node=node,
            place=disk.path,
            remedies=(Remedy(f"make room in {disk.path} on {node}", node, manual="Remove or move what fills it."),),
        )


def _clocks(facts: Mapping[str, NodeFacts]) -> Iterator[Finding]:
    clocks = {node: node_facts.clock for node, node_facts in facts.items() if node_facts.clock is not None}
    if not clocks:
        return
    # With two nodes the one nearer to this machine's clock is believed.
    offsets = sorted((clock.offset for clock in clocks.values()), key=abs)
    common = offsets[0] if len(offsets) < 3 else median_low(offsets)
    slack = max(clock.uncertainty for clock in clocks.values())
    drifting: list[str] = []
    for node, clock in clocks.items():
        off = clock.offset - common
        if abs(off) > MAX_CLOCK_OFFSET_MS + clock.uncertainty + slack:
            yield _clock(node, facts[node], off, clock.uncertainty)
        elif clock.synchronised is False:
            drifting.append(node)
    if drifting:
        yield Finding(
            Severity.INFO,
            "clock-not-synchronised",
            f"The clocks are right now, and nothing keeps them so: {', '.join(drifting)}."
            if len(drifting) > 1
            else f"The clock of {drifting[0]} is right now, and nothing keeps it so.",
            node=drifting[0] if len(drifting) == 1 else None,
        )
    if len(clocks) > 1 and abs(common) > MAX_CLOCK_OFFSET_MS + 2 * slack:
        yield Finding(
            Severity.INFO,
            "operator-clock",
            f"This machine's clock is {abs(common) / 1000:.1f} s {'behind' if common > 0 else 'ahead of'} the nodes'.",
            why="Times in reports are those of this machine.",
        )


def _clock(node: str, facts: NodeFacts, off: float, uncertainty: float) -> Finding:
    service = "chrony" if facts.os.family == "debian" else "chronyd"
    commands = install_packages(facts, ("chrony",))
    if commands and facts.service_manager is ServiceManager.SYSTEMD:
        commands = (*commands, f"systemctl enable --now {service}", "chronyc -a makestep")
    elif commands:
        commands = (*commands, f"service {service} start", "chronyc -a makestep")
    how = f"{abs(off) / 1000:.1f} s {'ahead of' if off > 0 else 'behind'} the others"
    return Finding(
        Severity.WARNING,
        "clock-offset",
        f"The clock of {node} is {how}.",
        node=node,
        why="Logs of the nodes cannot be read side by side.",
        evidence=(Evidence(f"{off:+.0f} ms against the others, ±{uncertainty:.0f} ms", node, "date"),),
        remedies=(
            Remedy(
                f"synchronise the clock of {node} with chrony",
                node,
                commands,
                risk=Risk.NODE,
                consequence="The clock jumps. Corosync goes on; other programs on the node may mind.",
                manual="" if commands else "Install chrony there and start it.",
            ),
        ),
    )
