"""Faults put into a practice cluster and taken out again. What is in force stands in the instance's record."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from string import Template

from corotui.cluster.events import Note, Report, silent
from corotui.cluster.text import clean
from corotui.errors import Refused, UsageError, WorkFailed
from corotui.practice import boot, entering, instance, place, record, ring_view, wires
from corotui.practice.commands import run
from corotui.practice.faults import BY_NAME, FAULTS, Act, Fault, Where
from corotui.practice.model import DEFAULT_NAME
from corotui.practice.record import Injected, Record
from corotui.practice.ring_view import RingView

_RING_LIMIT = 60.0
_KEPT = "/var/lib/corotui-practice"

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


def inject(fault: str, node: str, *, name: str = DEFAULT_NAME, report: Report = silent) -> None:
    """Puts a fault into force on a node. Refused where it is so already or the cluster cannot have it."""
    chosen = BY_NAME.get(fault)
    if chosen is None:
        raise UsageError(f"There is no fault {fault!r}. Known: {', '.join(item.name for item in FAULTS)}.", changed="")
    with place.lock(f"instance-{name}", wait=False):
        found = instance.existing(name)
        _refuse(found, chosen, node)
        if not found.faults:
            found = replace(found, before={name: view.members for name, view in _look(found).items()})
        if chosen.needs_corosync and not found.before.get(node):
            raise Refused(
                f"corosync does not run on {node}; {fault} needs a ring to disturb.",
                next_step="Bring the ring up first.",
            )
        found = replace(found, faults=(*found.faults, Injected(fault, node)))
        record.save(found)
        report(Note(text=f"Now {chosen.title}.", node=node))
        try:
            _inject(found, chosen, node)
        except WorkFailed as error:
            error.changed = f"{fault} may be half in force; `corotui practice heal` takes it out."
            raise


def heal(*, name: str = DEFAULT_NAME, report: Report = silent) -> tuple[Injected, ...]:
    """Takes all faults out, the last one first, and waits until the ring is what it was before the first.

    Files that somebody changed while the fault was in force stay as they are now. Returns what was taken out.
    """
    with place.lock(f"instance-{name}", wait=False):
        found = instance.existing(name)
        healed = found.faults
        restart: set[str] = set()
        off = [node.name for node in found.nodes if not boot.running(found, node.name)]
        found = boot.start(found, off)
        boot.wait_for_ssh(found, off)
        for item in reversed(healed):
            fault = BY_NAME[item.fault]
            report(Note(text=f"Taking out {item.fault}.", node=item.node))
            _heal(found, fault, item.node, report)
            restart |= set(_nodes(found, fault.restarts, item.node))
            found = replace(found, faults=found.faults[:-1])
            record.save(found)
        if healed:
            ran = [node for node, members in found.before.items() if members]
            _parallel(
                found, [node for node in ran if node in restart], lambda made, node: _service(made, node, "restart")
            )
            _parallel(found, [node for node in ran if node in off], lambda made, node: _service(made, node, "start"))
            _wait_for_ring(found)
        return healed


def _service(found: Record, node: str, verb: str) -> None:
    # A unit that never failed since the node booted may be unknown to reset-failed.
    _sh(found, node, f"systemctl reset-failed corosync 2>&- || :; systemctl {verb} corosync", {}, timeout=120)


def _refuse(found: Record, fault: Fault, node: str) -> None:
    found.practice().node(node)
    if any(item.fault == fault.name and item.node == node for item in found.faults):
        raise Refused(f"{fault.name} is in force on {node} already.", next_step="Take it out: corotui practice heal")
    if found.shape.links < fault.needs_links:
        raise Refused(
            f"{fault.name} needs {fault.needs_links} links; {found.name} has {found.shape.links}.",
            next_step=f"Bring one up with them: corotui practice up --links {fault.needs_links}",
        )
    if found.shape.nodes < fault.needs_nodes:
        raise Refused(f"{fault.name} needs {fault.needs_nodes} nodes; {found.name} has {found.shape.nodes}.")
    for other in sorted(_touched(fault, found, node)):
        if not boot.running(found, other):
            raise Refused(f"{other} is off, and {fault.name} concerns it.", next_step="corotui practice heal")
    if fault.needs_file:
        words = entering.inside(found, node, ["test", "-s", fault.needs_file])
        if run(words, check=False, environment=entering.environment()).returncode != 0:
            raise Refused(f"{node} has no {fault.needs_file}; {fault.name} needs one.")


def _inject(found: Record, fault: Fault, node: str) -> None:
    if fault.files:
        for other in _nodes(found, fault.edits, node):
            _sh(found, other, _KEEP, _variables(found, fault, node))
    for act in fault.inject:
        _act(found, act, fault, node)
    if fault.files:
        for other in _nodes(found, fault.edits, node):
            _sh(found, other, _LEFT, _variables(found, fault, node))
    if fault.wire:
        family, body = fault.wire
        filled = Template(body).substitute(_variables(found, fault, node))
        run(["nft", "-f", "-"], stdin=f"table {family} {wires.fault_table(found, fault.name, node)} {{\n{filled}}}\n")
    if fault.power:
        boot.stop(found, [node])


def _heal(found: Record, fault: Fault, node: str, report: Report) -> None:
    if fault.wire:
        wires.remove_table(fault.wire[0], wires.fault_table(found, fault.name, node))
    if fault.files:
        for other in _nodes(found, fault.edits, node):
            for path in _sh(found, other, _GIVE_BACK, _variables(found, fault, node)).splitlines():
                report(Note(text=f"{path} was changed since; it stays as it is.", node=other))
    for act in fault.heal:
        _act(found, act, fault, node)
    for other in sorted(_touched(fault, found, node)):
        _sh(found, other, f'rm -rf "$KEEP"; rmdir {_KEPT} 2>/dev/null || true', _variables(found, fault, node))


def _act(found: Record, act: Act, fault: Fault, node: str) -> None:
    variables = _variables(found, fault, node)
    _parallel(
        found,
        _nodes(found, act.where, node),
        lambda made, other: _sh(made, other, f'mkdir -p "$KEEP"\n{act.script}', variables, timeout=180),
    )


def _nodes(found: Record, where: Where, node: str) -> tuple[str, ...]:
    everyone = tuple(item.name for item in found.nodes)
    match where:
        case Where.NOBODY:
            return ()
        case Where.NODE:
            return (node,)
        case Where.OTHERS:
            return tuple(name for name in everyone if name != node)
        case Where.ALL:
            return everyone


def _touched(fault: Fault, found: Record, node: str) -> set[str]:
    return {node, *(name for act in fault.inject for name in _nodes(found, act.where, node))}


def _variables(found: Record, fault: Fault, node: str) -> dict[str, str]:
    number = [item.name for item in found.nodes].index(node)
    own = found.nodes[number]
    last = 5405 + found.shape.links - 1
    return {
        "NODE": node,
        "ADDRESS": own.host,
        "SPARE": wires.address(found.slot, 0, 100 + number),
        "PEER": found.nodes[(number + 1) % len(found.nodes)].host,
        "GATEWAY": wires.gateway(found.slot),
        "PORTS": "5405" if last == 5405 else f"5405-{last}",
        "LAST": f"eth{found.shape.links - 1}",
        "VETHS": ", ".join(f'"{name}"' for name in found.thing(node).veths),
        "NODES": " ".join(f"{item.host}={item.name}" for item in found.nodes),
        "FILES": " ".join(fault.files),
        "KEEP": f"{_KEPT}/{fault.name}-{node}",
    }


def _sh(found: Record, node: str, script: str, variables: dict[str, str], *, timeout: float = 60.0) -> str:
    """Runs an sh script in a node; its output, cleaned. WorkFailed with its last words where it fails."""
    words = entering.inside(found, node, ["sh", "-euc", script])
    environment = {**entering.environment(), **variables}
    done = run(words, timeout=timeout, check=False, environment=environment)
    if done.returncode != 0:
        said = clean(done.stderr or done.stdout).strip()[-600:]
        raise WorkFailed(f"A command of the fault returned {done.returncode}: {said}", node=node, changed="")
    return clean(done.stdout)


def _parallel(found: Record, nodes: Iterable[str], work: Callable[[Record, str], object]) -> None:
    names = list(nodes)
    if names:
        with ThreadPoolExecutor(len(names)) as pool:
            list(pool.map(lambda name: work(found, name), names))


def _look(found: Record) -> dict[str, RingView]:
    names = [node.name for node in found.nodes]
    with ThreadPoolExecutor(len(names)) as pool:
        return dict(zip(names, pool.map(lambda name: _view(found, name), names), strict=True))


def _view(found: Record, node: str) -> RingView:
    if not boot.running(found, node):
        return RingView()
    words = entering.inside(found, node, ["sh", "-c", ring_view.SCRIPT])
    said = run(words, check=False, environment=entering.environment()).stdout
    return ring_view.parse(said.decode("utf-8", "replace"))


def _wait_for_ring(found: Record) -> None:
    """Until the ring is what it was before the first fault."""
    deadline = time.monotonic() + _RING_LIMIT
    while not ring_view.restored(found.before, seen := _look(found)):
        if time.monotonic() > deadline:
            counts = ", ".join(
                f"{name} counts {seen[name].members} of {members} members"
                for name, members in found.before.items()
                if members
            )
            raise WorkFailed(
                f"The faults are out, and after {_RING_LIMIT:g} s the ring is not what it was: {counts}.",
                changed="",
                next_step="`corotui doctor` on its directory says why.",
            )
        time.sleep(0.1)
