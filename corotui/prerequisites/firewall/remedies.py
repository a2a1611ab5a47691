"""The commands that open a firewall for the ring's UDP, at once and in the tool's stored rules."""

from __future__ import annotations

import re
from collections.abc import Sequence

from corotui.cluster.finding import Remedy
from corotui.cluster.quoting import command, quote
from corotui.conf.constants import BASE_PORT
from corotui.facts.model import IpNetwork

BASE_PORT_RANGE = (BASE_PORT, BASE_PORT + 7)
FIREWALLD_SERVICE = "high-availability"
"""firewalld's own service: udp 5404-5405, and tcp 2224, 3121, 5403, 21064 for pcsd, pacemaker_remote, qnetd and dlm."""

_MARK = "corotui ring"
_LINE = r"%s\n"


def firewalld_remedy(node: str, zone: str) -> Remedy:
    """Opens the ports in a zone of firewalld."""
    ports = f"{BASE_PORT + 1}-{BASE_PORT_RANGE[1]}/udp"
    commands = tuple(
        command(
            "firewall-cmd", *permanent, f"--zone={zone}", f"--add-service={FIREWALLD_SERVICE}", f"--add-port={ports}"
        )
        for permanent in ((), ("--permanent",))
    )
    return Remedy(
        f"open UDP {BASE_PORT}-{BASE_PORT_RANGE[1]} in zone {zone} on {node}",
        node,
        commands,
        consequence=f"The service covers UDP {BASE_PORT} and cluster ports of TCP; links 1 to 7 use {BASE_PORT + 1}-"
        f"{BASE_PORT_RANGE[1]}.",
        verify=command("firewall-cmd", f"--zone={zone}", f"--query-service={FIREWALLD_SERVICE}"),
    )


def ufw_remedy(node: str, networks: Sequence[IpNetwork]) -> Remedy:
    """Opens the ports in ufw, from the networks of the other nodes only if these are known."""
    sources = [str(network) for network in networks] or ["any"]
    port = f"{BASE_PORT_RANGE[0]}:{BASE_PORT_RANGE[1]}"
    return Remedy(
        f"open UDP {BASE_PORT_RANGE[0]}-{BASE_PORT_RANGE[1]} in ufw on {node}",
        node,
        tuple(command("ufw", "allow", "proto", "udp", "from", source, "to", "any", "port", port) for source in sources),
        consequence="Only from the networks of the other nodes." if networks else "",
    )


def nft_remedy(node: str, place: tuple[str, ...], networks: Sequence[IpNetwork], *, incoming: bool) -> Remedy | None:
    """Opens the ports in a chain of nftables; None if the place cannot be addressed."""
    family, table, chain = place
    if not all(re.fullmatch(r"[\w.-]+", word) for word in place):
        return None
    matching = [network for network in networks if family in ("inet", "ip" if network.version == 4 else "ip6")]
    side = "saddr" if incoming else "daddr"
    matches = [f"{'ip' if network.version == 4 else 'ip6'} {side} {network} " for network in matching] or [""]
    rules = [
        f'{match}udp dport {BASE_PORT_RANGE[0]}-{BASE_PORT_RANGE[1]} accept comment "{_MARK}"' for match in matches
    ]
    listed = command("nft", "list", "chain", *place)
    live = tuple(
        f"{listed} | grep -qF {quote(rule)} || {command('nft', f'insert rule {family} {table} {chain} {rule}')}"
        for rule in rules
    )
    return Remedy(
        f"let UDP {BASE_PORT_RANGE[0]}-{BASE_PORT_RANGE[1]} {'in' if incoming else 'out'} "
        f"at nftables chain {chain} on {node}",
        node,
        (*live, _keep(place, rules)),
        consequence="Kept over a restart where the table comes from nftables.conf.",
        verify=f"{listed} | grep -qF {quote(rules[0])}",
    )


def _keep(place: tuple[str, ...], rules: Sequence[str]) -> str:
    """Appends the rules once to the file that nftables.service loads, and keeps a copy of the old file."""
    lines = [f"insert rule {' '.join(place)} {rule}" for rule in rules]
    return (
        "for file in /etc/nftables.conf /etc/sysconfig/nftables.conf; do "
        f"if [ -f $file ] && grep -q {quote(f'^table .*{place[1]}')} $file && ! grep -qF {quote(lines[0])} $file; "
        f"then cp -p $file $file.corotui && {command('printf', _LINE, *lines)} >>$file; fi; done"
    )


def iptables_remedy(node: str, chain: str, side: str, networks: Sequence[IpNetwork]) -> Remedy:
    """Opens the ports in a chain of iptables."""
    limits: list[tuple[str, ...]] = [(side, str(network)) for network in networks if network.version == 4] or [()]
    lines = []
    for limit in limits:
        rule = (chain, *limit, "-p", "udp", "--dport", f"{BASE_PORT_RANGE[0]}:{BASE_PORT_RANGE[1]}", "-j", "ACCEPT")
        lines.append(f"{command('iptables', '-C', *rule)} 2>/dev/null || {command('iptables', '-I', *rule)}")
    save = (
        "if command -v netfilter-persistent >/dev/null; then netfilter-persistent save; "
        "elif [ -x /etc/init.d/iptables ]; then service iptables save; fi"
    )
    return Remedy(
        f"let UDP {BASE_PORT_RANGE[0]}-{BASE_PORT_RANGE[1]} through iptables chain {chain} on {node}",
        node,
        (*lines, save),
        consequence="Kept over a restart where netfilter-persistent or the iptables service is there.",
    )
