"""What only a real start refuses, after `corosync -t` succeeded: votequorum, priority, quorum provider."""

from __future__ import annotations

import re

from corotui.conf.daemon.cmap import Cmap, DaemonError, leading_integer
from corotui.conf.daemon.crashes import SEGMENTATION_FAULT, SIGABRT_EXIT, SIGFPE_EXIT, SIGSEGV_EXIT
from corotui.conf.daemon.validation.resolver import Resolver, parse_address
from corotui.conf.daemon.validation.totem.model import TotemState
from corotui.conf.syntax import to_display
from corotui.conf.version import Version

SERVICE_ENGINE_EXIT = 20
CONFIG_EXIT = 8
FATAL_EXIT = 15
RING_ID_EXIT = 21
_U32 = 1 << 32
_POSITION = re.compile(r"nodelist\.node\.(\d+)\.").match
_NUMBER = re.compile(r"[ \t\n\v\f\r]*[+-]?[0-9]+").fullmatch
_MADE_BY_KERNEL = re.compile(r"/+proc(/.*)?").fullmatch
_ERROR = "configuration error: "


# Bytes: struct mcast twice (exec/totemsrp.c), struct totempg_mcast (exec/totempg.c), and four of the largest messages.
_HEADERS, _HEADERS_1 = 90, 150
_FRAGMENT = 8
_QUEUE = 4 << 20
_RETRANSMITS = 16384  # messages in the retransmit queue


def startup_errors(cmap: Cmap, version: Version, resolver: Resolver, totem: TotemState | None) -> list[DaemonError]:
    """Everything that ends a start, in the daemon's order. `totem` is None for 2.x."""
    out: list[DaemonError] = []
    priority = cmap.text("system.priority")
    if version.grammar >= 3 and priority not in (None, "max", "min") and not _integer(priority or ""):
        message = f"Priority value {to_display(priority or '')} is invalid"
        out.append(DaemonError("priority", message, cmap.line("system.priority"), CONFIG_EXIT))
    out += queue_limit_errors(cmap)
    folder = cmap.text("system.state_dir")
    if totem is not None and folder and _MADE_BY_KERNEL(folder):
        message = (
            f"Couldn't create ringid file '{to_display(folder)}/ringid_{totem.nodeid}': No such file or directory (2)"
        )
        out.append(DaemonError("state-dir", message, cmap.line("system.state_dir"), RING_ID_EXIT))
    if totem is not None and totem.transport == "udpu" and _has_no_local_interface(totem, resolver):
        message = "One of your ip addresses are now bound to localhost. Corosync would not work correctly."
        out.append(DaemonError("address-elsewhere", message, totem.links[0].line, FATAL_EXIT))
    provider = cmap.text("quorum.provider")
    if provider == "corosync_votequorum":
        out += [DaemonError(code, text, cmap.line(key), SERVICE_ENGINE_EXIT) for code, text, key in _votequorum(cmap)]
    elif provider is not None and provider != "corosync_ykd":
        line = cmap.line("quorum.provider")
        out.append(DaemonError("quorum-provider", "Invalid quorum provider", line, SERVICE_ENGINE_EXIT))
    if totem is not None and not totem.uses_nodelist:
        # The daemon ignores the nodelist, so this node has no number.
        message = "memb_join_message_send: Assertion `memb_join->header.nodeid' failed."
        out.append(DaemonError("first-node-nameless", message, cmap.line("nodelist.node.0.nodeid"), SIGABRT_EXIT))
    return out


def queue_limit_errors(cmap: Cmap, *, is_v1: bool = False) -> list[DaemonError]:
    """Limits of the message flow with which the daemon crashes."""
    out = _netmtu_errors(cmap, is_v1=is_v1)
    waits = cmap.number("totem.send_join", "u32")
    if waits and waits * 1000 % _U32 == 0:
        out.append(DaemonError("send-join", "Floating point exception", cmap.line("totem.send_join"), SIGFPE_EXIT))
    window = cmap.number("totem.window_size", "u32") or 50
    allowed = min(cmap.number("totem.max_messages", "u32") or 17, window)
    if (_RETRANSMITS - window - allowed) % _U32 >= _U32 // 2:
        line = cmap.line("totem.window_size") or cmap.line("totem.max_messages")
        out.append(DaemonError("window-size", "fcc_rtr_limit: Assertion `check >= 0' failed.", line, SIGABRT_EXIT))
    return out


def _netmtu_errors(cmap: Cmap, *, is_v1: bool) -> list[DaemonError]:
    """netmtu so small or so large that a queue has no room, or that the daemon divides by zero."""
    mtu = cmap.number("totem.netmtu", "u32")
    line = cmap.line("totem.netmtu")
    headers = _HEADERS_1 if is_v1 else _HEADERS
    if mtu == 0 or headers < mtu <= headers + _QUEUE // 2:
        return []
    if mtu < _FRAGMENT:
        message, code = (SEGMENTATION_FAULT, SIGSEGV_EXIT) if is_v1 else ("Can't initialize TOTEM layer", FATAL_EXIT)
        return [DaemonError("netmtu", message, line, code)]
    if mtu == headers:
        return [DaemonError("netmtu", "Floating point exception", line, SIGFPE_EXIT)]
    return [DaemonError("netmtu", "cs_queue_avail: Assertion `*avail >= 0' failed.", line, SIGABRT_EXIT)]


def _has_no_local_interface(totem: TotemState, resolver: Resolver) -> bool:
    """Whether no interface is in the network of this node's address; an unknown prefix length is taken as 24 or 64."""
    bind, host = totem.links[0].bind, resolver.host
    if bind is None or bind.family == 0 or host is None or host.addresses is None:
        return False
    for text in ("127.0.0.1/8", "::1/128", *host.addresses):
        address, _, prefix = text.partition("/")
        own = parse_address(address)
        if own is None or own.family != bind.family:
            continue
        size, usual = (32, 24) if own.family == 4 else (128, 64)
        shift = size - min(int(prefix) if prefix.isdecimal() else usual, size)
        if own.value >> shift == bind.value >> shift:
            return False
    return True


def _integer(text: str) -> bool:
    if text == "":
        return True  # strtol finds no digits, and no text is left over
    return _NUMBER(text) is not None and -(1 << 31) <= int(text) < 1 << 31


def _votequorum(cmap: Cmap) -> list[tuple[str, str, str]]:
    """votequorum_readconfig of exec/votequorum.c: code, message and the key concerned."""
    out: list[tuple[str, str, str]] = []

    def refuse(code: str, text: str, key: str) -> None:
        out.append((code, _ERROR + text, key))

    def flag(name: str) -> bool:
        return bool(cmap.number(f"quorum.{name}", "u8"))

    nodes, votes = _nodelist(cmap)
    expected = cmap.number("quorum.expected_votes", "u32")
    device = bool(cmap.text("quorum.device.model"))
    given = cmap.entries.get("quorum.device.votes")
    device_votes = int(given.value) if device and given is not None and given.type == "u32" else None
    model = "quorum.device.model"
    if not nodes and not expected:
        refuse("quorum-nodes", "nodelist or quorum.expected_votes must be configured!", "quorum.provider")
        return out
    two_node = flag("two_node")
    if two_node and device:
        message = "two_node and quorum device cannot be configured at the same time!"
        refuse("two-node-device", message, "quorum.two_node")
    tie = flag("auto_tie_breaker") and is_valid_tie_breaker(cmap.text("quorum.auto_tie_breaker_node"))
    wait = flag("wait_for_all") if "quorum.wait_for_all" in cmap.entries else two_node
    if tie and votes % 2 and not wait:
        if flag("last_man_standing"):
            message = "auto_tie_breaker & last_man_standing not available in odd sized cluster"
            refuse("tie-breaker-odd", message, "quorum.auto_tie_breaker")
        tie = False
    if device:
        for name, on in (("last_man_standing", flag("last_man_standing")), ("auto_tie_breaker", tie)):
            if on:
                refuse("device-conflict", f"quorum.device is not compatible with {name}", f"quorum.{name}")
        if flag("allow_downscale"):
            message = "quorum.device is not compatible with allow_downscale"
            refuse("device-conflict", message, "quorum.allow_downscale")
        if device_votes is None and expected:
            message = "quorum.device.votes must be specified when quorum.expected_votes is set"
            refuse("device-votes", message, model)
        elif device_votes is None and nodes and nodes != votes:
            message = "quorum.device.votes must be specified when not all nodes votes 1"
            refuse("device-votes", message, model)
        elif device_votes and expected and expected - device_votes < 2:
            message = "quorum.device.votes is too high or expected_votes is too low"
            refuse("device-votes", message, "quorum.device.votes")
    return out


def is_valid_tie_breaker(text: str | None) -> bool:
    """Whether corosync understands auto_tie_breaker_node; otherwise the tie breaker is off."""
    return text in (None, "lowest", "highest") or leading_integer(text or "") != 0


def _nodelist(cmap: Cmap) -> tuple[int, int]:
    """Number of nodes and the sum of their votes."""
    votes: dict[int, int] = {}
    for key in cmap.entries:
        if match := _POSITION(key):
            position = int(match[1])
            votes[position] = cmap.number(f"nodelist.node.{position}.quorum_votes", "u32", 1)
    return len(votes), sum(votes.values())
