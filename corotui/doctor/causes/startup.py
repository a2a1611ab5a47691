"""Daemons that do not start because of their node: its files, directories, names and libraries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corotui.cluster.finding import Evidence, Finding, Remedy, Severity
from corotui.cluster.quoting import command, quote
from corotui.cluster.remedy_action import CopyAuthkey
from corotui.conf.constants import CONF_DIR, CONF_PATH, STATE_DIR
from corotui.conf.daemon import start_reasons
from corotui.doctor import remedies, startup_failure
from corotui.doctor.context import DiagnosisContext, find_own_node_id, parse_ip
from corotui.doctor.evidence import NodeEvidence
from corotui.doctor.startup_failure import StartFailure

_PLACE = re.compile(r"(corosync\.conf:\d+)")


def check_startup(context: DiagnosisContext) -> Iterator[Finding]:
    """A finding for each node whose corosync gave a reason for not starting, with the code of that reason."""
    for node in context.nodes:
        failure = startup_failure.find_start_failure(node)
        if failure is None or failure.code == start_reasons.RUNNING:
            continue
        what, explanation, remedy = _explain(context, node, failure)
        place = _PLACE.search(failure.text)
        yield Finding(
            Severity.ERROR,
            failure.code,
            what,
            node=node.name,
            place=place[1] if place else failure.subject if failure.subject.startswith("/") else "",
            why=explanation,
            evidence=_evidence(node, failure),
            remedies=remedy,
            certain=failure.certain,
        )


def check_directories(context: DiagnosisContext) -> Iterator[Finding]:
    """`log-directory-missing` and `state-directory` while corosync still runs, or before its first start."""
    for node in context.nodes:
        failure = startup_failure.find_start_failure(node)
        for path, state in node.directories.items():
            if (
                state == "ok"
                or path == CONF_DIR
                or (failure is not None and failure.code in (start_reasons.LOG, start_reasons.STATE))
            ):
                continue
            code = start_reasons.STATE if path.startswith(STATE_DIR) else start_reasons.LOG
            yield Finding(
                Severity.WARNING if node.view.running else Severity.ERROR,
                code,
                f"{path} is {state} on {node.name}; corosync does not start without it.",
                node=node.name,
                place=path,
                evidence=(Evidence(f"{path} is {state}", node.name, f"ls -ld {path}"),),
                remedies=_mkdir_remedy(context, node, path) if state == "missing" else _writable(node, path),
            )


def _evidence(node: NodeEvidence, failure: StartFailure) -> tuple[Evidence, ...]:
    evidence: list[Evidence] = []
    if failure.tested:
        evidence.append(Evidence(failure.text, node.name, "corosync -t"))
    if failure.logged and not failure.tested:
        evidence.append(Evidence(failure.text, node.name, "journal"))
    elif failure.logged:
        evidence.append(Evidence("its journal says the same", node.name, "journal"))
    if failure.exit_fits:
        evidence.append(Evidence(f"exit code {node.unit.exit_status}", node.name, "systemctl show corosync"))
    state = node.directories.get(failure.subject)
    if state is not None and state != "ok":
        evidence.append(Evidence(f"{failure.subject} is {state}", node.name, f"ls -ld {failure.subject}"))
    return tuple(evidence)


def _explain(
    context: DiagnosisContext, node: NodeEvidence, failure: StartFailure
) -> tuple[str, str, tuple[Remedy, ...]]:
    """(what, why, remedies) of the finding for a failure."""
    name = node.name
    match failure.code:
        case start_reasons.AUTHKEY:
            short = failure.subject.isdigit()
            return (
                f"The key of {name} is too short." if short else f"{name} has no authkey.",
                "The configuration turns on encryption, and all nodes need the same key.",
                _key_remedy(context, name),
            )
        case start_reasons.NODELIST:
            host = node.facts.hostname if node.facts else ""
            return (
                f"{name} does not find itself in the nodelist of its corosync.conf.",
                f"corosync looks for its host name{f' ({host})' if host else ''}, then for an address of its own.",
                _conf_remedy(context, node) or _rename(context, node),
            )
        case start_reasons.LOG:
            path = failure.subject.rpartition("/")[0]
            return (
                f"{path or 'The log directory'} is missing on {name}; corosync cannot open its log and does not start.",
                "",
                _mkdir_remedy(context, node, path) if path else (),
            )
        case start_reasons.STATE:
            path = STATE_DIR
            state = node.directories.get(path, "")
            return (
                f"corosync cannot use its state directory on {name}.",
                f"{path} is {state}." if state not in ("", "ok") else "It must exist, be writable and have free space.",
                _mkdir_remedy(context, node, path) if state == "missing" else _writable(node, path),
            )
        case start_reasons.VERSION:
            return (
                f"{name} has an older corosync.conf than the ring and therefore left it.",
                f"The ring has config_version {failure.subject}; a node with another one may not join.",
                _conf_remedy(context, node),
            )
        case start_reasons.NAME:
            return (
                f"{name} cannot resolve {failure.subject}, which its corosync.conf names.",
                "corosync does not start as long as an address is unknown.",
                _hosts_remedy(context, node, failure.subject),
            )
        case start_reasons.LIBRARY:
            return (
                f"corosync on {name} does not find the library {failure.subject}."
                if failure.subject
                else f"corosync on {name} does not find a library.",
                "After a build from source the linker cache may lack it. A crypto plugin may be in its own package.",
                (Remedy(title=f"update the linker cache on {name}", node=name, commands=("ldconfig",)),),
            )
    return f"corosync on {name} refuses its corosync.conf: {failure.text}", "", _conf_remedy(context, node)


def _conf_remedy(context: DiagnosisContext, node: NodeEvidence) -> tuple[Remedy, ...]:
    """Copies the reference corosync.conf, unless that is the refused one."""
    copy = remedies.copy_conf(context, node.name)
    good = context.reference_conf if copy is not None else None
    if copy is None or good is None or good == node.conf:
        file = f"{CONF_PATH} on {node.name}"
        manual = f"Correct {file} and test it with `corosync -t`."
        return (Remedy(title=f"correct {file}", node=node.name, manual=manual),)
    return (remedies.copy_remedy(context, node.name, copy[0], f"copy {copy[1]} to {node.name}"),)


def _key_remedy(context: DiagnosisContext, name: str) -> tuple[Remedy, ...]:
    holders = [
        node.name
        for node in context.nodes
        if node.name != name and node.facts is not None and node.facts.corosync.authkey is not None
    ]
    inside = [holder for holder in holders if not context.is_outside_ring(holder)]
    source = next(iter(inside or holders), None)
    if source is None:
        return (
            Remedy(
                title="make a key", node=name, manual="Run `corotui apply`: it makes a key and copies it to all nodes."
            ),
        )
    return (remedies.copy_remedy(context, name, CopyAuthkey(source), f"copy the authkey of {source} to {name}"),)


def _rename(context: DiagnosisContext, node: NodeEvidence) -> tuple[Remedy, ...]:
    if find_own_node_id(node, context.reference_summary) is None or node.facts is None:
        return ()
    return (
        Remedy(
            title=f"rename {node.facts.hostname} to {node.name}",
            node=node.name,
            commands=(command("hostnamectl", "set-hostname", node.name), *remedies.start_commands(context, node.name)),
            consequence=remedies.restart_consequence(context, node.name),
            verify=remedies.WAIT_FOR_RING,
        ),
    )


def _mkdir_remedy(context: DiagnosisContext, node: NodeEvidence, path: str) -> tuple[Remedy, ...]:
    restore = f"if command -v restorecon >/dev/null; then restorecon {quote(path)}; fi"
    commands = (command("install", "-d", "-m", "0755", path), restore)
    return (
        Remedy(
            title=f"create {path} on {node.name}",
            node=node.name,
            commands=commands if node.view.running else (*commands, *remedies.start_commands(context, node.name)),
            consequence="" if node.view.running else remedies.restart_consequence(context, node.name),
            verify=f"test -d {quote(path)}",
        ),
    )


def _writable(node: NodeEvidence, path: str) -> tuple[Remedy, ...]:
    manual = f"Check why {path} cannot be written: mount options (findmnt -T {path}), free space (df {path})."
    return (Remedy(title=f"make {path} writable on {node.name}", node=node.name, manual=manual),)


def _hosts_remedy(context: DiagnosisContext, node: NodeEvidence, name: str) -> tuple[Remedy, ...]:
    """Adds a line to /etc/hosts, if another node knows the address."""
    for other in context.nodes:
        for ip in context.resolve(name, other.name) if parse_ip(name) is None else ():
            if not ip.is_loopback:
                line = f"{ip} {name}"
                return (
                    Remedy(
                        title=f"add {name} to /etc/hosts of {node.name}",
                        node=node.name,
                        commands=(
                            "cp -p /etc/hosts /etc/hosts.corotui",
                            f"printf '%s\\n' {quote(line)} >> /etc/hosts",
                            *remedies.start_commands(context, node.name),
                        ),
                        consequence=remedies.restart_consequence(context, node.name),
                        verify=command("getent", "ahosts", name),
                    ),
                )
    manual = f"Give {name} an address in /etc/hosts of {node.name}, or write the address into corosync.conf."
    return (Remedy(title=f"add {name} to /etc/hosts of {node.name}", node=node.name, manual=manual),)
