"""Which node of the nodelist the host is: find_local_node of exec/totemconfig.c, corosync 3.x."""

from __future__ import annotations

from corotui.conf.daemon.cmap import Cmap
from corotui.conf.daemon.validation.nodelist import NodeKey
from corotui.conf.daemon.validation.resolver import IPAddress, Resolver, parse_address
from corotui.conf.syntax import to_display, to_latin1


def local_position(cmap: Cmap, keys: list[NodeKey], resolver: Resolver) -> tuple[int, bool]:
    """Position of the local node and whether it was found.

    If it was not, the daemon goes on with the last node of its search (-1 if there is none) and reports that later. An
    unknown host is assumed to be the first node.
    """
    names: list[tuple[int, str]] = []
    for key in keys:
        if key.attribute in ("name", "ring0_addr"):
            text = cmap.text(key.key)
            if text is not None:
                names.append((key.position, text))
    last = keys[-1].position if keys else -1
    host = resolver.host
    if host is None or host.hostname is None:
        if names:
            resolver.assume("this host is the first node of the nodelist")
        return (names[0][0], True) if names else (last, False)
    local = _by_name(names, resolver, to_latin1(host.hostname)) or _by_address(names, resolver)
    return local or _assumed_position(cmap, names, resolver) or (last, False)


def _by_name(names: list[tuple[int, str]], resolver: Resolver, hostname: str) -> tuple[int, bool] | None:
    exact: dict[str, int] = {}
    for position, name in names:
        exact.setdefault(name, position)
    rest = hostname
    while True:
        if rest in exact:
            return exact[rest], True
        if "." not in rest:
            break
        rest = rest.rpartition(".")[0]
    for position, name in names:
        if name.partition(".")[0] == rest:
            return position, True
    host = resolver.host
    for address in _local_addresses(resolver) if host else ():
        reverse = host.reverse_dns.get(str(address)) if host else None
        if reverse is None and address in (IPAddress(4, 0x7F000001), IPAddress(6, 1)):
            reverse = "localhost"
        for candidate in (reverse, reverse.partition(".")[0] if reverse else None):
            if candidate and to_latin1(candidate) in exact:
                return exact[to_latin1(candidate)], True
        if address.family == 4 and str(address) in exact:
            return exact[str(address)], True
    return None


def _by_address(names: list[tuple[int, str]], resolver: Resolver) -> tuple[int, bool] | None:
    own = set(_local_addresses(resolver))
    for position, name in names:
        literal = parse_address(name)
        addresses = (literal,) if literal is not None else resolver.lookup(name) or ()
        if any(address in own for address in addresses):
            return position, True
    return None


def _assumed_position(cmap: Cmap, names: list[tuple[int, str]], resolver: Resolver) -> tuple[int, bool] | None:
    """Where the host's addresses are not known: the first node without a name may be it."""
    host = resolver.host
    if host is None or host.addresses is not None:
        return None
    for position, address in names:
        if cmap.text(f"nodelist.node.{position}.name") is None:
            resolver.assume(f"{host.hostname} has the address {to_display(address)}")
            return position, True
    return None


def _local_addresses(resolver: Resolver) -> list[IPAddress]:
    host = resolver.host
    given = [parse_address(text.partition("/")[0]) for text in (host.addresses or ())] if host else []
    ordered = [IPAddress(4, 0x7F000001), *(a for a in given if a and a.family == 4)]
    ordered += [IPAddress(6, 1), *(a for a in given if a and a.family == 6)]
    return list(dict.fromkeys(ordered))
