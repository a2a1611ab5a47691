"""corosync 1.4: what mainconfig and totem_config_read, _keyread and _validate refuse (exec/totemconfig.c of 1.4.10).

Most rules are those of 2.x. In 1.x each section is an object of its own, and there is no nodelist.
"""

from __future__ import annotations

import re

from corotui.conf.daemon.cmap import Cmap, DaemonError
from corotui.conf.daemon.crashes import SIGABRT_EXIT
from corotui.conf.daemon.parser.object_tree import ConfObject
from corotui.conf.daemon.validation import authkey
from corotui.conf.daemon.validation.resolver import IPAddress, Resolver
from corotui.conf.daemon.validation.totem.limits import ERROR_PREFIX, MAX_RINGS
from corotui.conf.daemon.validation.totem.model import RingState
from corotui.conf.daemon.validation.totem.v2 import TotemValidatorV2
from corotui.conf.syntax import to_display
from corotui.conf.version import Version

_LARGEST = 10_000  # bytes of a frame
_QUEUE = 1 << 20  # bytes of messages that may wait
_USER, _GROUP, _SERVICES = 1, 2, 13
_NUMBER = re.compile(r"[ \t\n\v\f\r]*\+?[0-9]{1,10}").fullmatch


class TotemValidatorV1(TotemValidatorV2):
    """Reads and validates the totem section of a 1.x file."""

    def __init__(self, cmap: Cmap, version: Version, resolver: Resolver, root: ConfObject) -> None:
        super().__init__(cmap, version, resolver)
        self.keys = []
        self.root = root
        sections = root.children_named("network") or root.children_named("totem")
        self.totem_section = sections[0] if sections else None

    def collect_errors(self) -> list[DaemonError]:
        """Everything that corosync refuses, in its order."""
        cmap = self.cmap
        self._identities()
        if self.totem_section is None:
            self.report_error("no-links", "couldn't find totem handle")
            return self.errors
        self._rings(self.totem_section)
        given = cmap.text("totem.transport")
        if given is not None and given not in ("udp", "udpu"):
            line = cmap.line("totem.transport")
            self.report_error("transport", f"{ERROR_PREFIX}transport type {to_display(given)} is unsupported", line)
        if cmap.text("totem.secauth") != "off":
            authkey.check_key_v2(cmap, self.version, self.resolver, self.report_error)
        self._validate()
        self._sizes()
        compatibility = cmap.text("compatibility")
        if compatibility not in (None, "none", "whitetank"):
            message = (
                f"Invalid compatibility option '{to_display(compatibility)}' specified, must be none or whitetank."
            )
            self.report_error("compatibility", message, cmap.line("compatibility"))
        return self.errors

    def startup_errors(self) -> list[DaemonError]:
        """What ends a start after everything was read."""
        out = []
        first = self.rings.get(0)
        if first is None or first.bind is None:
            line = first.line if first is not None else 0
            out.append(DaemonError("bindnet-address", "totemip_equal: Assertion `addrlen' failed.", line, SIGABRT_EXIT))
        key = self.cmap.text("totem.key")
        encrypted = self.cmap.text("totem.secauth") != "off" and self.cmap.text("totem.keyfile") is None
        if key is not None and encrypted and (len(key) + 1) % 4:
            message = "sober128_add_entropy: Assertion `(len & 3) == 0' failed."
            out.append(DaemonError("key-length", message, self.cmap.line("totem.key"), SIGABRT_EXIT))
        for section in self.root.children_named("service"):
            if "name" not in section.keys:
                message = "Service section defined in config file without name key"
                out.append(DaemonError("service-name", message, section.line, _SERVICES))
        return out

    def _identities(self) -> None:
        host = self.resolver.host
        for section in self.root.children_named("uidgid"):
            for key, who, file, code in (("uid", "user", "passwd", _USER), ("gid", "group", "group", _GROUP)):
                text = section.text(key)
                if not text or _NUMBER(text):
                    continue
                known = None if host is None else host.users if key == "uid" else host.groups
                if known is None:
                    self.resolver.assume(f"there is a {who} {to_display(text)}")
                elif to_display(text) not in known:
                    message = (
                        f"The '{to_display(text)}' {who} is not found in /etc/{file}, please read the documentation."
                    )
                    self.errors.append(DaemonError("identity", message, section.line_of(key), code))

    def _rings(self, totem: ConfObject) -> None:
        number = 0  # a section without a number continues the ring of the previous one
        for section in totem.children_named("interface"):
            number = section.number("ringnumber", number)
            if number >= MAX_RINGS:
                limit = f"is bigger than allowed maximum {MAX_RINGS - 1}"
                message = f"{ERROR_PREFIX}interface ring number {number} {limit}"
                self.report_error("link-number", message, section.line_of("ringnumber"))
                number = 0
                continue
            self.ring_count += 1
            before = self.rings.get(number) or RingState(number, None, None, 0, 1, section.line)
            mcast = self._resolved(section, "mcastaddr", "ipv6-4") or before.mcast
            family = "ipv6-4" if mcast is None or not mcast.family else f"ipv{mcast.family}"
            port = section.number("mcastport", before.port) & 0xFFFF
            if section.text("broadcast") == "yes":
                self.broadcast = True
            bind = self._resolved(section, "bindnetaddr", family) or before.bind
            self.rings[number] = RingState(number, bind, mcast, port, section.number("ttl", 1), section.line)
        if self.broadcast:
            for number in range(min(self.ring_count, MAX_RINGS)):
                self.rings.setdefault(number, RingState(number, None, None, 0, 0, 0)).mcast = IPAddress(4, 0xFFFFFFFF)

    def _resolved(self, section: ConfObject, key: str, ip_version: str) -> IPAddress | None:
        text = section.text(key)
        return None if text is None else self.resolver.resolve(text, ip_version)

    def _sizes(self) -> None:
        mtu = self.cmap.number("totem.netmtu", "u32") or 1500
        limit, wanted = _QUEUE // mtu, self.cmap.number("totem.max_messages", "u32") or 17
        if wanted > limit:
            message = f"The max_messages parameter ({wanted} messages) may not be greater than ({limit} messages)."
            self.report_error("max-messages", ERROR_PREFIX + message, self.cmap.line("totem.max_messages"))
        if mtu > _LARGEST:
            message = "This net_mtu parameter is greater than the maximum frame size"
            self.report_error("netmtu", ERROR_PREFIX + message, self.cmap.line("totem.netmtu"))
