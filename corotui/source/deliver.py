"""Bringing packages to a node: sent, rehearsed, installed, verified; and taken away again."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from corotui.cluster.events import Report, State, StepChanged
from corotui.cluster.shell import quote
from corotui.directory import Directory
from corotui.errors import CommandFailed, CorotuiError, WorkFailed
from corotui.facts.model import NodeFacts
from corotui.source import detached, verify
from corotui.source.before import Before, Ledger, parse_snapshot
from corotui.source.managers import Manager, manager_for
from corotui.source.package import Package, Store
from corotui.source.together import together
from corotui.ssh.shell import Shell

FOLDER = "/var/lib/corotui"
LIMIT = 1800.0  # seconds for one run of a package manager, with what it downloads
SEND, REHEARSE, INSTALL, VERIFY = "send", "rehearse", "install", "verify"
T = TypeVar("T")


@dataclass(slots=True)
class Delivery:
    """One node that gets packages. `before` is set once it is known what is there; `installed` once ours came."""

    shell: Shell
    facts: NodeFacts
    form: str
    packages: tuple[Package, ...]
    version: str
    ledger: Ledger
    report: Report
    manager: Manager = field(init=False)
    before: Before | None = None
    installed: bool = False
    fresh: bool = True  # False: an earlier installation of ours ended well there, and failing now does not undo that

    def __post_init__(self) -> None:
        self.manager = manager_for(self.facts.os, self.form)

    @property
    def node(self) -> str:
        return self.shell.node

    @property
    def folder(self) -> str:
        return f"{FOLDER}/packages"

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(f"{self.folder}/{package.file}" for package in self.packages)

    @property
    def half(self) -> bool:
        """Whether something of ours is there, the tools of a build or more, and no installation that ended well."""
        if self.before is not None:
            return self.fresh
        kept = self.ledger.read(self.node)
        return kept is not None and not kept.complete

    async def needed(self) -> bool:
        """False where these very builds are installed already, and whole."""
        names = [package.name for package in self.packages]
        marks = await self.shell.run(self.manager.marks(names), privileged=True, timeout=60)
        there = set(marks.text.split("\n"))
        needed = any(f"{package.name} {package.mark}" not in there for package in self.packages)
        needed = needed or bool((await verify.look(self.shell)).faults(self.version))
        if not needed:
            for step in (SEND, REHEARSE, INSTALL):
                self._tell(step, State.SKIPPED, "is there already")
        return needed

    async def send(self, store: Store) -> None:
        """All files at once, then their sums are proved there."""
        size = sum(package.size for package in self.packages)
        self._tell(SEND, State.RUNNING, f"{len(self.packages)} packages, {size / 1e6:.1f} MB")
        fresh = f"rm -rf {quote(self.folder)} && mkdir -p -m 0755 {FOLDER} {quote(self.folder)}"
        (await self.shell.run(fresh, privileged=True)).expect()
        await together(
            [
                self.shell.put(path, store.path(package).read_bytes())
                for path, package in zip(self.files, self.packages, strict=True)
            ]
        )
        sums = "".join(f"{p.sha256}  {p.file}\n" for p in self.packages)
        check = f"cd {quote(self.folder)} && sha256sum -c -"
        result = await self.shell.run(check, stdin=sums.encode(), privileged=True, timeout=120)
        if not result.ok:
            raise self._error(SEND, "The packages did not come whole.", result.text, "No node was changed.")
        self._tell(SEND, State.DONE, f"{size / 1e6:.1f} MB")

    async def rehearse(self) -> None:
        """The node's package manager says whether it would install them; nothing is changed."""
        self._tell(REHEARSE, State.RUNNING, "asks the package manager")
        result = await self.shell.run(self.manager.rehearse(self.files), privileged=True, timeout=LIMIT)
        if not result.ok:
            words = self.complaint(result.text + "\n" + result.error_text)
            raise self._error(
                REHEARSE, f"The package manager would not install them: {words}", "", "No node was changed."
            )
        self._tell(REHEARSE, State.DONE, "would be installed")

    async def note(self) -> None:
        """Writes down what is there now, before anything is changed; an older note of the same node stays."""
        packages = await self._snapshot()
        tests = "; ".join(f"[ -d {path} ] || echo {path}" for path, _ in verify.DIRECTORIES)
        absent = (await self.shell.run(f"{tests}; :")).expect().text.split()
        ours = tuple(package.name for package in self.packages)
        kept = self.ledger.read(self.node)
        self.fresh = kept is None or not kept.complete
        if kept is not None and kept.form == self.form:
            self.before = replace(kept, ours=tuple(dict.fromkeys((*kept.ours, *ours))))
        else:
            self.before = Before(self.node, self.form, packages, ours, tuple(absent))
        self.ledger.write(self.before)

    async def record(self, *, complete: bool) -> None:
        """Writes down what is there after a transaction of ours, so that what others bring later stays theirs."""
        packages = await self._snapshot()
        assert self.before is not None
        self.before = replace(self.before, after=packages, complete=complete)
        self.ledger.write(self.before)

    async def install(self) -> None:
        """Installs and verifies; where that fails the node is put back to what it was."""
        self._tell(INSTALL, State.RUNNING, "the package manager works", LIMIT)
        try:
            await self.transact(self.manager.install(self.files))
            self.installed = True
            (await self.shell.run(_settle(), privileged=True, timeout=120)).expect()
            await self.record(complete=True)
        except CommandFailed as failed:
            words = self.complaint(failed.output)
            if self.fresh:
                await self.put_back()
            changed = _PUT_BACK if self.fresh else "What was installed there before may be changed in part."
            raise self._error(INSTALL, f"The packages could not be installed: {words}", "", changed) from failed
        self._tell(INSTALL, State.DONE, "installed")

    async def verify(self) -> verify.Installed:
        """The node's own answer to what is installed now."""
        self._tell(VERIFY, State.RUNNING, "asks corosync")
        try:
            installed = await verify.verify(self.shell, self.version)
        except WorkFailed as failed:
            self._tell(VERIFY, State.FAILED, failed.what)
            raise
        libraries = ", ".join(installed.libraries)
        self._tell(VERIFY, State.DONE, f"corosync {installed.version}, {installed.unit}, {libraries}")
        return installed

    async def put_back(self) -> None:
        """Undoes the installation: what came goes, what was there comes back. WorkFailed where that fails."""
        before = self.before or self.ledger.read(self.node)
        if before is None:
            return
        await _to_the_end(self._undo(before))
        self.ledger.forget(self.node)
        self.before = None
        self.installed = False

    async def tidy(self) -> None:
        """Takes the files that were sent off the node."""
        await self.shell.run(
            f"rm -rf {quote(self.folder)} {FOLDER}/run && rmdir {FOLDER} 2>/dev/null; :", privileged=True
        )

    async def _snapshot(self) -> dict[str, str]:
        """Every package that is there. An answer without any would make all that comes later look like ours."""
        result = await self.shell.run(self.manager.snapshot(), privileged=True, timeout=120, limit=8 << 20)
        packages = parse_snapshot(result.expect().text)
        if result.truncated or not (packages or self.form == "prefix"):
            raise WorkFailed("The package manager does not tell what is installed.", node=self.node)
        return packages

    async def _undo(self, before: Before) -> None:
        gone, back = before.undo(await self._snapshot())
        try:
            await self._transaction(self.manager.restore(gone, back))
        except CommandFailed as failed:
            raise WorkFailed(
                f"What was installed could not be taken away: {self.complaint(failed.output)}",
                node=self.node,
                changed="Some of it is still there.",
                next_step=f"Mend the package manager there, then run `corotui build --remove`. It would: remove "
                f"{' '.join(gone) or 'nothing'}, bring back {' '.join(back) or 'nothing'}.",
            ) from failed
        await self.shell.run(_unsettle(before.directories), privileged=True, timeout=120)

    async def transact(self, text: str) -> None:
        """Runs the package manager to its end, also when we are cancelled or cut off. CommandFailed where it fails."""
        await _to_the_end(self._transaction(text))

    def complaint(self, text: str) -> str:
        """The package manager's own sentences about what is wrong, else its last lines."""
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        told = [line for line in lines if line.startswith(_TOLD)]
        unmet = [line for line in lines if any(words in line for words in _UNMET)]
        return " ".join(list(dict.fromkeys([*unmet, *told]))[:4] or lines[-3:])[:600] or "it gave no reason."

    async def _transaction(self, text: str) -> None:
        # A folder of its own: one that we lost sight of may still be at work.
        line = detached.line(text, f"{FOLDER}/run/{secrets.token_hex(4)}")
        async with self.shell.stream(line, privileged=True, timeout=LIMIT) as output:
            async for _ in output:
                pass

    def _error(self, step: str, what: str, words: str, changed: str) -> WorkFailed:
        whole = f"{what} {words.strip()[-300:]}".strip()
        self._tell(step, State.FAILED, whole)
        return WorkFailed(whole, node=self.node, changed=changed, next_step="Mend it there, then run this again.")

    def _tell(self, step: str, state: State, detail: str = "", limit: float | None = None) -> None:
        self.report(StepChanged(step=step, state=state, node=self.node, detail=detail, limit=limit))


_TOLD = ("E:", "Error", "error:", "Problem", "dpkg: error", "No space")
_UNMET = ("Depends:", "nothing provides", "o space left")
_PUT_BACK = "This node was put back to what it was."


def _settle() -> str:
    made = "; ".join(f"[ -d {path} ] || install -d -m {mode} {path}" for path, mode in verify.DIRECTORIES)
    return f"{made}; ldconfig; systemctl daemon-reload 2>/dev/null; :"


# Where no corosync is left, nothing starts it at boot: links that a distribution's package takes away when it goes.
_LINKS = (
    "PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; if ! command -v corosync >/dev/null 2>&1; then "
    "for name in corosync corosync-notifyd; do rm -f /etc/systemd/system/*.wants/$name.service "
    "/etc/rc?.d/[SK]??$name /etc/rc.d/rc?.d/[SK]??$name; done; fi"
)


def _unsettle(made: Sequence[str]) -> str:
    """Takes away directories that were made and hold nothing of the operator's; ring ids are corosync's own."""
    lines = [_LINKS]
    if "/var/lib/corosync" in made:
        lines.append("rm -f /var/lib/corosync/ringid_*")
    if made:
        lines.append(f"rmdir {' '.join(quote(path) for path in made)} 2>/dev/null")
    return "; ".join([*lines, "systemctl daemon-reload 2>/dev/null", ":"])


async def _to_the_end(work: Awaitable[T]) -> T:
    """Awaits work that must not be cut off: cancelling takes effect once it has ended."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def on_all(
    deliveries: Sequence[Delivery], act: Callable[[Delivery], Awaitable[object]]
) -> dict[str, CorotuiError]:
    """Does it on all nodes at once and lets each come to its end; node -> error of those that failed."""

    async def one(delivery: Delivery) -> CorotuiError | None:
        try:
            await act(delivery)
        except CorotuiError as error:
            return error
        return None

    results = await together([one(delivery) for delivery in deliveries])
    return {d.node: error for d, error in zip(deliveries, results, strict=True) if error is not None}


def ledger_of(directory: Directory) -> Ledger:
    """Where this cluster's notes of what was on the nodes are."""
    return Ledger(directory.make_state() / "source" / "before")


def store_of(directory: Directory) -> Store:
    """Where this cluster's packages are."""
    return Store(directory.make_state() / "source" / "packages")
