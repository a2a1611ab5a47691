"""Makes a practice node hostile, and honest again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager

from corotui.practice import PracticeCluster, execute
from tests.hostile.attacks.model import Attack
from tests.support.nodes.ring_setup import CONF, conf_text, form_ring, inside, members

_FOLDERS = ("/usr/local/sbin", "/usr/local/bin")
_REAL = ("/usr/sbin", "/usr/bin", "/sbin", "/bin")
_KEPT = "/run/hostile/kept"

# Whatever the attack left running. `sleep` and `yes` belong to no test and no service of a practice node.
_CLEAR = """
for name in yes sleep seq; do /usr/bin/pkill -9 -x "$name" 2>/dev/null; done
for folder in {folders}; do
    for tool in "$folder"/*; do
        if /usr/bin/head -n 2 "$tool" 2>/dev/null | /bin/grep -q '^# hostile$'; then
            /usr/bin/pkill -9 -f "^/bin/sh $tool( |$)"
            /bin/rm -f "$tool"
        fi
    done
done
true
""".format(folders=" ".join(_FOLDERS))


@contextmanager
def hostile(practice: PracticeCluster, node: str, attack: Attack) -> Iterator[None]:
    """The node is under that attack while the block runs; the others are not touched."""
    inside(practice, node, f"mkdir -p {_KEPT}")
    try:
        for path in attack.files:
            inside(practice, node, f"mkdir -p {_KEPT}{path.rpartition('/')[0]}; cp -a {path} {_KEPT}{path}")
        if attack.setup:
            inside(practice, node, attack.setup)
        if attack.tools:
            inside(practice, node, _wrappers(attack))
        yield
    finally:
        _clear(practice, node, attack)


def whole_again(practice: PracticeCluster) -> bool:
    """Whether the ring was whole; where it was not, it is formed again."""
    names = [node.name for node in practice.nodes]
    whole = all(members(practice, name) == len(names) for name in names)
    if not whole:
        form_ring(practice)
    return whole


def same_file(practice: PracticeCluster, nodes: list[str]) -> bool:
    """Whether all of these nodes have the same corosync.conf."""
    return len({inside(practice, name, f"sha256sum <{CONF}") for name in nodes}) == 1


def reset_file(practice: PracticeCluster) -> str:
    """Puts the first corosync.conf onto all nodes, lets corosync read it again, and returns it.

    A daemon that ran on other values would make the next change a longer one than the first.
    """
    text = conf_text(practice)
    for node in practice.nodes:
        inside(practice, node.name, f"cat >{CONF}; chmod 644 {CONF}", stdin=text)
    inside(practice, practice.nodes[0].name, "corosync-cfgtool -R >/dev/null")
    return text


def _wrappers(attack: Attack) -> str:
    lines = []
    for tool in attack.tools:
        body = attack.body if attack.body.endswith("\n") else attack.body + "\n"
        real = (
            f"for real in {' '.join(f'{folder}/{tool}' for folder in _REAL)} /bin/true; do [ -x $real ] && break; done"
        )
        text = f"#!/bin/sh\n# hostile\n{real}\n{body}"
        lines.append(f"kept=$(printf %s {shlex.quote(text)}; printf x)")
        lines += [f'printf %s "${{kept%x}}" >{folder}/{tool}; /bin/chmod 755 {folder}/{tool}' for folder in _FOLDERS]
    return "\n".join(lines)


def _clear(practice: PracticeCluster, node: str, attack: Attack) -> None:
    execute(practice.name, node, ["/bin/sh", "-c", _CLEAR])
    if attack.cleanup:
        execute(practice.name, node, ["/bin/sh", "-c", attack.cleanup])
    for path in attack.files:
        # The content goes into the old file where that is one: services and mounts may hold it open.
        script = f"[ -f {path} ] && cat {_KEPT}{path} >{path} || cp -a {_KEPT}{path} {path}"
        execute(practice.name, node, ["/bin/sh", "-c", script])
    execute(practice.name, node, ["/bin/sh", "-c", "rm -rf /run/hostile"])
