"""Which values the daemon's parser checks, and how: the tables of exec/coroparse.c for corosync 2.x and 3.x."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from corotui.conf.daemon.cmap import ValueType
from corotui.conf.host.facts import Host
from corotui.conf.version import Version

_TOTEM_U32 = (
    "version",
    "nodeid",
    "threads",
    "token",
    "token_retransmit",
    "hold",
    "token_retransmits_before_loss_const",
    "join",
    "send_join",
    "consensus",
    "merge",
    "downcheck",
    "fail_recv_const",
    "seqno_unchanged_const",
    "heartbeat_failures_allowed",
    "max_network_delay",
    "window_size",
    "max_messages",
    "miss_count_const",
    "netmtu",
)
_RRP = (
    "rrp_token_expired_timeout",
    "rrp_problem_count_timeout",
    "rrp_problem_count_threshold",
    "rrp_problem_count_mcast_threshold",
    "rrp_autorecovery_check_timeout",
)
_QUORUM_U32 = ("expected_votes", "votes", "last_man_standing_window", "leaving_timeout")
_QUORUM_U8 = ("two_node", "allow_downscale", "wait_for_all", "auto_tie_breaker", "last_man_standing")
_KNET_U32 = ("knet_ping_interval", "knet_ping_timeout", "knet_ping_precision", "knet_pong_count")

_DSCP = (
    {"ef": 46}
    | {f"cs{n}": 8 * n for n in range(8)}
    | {f"af{n}{m}": 8 * n + 2 * m for n in (1, 2, 3, 4) for m in (1, 2, 3)}
)

_MORE_CIPHERS = Version(2, 1, 1)


class AllowedValues(NamedTuple):
    """The values that a key may have, and the daemon's message for any other."""

    values: tuple[str, ...]
    error: str


@lru_cache(maxsize=64)
def number_types(version: Version) -> dict[str, dict[str, ValueType]]:
    """State of the parser -> full key -> type of the number that the daemon expects."""
    three = version.grammar >= 3
    totem = {f"totem.{key}": _u32() for key in _TOTEM_U32}
    if version >= Version(2, 1):
        totem["totem.config_version"] = "u64"
    if version < Version(3, 1, 10):
        totem |= {f"totem.{key}": _u32() for key in _RRP}
    if version >= Version(2, 3, 4):
        totem["totem.token_coefficient"] = "u32"
    if three:
        totem |= {
            f"totem.{key}": _u32() for key in ("token_warning", "knet_pmtud_interval", "knet_compression_threshold")
        }
        totem["totem.knet_compression_level"] = "i32"
    if version >= Version(3, 1, 7):
        totem["totem.knet_mtu"] = "u32"
    if version >= Version(3, 1, 10):
        totem["totem.ip_dscp"] = "u8"
    interface: dict[str, ValueType] = {"totem.interface.mcastport": "u16", "totem.interface.ttl": "u8"}
    interface[f"totem.interface.{'linknumber' if three else 'ringnumber'}"] = "u8"
    if three:
        interface["totem.interface.knet_link_priority"] = "u8"
        interface |= {f"totem.interface.{key}": _u32() for key in _KNET_U32}
    quorum: dict[str, ValueType] = {f"quorum.{key}": "u32" for key in _QUORUM_U32}
    quorum |= {f"quorum.{key}": "u8" for key in _QUORUM_U8}
    if version >= Version(2, 3, 3):
        quorum["quorum.expected_votes_tracking"] = "u8"
    device: dict[str, ValueType] = {"quorum.device.timeout": "u32", "quorum.device.votes": "u32"}
    if version >= Version(2, 1):
        device["quorum.device.master_wins"] = "u8"
    if version >= Version(2, 3, 4):
        device["quorum.device.sync_timeout"] = "u32"
    return {"totem": totem, "interface": interface, "quorum": quorum, "device": device}


def _u32() -> ValueType:
    return "u32"


def allowed_values(version: Version, host: Host) -> dict[str, AllowedValues]:
    """Full key -> the values it may have. Used only inside the sections `totem`, `system` and (2.x) `qb`."""
    out: dict[str, AllowedValues] = {}
    ciphers: tuple[str, ...] = ("none", "aes256", "aes192", "aes128")
    hashes: tuple[str, ...] = ("none", "md5", "sha1", "sha256", "sha384", "sha512")
    if version.grammar < 3:
        if version >= _MORE_CIPHERS:
            out["qb.ipc_type"] = AllowedValues(("native", "shm", "socket"), "Invalid qb ipc_type")
            out["totem.ip_version"] = AllowedValues(("ipv4", "ipv6"), "Invalid ip_version type")
    else:
        out["totem.ip_version"] = AllowedValues(("ipv4", "ipv6", "ipv6-4", "ipv4-6"), "Invalid ip_version type")
        _system(out, version)
    if version < Version(3, 0, 2):
        ciphers = (*ciphers, "3des") if version >= _MORE_CIPHERS else ciphers[:2]
        out["totem.crypto_type"] = AllowedValues(("nss", *ciphers[1:]), "Invalid crypto type")
        out["totem.crypto_cipher"] = AllowedValues(ciphers, "Invalid cipher type")
        out["totem.crypto_hash"] = AllowedValues(hashes, "Invalid hash type")
        return out
    if version.is_main:
        # A default build has no unencrypted ring; libknet gives the list.
        ciphers, hashes = ciphers[1:], hashes[1:]
    out["totem.crypto_cipher"] = AllowedValues(ciphers, f"Invalid cipher type. Should be {_or(ciphers)}")
    out["totem.crypto_hash"] = AllowedValues(hashes, f"Invalid hash type. Should be {_or(hashes)}")
    models = host.crypto_models if version >= Version(3, 1) else ("nss", "openssl")
    out["totem.crypto_model"] = AllowedValues(models, f"Invalid crypto model. Should be {_or(models)}")
    if version >= Version(3, 1, 3):
        models = host.compression_models
        error = f"Invalid compression model. Should be {_or(models)}"
        out["totem.knet_compression_model"] = AllowedValues(models, error)
    return out


def _system(out: dict[str, AllowedValues], version: Version) -> None:
    out["system.qb_ipc_type"] = AllowedValues(("native", "shm", "socket"), "Invalid system.qb_ipc_type")
    out["system.sched_rr"] = AllowedValues(("yes", "no"), "Invalid system.sched_rr value")
    cgroup = ("yes", "no", "auto") if version >= Version(3, 1, 5) else ("yes", "no")
    out["system.move_to_root_cgroup"] = AllowedValues(cgroup, "Invalid system.move_to_root_cgroup")
    if version >= Version(3, 1, 1):
        error = "Invalid system.allow_knet_handle_fallback"
        out["system.allow_knet_handle_fallback"] = AllowedValues(("yes", "no"), error)


def _or(values: tuple[str, ...]) -> str:
    return " or ".join(filter(None, (", ".join(values[:-1]), values[-1])))


def dscp(text: str) -> int | None:
    """A DSCP as corosync 3.1.10 reads it: a name, or 0 to 63 in decimal, hexadecimal (0x) or octal (0)."""
    if text in _DSCP:
        return _DSCP[text]
    digits = text.strip(" \t\n\v\f\r").removeprefix("+")
    if not digits:
        return 0  # strtol finds no digits, and nothing is left over
    base = 16 if digits[:2] in ("0x", "0X") else 8 if digits[0] == "0" else 10
    try:
        value = int(digits, base) if digits.isalnum() and digits.isascii() else -1
    except ValueError:
        return None
    return value if 0 <= value <= 63 else None
