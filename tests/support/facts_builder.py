"""Facts built by hand, for tests of the findings and proposals that follow from them."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_interface

from corotui.cluster.service_manager import ServiceManager
from corotui.facts.model import Address, Clock, Corosync, Disk, Interface, IpAddress, NodeFacts, Os

GIB = 1 << 30

DEBIAN = Os("debian", "12", "Debian GNU/Linux 12 (bookworm)", "debian", "apt", "x86_64", "6.1.0")


def interface(
    name: str,
    *addresses: str,
    mtu: int | None = 1500,
    up: bool | None = True,
    kind: str = "",
    parent: str = "",
    secondary: bool = False,
) -> Interface:
    """`addresses` as "10.0.0.1/24"; with `secondary` all but the first are so."""
    made = [ip_interface(text) for text in addresses]
    return Interface(
        name,
        mtu=mtu,
        up=up,
        loopback=name == "lo",
        addresses=tuple(
            Address(
                one.ip,
                one.network.prefixlen,
                scope="link" if one.ip.is_link_local else "global",
                secondary=secondary and at > 0,
            )
            for at, one in enumerate(made)
        ),
        kind=kind,
        parent=parent,
    )


def facts(node: str = "node1", *interfaces: Interface, route: str = "", **changes: object) -> NodeFacts:
    """A healthy Debian 12 without corosync; `changes` are fields of NodeFacts."""
    made = NodeFacts(
        node=node,
        taken_at=1_700_000_000.0,
        hostname=node,
        fqdn=node,
        user="ec2-user",
        uid=1000,
        root=True,
        os=DEBIAN,
        service_manager=ServiceManager.SYSTEMD,
        corosync=Corosync(),
        interfaces=(interface("lo", "127.0.0.1/8"), *interfaces),
        default_route=route,
        clock=Clock(2.0, 5.0, True),
        disks=tuple(
            Disk(path, 5 * GIB, 10 * GIB)
            for path in ("/etc/corosync", "/var/lib/corosync", "/var/log", "/dev/shm", "/tmp", "/var/tmp")
        ),
        commands=("apt-get", "systemctl", "python3", "perl"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def ips(*texts: str) -> tuple[IpAddress, ...]:
    return tuple(ip_address(text) for text in texts)
