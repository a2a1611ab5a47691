"""Starts, stops and enables corosync through the node's service manager, and reads its log."""

from __future__ import annotations

from corotui.cluster.phrasing import excerpt
from corotui.cluster.service_manager import ServiceManager
from corotui.conf.version import Version
from corotui.errors import CorotuiError, WorkError
from corotui.rollout.model import NodePlan, ServiceAction
from corotui.ssh.shell import Shell

LIMIT = 120.0
"""Seconds for a start or a restart; systemd itself gives up after 90."""
_MAX_LOG_LINES = 12
_NOISE = (
    "exiting normally",
    "Please migrate config file",
    "Starting corosync.service",
    "Stopping corosync.service",
    "Stopped corosync.service",
)

# A corosync that was started by hand holds the lock and the ports: `systemctl start` would end with 18.
_SHUTDOWN_COMMAND = "corosync-cfgtool -H --force"
_SHUTDOWN_SINCE = Version(3, 1, 1)  # before it cfgtool knows no --force and takes its letters for options
_KILL_COMMAND = "kill -TERM $(pidof corosync)"
_WAIT = "i=0; while pidof corosync >/dev/null && [ $i -lt 20 ]; do sleep 0.5; i=$((i+1)); done"


def start_command(node: NodePlan) -> str:
    """Returns the command that makes corosync run on its new files, "" if it does already."""
    match node.service_action:
        case ServiceAction.START:
            return node.service_manager.command("start")
        case ServiceAction.RESTART:
            return node.service_manager.command("restart")
        case ServiceAction.RELOAD:
            return "corosync-cfgtool -R"
        case _:
            return ""


def stop_unmanaged_command(release: Version | None) -> str:
    """Returns the command that ends a corosync which its service does not know, and waits at most 10 s for that."""
    return f"{_SHUTDOWN_COMMAND if release is not None and release >= _SHUTDOWN_SINCE else _KILL_COMMAND}; {_WAIT}"


async def start(node: NodePlan, shell: Shell) -> None:
    """Enables and starts corosync as the plan says.

    Raises WorkError if it does not start, and what `Shell.run` raises.
    """
    if node.replaces_unmanaged:
        await shell.run(stop_unmanaged_command(node.release), privileged=True, timeout=30)
    if node.service_action in (ServiceAction.START, ServiceAction.RESTART):
        await reset_failed(node, shell)
    if node.enable:
        (await shell.run(node.service_manager.enable_command, privileged=True, timeout=60)).expect()
    line = start_command(node)
    if not line:
        return
    result = await shell.run(line, privileged=True, timeout=LIMIT)
    if not result.ok:
        # systemctl's own message only says how to find the log; `recent_log` reads it.
        raise WorkError(f"corosync did not start (`{line}` returned {result.exit_code})", node=node.name, changed="")


async def reset_failed(node: NodePlan, shell: Shell) -> None:
    """Clears the unit's "failed" state, so that it can be started again and looks as it did before a failed start."""
    reset = node.service_manager.reset_failed_command
    if reset:
        await shell.run(f"! systemctl -q is-failed corosync || {reset}", privileged=True, timeout=30)


async def recent_log(node: NodePlan, shell: Shell) -> tuple[str, ...]:
    """Returns corosync's last lines in the node's log, cleaned, at most twelve; empty if they cannot be read."""
    # Lines of the service, of systemd about it, and of a daemon that was started by hand or only tested.
    match = "_SYSTEMD_UNIT=corosync.service + UNIT=corosync.service + SYSLOG_IDENTIFIER=corosync"
    command = f"journalctl {match} --since=-5min -n 60 -o cat --no-pager 2>/dev/null"
    if node.service_manager is not ServiceManager.SYSTEMD:
        command = "grep corosync /var/log/messages /var/log/syslog 2>/dev/null | tail -n 40"
    try:
        result = await shell.run(command, privileged=True, timeout=15, limit=64 << 10)
    except CorotuiError:
        return ()
    lines = [excerpt(line, 300).strip() for line in result.text.splitlines()]
    lines = [line for line in lines if line and not any(phrase in line for phrase in _NOISE)]
    return tuple(dict.fromkeys(lines[-_MAX_LOG_LINES:]))
