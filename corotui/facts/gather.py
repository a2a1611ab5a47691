"""Gathers facts: one round trip for each node, all nodes at once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from corotui.errors import WorkError
from corotui.facts import parse, script
from corotui.facts.model import Interface, NodeFacts
from corotui.ssh.fanout import NodeResults, Shells, on_nodes
from corotui.ssh.large_answers import parse_aside
from corotui.ssh.local import LocalShell
from corotui.ssh.remote_script import CHECK_SH, describe_limits, limited_sections, new_sentinel, run_to_limit
from corotui.ssh.shell import Shell


async def gather_facts(shell: Shell, *, names: Sequence[str] = ()) -> NodeFacts:
    """Gathers the facts of one node as root. `names`: host names for its resolver, besides its own.

    Raises what `Shell.run` raises, and WorkError where the node's answer is not the output of the script.
    Where a tool hangs, the facts hold what the others say, and name it.
    """
    # getent would take a leading dash for an option; no host name begins with one.
    to_resolve = tuple(dict.fromkeys(name for name in names if name and not name.startswith("-") and "\0" not in name))
    sentinel = new_sentinel()
    sent = time.time()
    stdout, stopped = await run_to_limit(script.facts_script(sentinel), shell, sentinel, "--", *to_resolve)
    received = time.time()

    def parse_answer() -> NodeFacts:
        sections = script.parse_sections(stdout, sentinel)
        if stopped is None and "end" not in sections:
            raise WorkError("the facts script did not run to its end.", node=shell.node, next_step=CHECK_SH)
        if stopped is not None and "who" not in sections:
            raise stopped
        hung, left_out = describe_limits(limited_sections(stdout, sentinel, stopped))
        facts = parse.parse_facts(shell.node, sections, names=to_resolve, sent=sent, received=received)
        return replace(facts, hung=hung, left_out=(*left_out, *facts.left_out))

    facts = await parse_aside(parse_answer, len(stdout))
    return with_local_interfaces(facts) if isinstance(shell, LocalShell) else facts


def with_local_interfaces(facts: NodeFacts) -> NodeFacts:
    """Returns facts of this machine with interfaces from netifaces; kinds and secondary addresses from the script."""
    from corotui.facts.local_interfaces import local_interfaces

    from_script = {interface.name: interface for interface in facts.interfaces}
    local = local_interfaces()
    return replace(facts, interfaces=tuple(_complete(item, from_script.get(item.name)) for item in local))


def _complete(interface: Interface, from_script: Interface | None) -> Interface:
    if from_script is None:
        return interface
    known = {address.ip: address for address in from_script.addresses}
    return replace(
        interface,
        addresses=tuple(known.get(address.ip, address) for address in interface.addresses),
        kind=from_script.kind,
        parent=from_script.parent,
    )


async def gather_all(shells: Shells, *, names: Sequence[str] = ()) -> NodeResults[NodeFacts]:
    """Gathers the facts of all nodes at once. `names` as for `gather_facts`."""
    return await on_nodes(shells, lambda shell: gather_facts(shell, names=names))
