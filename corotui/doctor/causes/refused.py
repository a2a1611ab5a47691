"""A daemon that does not start because of what it finds on its node: files, directories, names, another daemon."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corotui.cluster.finding import Evidence, Finding, Remedy, Severity
from corotui.cluster.shell import command, quote
from corotui.doctor import remedies, start
from corotui.doctor.case import Case, as_ip, own_id
from corotui.doctor.evidence import NodeEvidence
from corotui.doctor.start import Failure

_PLACE = re.compile(r"(corosync\.conf:\d+)")


def refused(case: Case) -> Iterator[Finding]:
    """One finding for each node whose corosync gave a reason for not starting; its code is the reason's."""
    for node in case.nodes:
        why = start.failure(node)
        if why is None or why.code == start.RUNNING:
            continue
        what, explanation, remedy = _words(case, node, why)
        place = _PLACE.search(why.text)
        yield Finding(
            Severity.ERROR,
            why.code,
            what,
            node=node.name,
            place=place[1] if place else why.what if why.what.startswith("/") else "",
            why=explanation,
            evidence=_evidence(node, why),
            remedies=remedy,
            certain=why.certain,
        )


def directories(case: Case) -> Iterator[Finding]:
    """`log-directory-missing` and `state-directory` while corosync still runs, or before it was ever started."""
    for node in case.nodes:
        why = start.failure(node)
        for path, state in node.directories.items():
            if state == "ok" or path == "/etc/corosync" or (why is not None and why.code in (start.LOG, start.STATE)):
                continue
            code = start.STATE if path.startswith("/var/lib/corosync") else start.LOG
            yield Finding(
                Severity.WARNING if node.view.running else Severity.ERROR,
                code,
                f"{path} is {state} on {node.name}; corosync does not start without it.",
                node=node.name,
                place=path,
                evidence=(Evidence(f"{path} is {state}", node.name, f"ls -ld {path}"),),
                remedies=_make(case, node, path) if state == "missing" else _writable(node, path),
            )


def _evidence(node: NodeEvidence, why: Failure) -> tuple[Evidence, ...]:
    found: list[Evidence] = []
    if why.tested:
        found.append(Evidence(why.text, node.name, "corosync -t"))
    if why.logged and not why.tested:
        found.append(Evidence(why.text, node.name, "journal"))
    elif why.logged:
        found.append(Evidence("the same words in its journal", node.name, "journal"))
    if why.exit_fits:
        found.append(Evidence(f"exit code {node.unit.exit_status}", node.name, "systemctl show corosync"))
    state = node.directories.get(why.what)
    if state is not None and state != "ok":
        found.append(Evidence(f"{why.what} is {state}", node.name, f"ls -ld {why.what}"))
    return tuple(found)


def _words(case: Case, node: NodeEvidence, why: Failure) -> tuple[str, str, tuple[Remedy, ...]]:
    """(what, why, remedies) of a reason."""
    name = node.name
    match why.code:
        case start.AUTHKEY:
            short = why.what.isdigit()
            return (
                f"The key of {name} is too short." if short else f"{name} has no authkey.",
                "The configuration asks for encryption; all nodes share one key.",
                _key(case, name),
            )
        case start.NODELIST:
            host = node.facts.hostname if node.facts else ""
            return (
                f"{name} does not find itself in the nodelist of its corosync.conf.",
                f"corosync looks for its host name{f' ({host})' if host else ''}, then for an address of its own.",
                _conf(case, node) or _rename(case, node),
            )
        case start.LOG:
            path = why.what.rpartition("/")[0]
            return (
                f"{path or 'The log directory'} is missing on {name}; corosync cannot open its log and does not start.",
                "",
                _make(case, node, path) if path else (),
            )
        case start.STATE:
            path = "/var/lib/corosync"
            state = node.directories.get(path, "")
            return (
                f"corosync cannot use its state directory on {name}.",
                f"{path} is {state}." if state not in ("", "ok") else "It must be there, writable, with room on it.",
                _make(case, node, path) if state == "missing" else _writable(node, path),
            )
        case start.VERSION:
            return (
                f"{name} has an older corosync.conf than the ring and left it again.",
                f"The ring has config_version {why.what}; a node with another one may not join.",
                _conf(case, node),
            )
        case start.NAME:
            return (
                f"{name} cannot resolve {why.what}, which its corosync.conf names.",
                "corosync does not start while one address is unknown.",
                _hosts(case, node, why.what),
            )
        case start.LIBRARY:
            return (
                f"corosync on {name} misses the library {why.what or 'it asks for'}.",
                "After a build from source the linker's cache may not know it yet; a crypto plugin may be a package.",
                (Remedy(title=f"renew the linker's cache on {name}", node=name, commands=("ldconfig",)),),
            )
    return f"corosync on {name} refuses its corosync.conf: {why.text}", "", _conf(case, node)


def _conf(case: Case, node: NodeEvidence) -> tuple[Remedy, ...]:
    """Brings the file that holds, unless that is the refused one."""
    source = remedies.conf_from(case, node.name)
    good = case.truth if source is not None else None
    if source is None or good is None or good == node.conf:
        where = f"/etc/corosync/corosync.conf on {node.name}"
        return (Remedy(title=f"correct {where}", node=node.name, manual=f"Correct {where}, test it: corosync -t"),)
    return (remedies.copied(case, node.name, "conf", source[0], f"give {node.name} {source[1]}"),)


def _key(case: Case, name: str) -> tuple[Remedy, ...]:
    holders = [
        node.name
        for node in case.nodes
        if node.name != name and node.facts is not None and node.facts.corosync.authkey is not None
    ]
    inside = [holder for holder in holders if not case.outside(holder)]
    source = next(iter(inside or holders), None)
    if source is None:
        return (Remedy(title="make a key", node=name, manual="`corotui apply` makes a key and gives it to all nodes."),)
    return (remedies.copied(case, name, "authkey", source, f"give {name} the key of {source}"),)


def _rename(case: Case, node: NodeEvidence) -> tuple[Remedy, ...]:
    if own_id(node, case.truth_meaning) is None or node.facts is None:
        return ()
    return (
        Remedy(
            title=f"call {node.facts.hostname} {node.name}",
            node=node.name,
            commands=(command("hostnamectl", "set-hostname", node.name), *remedies.start_again(case, node.name)),
            consequence=remedies.consequence(case, node.name),
            verify=remedies.IN_RING,
        ),
    )


def _make(case: Case, node: NodeEvidence, path: str) -> tuple[Remedy, ...]:
    restore = f"if command -v restorecon >/dev/null; then restorecon {quote(path)}; fi"
    commands = (command("install", "-d", "-m", "0755", path), restore)
    return (
        Remedy(
            title=f"make {path} on {node.name}",
            node=node.name,
            commands=commands if node.view.running else (*commands, *remedies.start_again(case, node.name)),
            consequence="" if node.view.running else remedies.consequence(case, node.name),
            verify=f"test -d {quote(path)}",
        ),
    )


def _writable(node: NodeEvidence, path: str) -> tuple[Remedy, ...]:
    words = f"See why {path} cannot be written: mount options (findmnt -T {path}), room (df {path})."
    return (Remedy(title=f"make {path} writable on {node.name}", node=node.name, manual=words),)


def _hosts(case: Case, node: NodeEvidence, name: str) -> tuple[Remedy, ...]:
    """A line for /etc/hosts, where another node knows the address."""
    for other in case.nodes:
        for ip in case.resolved(name, other.name) if as_ip(name) is None else ():
            if not ip.is_loopback:
                line = f"{ip} {name}"
                return (
                    Remedy(
                        title=f"tell {node.name} where {name} is",
                        node=node.name,
                        commands=(
                            "cp -p /etc/hosts /etc/hosts.corotui",
                            f"printf '%s\\n' {quote(line)} >> /etc/hosts",
                            *remedies.start_again(case, node.name),
                        ),
                        consequence=remedies.consequence(case, node.name),
                        verify=command("getent", "ahosts", name),
                    ),
                )
    words = f"Give {name} an address in /etc/hosts of {node.name}, or write the address into corosync.conf."
    return (Remedy(title=f"tell {node.name} where {name} is", node=node.name, manual=words),)
