"""Asks nodes for their facts: one round trip each, all nodes at once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from corotui.facts import script
from corotui.facts.model import Interface, NodeFacts
from corotui.facts.parsers import node_facts
from corotui.ssh.fanout import NodeResults, Shells, on_nodes
from corotui.ssh.local import LocalShell
from corotui.ssh.remote_script import new_sentinel, script_failed
from corotui.ssh.shell import Shell


async def gather_facts(shell: Shell, *, names: Sequence[str] = ()) -> NodeFacts:
    """The facts of one node, as root. `names`: what its resolver is asked besides its own name.

    Raises what `Shell.run` raises, and WorkError where the node answers something else than the script's output.
    """
    # getent would take a leading dash for an option; no host name begins with one.
    asked = tuple(dict.fromkeys(name for name in names if name and not name.startswith("-") and "\0" not in name))
    sentinel = new_sentinel()
    sent = time.time()
    result = await script.facts_script(sentinel).run(shell, "--", *asked)
    received = time.time()
    found = script.parse_sections(result.stdout, sentinel)
    if "who" not in found or "end" not in found:
        raise script_failed(result, "the facts script did not run to its end")
    facts = node_facts.parse_facts(shell.node, found, names=asked, sent=sent, received=received)
    return with_local_interfaces(facts) if isinstance(shell, LocalShell) else facts


def with_local_interfaces(facts: NodeFacts) -> NodeFacts:
    """This machine's facts with its interfaces from netifaces; kinds and secondary addresses as the script told."""
    from corotui.facts.local_interfaces import local_interfaces

    told = {interface.name: interface for interface in facts.interfaces}
    return replace(facts, interfaces=tuple(_completed(one, told.get(one.name)) for one in local_interfaces()))


def _completed(here: Interface, told: Interface | None) -> Interface:
    if told is None:
        return here
    known = {address.ip: address for address in told.addresses}
    return replace(
        here,
        addresses=tuple(known.get(address.ip, address) for address in here.addresses),
        kind=told.kind,
        parent=told.parent,
    )


async def gather_all(shells: Shells, *, names: Sequence[str] = ()) -> NodeResults[NodeFacts]:
    """Gathers the facts of all nodes at once. `names` as for `gather_facts`."""
    return await on_nodes(shells, lambda shell: gather_facts(shell, names=names))
