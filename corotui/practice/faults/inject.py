"""Injects faults into a practice cluster and heals them. The cluster's record lists the faults in force."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from string import Template

from corotui.cluster.events import EventSink, Note, ignore_event
from corotui.cluster.service_manager import ServiceManager, ServiceVerb
from corotui.cluster.text.bounded import bounded_text, lines_of
from corotui.conf.constants import BASE_PORT
from corotui.errors import RefusedError, UsageError, WorkError
from corotui.practice import instance_record, lifecycle, node_exec, ring_view, state_dir
from corotui.practice.faults.catalog import FAULTS, FAULTS_BY_NAME, Fault, FaultStep, NodeScope
from corotui.practice.instance_record import ActiveFault, InstanceRecord
from corotui.practice.machine import network, nspawn
from corotui.practice.model import DEFAULT_NAME
from corotui.practice.ring_view import RingView
from corotui.practice.subprocesses import run

_RING_LIMIT = 60.0
_BACKUP_DIR = "/var/lib/corotui-practice"

_KEEP = """\
mkdir -p "$KEEP/was" "$KEEP/left"
for file in $FILES; do [ ! -e "$file" ] || cp -a --parents "$file" "$KEEP/was"; done
"""
_LEFT = 'for file in $FILES; do [ ! -e "$file" ] || cp -a --parents "$file" "$KEEP/left"; done\n'
_GIVE_BACK = """\
for file in $FILES; do
  if [ -e "$KEEP/left$file" ] && ! cmp -s "$file" "$KEEP/left$file"; then echo "$file"; continue; fi
  if [ ! -e "$KEEP/was$file" ]; then rm -f "$file"; continue; fi
  cp -a "$KEEP/was$file" "$file.healed"
  mv "$file.healed" "$file"
done
"""


def inject(fault: str, node: str, *, name: str = DEFAULT_NAME, report: EventSink = ignore_event) -> None:
    """Injects a fault into a node.

    Raises RefusedError if it is in force already or the cluster cannot have it, UsageError for an unknown fault.
    """
    chosen = FAULTS_BY_NAME.get(fault)
    if chosen is None:
        raise UsageError(f"There is no fault {fault!r}. Known: {', '.join(item.name for item in FAULTS)}.", changed="")
    with state_dir.lock(f"instance-{name}", wait=False):
        record = lifecycle.load_running(name)
        _check_injectable(record, chosen, node)
        if not record.faults:
            record = replace(record, before={name: view.members for name, view in _ring_views(record).items()})
        if chosen.needs_corosync and not record.before.get(node):
            raise RefusedError(
                f"corosync does not run on {node}; {fault} needs a ring to disturb.",
                next_step="Bring the ring up first.",
            )
        record = replace(record, faults=(*record.faults, ActiveFault(fault, node)))
        instance_record.save(record)
        report(Note(text=f"Now {chosen.title}.", node=node))
        try:
            _inject(record, chosen, node)
        except WorkError as error:
            error.changed = f"{fault} may be half in force; `corotui practice heal` removes it."
            raise


def heal(*, name: str = DEFAULT_NAME, report: EventSink = ignore_event) -> tuple[ActiveFault, ...]:
    """Heals all faults, the last one first, and waits until the ring is what it was before the first.

    Files that somebody changed while the fault was in force stay as they are. Returns the faults that were healed.
    """
    with state_dir.lock(f"instance-{name}", wait=False):
        record = lifecycle.load_running(name)
        healed = record.faults
        restart: set[str] = set()
        off = [node.name for node in record.nodes if not nspawn.is_running(record, node.name)]
        for node_off in off:
            lost = nspawn.has_lost_supervisor(record, node_off)
            report(Note(text="Ending what lives on of it, and booting it." if lost else "Booting it.", node=node_off))
        record = nspawn.start(record, off)
        nspawn.wait_for_ssh(record, off)
        for item in reversed(healed):
            fault = FAULTS_BY_NAME[item.fault]
            report(Note(text=f"Removing {item.fault}.", node=item.node))
            _heal(record, fault, item.node, report)
            restart |= set(_nodes_in_scope(record, fault.restarted_nodes, item.node))
            record = replace(record, faults=record.faults[:-1])
            instance_record.save(record)
        if healed:
            ran = [node for node, members in record.before.items() if members]
            _parallel(
                record,
                [node for node in ran if node in restart],
                lambda record, node: _service(record, node, "restart"),
            )
            _parallel(
                record, [node for node in ran if node in off], lambda record, node: _service(record, node, "start")
            )
            _wait_for_ring(record)
        return healed


def _service(record: InstanceRecord, node: str, verb: ServiceVerb) -> None:
    # A unit that never failed since the node booted may be unknown to reset-failed.
    manager = ServiceManager.SYSTEMD
    line = f"{manager.reset_failed_command} 2>&- || :; {manager.command(verb)}"
    _run_script(record, node, line, {}, timeout=120)


def _check_injectable(record: InstanceRecord, fault: Fault, node: str) -> None:
    record.to_practice().node(node)
    if any(item.fault == fault.name and item.node == node for item in record.faults):
        raise RefusedError(f"{fault.name} is in force on {node} already.", next_step="Remove it: corotui practice heal")
    if record.shape.links < fault.needs_links:
        raise RefusedError(
            f"{fault.name} needs {fault.needs_links} links; {record.name} has {record.shape.links}.",
            next_step=f"Bring one up with them: corotui practice up --links {fault.needs_links}",
        )
    if record.shape.nodes < fault.needs_nodes:
        raise RefusedError(f"{fault.name} needs {fault.needs_nodes} nodes; {record.name} has {record.shape.nodes}.")
    for other in sorted(_affected_nodes(fault, record, node)):
        if not nspawn.is_running(record, other):
            raise RefusedError(f"{other} is off, and {fault.name} concerns it.", next_step="corotui practice heal")
    if fault.needs_file:
        argv = node_exec.nsenter_command(record, node, ["test", "-s", fault.needs_file])
        if run(argv, check=False, environment=node_exec.node_environment()).returncode != 0:
            raise RefusedError(f"{node} has no {fault.needs_file}; {fault.name} needs one.")


def _inject(record: InstanceRecord, fault: Fault, node: str) -> None:
    if fault.edited_files:
        for other in _nodes_in_scope(record, fault.edited_nodes, node):
            _run_script(record, other, _KEEP, _variables(record, fault, node))
    for step in fault.inject_steps:
        _run_step(record, step, fault, node)
    if fault.edited_files:
        for other in _nodes_in_scope(record, fault.edited_nodes, node):
            _run_script(record, other, _LEFT, _variables(record, fault, node))
    if fault.nft_table:
        family, body = fault.nft_table
        filled = Template(body).substitute(_variables(record, fault, node))
        run(
            ["nft", "-f", "-"], stdin=f"table {family} {network.fault_table(record, fault.name, node)} {{\n{filled}}}\n"
        )
    if fault.powers_off:
        nspawn.stop(record, [node])


def _heal(record: InstanceRecord, fault: Fault, node: str, report: EventSink) -> None:
    if fault.nft_table:
        network.remove_table(fault.nft_table[0], network.fault_table(record, fault.name, node))
    if fault.edited_files:
        for other in _nodes_in_scope(record, fault.edited_nodes, node):
            for path in lines_of(_run_script(record, other, _GIVE_BACK, _variables(record, fault, node))):
                report(Note(text=f"{path} was changed since; it stays as it is.", node=other))
    for step in fault.heal_steps:
        _run_step(record, step, fault, node)
    for other in sorted(_affected_nodes(fault, record, node)):
        _run_script(
            record, other, f'rm -rf "$KEEP"; rmdir {_BACKUP_DIR} 2>/dev/null || true', _variables(record, fault, node)
        )


def _run_step(record: InstanceRecord, step: FaultStep, fault: Fault, node: str) -> None:
    variables = _variables(record, fault, node)
    _parallel(
        record,
        _nodes_in_scope(record, step.scope, node),
        lambda record, other: _run_script(record, other, f'mkdir -p "$KEEP"\n{step.script}', variables, timeout=180),
    )


def _nodes_in_scope(record: InstanceRecord, where: NodeScope, node: str) -> tuple[str, ...]:
    all_nodes = tuple(item.name for item in record.nodes)
    match where:
        case NodeScope.NONE:
            return ()
        case NodeScope.NODE:
            return (node,)
        case NodeScope.OTHERS:
            return tuple(name for name in all_nodes if name != node)
        case NodeScope.ALL:
            return all_nodes


def _affected_nodes(fault: Fault, record: InstanceRecord, node: str) -> set[str]:
    return {node, *(name for step in fault.inject_steps for name in _nodes_in_scope(record, step.scope, node))}


def _variables(record: InstanceRecord, fault: Fault, node: str) -> dict[str, str]:
    number = [item.name for item in record.nodes].index(node)
    own = record.nodes[number]
    last = BASE_PORT + record.shape.links - 1
    return {
        "NODE": node,
        "ADDRESS": own.host,
        "SPARE": network.address(record.slot, 0, 100 + number),
        "PEER": record.nodes[(number + 1) % len(record.nodes)].host,
        "GATEWAY": network.gateway(record.slot),
        "PORTS": str(BASE_PORT) if last == BASE_PORT else f"{BASE_PORT}-{last}",
        "LAST": f"eth{record.shape.links - 1}",
        "VETHS": ", ".join(f'"{name}"' for name in record.resources_of(node).veths),
        "NODES": " ".join(f"{item.host}={item.name}" for item in record.nodes),
        "FILES": " ".join(fault.edited_files),
        "KEEP": f"{_BACKUP_DIR}/{fault.name}-{node}",
    }


def _run_script(
    record: InstanceRecord, node: str, script: str, variables: dict[str, str], *, timeout: float = 60.0
) -> str:
    """Runs an sh script in a node and returns its output.

    Raises WorkError with the end of that output if it fails.
    """
    argv = node_exec.nsenter_command(record, node, ["sh", "-euc", script])
    environment = {**node_exec.node_environment(), **variables}
    done = run(argv, timeout=timeout, check=False, environment=environment)
    if done.returncode != 0:
        output = bounded_text(done.stderr or done.stdout).strip()[-600:]
        raise WorkError(f"A command of the fault returned {done.returncode}: {output}", node=node, changed="")
    return bounded_text(done.stdout)


def _parallel(record: InstanceRecord, nodes: Iterable[str], work: Callable[[InstanceRecord, str], object]) -> None:
    names = list(nodes)
    if names:
        with ThreadPoolExecutor(len(names)) as pool:
            list(pool.map(lambda name: work(record, name), names))


def _ring_views(record: InstanceRecord) -> dict[str, RingView]:
    names = [node.name for node in record.nodes]
    with ThreadPoolExecutor(len(names)) as pool:
        return dict(zip(names, pool.map(lambda name: _query_ring_view(record, name), names), strict=True))


def _query_ring_view(record: InstanceRecord, node: str) -> RingView:
    if not nspawn.is_running(record, node):
        return RingView()
    argv = node_exec.nsenter_command(record, node, ["sh", "-c", ring_view.SCRIPT])
    output = run(argv, check=False, environment=node_exec.node_environment()).stdout
    return ring_view.parse(output.decode("utf-8", "replace"))


def _wait_for_ring(record: InstanceRecord) -> None:
    """Waits until the ring is what it was before the first fault. Raises WorkError after _RING_LIMIT seconds."""
    deadline = time.monotonic() + _RING_LIMIT
    while not ring_view.ring_restored(record.before, seen := _ring_views(record)):
        if time.monotonic() > deadline:
            counts = ", ".join(
                f"{name} counts {seen[name].members} of {members} members"
                for name, members in record.before.items()
                if members
            )
            raise WorkError(
                f"The faults are removed, and after {_RING_LIMIT:g} s the ring is not what it was: {counts}.",
                changed="",
                next_step="`corotui doctor` on its directory says why.",
            )
        time.sleep(0.1)
