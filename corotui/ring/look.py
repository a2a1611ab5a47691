"""One look at the ring: every node asked at once, one round trip each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

from corotui.cluster.shell import command
from corotui.cluster.text import clean_line
from corotui.errors import CorotuiError, WorkFailed
from corotui.ring.judge import judge
from corotui.ring.model import NodeView, Ring
from corotui.ring.reading import Reading, read
from corotui.ring.reading import view as view_of
from corotui.ring.script import SCRIPT
from corotui.ring.sections import Section, new_mark, split
from corotui.ssh.shell import Result, Shell

TIMEOUT = 20.0  # seconds for the script: two of its questions may hang for 5 s each before it stops asking
_LIMIT = 1 << 20  # bytes


async def look(
    shells: Mapping[str, Shell | CorotuiError], *, expected: Sequence[str], names: Mapping[int, str]
) -> Ring:
    """The ring as all nodes of `shells` see it now. An error in place of a shell is a node that cannot be reached.

    `expected`: names of the cluster's nodes. `names`: node id -> name, of corosync.conf. Raises nothing of its own: a
    node that fails is in the ring's nodes with its error.
    """
    return judge(named_views(await readings(shells), names), expected)


async def readings(shells: Mapping[str, Shell | CorotuiError]) -> list[Reading | NodeView]:
    """What each node says, in the order of `shells`; a NodeView stands for a node that said nothing."""
    return list(await asyncio.gather(*(_try(name, shell) for name, shell in shells.items())))


async def reading(shell: Shell) -> Reading:
    """Asks one node. Raises what the shell raises (NodeUnreachable, CommandTimeout, AuthenticationFailed), and
    WorkFailed where the node's sh did not run the script."""
    mark = new_mark()
    result = await shell.run(
        command("sh", "-s", mark), stdin=SCRIPT.encode(), privileged=True, timeout=TIMEOUT, limit=_LIMIT
    )
    return read(shell.node, sections_of(result, mark), time.time())


def sections_of(result: Result, mark: str) -> Mapping[str, Section]:
    """The sections of a script's output; WorkFailed where there is none."""
    found = split(result.text, mark)
    if found:
        return found
    said = clean_line((result.error_text or result.text).strip(), limit=300)
    raise WorkFailed(
        f"its sh did not run the script{': ' + said if said else ''}.",
        node=result.node,
        next_step="Look at what `sh -s` does there; a login shell that prints or replaces sh is the usual cause.",
    )


def named_views(found: Sequence[Reading | NodeView], names: Mapping[int, str]) -> list[NodeView]:
    """Views with names for members. What a node says of its own id wins over `names`, unless two nodes claim one id."""
    claims: dict[int, list[str]] = {}
    for item in found:
        if isinstance(item, Reading) and item.node_id is not None:
            claims.setdefault(item.node_id, []).append(item.node)
    own = {node_id: nodes[0] for node_id, nodes in claims.items() if len(nodes) == 1}
    return [view_of(item, {**names, **own}) if isinstance(item, Reading) else item for item in found]


def silent(name: str, error: CorotuiError) -> NodeView:
    """The view of a node that could not be asked."""
    return NodeView(name=name, reachable=False, taken_at=time.time(), error=error.what)


async def _try(name: str, shell: Shell | CorotuiError) -> Reading | NodeView:
    if isinstance(shell, CorotuiError):
        return silent(name, shell)
    try:
        return await reading(shell)
    except CorotuiError as error:
        return silent(name, error)
