"""Gates on practice nodes: a program there waits until the test lets it go on, however fast the machine is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum

from corotui.practice import PracticeCluster
from tests.support.nodes.ring_setup import inside

_GATE = "/run/corotui-gate"
_WAIT = f"while [ -e {_GATE} ]; do sleep 0.1; done"


class Gated(Enum):
    """What waits at a gate: the script that makes it wait, and the one that removes that."""

    COMPILE = (
        f"""cat >/usr/local/bin/make <<'END'
#!/bin/sh
case $1 in -j*) {_WAIT} ;; esac
exec /usr/bin/make "$@"
END
chmod 755 /usr/local/bin/make""",
        "rm -f /usr/local/bin/make",
    )
    """`make -j`, not the calls of make that configure tries."""

    INSTALL = (
        f"""echo 'DPkg::Pre-Invoke {{ "{_WAIT}"; }};' >/etc/apt/apt.conf.d/zz-corotui-gate""",
        "rm -f /etc/apt/apt.conf.d/zz-corotui-gate",
    )
    """apt before it calls dpkg; a simulation does not wait."""

    CONFIG_TEST = (
        f"""mv /usr/sbin/corosync /usr/sbin/corosync.real
cat >/usr/sbin/corosync <<'END'
#!/bin/sh
[ "$1" != -t ] || {_WAIT}
exec /usr/sbin/corosync.real "$@"
END
chmod 755 /usr/sbin/corosync""",
        "[ ! -e /usr/sbin/corosync.real ] || mv /usr/sbin/corosync.real /usr/sbin/corosync",
    )
    """`corosync -t`."""


@contextmanager
def gate(practice: PracticeCluster, node: str, gated: Gated) -> Iterator[Callable[[], None]]:
    """Closes a gate on a node while the block runs. Yields a function that opens it earlier."""
    shut, remove = gated.value

    def open_gate() -> None:
        inside(practice, node, f"rm -f {_GATE}")

    inside(practice, node, f"touch {_GATE}\n{shut}")
    try:
        yield open_gate
    finally:
        inside(practice, node, f"rm -f {_GATE}\n{remove}")
