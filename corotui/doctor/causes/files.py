"""Nodes whose key or configuration differs from that of the others."""

from __future__ import annotations

from collections.abc import Iterator

from corotui.cluster.finding import Evidence, Finding, Remedy, Severity
from corotui.cluster.remedy_action import CopyAuthkey, RollOut
from corotui.cluster.text.redaction import redact_option
from corotui.conf.constants import AUTHKEY_PATH, CONF_PATH
from corotui.conf.daemon import start_reasons
from corotui.doctor import remedies, startup_failure
from corotui.doctor.context import DiagnosisContext, comparable_settings, majority_value
from corotui.doctor.evidence import NodeEvidence

_UNSET = "not set"
# Options that may differ between nodes of one ring; any other difference keeps them apart.
_HARMLESS = ("totem.config_version", "totem.cluster_name", "totem.token", "totem.consensus", "system.", "quorum.")


def check_authkey(context: DiagnosisContext) -> Iterator[Finding]:
    """`authkey-differs`: the configuration encrypts, and a node has another key than most; `authkey-missing`: it
    has none, while its corosync may still run with the key that it read at its start."""
    hashes: dict[str, object] = {}
    for node in context.nodes:
        key = node.facts.corosync.authkey if node.facts else None
        if key is not None and key.sha256:
            hashes[node.name] = key.sha256
    best = majority_value(hashes, context.ring.members)
    holders = [name for name, value in hashes.items() if value == best]
    for node in context.nodes:
        own = context.summaries.get(node.name)
        if own is None or not own.needs_key or not holders:
            continue
        others = [name for name in holders if name != node.name]
        if node.name in hashes and hashes[node.name] != best and others:
            yield _authkey_differs(context, node, str(hashes[node.name]), str(best), others)
        elif node.name not in hashes and node.facts is not None and not _start_failed_with(node, start_reasons.AUTHKEY):
            copies = tuple(
                Remedy(f"copy the authkey of {name} to {node.name}", node.name, action=CopyAuthkey(name))
                for name in others[:1]
            )
            running = node.view.running
            yield Finding(
                Severity.WARNING if running else Severity.ERROR,
                "authkey-missing",
                f"{node.name} has no authkey{' any more' if running else ''}; its corosync will not start.",
                node=node.name,
                place=own.key_path,
                evidence=(
                    Evidence(f"{own.key_path} is missing", node.name, "stat"),
                    Evidence("the configuration encrypts", node.name, "corosync.conf"),
                ),
                remedies=copies,
            )


def _authkey_differs(context: DiagnosisContext, node: NodeEvidence, own: str, best: str, others: list[str]) -> Finding:
    evidence = [
        Evidence(f"the sha256 of the key begins with {own[:12]}", node.name, f"sha256sum {AUTHKEY_PATH}"),
        Evidence(f"that of the others begins with {best[:12]}", ", ".join(others), f"sha256sum {AUTHKEY_PATH}"),
    ]
    for other in (node, *context.nodes):
        line = next((line for line in reversed(other.journal) if "Digest does not match" in line), None)
        if line is not None:
            evidence.append(Evidence("packets arrive with the digest of another key", other.name, "journal"))
            break
    inside = not context.is_outside_ring(node.name) and node.view.running
    source = next((name for name in others if not context.is_outside_ring(name)), others[0])
    title = f"copy the authkey of {source} to {node.name}"
    return Finding(
        Severity.WARNING if inside else Severity.ERROR,
        "authkey-differs",
        f"{node.name} has another authkey than {_list_names(others)}.",
        node=node.name,
        place=AUTHKEY_PATH,
        why="It still runs with the key that it read at its start; after its next start it will be alone."
        if inside
        else "Each side discards the packets of the other.",
        evidence=tuple(evidence),
        remedies=(remedies.copy_remedy(context, node.name, CopyAuthkey(source), title),),
    )


def check_sample(context: DiagnosisContext) -> Iterator[Finding]:
    """`not-configured`: the node has the corosync.conf of its package, which makes a ring of one node on loopback."""
    for node in context.nodes:
        own = context.summaries.get(node.name)
        if own is None or not own.is_package_sample:
            continue
        copies = _copy_conf(context, node.name) if context.reference_nodes else ()
        roll_out = Remedy(
            "roll out a corosync.conf", consequence="all nodes get the same one, or none does", action=RollOut()
        )
        yield Finding(
            Severity.ERROR,
            "not-configured",
            f"{node.name} has the corosync.conf of its package: a ring of its own on loopback.",
            node=node.name,
            place=CONF_PATH,
            evidence=(
                Evidence(f"it lists one node, {', '.join(own.node_names.values())}", node.name, "corosync.conf"),
                Evidence("that node's address is loopback", node.name, "corosync.conf"),
            ),
            remedies=copies or (roll_out,),
        )


def check_conf(context: DiagnosisContext) -> Iterator[Finding]:
    """`conf-differs`: a node has another corosync.conf than the reference.

    They are compared as the daemon reads them: comments, order and logging do not count.
    """
    if context.reference_conf is None:
        return
    wanted = comparable_settings(context.reference_summary)
    differing = {
        node.name: keys
        for node in context.nodes
        if (own := context.summaries.get(node.name)) is not None
        and not own.is_package_sample
        and (keys := _difference(wanted, comparable_settings(own)))
    }
    if (
        context.conf is not None
        and context.conf != context.reference_conf
        and _difference(wanted, comparable_settings(context.conf_summary))
    ):
        yield _not_rolled_out(context)
    for node in context.nodes:
        if node.conf is None and node.facts is not None and context.summaries:
            yield _missing(context, node)
        if node.name not in differing or _start_failed_with(
            node, start_reasons.CONF, start_reasons.NODELIST, start_reasons.VERSION
        ):
            continue
        keys = differing[node.name]
        own_settings = comparable_settings(context.summaries[node.name])
        grave = [
            key
            for key in keys
            if not key.startswith(_HARMLESS)
            and not _same_address(context, node.name, own_settings.get(key), wanted.get(key))
        ]
        keeps_apart = context.is_outside_ring(node.name) and bool(grave)
        evidence = [
            Evidence(
                f"{key}: {_shown(own_settings, key)}, elsewhere {_shown(wanted, key)}",
                node.name,
                "corosync.conf",
            )
            for key in (grave or keys)[:4]
        ]
        if len(keys) > len(evidence):
            evidence.append(Evidence(f"{len(keys)} options differ in total", node.name, "corosync.conf"))
        yield Finding(
            Severity.ERROR if keeps_apart else Severity.WARNING,
            "conf-differs",
            f"{node.name} has another corosync.conf than "
            f"{_list_names([name for name in context.reference_nodes if name != node.name])}.",
            node=node.name,
            place=CONF_PATH,
            why="Nodes form one ring only with the same nodelist, transport and encryption."
            if keeps_apart
            else "It has no effect until corosync there starts again.",
            evidence=tuple(evidence),
            remedies=_copy_conf(context, node.name),
        )


def _missing(context: DiagnosisContext, node: NodeEvidence) -> Finding:
    return Finding(
        Severity.WARNING if node.view.running else Severity.ERROR,
        "conf-differs",
        f"{node.name} has no corosync.conf.",
        node=node.name,
        place=CONF_PATH,
        evidence=(Evidence(f"{CONF_PATH} is missing", node.name, "stat"),),
        remedies=_copy_conf(context, node.name),
    )


def _copy_conf(context: DiagnosisContext, node: str) -> tuple[Remedy, ...]:
    copy = remedies.copy_conf(context, node)
    return (remedies.copy_remedy(context, node, copy[0], f"copy {copy[1]} to {node}"),) if copy else ()


def _not_rolled_out(context: DiagnosisContext) -> Finding:
    assert context.conf is not None
    wanted, local = comparable_settings(context.reference_summary), comparable_settings(context.conf_summary)
    return Finding(
        Severity.WARNING,
        "conf-not-applied",
        "The ring has another corosync.conf than the cluster directory.",
        place="corosync.conf",
        why="It was changed here and not rolled out, or it was changed on the nodes. In that case adopt theirs first.",
        evidence=tuple(
            Evidence(
                f"{key}: {_shown(wanted, key)}, in the directory {_shown(local, key)}",
                ", ".join(context.reference_nodes),
                "corosync.conf",
            )
            for key in _difference(wanted, local)[:4]
        ),
        remedies=(
            Remedy(
                title="roll out the corosync.conf of the directory",
                consequence=f"all {context.node_count} nodes change together, or none does",
                action=RollOut(),
            ),
        ),
    )


def _start_failed_with(node: NodeEvidence, *codes: str) -> bool:
    """Whether corosync on a node gave one of these reasons for not starting."""
    failure = startup_failure.find_start_failure(node)
    return failure is not None and failure.code in codes


def _same_address(context: DiagnosisContext, node: str, first: str | None, second: str | None) -> bool:
    """Whether two settings mean the same IP address on a node, such as a name and its address."""
    if first is None or second is None:
        return False
    return bool(set(context.resolve(first, node)) & set(context.resolve(second, node)))


def _difference(wanted: dict[str, str], own: dict[str, str]) -> list[str]:
    return sorted(name for name in {*wanted, *own} if wanted.get(name) != own.get(name))


def _shown(settings: dict[str, str], name: str) -> str:
    return redact_option(name, settings[name]) if name in settings else _UNSET


def _list_names(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "") if names else "the others"
