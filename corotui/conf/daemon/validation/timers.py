"""The timers the daemon refuses (totem_volatile_config_validate of exec/totemconfig.c), all releases."""

from __future__ import annotations

from collections.abc import Iterator

from corotui.conf.daemon.cmap import Cmap
from corotui.conf.timers import SHORTER_HOLD_SINCE, Timers
from corotui.conf.version import Version

_MIN_MS = 30
_MIN_HOLD_MS = 14


def timer_errors(cmap: Cmap, version: Version, times: Timers) -> Iterator[tuple[str, str, str]]:
    """Code, the daemon's message and the key concerned, in the daemon's order."""
    if times.max_network_delay < _MIN_MS:
        yield _short("max_network_delay", "max_network_delay", times.max_network_delay, _MIN_MS)
    if times.token < _MIN_MS:
        yield _short("token", "token timeout", times.token, _MIN_MS)
    if version.grammar >= 3 and times.token_warning > 100:
        warning = _signed(times.token_warning)
        text = f"The token warning parameter ({warning}%) must be between 0 (disabled) and 100."
        yield "timer", text, "totem.token_warning"
    if times.token_retransmit < _MIN_MS:
        given = cmap.entries.get("totem.token_retransmit")
        if version < SHORTER_HOLD_SINCE or (given is not None and given.type == "u32"):
            yield _short("token_retransmit", "token retransmit timeout", times.token_retransmit, _MIN_MS)
        else:
            yield "timer", "Not appropriate token or token_retransmits_before_loss_const value set", _cause(cmap)
    hold = _MIN_HOLD_MS if version >= SHORTER_HOLD_SINCE else _MIN_MS
    if times.hold < hold:
        yield _short("hold", "token hold timeout", times.hold, hold)
    if times.join < _MIN_MS:
        yield _short("join", "join timeout", times.join, _MIN_MS)
    if times.consensus < _MIN_MS:
        yield _short("consensus", "consensus timeout", times.consensus, _MIN_MS)
    if times.consensus < times.join:
        text = f"The consensus timeout parameter ({_signed(times.consensus)} ms) may not be less than"
        key = "totem.consensus" if "totem.consensus" in cmap.entries else "totem.join"
        yield "timer", f"{text} join timeout ({_signed(times.join)} ms).", key
    if times.merge < _MIN_MS:
        yield _short("merge", "merge timeout", times.merge, _MIN_MS)
    if times.downcheck < _MIN_MS:
        yield _short("downcheck", "downcheck timeout", times.downcheck, _MIN_MS)


def _short(key: str, what: str, value: int, minimum: int) -> tuple[str, str, str]:
    text = f"The {what} parameter ({_signed(value)} ms) may not be less than ({minimum} ms)."
    return "timer", text, f"totem.{key}"


def _cause(cmap: Cmap) -> str:
    key = "totem.token_retransmits_before_loss_const"
    return key if key in cmap.entries and "totem.token" not in cmap.entries else "totem.token"


def _signed(value: int) -> int:
    """The daemon prints these with %d."""
    return value - 0x100000000 if value > 0x7FFFFFFF else value
