"""One module for each family of causes. Each check reads the evidence and yields the findings that it proves.

A new check is added here to NODE_CAUSES, or called by `diagnose` if it needs what the others found.
"""

from __future__ import annotations

from corotui.doctor.causes import address, connectivity, daemon, files, packet_loss, startup

NODE_CAUSES = (
    connectivity.check_reachable,
    connectivity.check_installed,
    daemon.check_hung,
    daemon.check_unmanaged,
    startup.check_startup,
    address.check_address,
    address.check_loopback,
    packet_loss.check_interfaces,
    packet_loss.check_firewall,
    files.check_sample,
    files.check_authkey,
    files.check_conf,
    startup.check_directories,
    daemon.check_stopped,
)
"""The checks of single nodes, in the order in which they are preferred."""
