"""The commands that start and stop corosync."""

from __future__ import annotations

import pytest

from corotui.cluster.service_manager import ServiceManager


@pytest.mark.parametrize(
    ("manager", "restart"),
    [
        (ServiceManager.SYSTEMD, "systemctl restart corosync"),
        (ServiceManager.SYSV, "service corosync restart"),
        (ServiceManager.UNKNOWN, "service corosync restart"),
    ],
)
def test_commands(manager: ServiceManager, restart: str) -> None:
    assert manager.command("restart") == restart
    assert bool(manager.reset_failed_command) is (manager is ServiceManager.SYSTEMD)


def test_a_name_that_is_none_of_them_is_unknown() -> None:
    assert ServiceManager.from_text("systemd") is ServiceManager.SYSTEMD
    assert ServiceManager.from_text("openrc") is ServiceManager.UNKNOWN
