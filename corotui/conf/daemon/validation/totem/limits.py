"""Limits and sentences that the totem validation of several releases shares."""

from __future__ import annotations

from typing import Final

from corotui.conf.version import Version

ERROR_PREFIX: Final = "parse error in config: "
"""How the daemon begins what totem_config_validate refuses."""

MAX_RINGS: Final = 2
"""Rings of corosync 1.x and 2.x (INTERFACE_MAX)."""

MAX_LINKS: Final = 8
"""Links of corosync 3.x (INTERFACE_MAX)."""

HARMLESS_OVERFLOWS: Final = range(12)
"""Link numbers beyond the table whose entries overwrite memory that usually holds nothing else."""

BEYOND_MEMORY: Final = 1 << 16
"""From this link number on the entry lies outside the memory of the process."""

LINKS_NAMED_SINCE: Final = Version(3, 1)
"""From here on every link gets its defaults at the start too, and messages name the link."""
