"""The job of the console without a terminal; the console and `corotui apply` both drive it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from corotui.cluster.events import Report, silent
from corotui.cluster.finding import Finding
from corotui.cluster.model import Install, Node
from corotui.directory import Directory
from corotui.ssh.shell import Ask
from corotui.walk import memory
from corotui.walk.model import Picture, Step
from corotui.walk.session import Painted, Session


class Walk:
    """Holds the connections, the picture, and the one piece of work under way.

    The methods that are not async touch only the directory: fast, no network, each persists at once. The async ones
    work on nodes: they set `picture.busy`, report events, and put a node's failure into the picture; they raise only
    Refused, Locked and UsageError.
    """

    def __init__(self, directory: Directory, *, ask: Ask, report: Report = silent) -> None:
        self._session = Session(directory, ask, report)

    @property
    def picture(self) -> Picture:
        """What there is to paint now; RuntimeError before `load`."""
        return self._session.picture

    def subscribe(self, painted: Painted, heard: Report = silent) -> Callable[[], None]:
        """Calls `painted` at each new picture and `heard` at each event, until the returned function is called."""
        return self._session.subscribe(painted, heard)

    def load(self) -> None:
        """Reads the directory and the saved state. No network: the first paint needs only this."""
        self._session.begin(memory.first_picture(self._session.directory))

    def go(self, step: Step) -> None:
        """Stands at a step; reopening stands there."""
        raise NotImplementedError

    def add_node(self, node: Node) -> None:
        raise NotImplementedError

    def remove_node(self, name: str) -> None:
        raise NotImplementedError

    def set_install(self, install: Install) -> None:
        raise NotImplementedError

    def choose_links(self, indices: Sequence[int]) -> None:
        """Indices into `picture.links`, link 0 first."""
        raise NotImplementedError

    def propose_conf(self) -> bytes:
        """The configuration from the chosen (else the recommended) links, into `picture.proposed`; writes no file."""
        raise NotImplementedError

    def save_conf(self, data: bytes) -> None:
        """Writes the directory's corosync.conf and keeps the one before for `undo_conf`."""
        raise NotImplementedError

    def undo_conf(self) -> bool:
        """Puts the corosync.conf before the last `save_conf` back; False when there is none."""
        raise NotImplementedError

    async def connect(self, names: Sequence[str] | None = None) -> None:
        """Connects to all nodes (or these) at once."""
        raise NotImplementedError

    async def look(self, names: Sequence[str] | None = None) -> None:
        """Asks the nodes for facts; from them findings and link proposals. Connects where there is no connection."""
        raise NotImplementedError

    async def prove(self) -> None:
        """Sends UDP between all pairs of nodes on the chosen links."""
        raise NotImplementedError

    async def mend(self, findings: Sequence[Finding]) -> None:
        """Runs the findings' remedies, all nodes at once, then looks again."""
        raise NotImplementedError

    async def install(self) -> None:
        """Brings corosync onto the nodes without it, by the method of cluster.toml."""
        raise NotImplementedError

    async def plan(self) -> None:
        """Makes `picture.plan`."""
        raise NotImplementedError

    async def apply(self, *, allow_running: bool = False, allow_pacemaker: bool = False) -> None:
        """The rollout. `picture.progress` moves; ends with `picture.ring`.

        `allow_running`: take over a corosync that runs with a configuration that is not ours.
        `allow_pacemaker`: stop or restart corosync although Pacemaker runs on it.
        """
        raise NotImplementedError

    async def recover(self) -> None:
        """Finishes or undoes a rollout that was cut off."""
        raise NotImplementedError

    async def restore(self, generation: int | None) -> None:
        """Rolls an earlier corosync.conf out again; None: the one before the newest."""
        raise NotImplementedError

    async def watch(self) -> None:
        """Keeps `picture.ring` fresh until it is cancelled."""
        raise NotImplementedError

    async def examine(self) -> None:
        """Asks the doctor; the answer is `picture.doctor`."""
        raise NotImplementedError

    def stop(self) -> None:
        """The work under way stops at its next safe point."""
        self._session.stopping = True

    async def close(self) -> None:
        """Waits for the safe point, then closes the connections."""
        raise NotImplementedError
