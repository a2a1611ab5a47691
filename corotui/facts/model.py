"""NodeFacts: what a node says about itself. Judgement is elsewhere; what was not understood is kept raw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network, ip_interface

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Address:
    """An address on an interface with its prefix length; `network` is what `ipcalc -n` prints."""

    ip: IpAddress
    prefix: int
    scope: str = "global"  # global, link, host
    secondary: bool = False

    @property
    def interface(self) -> IPv4Interface | IPv6Interface:
        return ip_interface(f"{self.ip}/{self.prefix}")

    @property
    def network(self) -> IpNetwork:
        return self.interface.network


@dataclass(frozen=True, slots=True)
class Interface:
    """`up`: it carries traffic (operstate UP, or UNKNOWN with LOWER_UP); None: the node did not tell. MTU in bytes.

    `kind` as iproute2 names it ("veth", "bridge", "vlan", "wireguard"; "" for hardware or where not told);
    `parent`: the interface this one runs over (a VLAN's NIC), or "".
    """

    name: str
    mac: str = ""
    mtu: int | None = None
    up: bool | None = None
    loopback: bool = False
    addresses: tuple[Address, ...] = ()
    kind: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Os:
    """`id` and `version` as in os-release; `family`: debian, rhel, suse or "" (not known)."""

    id: str = ""
    version: str = ""
    name: str = ""
    family: str = ""
    package_tool: str = ""  # apt, dnf, yum, zypper or ""
    arch: str = ""
    kernel: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """A service as its manager tells: systemd's LoadState, ActiveState, SubState, UnitFileState, ExecMainStatus.
    With SysV: load "loaded" or "not-found", active "active" or "inactive"."""

    load: str = ""
    active: str = ""
    sub: str = ""
    enabled: str = ""
    exit_status: int | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A file on the node; never its content. `sha256` in hex, "" where unreadable."""

    path: str
    size: int
    mode: int
    owner: str
    group: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Corosync:
    """`version` "" when not installed. `running` counts processes named corosync. `conf` is the bytes of corosync.conf
    read as latin-1 (None: no file), at most 1 MiB. `conf_file`, `authkey`: None when absent.
    `crypto`: the crypto models that `corosync -v` lists, None where it lists none at all (before 3.0).
    `sample`: that file is the one-node sample the distribution's package brought, untouched (Debian's does)."""

    version: str = ""
    path: str = ""
    running: int = 0
    service: Service = field(default_factory=Service)
    conf: str | None = None
    conf_file: File | None = None
    authkey: File | None = None
    tools: tuple[str, ...] = ()  # which of corosync-cmapctl, -cfgtool, -quorumtool, -keygen, -objctl are there
    sample: bool = False
    crypto: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Firewall:
    """`tool`: firewalld, ufw, nftables, iptables; `active` None: could not be told. `rules` raw, at most 64 KiB."""

    tool: str
    active: bool | None
    rules: str = ""


@dataclass(frozen=True, slots=True)
class PortUse:
    protocol: str  # udp or tcp
    address: str
    port: int
    process: str = ""


@dataclass(frozen=True, slots=True)
class Disk:
    """Room on the file system that holds `path`, in bytes."""

    path: str
    free: int
    total: int
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """`offset` = node's clock minus the operator's, in ms; true to +- `uncertainty` ms (half the round trip)."""

    offset: float
    uncertainty: float
    synchronised: bool | None = None


@dataclass(frozen=True, slots=True)
class Cloud:
    provider: str  # "ec2"
    instance_id: str = ""
    instance_type: str = ""
    region: str = ""
    security_groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """Everything one round trip brought. `taken_at` is the operator's clock, Unix seconds.

    `own_name`: what the node's resolver answers for its own host name; `resolves`: for the other names that were asked
    for (names of the cluster's nodes). `user`, `uid`: who asked; `root`: the script ran as root.
    `not_understood`: section of the script -> its raw, cleaned text.
    """

    node: str
    taken_at: float
    hostname: str = ""
    fqdn: str = ""
    user: str = ""
    uid: int | None = None
    root: bool = False
    os: Os = field(default_factory=Os)
    service_manager: str = ""  # systemd, sysv or ""
    corosync: Corosync = field(default_factory=Corosync)
    pacemaker_running: bool = False
    interfaces: tuple[Interface, ...] = ()
    default_route: str = ""  # "10.0.0.1 dev eth0" or ""
    own_name: tuple[IpAddress, ...] = ()
    resolves: Mapping[str, tuple[IpAddress, ...]] = field(default_factory=dict)
    clock: Clock | None = None
    firewalls: tuple[Firewall, ...] = ()
    ports: tuple[PortUse, ...] = ()
    disks: tuple[Disk, ...] = ()
    cloud: Cloud | None = None
    commands: tuple[str, ...] = ()  # programs that are there, of those the rooms ask about (gcc, make, rpmbuild, …)
    packages: Mapping[str, str] = field(default_factory=dict)  # installed, of those asked about: name -> version
    selinux: str = ""  # enforcing, permissive or "" (off or not there)
    directories: tuple[str, ...] = ()  # of /var/lib/corosync, /var/log/corosync, /var/log/cluster: those that exist
    not_understood: Mapping[str, str] = field(default_factory=dict)

    def routable_addresses(self) -> tuple[tuple[Interface, Address], ...]:
        """Every address that is not loopback or link-local, with its interface."""
        return tuple(
            (interface, address)
            for interface in self.interfaces
            if not interface.loopback
            for address in interface.addresses
            if not address.ip.is_loopback and not address.ip.is_link_local
        )
