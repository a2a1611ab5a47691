"""corosync 3.x: what totem_config_read refuses, in its order (exec/totemconfig.c); `v3_rules` has the rest.

The daemon stops at the first error. Here all are collected: after one, reading goes on with the likeliest meaning.
"""

from __future__ import annotations

import re

from corotui.conf.constants import BASE_PORT
from corotui.conf.daemon.cmap import Cmap, DaemonError, leading_integer
from corotui.conf.daemon.crashes import SEGMENTATION_FAULT, SIGSEGV_EXIT, UNDEFINED
from corotui.conf.daemon.validation import authkey
from corotui.conf.daemon.validation.local_node import local_position
from corotui.conf.daemon.validation.nodelist import node_keys
from corotui.conf.daemon.validation.resolver import UNKNOWN_ADDRESS, IPAddress, Resolver
from corotui.conf.daemon.validation.totem import v3_rules
from corotui.conf.daemon.validation.totem.limits import (
    BEYOND_MEMORY,
    ERROR_PREFIX,
    HARMLESS_OVERFLOWS,
    LINKS_NAMED_SINCE,
    MAX_LINKS,
)
from corotui.conf.daemon.validation.totem.model import TotemState
from corotui.conf.syntax import to_display
from corotui.conf.version import Version

_MCAST_FOLLOWS_LINK = Version(3, 0, 2)  # from here on the address made of cluster_name has the IP family of link 0
_IPV6_NEEDS_NODEID = Version(3, 0, 2)
_TOTEM_NODEID_IGNORED = Version(3, 1, 5)
_INTERFACE = re.compile(r"totem\.interface\.([^.]+)\.(.+)", re.DOTALL).fullmatch


class TotemValidatorV3:
    """Reads and validates the totem section and the nodelist of a map. `errors` is in the daemon's order."""

    def __init__(self, cmap: Cmap, version: Version, resolver: Resolver) -> None:
        self.cmap = cmap
        self.version = version
        self.resolver = resolver
        self.errors: list[DaemonError] = []
        self.state = TotemState(cmap, version, resolver, node_keys(cmap))

    def report_error(self, code: str, text: str, line: int = 0, exit_code: int = 8) -> None:
        """Note why the daemon stops."""
        self.errors.append(DaemonError(code, text, line, exit_code))

    def collect_errors(self) -> list[DaemonError]:
        """Everything that corosync refuses, in its order."""
        self._read()
        self.errors += v3_rules.validation_errors(self.state)
        return self.errors

    def _read(self) -> None:
        cmap = self.cmap
        self._transport()
        self.state.encrypted = authkey.check_crypto_v3(cmap, self.version, self.resolver, self.report_error)
        mode = cmap.text("totem.link_mode")
        if mode is not None and len(mode) >= 64:
            self.report_error("link-mode", "totem.link_mode is too long", cmap.line("totem.link_mode"))
        self.state.ip_version = cmap.text("totem.ip_version") or ""
        if self.state.ip_version not in ("ipv4", "ipv6", "ipv6-4", "ipv4-6"):
            self.state.ip_version = "ipv4" if self.state.transport == "udp" else "ipv6-4"
        position, self.state.local_node_found = local_position(cmap, self.state.keys, self.resolver)
        both = cmap.text("nodelist.node.0.ring0_addr") is not None
        binds: dict[int, tuple[str, int]] = {}
        if position >= 0 and (cmap.text("totem.interface.0.bindnetaddr") is None or both):
            for key in self.state.keys:
                if key.position == position and key.link is not None and cmap.text(key.key) is not None:
                    binds[key.link] = (cmap.text(key.key) or "", cmap.line(key.key))
        self._interfaces(binds)
        if self.state.broadcast:
            self.state.links[0].mcast = IPAddress(4, 0xFFFFFFFF)
        self.state.uses_nodelist = cmap.text("nodelist.node.0.name") is not None or both
        if self.state.uses_nodelist:
            if position >= 0:
                self._local(position)
            self._members(position)

    def _transport(self) -> None:
        given = self.cmap.text("totem.transport")
        known: tuple[str, ...] = ("knet",) if self.version.is_main else ("udpu", "udp", "knet")
        if given is not None and given in known:
            self.state.transport = given
        elif given is not None and self.version >= Version(3, 1):
            should = "knet" if self.version.is_main else "udpu, udp or knet"
            self.report_error(
                "transport", f"Invalid transport type. Should be {should}", self.cmap.line("totem.transport")
            )

    def _interfaces(self, binds: dict[int, tuple[str, int]]) -> None:
        """get_interface_params: every key of an interface configures its link."""
        numbers: dict[int, int] = {}
        keys = self.cmap.keys_under("totem.interface.")
        keys = sorted(keys + [f"totem.interface.{link}.bindnetaddr" for link in binds])
        for key in keys:
            match = _INTERFACE(key)
            if match is None or (match[2] != "bindnetaddr" and self.state.transport == "udp"):
                continue
            number = leading_integer(match[1]) & 0xFFFFFFFF
            line = self.cmap.line(key) or binds.get(number, ("", 0))[1]
            if number >= MAX_LINKS:
                if number not in numbers:
                    limit = f"is bigger than allowed maximum {MAX_LINKS - 1}"
                    self.report_error("link-number", f"{ERROR_PREFIX}interface ring number {number} {limit}", line)
                numbers[number] = line
            elif number not in numbers:
                numbers[number] = line
                self._interface(number, binds.get(number), line)

    def _interface(self, number: int, bind: tuple[str, int] | None, line: int) -> None:
        cmap, link = self.cmap, self.state.links[number]
        base = f"totem.interface.{number}."
        text, bind_line = bind or (cmap.text(base + "bindnetaddr"), cmap.line(base + "bindnetaddr"))
        if text is not None:
            link.bind = self._address(text, bind_line, "bindnet")
        text = cmap.text(base + "mcastaddr")
        if text is not None:
            link.mcast = self._address(text, cmap.line(base + "mcastaddr"), "mcast")
        elif self.state.transport == "udp":
            link.mcast = self._cluster_mcast(number)
        if cmap.text(base + "broadcast") == "yes":
            self.state.broadcast = True
        default = BASE_PORT + (2 * number if self.state.broadcast else number)
        link.port = cmap.number(base + "mcastport", "u16", default)
        link.ttl = cmap.number(base + "ttl", "u8", 1)
        carrier = cmap.text(base + "knet_transport")
        if carrier not in (None, "udp", "sctp"):
            message = "Unrecognised knet_transport. expected 'udp' or 'sctp'"
            self.report_error("knet-transport", message, cmap.line(base + "knet_transport"))
        link.configured = True
        link.line = line
        link.priority = cmap.number(base + "knet_link_priority", "u8", 1)
        if cmap.text("nodelist.node.0.ring0_addr") is None:
            for key in cmap.keys_under(base + "member."):
                text = cmap.text(key)
                if text is not None:
                    link.members.append(self._address(text, cmap.line(key), "node") or UNKNOWN_ADDRESS)

    def _address(self, text: str, line: int, what: str) -> IPAddress | None:
        address = self.resolver.resolve(text, self.state.ip_version)
        if address is None:
            self.report_error(f"{what}-address", f"failed to parse {what} address '{to_display(text)}'", line)
            return UNKNOWN_ADDRESS
        return address

    def _cluster_mcast(self, number: int) -> IPAddress | None:
        name = self.cmap.text("totem.cluster_name")
        if name is None:
            return None
        ident = 0
        for byte in name.encode("latin-1"):
            ident = (ident << 1) + (byte - 256 if byte > 127 else byte)
        ident = ((ident & 0xFFFF) + number) & 0xFFFF
        bind = self.state.links[0].bind
        six = bind is not None and bind.family == 6
        if self.version < _MCAST_FOLLOWS_LINK:
            six = self.state.ip_version in ("ipv6", "ipv6-4")
        if six:
            return IPAddress(6, (0xFF15 << 112) + ident)
        return IPAddress(4, (239 << 24) + (192 << 16) + ((ident >> 8) << 8) + ident % 0xFF)

    def _local(self, position: int) -> None:
        base = f"nodelist.node.{position}."
        other = self.cmap.number("totem.nodeid", "u32") if self.version < _TOTEM_NODEID_IGNORED else 0
        self.state.nodeid = self.cmap.number(base + "nodeid", "u32", other)
        line = self.cmap.line(base + "nodeid") or self.cmap.line(base + "name") or self.cmap.line(base + "ring0_addr")
        if self.state.transport == "knet" and not self.state.nodeid:
            message = "Knet requires an explicit nodeid for the local node"
            if self.version < Version(3, 0, 1):
                message = "With knet, you must specify nodeid for current node"
            self.report_error("nodeid-missing", message, line)
        elif self.state.transport != "knet" and not self.state.nodeid:
            address = self.cmap.text(base + "ring0_addr")
            generated = self.state.nodeid_from_address(address) if address is not None else None
            if generated is None and self.version < _IPV6_NEEDS_NODEID:
                generated = -1
            elif generated is None:
                self.report_error("nodeid-missing", "An IPV6 network requires that a node ID be specified", line)
            self.state.nodeid = generated or 0

    def _members(self, local: int) -> None:
        """put_nodelist_members_to_config."""
        for link in self.state.links:
            link.members = []
        strict = self.version >= Version(3, 1, 5)
        for key in self.state.keys:
            if key.link is None:
                continue
            text, line = self.cmap.text(key.key), self.cmap.line(key.key)
            if key.link >= MAX_LINKS and self.version < LINKS_NAMED_SINCE:
                self._check_link_bounds(key.link, line)
                continue
            if key.link >= MAX_LINKS:
                limit = f"is bigger than allowed maximum {MAX_LINKS - 1}"
                self.report_error("link-number", f"{ERROR_PREFIX}interface ring number {key.link} {limit}", line)
                continue
            if text is None:
                continue
            self._nodeid(key.position, local, text, line, strict=strict)
            link = self.state.links[key.link]
            link.members.append(self._address(text, line, "node") or UNKNOWN_ADDRESS)
            link.configured = True
            link.line = link.line or line
        for number, link in enumerate(self.state.links):
            mine = self.cmap.text(f"nodelist.node.{local}.ring{number}_addr")
            if link.configured and mine is not None and self.version >= LINKS_NAMED_SINCE:
                if self.resolver.resolve(mine, self.state.ip_version) is None:
                    continue
                link.priority = link.priority or 1
                link.port = link.port or BASE_PORT + number

    def _check_link_bounds(self, link: int, line: int) -> None:
        """Reports the crash that a link number beyond the table causes, unless the overflow is usually harmless.

        Such a link overwrites memory after the table of links, which is undefined behaviour; that is recorded as an
        assumption.
        """
        if link not in HARMLESS_OVERFLOWS:
            self.report_error("link-number", SEGMENTATION_FAULT, line, SIGSEGV_EXIT)
        if link < BEYOND_MEMORY:
            self.resolver.assume(UNDEFINED)

    def _nodeid(self, position: int, local: int, text: str, line: int, *, strict: bool) -> None:
        base = f"nodelist.node.{position}."
        nodeid = self.state.generated_nodeids.get(position) or self.cmap.number(base + "nodeid", "u32")
        if self.state.transport != "knet":
            first = self.cmap.text(base + "ring0_addr")
            if not nodeid and first is not None:
                generated = self.state.nodeid_from_address(first)
                if generated is None and self.version >= _IPV6_NEEDS_NODEID:
                    message = f"An IPV6 network requires that a node ID be specified for address '{to_display(text)}'."
                    self.report_error("nodeid-missing", message, line)
                self.state.generated_nodeids[position] = generated or 0
        elif strict and not nodeid and position == local and not self.state.nodeid:
            return  # reported for this node already
        elif strict and not nodeid:
            message = f"Knet requires an explicit nodeid to be specified for address '{to_display(text)}'."
            self.report_error("nodeid-missing", message, line)
        elif strict and nodeid >= 65536:
            message = f"Knet requires nodeid to be less than 65536 for address '{to_display(text)}'."
            self.report_error("nodeid-range", message, self.cmap.line(base + "nodeid"))
