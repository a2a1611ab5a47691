"""The timers the daemon refuses (totem_volatile_config_validate of exec/totemconfig.c), all releases."""

from __future__ import annotations

from collections.abc import Iterator

from corotui.conf.daemon.cmap import Cmap
from corotui.conf.timers import SHORTER_HOLD_SINCE, Timers
from corotui.conf.version import Version

_LEAST = 30
_LEAST_HOLD = 14


def timer_errors(cmap: Cmap, version: Version, times: Timers) -> Iterator[tuple[str, str, str]]:
    """Code, the daemon's sentence and the key to mend, in the daemon's order."""
    if times.max_network_delay < _LEAST:
        yield _short("max_network_delay", "max_network_delay", times.max_network_delay, _LEAST)
    if times.token < _LEAST:
        yield _short("token", "token timeout", times.token, _LEAST)
    if version.grammar >= 3 and times.token_warning > 100:
        warning = _signed(times.token_warning)
        text = f"The token warning parameter ({warning}%) must be between 0 (disabled) and 100."
        yield "timer", text, "totem.token_warning"
    if times.token_retransmit < _LEAST:
        given = cmap.entries.get("totem.token_retransmit")
        if version < SHORTER_HOLD_SINCE or (given is not None and given.type == "u32"):
            yield _short("token_retransmit", "token retransmit timeout", times.token_retransmit, _LEAST)
        else:
            yield "timer", "Not appropriate token or token_retransmits_before_loss_const value set", _cause(cmap)
    hold = _LEAST_HOLD if version >= SHORTER_HOLD_SINCE else _LEAST
    if times.hold < hold:
        yield _short("hold", "token hold timeout", times.hold, hold)
    if times.join < _LEAST:
        yield _short("join", "join timeout", times.join, _LEAST)
    if times.consensus < _LEAST:
        yield _short("consensus", "consensus timeout", times.consensus, _LEAST)
    if times.consensus < times.join:
        text = f"The consensus timeout parameter ({_signed(times.consensus)} ms) may not be less than"
        key = "totem.consensus" if "totem.consensus" in cmap.entries else "totem.join"
        yield "timer", f"{text} join timeout ({_signed(times.join)} ms).", key
    if times.merge < _LEAST:
        yield _short("merge", "merge timeout", times.merge, _LEAST)
    if times.downcheck < _LEAST:
        yield _short("downcheck", "downcheck timeout", times.downcheck, _LEAST)


def _short(key: str, words: str, value: int, least: int) -> tuple[str, str, str]:
    text = f"The {words} parameter ({_signed(value)} ms) may not be less than ({least} ms)."
    return "timer", text, f"totem.{key}"


def _cause(cmap: Cmap) -> str:
    key = "totem.token_retransmits_before_loss_const"
    return key if key in cmap.entries and "totem.token" not in cmap.entries else "totem.token"


def _signed(value: int) -> int:
    """The daemon prints these with %d."""
    return value - 0x100000000 if value > 0x7FFFFFFF else value
