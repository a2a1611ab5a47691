"""Paths and numbers of corosync that more than one room needs."""

from __future__ import annotations

from typing import Final

CONF_PATH: Final = "/etc/corosync/corosync.conf"
"""Where corosync reads its configuration (man corosync, all releases)."""

AUTHKEY_PATH: Final = "/etc/corosync/authkey"
"""Where corosync reads its key unless `totem.keyfile` says otherwise (man corosync.conf, all releases)."""
