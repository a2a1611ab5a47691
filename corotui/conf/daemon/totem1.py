"""corosync 1.4: what totem_config_read, _keyread and _validate refuse (exec/totemconfig.c of 1.4.10, read, not run).

The rules are those of 2.x without the nodelist, on the sections themselves.
"""

from __future__ import annotations

from corotui.conf.daemon.cmap import Cmap, Trouble
from corotui.conf.daemon.resolve import Address, Resolver
from corotui.conf.daemon.totem2 import RINGS, Ring, Totem2
from corotui.conf.syntax import show
from corotui.conf.version import Version

_PREFIX = "parse error in config: "
_LARGEST = 10_000


class Totem1(Totem2):
    """One reading of the totem part of a 1.x file."""

    def __init__(self, cmap: Cmap, version: Version, resolver: Resolver) -> None:
        super().__init__(cmap, version, resolver)
        self.keys = []
        self.ip_version = "ipv4-6"

    def run(self) -> list[Trouble]:
        """Everything that is refused, the daemon's own first."""
        cmap = self.cmap
        self._rings()
        given = cmap.text("totem.transport")
        if given is not None and given not in ("udp", "udpu"):
            line = cmap.line("totem.transport")
            self.refuse("transport", f"{_PREFIX}transport type {show(given)} is unsupported", line)
        self._key()
        self._validate()
        mtu = cmap.number("totem.netmtu", "u32")
        if mtu > _LARGEST:
            words = "This net_mtu parameter is greater than the maximum frame size"
            self.refuse("netmtu", _PREFIX + words, cmap.line("totem.netmtu"))
        compatibility = cmap.text("compatibility")
        if compatibility not in (None, "none", "whitetank"):
            words = f"Invalid compatibility option '{show(compatibility)}' specified, must be none or whitetank."
            self.refuse("compatibility", words, cmap.line("compatibility"))
        return self.refused

    def _rings(self) -> None:
        cmap = self.cmap
        words = {key.split(".")[2] for key in cmap.under("totem.interface.")}
        for number in sorted(int(word) for word in words if word.isdecimal()):
            base = f"totem.interface.{number}."
            line = min(cmap.line(key) for key in cmap.under(base))
            if number >= RINGS:
                most = f"is bigger than allowed maximum {RINGS - 1}"
                self.refuse("link-number", f"{_PREFIX}interface ring number {number} {most}", line)
                continue
            if cmap.text(base + "broadcast") == "yes":
                self.broadcast = True
            self.rings[number] = Ring(
                number,
                self._resolved(base + "bindnetaddr"),
                self._resolved(base + "mcastaddr"),
                cmap.number(base + "mcastport", "u16"),
                cmap.number(base + "ttl", "u8", 1),
                line,
            )
        if self.broadcast:
            for ring in self.rings.values():
                ring.mcast = Address(4, 0xFFFFFFFF)

    def _resolved(self, key: str) -> Address | None:
        text = self.cmap.text(key)
        return None if text is None else self.resolver.resolve(text, self.ip_version)

    def _key(self) -> None:
        from corotui.conf.daemon import keyread

        if self.cmap.text("totem.secauth") != "off":
            keyread.read2(self.cmap, self.version, self.resolver, self.refuse)
