"""What starts and stops corosync on a node, and the commands for it."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

ServiceVerb = Literal["start", "stop", "restart"]


class ServiceManager(StrEnum):
    """What runs services on a node. An unknown one gets the commands of SysV, which are the least particular."""

    SYSTEMD = "systemd"
    SYSV = "sysv"
    UNKNOWN = ""

    @classmethod
    def from_text(cls, text: str) -> ServiceManager:
        """The service manager of that name, UNKNOWN for any other text."""
        return next((manager for manager in cls if manager.value == text), cls.UNKNOWN)

    def command(self, verb: ServiceVerb) -> str:
        """The command that starts, stops or restarts corosync; as an administrator types it."""
        return f"systemctl {verb} corosync" if self is self.SYSTEMD else f"service corosync {verb}"

    @property
    def enable_command(self) -> str:
        """The command that makes corosync start with the machine."""
        if self is self.SYSTEMD:
            return "systemctl enable corosync"
        return (
            "if command -v chkconfig >/dev/null; then chkconfig corosync on; "
            "else update-rc.d corosync defaults && update-rc.d corosync enable; fi"
        )

    @property
    def disable_command(self) -> str:
        """The command that keeps corosync from starting with the machine."""
        if self is self.SYSTEMD:
            return "systemctl disable corosync"
        return (
            "if command -v chkconfig >/dev/null; then chkconfig corosync off; "
            "else update-rc.d corosync disable; ! ls /etc/rc3.d/S*corosync >/dev/null 2>&1; fi"
        )

    @property
    def reset_failed_command(self) -> str:
        """The command that forgets earlier failures, "" where there is nothing to forget.

        systemd does not start a unit again that failed five times in a row until it is told to.
        """
        return "systemctl reset-failed corosync" if self is self.SYSTEMD else ""
