"""Starts, stops and enables corosync through the node's service manager, and reads its log."""

from __future__ import annotations

from corotui.cluster.phrasing import excerpt
from corotui.cluster.service_manager import ServiceManager
from corotui.cluster.text.bounded import lines_of
from corotui.conf.daemon.start_reasons import causal_lines
from corotui.conf.version import Version
from corotui.errors import CorotuiError, WorkError
from corotui.rollout.model import NodePlan, ServiceAction
from corotui.ssh.remote_script import RemoteScript, daemon_functions
from corotui.ssh.shell import Shell

LIMIT = 120.0
"""Seconds for a start or a restart; systemd itself gives up after 90."""
_MAX_LOG_BYTES = 256 << 10

# A corosync that was started by hand holds the lock and the ports: `systemctl start` would end with 18.
_SHUTDOWN_SINCE = Version(3, 1, 1)  # before it cfgtool knows no --force and takes its letters for options
_STOP_UNMANAGED = RemoteScript(
    daemon_functions()
    + """\
shift
pids=$(daemon_pids corosync)
[ -n "$pids" ] || exit 0
case $1 in
cfgtool) corosync-cfgtool -H --force ;;
*) kill -TERM $pids ;;
esac
i=0
while [ -n "$(daemon_pids corosync)" ] && [ $i -lt 20 ]; do
  sleep 0.5
  i=$((i + 1))
done
exit 0
""",
    name="stop-unmanaged",
)
"""`stop-unmanaged cfgtool|kill`: ends a corosync which its service does not know, and waits at most 10 s for that."""

# 1.4's script returns 1 also when it stopped the daemon; and it finds it by its name alone.
_STOP_SYSV = RemoteScript(
    daemon_functions()
    + """\
service corosync stop </dev/null >&2
[ -z "$(daemon_pids corosync)" ]
""",
    timeout=LIMIT,
)
"""Stops the service and exits with 0 only if no daemon runs any more."""

# An age, not a time of day: the node's clock may differ from the one of this machine.
_JOURNAL = RemoteScript(
    daemon_functions() + 'corosync_journal journalctl -q --since="-$2ms" -n 1000 -o cat --no-pager 2>/dev/null\n',
    timeout=15.0,
    limit=_MAX_LOG_BYTES,
    name="journal",
)
"""`journal MS`: prints what corosync and systemd logged about it in the last MS milliseconds."""
_SYSLOG = RemoteScript(
    "grep corosync /var/log/messages /var/log/syslog 2>/dev/null | tail -n 40\n", timeout=15.0, limit=64 << 10
)


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


async def stop_unmanaged(release: Version | None, shell: Shell) -> None:
    """Ends a corosync of this release which its service does not know. Raises what `Shell.run` raises."""
    by_tool = release is not None and release >= _SHUTDOWN_SINCE
    await _STOP_UNMANAGED.run(shell, "cfgtool" if by_tool else "kill")


async def stop(node: NodePlan, shell: Shell) -> None:
    """Stops the service. Raises WorkError if corosync still runs then, and what `Shell.run` raises."""
    command = node.service_manager.command("stop")
    if node.service_manager is ServiceManager.SYSTEMD:
        (await shell.run(command, privileged=True, timeout=LIMIT)).expect()
    elif not (await _STOP_SYSV.run(shell)).ok:
        raise WorkError(f"corosync still runs after `{command}`", node=node.name, changed="")


async def start(node: NodePlan, shell: Shell) -> None:
    """Enables and starts corosync as the plan says.

    Raises WorkError if it does not start, and what `Shell.run` raises.
    """
    if node.replaces_unmanaged:
        await stop_unmanaged(node.release, shell)
    if node.service_action in (ServiceAction.START, ServiceAction.RESTART):
        await reset_failed(node, shell)
    if node.enable:
        (await shell.run(node.service_manager.enable_command, privileged=True, timeout=60)).expect()
    line = start_command(node)
    if not line:
        return
    result = await shell.run(line, privileged=True, timeout=LIMIT)
    if not result.ok:
        # systemctl's own message only says how to find the log; `failure_log` reads it.
        raise WorkError(f"corosync did not start (`{line}` returned {result.exit_code})", node=node.name, changed="")


async def reset_failed(node: NodePlan, shell: Shell) -> None:
    """Clears the unit's "failed" state, so that it can be started again and looks as it did before a failed start."""
    reset = node.service_manager.reset_failed_command
    if reset:
        await shell.run(f"! systemctl -q is-failed corosync || {reset}", privileged=True, timeout=30)


async def failure_log(node: NodePlan, shell: Shell, seconds: float) -> tuple[str, ...]:
    """Returns the lines of the node's log in the last `seconds` that say why corosync failed, at most three.

    Empty if the log cannot be read. A log without systemd's journal has no such limit of age.
    """
    try:
        if node.service_manager is ServiceManager.SYSTEMD:
            result = await _JOURNAL.run(shell, str(round(seconds * 1000)))
        else:
            result = await _SYSLOG.run(shell)
    except CorotuiError:
        return ()
    lines = [excerpt(line, 300).strip() for line in lines_of(result.text)]
    return causal_lines([line for line in lines if line])
