"""The job of the console without a terminal; the console and `corotui apply` both drive it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from corotui.cluster.events import Report, silent
from corotui.cluster.finding import Finding
from corotui.cluster.model import Install, Node
from corotui.directory import Directory
from corotui.errors import CorotuiError
from corotui.rollout import Consent, Outcome
from corotui.ssh.shell import Ask
from corotui.walk import looking, mending, opening, rolling, watching, writing
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

    @property
    def outcome(self) -> Outcome | None:
        """What came of the last rollout, recovery or restore; None before, and where it was refused."""
        return self._session.outcome

    @property
    def failures(self) -> tuple[CorotuiError, ...]:
        """Why the last work failed; empty when it did not."""
        return self._session.failures

    @property
    def errors(self) -> Mapping[str, CorotuiError]:
        """The last error of each node that has one."""
        return self._session.errors

    def subscribe(self, painted: Painted, heard: Report = silent) -> Callable[[], None]:
        """Calls `painted` at each new picture and `heard` at each event, until the returned function is called."""
        return self._session.subscribe(painted, heard)

    def load(self) -> None:
        """Reads the directory and the saved state. No network: the first paint needs only this."""
        self._session.begin(opening.first_picture(self._session.directory, self._session.memory))

    def go(self, step: Step) -> None:
        """Stands at a step; reopening stands there."""
        writing.go(self._session, step)

    def add_node(self, node: Node) -> None:
        """Writes a node into cluster.toml; raises FileError where it cannot be."""
        writing.add_node(self._session, node)

    def remove_node(self, name: str) -> None:
        """Takes a node out of cluster.toml; nothing happens on the node."""
        writing.remove_node(self._session, name)

    def set_install(self, install: Install) -> None:
        """Writes [install] of cluster.toml."""
        writing.set_install(self._session, install)

    def choose_links(self, indices: Sequence[int]) -> None:
        """Indices into `picture.links`, link 0 first; none of them: the recommended ones. UsageError for others."""
        writing.choose_links(self._session, indices)

    def propose_conf(self) -> bytes:
        """The configuration from the chosen (else the recommended) links, into `picture.proposed`; writes no file.
        UsageError where no links reach every node."""
        return writing.propose_conf(self._session)

    def save_conf(self, data: bytes) -> None:
        """Writes the directory's corosync.conf and keeps the one before for `undo_conf`."""
        writing.save_conf(self._session, data)

    def undo_conf(self) -> bool:
        """Puts the corosync.conf before the last `save_conf` back; False when there is none."""
        return writing.undo_conf(self._session)

    async def connect(self, names: Sequence[str] | None = None) -> None:
        """Connects to all nodes (or these) at once."""
        await looking.connect(self._session, names)

    async def look(self, names: Sequence[str] | None = None) -> None:
        """Asks the nodes for facts; from them findings and link proposals. Connects where there is no connection."""
        await looking.look(self._session, names)

    async def prove(self) -> None:
        """Sends UDP between all pairs of nodes on the chosen links."""
        await looking.prove(self._session)

    async def mend(self, findings: Sequence[Finding]) -> None:
        """Runs the findings' remedies, all nodes at once, then looks again."""
        await mending.mend(self._session, findings)

    async def install(self) -> None:
        """Brings corosync onto the nodes without it, by the method of cluster.toml."""
        await mending.install(self._session)

    async def plan(self) -> None:
        """Makes `picture.plan`: of the directory's corosync.conf, else of the proposed one."""
        await rolling.plan(self._session)

    async def apply(self, *, allow_running: bool = False, allow_pacemaker: bool = False) -> None:
        """The rollout. `picture.progress` moves; ends with `picture.ring`.

        `allow_running`: take over a corosync that runs with a configuration that is not ours.
        `allow_pacemaker`: stop or restart corosync although Pacemaker runs on it.
        """
        await rolling.apply(self._session, _consents(allow_running, allow_pacemaker))

    async def recover(self, *, back: bool = False) -> None:
        """Finishes or undoes a rollout that was cut off; `back`: undoes it."""
        await rolling.recover(self._session, back=back)

    async def restore(
        self, generation: int | None, *, allow_running: bool = False, allow_pacemaker: bool = False
    ) -> None:
        """Rolls an earlier corosync.conf out again; None: the newest one that differs from the directory's."""
        await rolling.restore(self._session, generation, _consents(allow_running, allow_pacemaker))

    async def watch(self) -> None:
        """Keeps `picture.ring` and `picture.ring_events` fresh until it is cancelled."""
        await watching.watch(self._session)

    async def follow(self) -> None:
        """Shows in `picture.progress` a rollout that another corotui does on this directory, until it ends."""
        await watching.follow(self._session)

    async def examine(self) -> None:
        """Asks the doctor; the answer is `picture.doctor`."""
        await watching.examine(self._session)

    def stopped(self) -> bool:
        """Whether the work under way (or the last one) was told to stop."""
        return self._session.stop.asked

    def stop(self) -> None:
        """The work under way stops at its next safe point."""
        self._session.stop.ask()

    async def close(self) -> None:
        """Waits until the work under way is at a safe point, then closes the connections."""
        self.stop()
        await self._session.idle()
        await self._session.disconnect()


def _consents(running: bool, pacemaker: bool) -> frozenset[Consent]:
    return frozenset(
        consent for consent, given in ((Consent.RUNNING, running), (Consent.PACEMAKER, pacemaker)) if given
    )
