"""corosync 2.x: what totem_config_read, _keyread and _validate refuse, in their order (exec/totemconfig.c of 2.4.6)."""

from __future__ import annotations

import re

from corotui.conf.constants import BASE_PORT
from corotui.conf.daemon.cmap import Cmap, DaemonError, leading_integer
from corotui.conf.daemon.crashes import SEGMENTATION_FAULT, SIGSEGV_EXIT, UNDEFINED
from corotui.conf.daemon.validation import authkey
from corotui.conf.daemon.validation.nodelist import NodeKey, node_keys
from corotui.conf.daemon.validation.resolver import UNKNOWN_ADDRESS, IPAddress, Resolver, parse_address
from corotui.conf.daemon.validation.timers import timer_errors
from corotui.conf.daemon.validation.totem.duplicate_nodeids import find_duplicate_nodeid
from corotui.conf.daemon.validation.totem.limits import BEYOND_MEMORY, ERROR_PREFIX, HARMLESS_OVERFLOWS, MAX_RINGS
from corotui.conf.daemon.validation.totem.model import RingState
from corotui.conf.syntax import to_display
from corotui.conf.timers import Timers, effective_timers
from corotui.conf.version import Version

_INTERFACE = re.compile(r"totem\.interface\.([^.]+)\.bindnetaddr").fullmatch


class TotemValidatorV2:
    """Validates totem and nodelist of a cmap as corosync 2.x does. `errors` are in the order in which the daemon finds
    them.
    """

    def __init__(self, cmap: Cmap, version: Version, resolver: Resolver) -> None:
        self.cmap = cmap
        self.version = version
        self.resolver = resolver
        self.errors: list[DaemonError] = []
        self.rings: dict[int, RingState] = {}
        self.ring_count = 0
        self.keys: list[NodeKey] = node_keys(cmap)
        self.ip_version = "ipv6" if cmap.text("totem.ip_version") == "ipv6" else "ipv4"
        self.broadcast = False
        self.nodeid = cmap.number("totem.nodeid", "u32")
        given = cmap.text("totem.transport")
        self.transport = given if given in ("udpu", "iba") else "udp"

    def report_error(self, code: str, text: str, line: int = 0) -> None:
        """Note why the daemon stops."""
        self.errors.append(DaemonError(code, text, line))

    def collect_errors(self) -> list[DaemonError]:
        """Everything that corosync refuses, in its order."""
        cmap = self.cmap
        cipher, digest = authkey.effective_crypto(cmap, self.version)
        if cipher != "none" and digest == "none":
            message = "crypto_cipher requires crypto_hash with value other than none"
            self.report_error("crypto-hash", message, cmap.line("totem.crypto_hash"))
        if len(cmap.text("totem.rrp_mode") or "") >= 64:
            self.report_error("rrp-mode", "totem.rrp_mode is too long", cmap.line("totem.rrp_mode"))
        local = self._local()
        self._interfaces(local)
        if local is not None:
            self.nodeid = cmap.number(f"nodelist.node.{local}.nodeid", "u32", self.nodeid)
        self._check_ring_bounds()
        authkey.check_key_v2(cmap, self.version, self.resolver, self.report_error)
        self._validate()
        return self.errors

    def _local(self) -> int | None:
        """The first node whose ring0_addr is an address of the host; an unknown host is the first node."""
        host = self.resolver.host
        own = None
        if host is not None and host.addresses is not None:
            own = {parse_address(text.partition("/")[0]) for text in ("127.0.0.1", "::1", *host.addresses)}
        first = [key for key in self.keys if key.attribute == "ring0_addr"]
        if own is None and host is not None and host.hostname is not None:
            first.sort(key=lambda key: not self._has_name(key, host.hostname))
        for key in first:
            text = self.cmap.text(key.key)
            if text is None:
                continue
            address = self.resolver.resolve(text, self.ip_version)
            if own is None and address is not None:
                self.resolver.assume(f"this host has the address {to_display(text)}")
                return key.position
            if own is not None and address in own:
                return key.position
        return None

    def _check_ring_bounds(self) -> None:
        """An address on a ring beyond the second overwrites memory after the table of rings."""
        if self.cmap.text("nodelist.node.0.ring0_addr") is None:
            return
        for key in self.keys:
            listed = self.cmap.text(f"nodelist.node.{key.position}.ring0_addr") is not None
            if key.link is not None and key.link >= MAX_RINGS and listed and self.cmap.text(key.key) is not None:
                if key.link not in HARMLESS_OVERFLOWS or key.link == MAX_RINGS:
                    self.errors.append(
                        DaemonError("link-number", SEGMENTATION_FAULT, self.cmap.line(key.key), SIGSEGV_EXIT)
                    )
                if key.link < BEYOND_MEMORY:
                    self.resolver.assume(UNDEFINED)

    def _has_name(self, key: NodeKey, hostname: str | None) -> bool:
        """Whether a node has the host's name."""
        return hostname in (self.cmap.text(key.key), self.cmap.text(f"nodelist.node.{key.position}.name"))

    def _interfaces(self, local: int | None) -> None:
        cmap = self.cmap
        binds = {}
        both = cmap.text("nodelist.node.0.ring0_addr") is not None
        if local is not None and (cmap.text("totem.interface.0.bindnetaddr") is None or both):
            for key in self.keys:
                text = cmap.text(key.key)
                if key.position == local and key.link is not None and text is not None:
                    binds[key.link] = (text, cmap.line(key.key))
        names = {name for name in cmap.keys_under("totem.interface.") if _INTERFACE(name)}
        for name in sorted(names | {f"totem.interface.{link}.bindnetaddr" for link in binds}):
            match = _INTERFACE(name)
            number = leading_integer(match[1] if match else "") & 0xFFFFFFFF
            text, line = binds.get(number) or (cmap.text(name), cmap.line(name))
            if number >= MAX_RINGS:
                limit = f"is bigger than allowed maximum {MAX_RINGS - 1}"
                self.report_error("link-number", f"{ERROR_PREFIX}interface ring number {number} {limit}", line)
                continue
            self._interface(number, text, line)
        if self.broadcast:
            for ring in self.rings.values():
                ring.mcast = IPAddress(4, 0xFFFFFFFF)

    def _interface(self, number: int, bind: str | None, line: int) -> None:
        cmap = self.cmap
        base = f"totem.interface.{number}."
        given = cmap.text(base + "mcastaddr")
        mcast = self._cluster_mcast(number) if given is None else self.resolver.resolve(given, self.ip_version)
        if cmap.text(base + "broadcast") == "yes":
            self.broadcast = True
        default = BASE_PORT + 2 * number if self.broadcast else BASE_PORT
        self.ring_count = len(self.rings.keys() | {number})
        self.rings[number] = RingState(
            number,
            self.resolver.resolve(bind, self.ip_version) if bind is not None else None,
            mcast,
            cmap.number(base + "mcastport", "u16", default),
            cmap.number(base + "ttl", "u8", 1),
            line,
        )

    def _cluster_mcast(self, number: int) -> IPAddress | None:
        name = self.cmap.text("totem.cluster_name")
        if name is None:
            return None
        ident = 0
        for byte in name.encode("latin-1"):
            ident = (ident << 1) + (byte - 256 if byte > 127 else byte)
        ident = ((ident & 0xFFFF) + number) & 0xFFFF
        if self.ip_version == "ipv6":
            return IPAddress(6, (0xFF15 << 112) + ident)
        return IPAddress(4, (239 << 24) + (192 << 16) + ((ident >> 8) << 8) + ident % 0xFF)

    def _validate(self) -> None:
        cmap = self.cmap
        # The daemon counts the rings it read and validates that many, from number 0 on.
        rings = [self.rings.get(n, RingState(n, None, None, 0, 0, 0)) for n in range(self.ring_count)]
        if not rings:
            self.report_error(
                "no-links", ERROR_PREFIX + "No interfaces defined", cmap.line("nodelist.node.0.ring0_addr")
            )
        for ring in rings:
            self._ring(ring, rings)
        if cmap.number("totem.version", "u32") != 2:
            message = "This totem parser can only parse version 2 configurations."
            self.report_error("version", ERROR_PREFIX + message, cmap.line("totem.version"))
        members = sum(key.link == 0 and self._resolves(key.key) for key in self.keys) if rings else 0
        if self.version.grammar == 1:
            members = 0
        times = effective_timers(cmap, self.version, members)
        for code, text, key in timer_errors(cmap, self.version, times):
            self.report_error(code, ERROR_PREFIX + text, cmap.line(key))
        self._rrp(times)
        if self.version >= Version(2, 3, 5):
            self._duplicates()
        mode = cmap.text("totem.rrp_mode") or "none"
        line = cmap.line("totem.rrp_mode")
        if mode not in ("none", "active", "passive") and len(mode) < 64:
            message = f'The RRP mode "{to_display(mode)}" specified is invalid.  It must be none, active, or passive.'
            self.report_error("rrp-mode", ERROR_PREFIX + message, line)
        if mode == "none" and len(rings) > 1:
            message = f"{len(rings)} is too many configured interfaces for the rrp_mode setting {mode}."
            self.report_error("too-many-links", ERROR_PREFIX + message, line or rings[1].line)

    def _resolves(self, key: str) -> bool:
        text = self.cmap.text(key)
        return text is not None and self.resolver.resolve(text, self.ip_version) is not None

    def _ring(self, ring: RingState, rings: list[RingState]) -> None:
        udp = self.transport == "udp"
        line = self.cmap.line(f"totem.interface.{ring.number}.mcastaddr") or ring.line
        if udp and ring.mcast is None:
            self.report_error("mcast-missing", ERROR_PREFIX + "No multicast address specified", line)
        if ring.port == 0:
            at = self.cmap.line(f"totem.interface.{ring.number}.mcastport") or line
            self.report_error("port-missing", ERROR_PREFIX + "No multicast port specified", at)
        if ring.ttl > 255:
            at = self.cmap.line(f"totem.interface.{ring.number}.ttl") or line
            self.report_error("ttl", ERROR_PREFIX + "Invalid TTL (should be 0..255)", at)
        elif not udp and ring.ttl != 1:
            at = self.cmap.line(f"totem.interface.{ring.number}.ttl") or line
            self.report_error("ttl", ERROR_PREFIX + "Can only set ttl on multicast transport types", at)
        family = ring.mcast.family if ring.mcast is not None else -1
        if family == 6 and self.nodeid == 0:
            self.report_error(
                "nodeid-missing", ERROR_PREFIX + "An IPV6 network requires that a node ID be specified.", line
            )
        bind = ring.bind.family if ring.bind is not None else -1
        if udp and not self.broadcast and ring.mcast is not None:
            if family != bind and 0 not in (family, bind):
                message = "Multicast address family does not match bind address family"
                self.report_error("mcast-family", ERROR_PREFIX + message, line)
            elif family == 4 and ring.mcast.value >> 28 != 0xE:
                self.report_error("mcast-address", ERROR_PREFIX + "mcastaddr is not a correct multicast address.", line)
        first = rings[0].bind.family if rings[0].bind is not None else -1
        if bind != first and 0 not in (bind, first):
            self.report_error("families", ERROR_PREFIX + "Not all bind address belong to the same IP family", ring.line)
        for other in rings[ring.number + 1 :] if udp else ():
            if ring.mcast == other.mcast != UNKNOWN_ADDRESS and abs(ring.port - other.port) <= 1:
                message = "Interfaces multicast address/port pair must differ"
                self.report_error("port-clash", ERROR_PREFIX + message, other.line)

    def _rrp(self, times: Timers) -> None:
        def number(key: str, default: int) -> int:
            return self.cmap.number(f"totem.{key}", "u32") or default

        threshold = number("rrp_problem_count_threshold", 10)
        count = "problem count"
        for what, key, default, minimum, unit in (
            ("problem count timeout parameter", "rrp_problem_count_timeout", 2000, 30, "ms"),
            ("problem count threshold", "rrp_problem_count_threshold", 10, 2, count),
            (
                "multicast problem count threshold",
                "rrp_problem_count_mcast_threshold",
                threshold * 10,
                2,
                "problem count",
            ),
            ("token expired timeout parameter", "rrp_token_expired_timeout", times.token_retransmit, 30, "ms"),
        ):
            value = number(key, default)
            if value < minimum:
                text = f"The RRP {what} ({value} {unit}) may not be less than ({minimum} {unit})."
                self.report_error("timer", ERROR_PREFIX + text, self.cmap.line(f"totem.{key}"))

    def _duplicates(self) -> None:
        ids: dict[int, int | None] = {}
        for key in self.keys:
            text = self.cmap.text(key.key) if key.attribute == "ring0_addr" else None
            if text is None:
                continue
            entry = self.cmap.entries.get(f"nodelist.node.{key.position}.nodeid")
            if entry is not None and entry.type == "u32":
                ids[key.position] = int(entry.value)
            else:
                address = self.resolver.resolve(text, "ipv4")
                ids[key.position] = address.value if address is not None and address.family else None
        keys = [(key.position, key.attribute == "ring0_addr") for key in self.keys]
        twice = find_duplicate_nodeid(keys, ids, starts_comparison=lambda is_address: is_address)
        if twice is not None:
            base = f"nodelist.node.{twice[1]}."
            line = self.cmap.line(base + "nodeid")
            automatic = "" if line else f"(autogenerated from {to_display(self.cmap.text(base + 'ring0_addr') or '')})"
            message = f"Nodeid {twice[0]}{automatic} appears twice in corosync.conf"
            self.report_error("nodeid-twice", message, line or self.cmap.line(base + "ring0_addr"))
