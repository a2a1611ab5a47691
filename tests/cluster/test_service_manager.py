"""The commands that start and stop corosync."""

from __future__ import annotations

import pytest

from corotui.cluster.service_manager import ServiceManager


@pytest.mark.parametrize(
    ("manager", "restart", "stop"),
    [
        (ServiceManager.SYSTEMD, "systemctl restart corosync", "systemctl stop corosync"),
        (ServiceManager.SYSV, "service corosync restart", "service corosync stop; ! pidof corosync >/dev/null"),
        (ServiceManager.UNKNOWN, "service corosync restart", "service corosync stop; ! pidof corosync >/dev/null"),
    ],
)
def test_commands(manager: ServiceManager, restart: str, stop: str) -> None:
    assert manager.command("restart") == restart
    assert manager.stop_and_verify_command == stop
    assert bool(manager.reset_failed_command) is (manager is ServiceManager.SYSTEMD)


def test_a_name_that_is_none_of_them_is_unknown() -> None:
    assert ServiceManager.from_text("systemd") is ServiceManager.SYSTEMD
    assert ServiceManager.from_text("openrc") is ServiceManager.UNKNOWN
