"""Brings practice clusters up and down, and reports their status."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from corotui.cluster.events import EventSink, Note, ignore_event
from corotui.errors import RefusedError
from corotui.practice import cluster_files, host_requirements, instance_record, state_dir
from corotui.practice.image import build, node_setup
from corotui.practice.instance_record import InstanceRecord, NodeResources
from corotui.practice.machine import network, nspawn, processes, sysctl
from corotui.practice.model import DEFAULT_NAME, PracticeCluster, PracticeNode, Shape, validate_name
from corotui.practice.status import NodeActivity, PracticeState, PracticeStatus


def decline(question: str) -> bool:
    """Answers every question with no."""
    return False


def up(
    name: str = DEFAULT_NAME,
    shape: Shape | None = None,
    *,
    directory: Path | None = None,
    ask: Callable[[str], bool] = decline,
    report: EventSink = ignore_event,
) -> PracticeCluster:
    """Brings a practice cluster up; changes nothing if it is up in that shape already.

    `directory` is the folder for its cluster directory, new or empty; by default one below the state directory. `ask`
    is called before system packages are installed. Raises RefusedError if a cluster of that name runs with another
    shape, or if this machine cannot run practice nodes. If it is stopped half way, nothing of it stays.
    """
    validate_name(name)
    shape = (shape or Shape()).validated()
    host_requirements.ensure_requirements(ask=ask, report=report)
    with state_dir.lock(f"instance-{name}", wait=False):
        record = instance_record.load(name)
        if record is not None and _is_up(record):
            return _check_same(record, shape, directory)
        if record is not None:
            report(Note(text=f"Clearing what an earlier {name} left behind."))
            _take_down(record)
        root = build.ensure_image(installed=shape.installed, report=report)
        record = _allocate(name, shape, root, directory)
        try:
            record = _bring_up(record, report)
        except BaseException:
            _take_down(instance_record.load(name) or record)
            raise
        return record.to_practice()


def down(name: str = DEFAULT_NAME, *, report: EventSink = ignore_event) -> bool:
    """Removes all that a practice cluster occupies, and only that. Returns False if there is none of that name."""
    validate_name(name)
    if not state_dir.instance(name).is_dir():
        return False
    with state_dir.lock(f"instance-{name}", wait=False):
        record = instance_record.load(name)
        if record is None:
            shutil.rmtree(state_dir.instance(name))
            return False
        report(Note(text=f"Taking {name} down: {record.shape.describe()}."))
        _take_down(record)
        return True


def load_running(name: str = DEFAULT_NAME) -> InstanceRecord:
    """The record of a practice cluster that is up. Raises RefusedError if it is not."""
    record = instance_record.load(validate_name(name))
    if record is None:
        raise RefusedError(f"There is no practice cluster {name}.", next_step="Bring it up: corotui practice up")
    if not record.complete or record.boot != instance_record.boot_id():
        raise RefusedError(
            f"The practice cluster {name} is not up; an earlier one left traces.",
            next_step="Clear them with `corotui practice down`, or bring it up anew with `corotui practice up`.",
        )
    return record


def status(name: str = DEFAULT_NAME) -> PracticeStatus | None:
    """What a practice cluster is and does now, None if there is none of that name."""
    record = instance_record.load(validate_name(name))
    if record is None:
        return None
    same_boot = record.boot == instance_record.boot_id()
    nodes: list[NodeActivity] = []
    for node in record.nodes:
        running = same_boot and nspawn.is_running(record, node.name)
        lost = same_boot and nspawn.has_lost_supervisor(record, node.name)
        answers = (running or lost) and nspawn.answers_ssh(node.host)
        nodes.append(NodeActivity(node, running, ssh=answers, lost_supervisor=lost))
    if not record.complete or not same_boot:
        state = PracticeState.STALE
    else:
        state = PracticeState.UP if all(node.running for node in nodes) else PracticeState.PARTLY
    return PracticeStatus(record.to_practice(), state, tuple(nodes), record.faults)


def _is_up(record: InstanceRecord) -> bool:
    if not record.complete or record.boot != instance_record.boot_id():
        return False
    off = {item.node for item in record.faults if item.fault == "node-off"}
    return any(nspawn.is_running(record, node.name) for node in record.nodes) or off == {n.name for n in record.nodes}


def _check_same(record: InstanceRecord, shape: Shape, directory: Path | None) -> PracticeCluster:
    if record.shape != shape or (directory is not None and str(directory.absolute()) != record.directory):
        raise RefusedError(
            f"The practice cluster {record.name} is up with {record.shape.describe()} in {record.directory}.",
            next_step="Take it down first (`corotui practice down`), or use another --name.",
        )
    off = [node.name for node in record.nodes if not nspawn.is_running(record, node.name)]
    if off:
        raise RefusedError(
            f"The practice cluster {record.name} is up, but {', '.join(off)} is off.",
            next_step="`corotui practice heal` boots it again.",
        )
    return record.to_practice()


def _allocate(name: str, shape: Shape, root: Path, directory: Path | None) -> InstanceRecord:
    """Chooses networks and names and writes the record. Nothing is created before that."""
    with state_dir.lock("instances"):
        others = instance_record.all_records()
        slot = network.free_slot((other.slot for other in others), first=0 if name == DEFAULT_NAME else 1)
        home = state_dir.instance(name)
        nodes = tuple(
            PracticeNode(
                f"node{number}",
                tuple(network.address(slot, link, number) for link in range(shape.links)),
                shape.user,
            )
            for number in range(1, shape.nodes + 1)
        )
        hierarchies = processes.cgroup_hierarchies()
        all_resources = tuple(
            NodeResources(
                node=node.name,
                namespace=f"corotui-{name}-{node.name}",
                veths=tuple(network.veth(slot, number, link) for link in range(shape.links)),
                root=str(home / "roots" / node.name),
                cgroups=tuple(str(path / f"corotui-{name}-{node.name}") for path in hierarchies),
                machine=f"corotui-{name}-{node.name}",
                console=str(home / f"{node.name}.console"),
            )
            for number, node in enumerate(nodes, 1)
        )
        at = (directory or home / "cluster").absolute()
        record = InstanceRecord(
            name=name,
            slot=slot,
            shape=shape,
            boot=instance_record.boot_id(),
            directory=str(at),
            given=directory is not None,
            key=str(cluster_files.key_path(at)),
            image=str(root),
            bridges=tuple(network.bridge(slot, link) for link in range(shape.links)),
            table=network.table(slot),
            tmpfs=str(home / "memory"),
            nodes=nodes,
            things=all_resources,
            password=secrets.token_urlsafe(9) if shape.password_sudo else "",
        )
        if directory is not None:
            cluster_files.refuse_occupied(directory)
        network.refuse_existing(record)
        instance_record.save(record)
    return record


def _bring_up(record: InstanceRecord, report: EventSink) -> InstanceRecord:
    report(Note(text=f"Bringing up {record.shape.describe()}."))
    names = [node.name for node in record.nodes]
    with state_dir.lock("instances"):
        sysctl.raise_limits(sum(other.shape.nodes for other in instance_record.all_records()))
    network.create_network(record)
    nspawn.mount(record)
    with tempfile.TemporaryDirectory(dir=record.tmpfs) as folder:
        operator, *host_keys = node_setup.key_pairs([f"{record.name} practice", *names], Path(folder))
    for node, resources, key in zip(record.nodes, record.things, host_keys, strict=True):
        secrets_of_node = node_setup.NodeSecrets(key, operator.public, record.password)
        node_setup.set_up_node(Path(resources.root), node, record.nodes, record.shape, secrets_of_node)
    record = nspawn.start(record, names)
    cluster_files.write(record, operator, host_keys)
    nspawn.wait_for_ssh(record, names)
    record = replace(record, complete=True)
    instance_record.save(record)
    return record


def _take_down(record: InstanceRecord) -> None:
    """Removes all that exists of the cluster, in the order in which it can be removed. The record goes last."""
    if record.boot == instance_record.boot_id():
        nspawn.stop(record, [node.name for node in record.nodes])
        nspawn.unmount(record)
        network.remove_network(record)
    cluster_files.remove(record)
    with state_dir.lock("instances"):
        home = state_dir.instance(record.name)
        instance_record.record_path(record.name).unlink(missing_ok=True)
        shutil.rmtree(home)
        if not instance_record.all_records():
            sysctl.restore_limits()
