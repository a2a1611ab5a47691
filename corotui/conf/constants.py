"""Paths and numbers of corosync that several rooms need."""

from __future__ import annotations

from typing import Final

from corotui.conf.version import Version

CONF_DIR: Final = "/etc/corosync"
"""Directory of the configuration and the key."""

CONF_PATH: Final = "/etc/corosync/corosync.conf"
"""Where corosync reads its configuration (man corosync, all releases)."""

AUTHKEY_PATH: Final = "/etc/corosync/authkey"
"""Where corosync reads its key unless `totem.keyfile` says otherwise (man corosync.conf, all releases)."""

STATE_DIR: Final = "/var/lib/corosync"
"""Directory of the ring's state unless `system.state_dir` says otherwise (man corosync.conf, all releases)."""

BASE_PORT: Final = 5405
"""UDP port of link 0 (man corosync.conf, `mcastport`, all releases). Link N of knet has BASE_PORT + N."""

MIN_KEY_SIZE: Final = 128
"""Bytes of the shortest key: corosync reads at least 1024 bits (exec/totemconfig.c)."""

DEFAULT_RELEASE: Final = Version(3, 1, 7)
"""The corosync that is assumed where none is known: that of the current stable distributions."""

MAX_NODES: Final = 384
"""Members that a ring can have: PROCESSOR_COUNT_MAX (include/corosync/totem/totem.h, 2.4 and 3.1; exec/coroapi.h, 1.4).
Vendors support 16 to 32."""

MAX_LINKS: Final = 8
"""Links between two nodes, numbered from 0: INTERFACE_MAX (include/corosync/totem/totem.h, 3.1), 2 in 1.4 and 2.4."""

MAX_CMAP_KEY: Final = 255
"""Characters of a cmap key: ICMAP_KEYNAME_MAXLEN (include/corosync/icmap.h, 2.4 and 3.1)."""
