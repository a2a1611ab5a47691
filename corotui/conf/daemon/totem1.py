"""corosync 1.4: what mainconfig and totem_config_read, _keyread and _validate refuse (exec/totemconfig.c of 1.4.10).

Most rules are those of 2.x; what differs is that each section is an object of its own, and that there is no nodelist.
"""

from __future__ import annotations

import re

from corotui.conf.daemon import keyread
from corotui.conf.daemon.cmap import Cmap, Trouble
from corotui.conf.daemon.objects import Object
from corotui.conf.daemon.resolve import Address, Resolver
from corotui.conf.daemon.totem2 import RINGS, Ring, Totem2
from corotui.conf.syntax import show
from corotui.conf.version import Version

_PREFIX = "parse error in config: "
_LARGEST = 10_000  # bytes of a frame
_QUEUE = 1 << 20  # bytes of messages that may wait
_USER, _GROUP, _SERVICES, _ABORTED = 1, 2, 13, 134
_NUMBER = re.compile(r"[ \t\n\v\f\r]*\+?[0-9]{1,10}").fullmatch


class Totem1(Totem2):
    """One reading of the totem part of a 1.x file."""

    def __init__(self, cmap: Cmap, version: Version, resolver: Resolver, root: Object) -> None:
        super().__init__(cmap, version, resolver)
        self.keys = []
        self.root = root
        sections = root.named("network") or root.named("totem")
        self.totem = sections[0] if sections else None

    def run(self) -> list[Trouble]:
        """Everything that is refused, the daemon's own first."""
        cmap = self.cmap
        self._identities()
        if self.totem is None:
            self.refuse("no-links", "couldn't find totem handle")
            return self.refused
        self._rings(self.totem)
        given = cmap.text("totem.transport")
        if given is not None and given not in ("udp", "udpu"):
            line = cmap.line("totem.transport")
            self.refuse("transport", f"{_PREFIX}transport type {show(given)} is unsupported", line)
        if cmap.text("totem.secauth") != "off":
            keyread.read2(cmap, self.version, self.resolver, self.refuse)
        self._validate()
        self._sizes()
        compatibility = cmap.text("compatibility")
        if compatibility not in (None, "none", "whitetank"):
            words = f"Invalid compatibility option '{show(compatibility)}' specified, must be none or whitetank."
            self.refuse("compatibility", words, cmap.line("compatibility"))
        return self.refused

    def started(self) -> list[Trouble]:
        """What ends a start after all that was read."""
        out = []
        first = self.rings.get(0)
        if first is None or first.bind is None:
            line = first.line if first is not None else 0
            out.append(Trouble("bindnet-address", "totemip_equal: Assertion `addrlen' failed.", line, _ABORTED))
        key = self.cmap.text("totem.key")
        encrypted = self.cmap.text("totem.secauth") != "off" and self.cmap.text("totem.keyfile") is None
        if key is not None and encrypted and (len(key) + 1) % 4:
            words = "sober128_add_entropy: Assertion `(len & 3) == 0' failed."
            out.append(Trouble("key-length", words, self.cmap.line("totem.key"), _ABORTED))
        for section in self.root.named("service"):
            if "name" not in section.keys:
                words = "Service section defined in config file without name key"
                out.append(Trouble("service-name", words, section.line, _SERVICES))
        return out

    def _identities(self) -> None:
        host = self.resolver.host
        for section in self.root.named("uidgid"):
            for key, who, file, code in (("uid", "user", "passwd", _USER), ("gid", "group", "group", _GROUP)):
                text = section.text(key)
                if not text or _NUMBER(text):
                    continue
                known = None if host is None else host.users if key == "uid" else host.groups
                if known is None:
                    self.resolver.assume(f"there is a {who} {show(text)}")
                elif show(text) not in known:
                    words = f"The '{show(text)}' {who} is not found in /etc/{file}, please read the documentation."
                    self.refused.append(Trouble("identity", words, section.line_of(key), code))

    def _rings(self, totem: Object) -> None:
        number = 0  # a section without a number is about the ring of the one before
        for section in totem.named("interface"):
            number = section.number("ringnumber", number)
            if number >= RINGS:
                most = f"is bigger than allowed maximum {RINGS - 1}"
                words = f"{_PREFIX}interface ring number {number} {most}"
                self.refuse("link-number", words, section.line_of("ringnumber"))
                number = 0
                continue
            self.counted += 1
            before = self.rings.get(number) or Ring(number, None, None, 0, 1, section.line)
            mcast = self._resolved(section, "mcastaddr", "ipv6-4") or before.mcast
            family = "ipv6-4" if mcast is None or not mcast.family else f"ipv{mcast.family}"
            port = section.number("mcastport", before.port) & 0xFFFF
            if section.text("broadcast") == "yes":
                self.broadcast = True
            bind = self._resolved(section, "bindnetaddr", family) or before.bind
            self.rings[number] = Ring(number, bind, mcast, port, section.number("ttl", 1), section.line)
        if self.broadcast:
            for number in range(min(self.counted, RINGS)):
                self.rings.setdefault(number, Ring(number, None, None, 0, 0, 0)).mcast = Address(4, 0xFFFFFFFF)

    def _resolved(self, section: Object, key: str, ip_version: str) -> Address | None:
        text = section.text(key)
        return None if text is None else self.resolver.resolve(text, ip_version)

    def _sizes(self) -> None:
        mtu = self.cmap.number("totem.netmtu", "u32") or 1500
        most, asked = _QUEUE // mtu, self.cmap.number("totem.max_messages", "u32") or 17
        if asked > most:
            words = f"The max_messages parameter ({asked} messages) may not be greater than ({most} messages)."
            self.refuse("max-messages", _PREFIX + words, self.cmap.line("totem.max_messages"))
        if mtu > _LARGEST:
            words = "This net_mtu parameter is greater than the maximum frame size"
            self.refuse("netmtu", _PREFIX + words, self.cmap.line("totem.netmtu"))
