"""Practice clusters brought up, looked at and taken down."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from corotui.cluster.events import Note, Report, silent
from corotui.errors import Refused
from corotui.practice import (
    boot,
    directory_files,
    furnish,
    image,
    kernel_settings,
    place,
    processes,
    record,
    requirements,
    wires,
)
from corotui.practice.model import DEFAULT_NAME, Practice, PracticeNode, Shape, checked_name
from corotui.practice.record import NodeThings, Record


def never(question: str) -> bool:
    """An `ask` that agrees to nothing."""
    return False


def up(
    name: str = DEFAULT_NAME,
    shape: Shape | None = None,
    *,
    directory: Path | None = None,
    ask: Callable[[str], bool] = never,
    report: Report = silent,
) -> Practice:
    """Brings a practice cluster up, or finds it up in that shape already and changes nothing.

    `directory`: where its cluster directory is made, new or empty; default: below the state directory. `ask` is
    asked before system packages are installed. Refused where another shape of that name runs or this machine cannot.
    Whatever stops it half way, nothing of it stays.
    """
    checked_name(name)
    wanted = (shape or Shape()).checked()
    requirements.meet(ask=ask, report=report)
    with place.lock(f"instance-{name}", wait=False):
        found = record.load(name)
        if found is not None and _stands(found):
            return _same(found, wanted, directory)
        if found is not None:
            report(Note(text=f"Clearing what an earlier {name} left behind."))
            _take_down(found)
        root = image.provide(installed=wanted.installed, report=report)
        made = _allocate(name, wanted, root, directory)
        try:
            made = _build(made, report)
        except BaseException:
            _take_down(record.load(name) or made)
            raise
        return made.practice()


def down(name: str = DEFAULT_NAME, *, report: Report = silent) -> bool:
    """Removes all that an instance made, and only that. False where there is none of that name."""
    checked_name(name)
    if not place.instance(name).is_dir():
        return False
    with place.lock(f"instance-{name}", wait=False):
        found = record.load(name)
        if found is None:
            shutil.rmtree(place.instance(name))
            return False
        report(Note(text=f"Taking {name} down: {found.shape.words()}."))
        _take_down(found)
        return True


def existing(name: str = DEFAULT_NAME) -> Record:
    """The record of an instance that is up. Refused where it is not."""
    found = record.load(checked_name(name))
    if found is None:
        raise Refused(f"There is no practice cluster {name}.", next_step="Bring it up: corotui practice up")
    if not found.complete or found.boot != record.boot_id():
        raise Refused(
            f"The practice cluster {name} is not up; an earlier one left traces.",
            next_step="Clear them with `corotui practice down`, or bring it up anew with `corotui practice up`.",
        )
    return found


def status(name: str = DEFAULT_NAME) -> Mapping[str, object] | None:
    """What an instance is and does now, as JSON-able values, or None where there is none.

    `state`: up; partly (a node is off); stale (its machine was restarted, or `up` did not come to its end).
    """
    found = record.load(checked_name(name))
    if found is None:
        return None
    nodes: list[dict[str, object]] = []
    for node in found.nodes:
        runs = found.boot == record.boot_id() and boot.running(found, node.name)
        nodes.append({**node.to_json(), "running": runs, "ssh": runs and boot.answers(node.host)})
    if not found.complete or found.boot != record.boot_id():
        state = "stale"
    else:
        state = "up" if all(node["running"] for node in nodes) else "partly"
    return {
        **found.practice().to_json(),
        "nodes": nodes,
        "state": state,
        "faults": [{"fault": item.fault, "node": item.node} for item in found.faults],
    }


def _stands(found: Record) -> bool:
    if not found.complete or found.boot != record.boot_id():
        return False
    off = {item.node for item in found.faults if item.fault == "node-off"}
    return any(boot.running(found, node.name) for node in found.nodes) or off == {n.name for n in found.nodes}


def _same(found: Record, wanted: Shape, directory: Path | None) -> Practice:
    if found.shape != wanted or (directory is not None and str(directory.absolute()) != found.directory):
        raise Refused(
            f"The practice cluster {found.name} is up with {found.shape.words()} in {found.directory}.",
            next_step="Take it down first (`corotui practice down`), or use another --name.",
        )
    off = [node.name for node in found.nodes if not boot.running(found, node.name)]
    if off:
        raise Refused(
            f"The practice cluster {found.name} is up, but {', '.join(off)} is off.",
            next_step="`corotui practice heal` turns on what a fault turned off; else take it down and up again.",
        )
    return found.practice()


def _allocate(name: str, shape: Shape, root: Path, directory: Path | None) -> Record:
    """Chooses networks and names and puts them on record; nothing is made before that."""
    with place.lock("instances"):
        others = record.everyone()
        slot = wires.free_slot((other.slot for other in others), first=0 if name == DEFAULT_NAME else 1)
        home = place.instance(name)
        nodes = tuple(
            PracticeNode(
                f"node{number}",
                tuple(wires.address(slot, link, number) for link in range(shape.links)),
                shape.user,
            )
            for number in range(1, shape.nodes + 1)
        )
        hierarchies = processes.hierarchies()
        things = tuple(
            NodeThings(
                node=node.name,
                namespace=f"corotui-{name}-{node.name}",
                veths=tuple(wires.veth(slot, number, link) for link in range(shape.links)),
                root=str(home / "roots" / node.name),
                cgroups=tuple(str(path / f"corotui-{name}-{node.name}") for path in hierarchies),
                machine=f"corotui-{name}-{node.name}",
                console=str(home / f"{node.name}.console"),
            )
            for number, node in enumerate(nodes, 1)
        )
        at = (directory or home / "cluster").absolute()
        made = Record(
            name=name,
            slot=slot,
            shape=shape,
            boot=record.boot_id(),
            directory=str(at),
            given=directory is not None,
            key=str(directory_files.key_path(at)),
            image=str(root),
            bridges=tuple(wires.bridge(slot, link) for link in range(shape.links)),
            table=wires.table(slot),
            tmpfs=str(home / "memory"),
            nodes=nodes,
            things=things,
            password=secrets.token_urlsafe(9) if shape.password_sudo else "",
        )
        if directory is not None:
            directory_files.refuse_occupied(directory)
        wires.refuse_taken(made)
        record.save(made)
    return made


def _build(made: Record, report: Report) -> Record:
    report(Note(text=f"Bringing up {made.shape.words()}."))
    names = [node.name for node in made.nodes]
    with place.lock("instances"):
        kernel_settings.raise_for(sum(other.shape.nodes for other in record.everyone()))
    wires.make(made)
    boot.mount(made)
    with tempfile.TemporaryDirectory(dir=made.tmpfs) as folder:
        operator, *host_keys = furnish.key_pairs([f"{made.name} practice", *names], Path(folder))
    for node, thing, key in zip(made.nodes, made.things, host_keys, strict=True):
        furnish.furnish(
            Path(thing.root),
            node,
            made.nodes,
            made.shape,
            host_key=key,
            operator=operator.public,
            password=made.password,
        )
    made = boot.start(made, names)
    directory_files.write(made, operator, host_keys)
    boot.wait_for_ssh(made, names)
    made = replace(made, complete=True)
    record.save(made)
    return made


def _take_down(found: Record) -> None:
    """Removes in the order that lets each thing go, whatever of it is there; the record goes last."""
    if found.boot == record.boot_id():
        boot.stop(found, [node.name for node in found.nodes])
        boot.unmount(found)
        wires.remove(found)
    directory_files.remove(found)
    with place.lock("instances"):
        home = place.instance(found.name)
        record.path(found.name).unlink(missing_ok=True)
        shutil.rmtree(home)
        if not record.everyone():
            kernel_settings.give_back()
