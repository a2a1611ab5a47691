"""NodeFacts: what a node reports about itself.

These types hold data only; the rooms above decide what it means. Text that the parsers do not understand is kept raw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network, ip_interface

from corotui.cluster.service_manager import ServiceManager
from corotui.conf.version import Version, version_or_none

IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Address:
    """An IP address of an interface."""

    ip: IpAddress
    """The address."""
    prefix: int
    """Length of the network prefix, in bits."""
    scope: str = "global"
    """One of "global", "link" or "host"."""
    secondary: bool = False
    """Whether the kernel marks it as secondary, temporary or deprecated."""

    @property
    def interface(self) -> IPv4Interface | IPv6Interface:
        """The address together with its prefix."""
        return ip_interface(f"{self.ip}/{self.prefix}")

    @property
    def network(self) -> IpNetwork:
        """The network that the address belongs to, as `ipcalc -n` prints it."""
        return self.interface.network


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface of the node."""

    name: str
    """Name, such as "eth0"."""
    mac: str = ""
    """Hardware address in lower case, "" where there is none."""
    mtu: int | None = None
    """Largest packet in bytes; None if the node did not report it."""
    up: bool | None = None
    """Whether it carries traffic: operstate UP, or UNKNOWN with LOWER_UP. None if the node did not report it."""
    loopback: bool = False
    """Whether it is a loopback interface."""
    addresses: tuple[Address, ...] = ()
    """Its addresses, in the node's order."""
    kind: str = ""
    """Kind as iproute2 names it ("veth", "bridge", "vlan", "wireguard"); "" for hardware or if not reported."""
    parent: str = ""
    """The interface that this one runs over, such as a VLAN's NIC, or ""."""


@dataclass(frozen=True, slots=True)
class Os:
    """The operating system of a node."""

    id: str = ""
    """ID of os-release, such as "debian"."""
    version: str = ""
    """VERSION_ID of os-release, such as "12"."""
    name: str = ""
    """Name for people, such as "Debian GNU/Linux 12 (bookworm)"."""
    family: str = ""
    """One of "debian", "rhel", "suse", or "" for any other."""
    package_tool: str = ""
    """One of "apt", "dnf", "yum", "zypper", or "" if none is installed."""
    arch: str = ""
    """Machine type as `uname -m` prints it."""
    kernel: str = ""
    """Kernel release as `uname -r` prints it."""


@dataclass(frozen=True, slots=True)
class Service:
    """The state of a service, as its service manager reports it."""

    load: str = ""
    """LoadState of systemd; with SysV "loaded" or "not-found"."""
    active: str = ""
    """ActiveState of systemd; with SysV "active" or "inactive"."""
    sub: str = ""
    """SubState of systemd; "" with SysV."""
    enabled: str = ""
    """UnitFileState of systemd; "" with SysV."""
    exit_status: int | None = None
    """ExecMainStatus of systemd; None if there is none."""


@dataclass(frozen=True, slots=True)
class File:
    """A file on the node, without its content."""

    path: str
    """Absolute path."""
    size: int
    """Size in bytes."""
    mode: int
    """Permission bits."""
    owner: str
    """Name of the owner, "UNKNOWN" if it has none."""
    group: str
    """Name of the group, "UNKNOWN" if it has none."""
    sha256: str = ""
    """SHA-256 in hex digits, "" if the file is unreadable."""


@dataclass(frozen=True, slots=True)
class Corosync:
    """Corosync on a node: its program, service, files and tools."""

    version: str = ""
    """Version as `corosync -v` prints it, "" if corosync is not installed."""
    path: str = ""
    """Path of the program, "" if it is not installed."""
    running: int = 0
    """Number of corosync's processes that are daemons of this node."""
    service: Service = field(default_factory=Service)
    """State of the corosync service."""
    conf: str | None = None
    """Content of corosync.conf, its bytes decoded as latin-1, at most MAX_CONF_SIZE; None if there is no file."""
    conf_file: File | None = None
    """The file corosync.conf; None if there is none."""
    authkey: File | None = None
    """The file authkey; None if there is none."""
    tools: tuple[str, ...] = ()
    """Which of corosync-cmapctl, -cfgtool, -quorumtool, -keygen and -objctl are installed."""
    sample: bool = False
    """Whether corosync.conf is the unchanged one-node sample of the distribution's package (Debian has one)."""
    crypto: tuple[str, ...] | None = None
    """Crypto models that `corosync -v` lists; None if it prints no such line (before 3.0)."""

    @property
    def release(self) -> Version | None:
        """The version as numbers; None if corosync is not installed or prints none."""
        return version_or_none(self.version)


@dataclass(frozen=True, slots=True)
class Firewall:
    """A firewall on the node."""

    tool: str
    """One of "firewalld", "ufw", "nftables" or "iptables"."""
    active: bool | None
    """Whether it filters packets; None if that is unknown."""
    rules: str = ""
    """Its rules as the tool prints them, at most 64 KiB."""


@dataclass(frozen=True, slots=True)
class PortUse:
    """A UDP socket or a listening TCP socket."""

    protocol: str
    """One of "udp" or "tcp"."""
    address: str
    """Local address, as the node prints it."""
    port: int
    """Local port."""
    process: str = ""
    """Name of the process, "" if unknown."""


@dataclass(frozen=True, slots=True)
class Disk:
    """Space on a file system."""

    path: str
    """A directory on that file system."""
    free: int
    """Free space in bytes."""
    total: int
    """Size of the file system in bytes."""
    read_only: bool = False
    """Whether it is mounted read-only."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The node's clock compared with the operator's."""

    offset: float
    """The node's clock minus the operator's, in ms."""
    uncertainty: float
    """How far off `offset` may be, in ms: half the round trip."""
    synchronised: bool | None = None
    """Whether the node says that its clock is synchronised; None if it says nothing."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """The cloud that a node runs in."""

    provider: str
    """Name of the provider: "ec2"."""
    instance_id: str = ""
    """The provider's name of this machine."""
    instance_type: str = ""
    """The provider's name of its size."""
    region: str = ""
    """The provider's region."""
    security_groups: tuple[str, ...] = ()
    """Names of the machine's security groups."""


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """All that a node reports in one round trip."""

    node: str
    """Name of the node in cluster.toml."""
    taken_at: float
    """When the answer arrived, by the operator's clock, in Unix seconds."""
    hostname: str = ""
    """Host name."""
    fqdn: str = ""
    """Full host name as its resolver gives it, or ""."""
    user: str = ""
    """User that logged in."""
    uid: int | None = None
    """Number of that user."""
    root: bool = False
    """Whether the script ran as root."""
    os: Os = field(default_factory=Os)
    """Operating system."""
    service_manager: ServiceManager = ServiceManager.UNKNOWN
    """What manages services on the node."""
    corosync: Corosync = field(default_factory=Corosync)
    """Corosync on this node."""
    pacemaker_running: bool = False
    """Whether Pacemaker's daemon pacemakerd runs."""
    interfaces: tuple[Interface, ...] = ()
    """Network interfaces, in the node's order."""
    default_route: str = ""
    """Gateway and device of the first default route ("10.0.0.1 dev eth0"), or ""."""
    own_name: tuple[IpAddress, ...] = ()
    """What the node's resolver answers for its own host name."""
    resolves: Mapping[str, tuple[IpAddress, ...]] = field(default_factory=dict)
    """What its resolver answers for the names of the cluster's nodes; a name that could not be asked is absent."""
    clock: Clock | None = None
    """Its clock; None if it could not be read."""
    firewalls: tuple[Firewall, ...] = ()
    """The firewalls that are installed."""
    ports: tuple[PortUse, ...] = ()
    """Ports in use."""
    disks: tuple[Disk, ...] = ()
    """Space where corosync and a build keep files."""
    cloud: Cloud | None = None
    """The cloud it runs in; None if none is recognised."""
    commands: tuple[str, ...] = ()
    """Which of the programs in `script.PROGRAMS` are installed."""
    packages: Mapping[str, str] = field(default_factory=dict)
    """Which of the packages in `script.PACKAGES` are installed, by name, with their version."""
    selinux: str = ""
    """One of "enforcing", "permissive", or "" if SELinux is off or absent."""
    directories: tuple[str, ...] = ()
    """Which of /var/lib/corosync, /var/log/corosync and /var/log/cluster exist."""
    not_understood: Mapping[str, str] = field(default_factory=dict)
    """Cleaned text that no parser understood, by section of the script."""
    hung: tuple[str, ...] = ()
    """Tools that did not end in time, a sentence for each. What they would have said is missing."""
    left_out: tuple[str, ...] = ()
    """Answers that were longer than a node's can be, a sentence for each. They were cut."""

    def routable_addresses(self) -> tuple[tuple[Interface, Address], ...]:
        """Every address that is neither loopback nor link-local, with its interface."""
        return tuple(
            (interface, address)
            for interface in self.interfaces
            if not interface.loopback
            for address in interface.addresses
            if not address.ip.is_loopback and not address.ip.is_link_local
        )
