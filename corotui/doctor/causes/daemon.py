"""Daemons that hang, that run beside their service, or that do not run though nothing keeps them from starting."""

from __future__ import annotations

from collections.abc import Iterator

from corotui.cluster.finding import Evidence, Finding, Remedy, Severity
from corotui.doctor import remedies
from corotui.doctor.context import DiagnosisContext
from corotui.doctor.evidence import CorosyncProcess, NodeEvidence
from corotui.doctor.startup_failure import find_start_failure

_STATES = {
    "T": "stopped by a signal",
    "t": "held by a debugger",
    "D": "waiting for a disk",
    "Z": "ended, not yet reaped",
}


def check_hung(context: DiagnosisContext) -> Iterator[Finding]:
    """`daemon-hung`: the process runs, but its tools get no answer. A stuck gather state looks the same."""
    for node in context.nodes:
        if not node.view.hung:
            continue
        evidence = [Evidence("corosync's tools get no answer within 5 s", node.name, "timeout 5 corosync-cmapctl")]
        for process in node.processes:
            state = _STATES.get(process.state, f"in state {process.state}")
            evidence.append(Evidence(f"process {process.pid} is {state}", node.name, f"/proc/{process.pid}/status"))
        stopped = next((process for process in node.processes if process.state == "T"), None)
        if stopped is not None:
            remedy = Remedy(
                title=f"let corosync on {node.name} continue",
                node=node.name,
                commands=(f"kill -CONT {stopped.pid}",),
                consequence=f"{node.name} rejoins the ring by itself",
                verify="timeout 5 corosync-cmapctl totem.version",
            )
            why = "It got SIGSTOP from a person, a debugger or a snapshot. The other nodes take it for dead meanwhile."
        else:
            remedy = remedies.start_remedy(context, node.name, f"restart corosync on {node.name}")
            why = "It may be stuck while it forms a ring (check the MTU), or broken."
        yield Finding(
            Severity.ERROR,
            "daemon-hung",
            f"corosync on {node.name} runs but does not answer" + (": it is stopped by a signal." if stopped else "."),
            node=node.name,
            place=f"process {node.processes[0].pid}" if node.processes else "",
            why=why,
            evidence=tuple(evidence),
            remedies=(remedy,),
            certain=bool(node.processes),
        )


def check_unmanaged(context: DiagnosisContext) -> Iterator[Finding]:
    """`already-running`: a corosync that no service started holds the lock, so that of the service exits with 18."""
    for node in context.nodes:
        unmanaged = _unmanaged_processes(node)
        if not unmanaged or node.unit.active in ("", "active"):
            continue
        pids = " ".join(str(process.pid) for process in unmanaged)
        evidence = [
            Evidence(f"process {process.pid}: {process.command or 'corosync'}", node.name, "/proc")
            for process in unmanaged
        ]
        evidence.append(Evidence(_describe_unit(node), node.name, "systemctl show corosync"))
        logged = next((line for line in reversed(node.journal) if "Another Corosync instance" in line), None)
        if logged:
            evidence.append(Evidence(logged, node.name, "journal"))
        wait = f"i=0; while kill -0 {pids} 2>/dev/null && [ $i -lt 50 ]; do sleep 0.2; i=$((i+1)); done"
        yield Finding(
            Severity.ERROR if node.unit.has_failed or context.is_outside_ring(node.name) else Severity.WARNING,
            "already-running",
            f"A corosync that was not started by its service runs on {node.name}; the service cannot start beside it.",
            node=node.name,
            place=f"process {pids}",
            why="When the machine restarts or the process ends, nothing starts it again.",
            evidence=tuple(evidence),
            remedies=(
                Remedy(
                    title=f"end process {pids} and start the service on {node.name}",
                    node=node.name,
                    commands=(f"kill {pids}; {wait}", *remedies.start_commands(context, node.name)),
                    risk=remedies.restart_risk(context, node.name),
                    consequence=remedies.restart_consequence(context, node.name),
                    verify="systemctl is-active --quiet corosync",
                ),
            ),
        )


def check_stopped(context: DiagnosisContext) -> Iterator[Finding]:
    """`daemon-stopped`: corosync is installed and does not run, though its files would let it start."""
    for node in context.nodes:
        installed = node.view.corosync_version or (node.facts is not None and node.facts.corosync.version)
        if (
            not node.reachable
            or node.view.running
            or node.processes
            or not installed
            or find_start_failure(node) is not None
        ):
            continue
        evidence = [Evidence("no corosync of root runs", node.name, "/proc")]
        if node.unit.load:
            evidence.append(Evidence(_describe_unit(node), node.name, "systemctl show corosync"))
        if node.conf_test is not None and node.conf_test.code == 0:
            evidence.append(Evidence("its configuration is accepted", node.name, "corosync -t"))
        ended = _exit_line(node)
        if ended:
            evidence.append(Evidence(ended, node.name, "journal"))
        yield Finding(
            Severity.ERROR,
            "daemon-stopped",
            f"corosync is stopped on {node.name}.",
            node=node.name,
            evidence=tuple(evidence),
            remedies=(remedies.start_remedy(context, node.name),),
        )


def _unmanaged_processes(node: NodeEvidence) -> tuple[CorosyncProcess, ...]:
    return tuple(item for item in node.processes if item.pid != node.unit.main_pid and item.state != "Z")


def _describe_unit(node: NodeEvidence) -> str:
    unit = node.unit
    text = f"the service is {unit.active or 'unknown'}"
    if unit.result not in ("", "success"):
        text += f" ({unit.result})"
    if unit.exit_status:
        text += f", last exit code {unit.exit_status}"
    return text


def _exit_line(node: NodeEvidence) -> str:
    """The log line that says how the daemon ended, "" for none."""
    for line in reversed(node.journal[-40:]):
        if any(text in line for text in ("exiting normally", "shut down by sysadmin", "code=killed", "code=dumped")):
            return line
    return ""
