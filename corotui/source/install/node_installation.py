"""Installs packages on one node: send, dry run, install, verify; and removes them again."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from corotui.cluster.events import EventSink, ProgressState, StepChanged
from corotui.cluster.quoting import quote
from corotui.conf.constants import STATE_DIR
from corotui.directory import Directory
from corotui.directory.atomic_files import read_file
from corotui.errors import CommandError, CorotuiError, WorkError
from corotui.facts.model import NodeFacts
from corotui.source.install import detached, verify
from corotui.source.install.baseline import BaselineStore, PackageBaseline, parse_installed_packages
from corotui.source.install.package_manager_output import error_summary
from corotui.source.install.package_managers import PackageManager, package_manager_for
from corotui.source.install.package_store import Package, PackageStore
from corotui.ssh.cancellation import run_to_safe_point
from corotui.ssh.fanout import gather_or_raise, on_each
from corotui.ssh.shell import Shell

FOLDER = "/var/lib/corotui"
TRANSACTION_TIMEOUT = 1800.0  # seconds for one run of a package manager, with what it downloads
SEND, DRY_RUN, INSTALL, VERIFY = "send", "rehearse", "install", "verify"


@dataclass(slots=True)
class NodeInstallation:
    """The installation of packages on one node."""

    shell: Shell
    """Shell of the node."""
    facts: NodeFacts
    """Its facts."""
    package_format: str
    """One of "deb", "rpm" or "prefix"."""
    packages: tuple[Package, ...]
    """The packages to install."""
    version: str
    """Version of corosync that they bring."""
    baselines: BaselineStore
    """Where the node's baseline is kept."""
    report: EventSink
    """Receives the events."""
    manager: PackageManager = field(init=False)
    """The node's package manager."""
    baseline: PackageBaseline | None = None
    """Its packages before, once they are known."""
    installed: bool = False
    """Whether our packages were installed in this run."""
    is_first_install: bool = True
    """False if an earlier installation of ours finished on the node; a failure now does not undo that one."""

    def __post_init__(self) -> None:
        self.manager = package_manager_for(self.facts.os, self.package_format)

    @property
    def node(self) -> str:
        """Name of the node."""
        return self.shell.node

    @property
    def folder(self) -> str:
        """The folder on the node that packages are sent to."""
        return f"{FOLDER}/packages"

    @property
    def files(self) -> tuple[str, ...]:
        """Paths of the package files on the node."""
        return tuple(f"{self.folder}/{package.file}" for package in self.packages)

    @property
    def is_incomplete(self) -> bool:
        """Whether the node has build tools or packages of ours, but no installation that finished."""
        if self.baseline is not None:
            return self.is_first_install
        kept = self.baselines.load(self.node)
        return kept is not None and not kept.complete

    async def is_needed(self) -> bool:
        """False if exactly these builds are installed already and work."""
        names = [package.name for package in self.packages]
        marks = await self.shell.run(self.manager.build_ids(names), privileged=True, timeout=60)
        there = set(marks.text.split("\n"))
        needed = any(f"{package.name} {package.mark}" not in there for package in self.packages)
        needed = needed or bool((await verify.query_installed(self.shell)).problems(self.version))
        if not needed:
            for step in (SEND, DRY_RUN, INSTALL):
                self._report_step(step, ProgressState.SKIPPED, "is installed already")
        return needed

    async def send(self, store: PackageStore) -> None:
        """Sends all files at once, then checks their hashes on the node."""
        size = sum(package.size for package in self.packages)
        self._report_step(SEND, ProgressState.RUNNING, f"{len(self.packages)} packages, {size / 1e6:.1f} MB")
        fresh = f"rm -rf {quote(self.folder)} && mkdir -p -m 0755 {FOLDER} {quote(self.folder)}"
        (await self.shell.run(fresh, privileged=True)).expect()
        await gather_or_raise(
            [
                self.shell.put(path, read_file(store.path(package)))
                for path, package in zip(self.files, self.packages, strict=True)
            ]
        )
        sums = "".join(f"{p.sha256}  {p.file}\n" for p in self.packages)
        check = f"cd {quote(self.folder)} && sha256sum -c -"
        result = await self.shell.run(check, stdin=sums.encode(), privileged=True, timeout=120)
        if not result.ok:
            raise self._error(SEND, "The packages did not come whole.", result.text, "No node was changed.")
        self._report_step(SEND, ProgressState.DONE, f"{size / 1e6:.1f} MB")

    async def dry_run(self) -> None:
        """Asks the node's package manager whether it would install them. Changes nothing."""
        self._report_step(DRY_RUN, ProgressState.RUNNING, "asks the package manager")
        result = await self.shell.run(
            self._checked(self.manager.dry_run(self.files)), privileged=True, timeout=TRANSACTION_TIMEOUT
        )
        if not result.ok:
            words = error_summary(result.text + "\n" + result.error_text)
            raise self._error(
                DRY_RUN, f"The package manager would not install them: {words}", "", "No node was changed."
            )
        self._report_step(DRY_RUN, ProgressState.DONE, "would be installed")

    def _checked(self, text: str) -> str:
        """A command line that runs `text` if the files on the node are still those that were built."""
        sums = "".join(f"{package.sha256}  {file}\n" for package, file in zip(self.packages, self.files, strict=True))
        return f"printf %s {quote(sums)} | sha256sum -c --quiet - && {{ {text}\n}}"

    async def save_baseline(self) -> None:
        """Records the packages of the node before anything is changed. An earlier record of the node is kept."""
        packages = await self._snapshot()
        tests = "; ".join(f"[ -d {path} ] || echo {path}" for path, _ in verify.DIRECTORIES)
        absent = (await self.shell.run(f"{tests}; :")).expect().text.split()
        ours = tuple(package.name for package in self.packages)
        kept = self.baselines.load(self.node)
        self.is_first_install = kept is None or not kept.complete
        if kept is not None and kept.form == self.package_format:
            self.baseline = replace(kept, ours=tuple(dict.fromkeys((*kept.ours, *ours))))
        else:
            self.baseline = PackageBaseline(self.node, self.package_format, packages, ours, tuple(absent))
        self.baselines.save(self.baseline)

    async def save_result(self, *, complete: bool) -> None:
        """Records the packages after a transaction of ours, so that what others install later is not taken for ours."""
        packages = await self._snapshot()
        assert self.baseline is not None
        self.baseline = replace(self.baseline, after=packages, complete=complete)
        self.baselines.save(self.baseline)

    async def install(self) -> None:
        """Installs and verifies. If that fails, the node is restored."""
        self._report_step(INSTALL, ProgressState.RUNNING, "the package manager works", TRANSACTION_TIMEOUT)
        try:
            await self.run_transaction(self._checked(self.manager.install(self.files)))
            self.installed = True
            (await self.shell.run(_settle(), privileged=True, timeout=120)).expect()
            await self.save_result(complete=True)
        except CommandError as failed:
            words = error_summary(failed.output)
            if self.is_first_install:
                await self.roll_back()
            changed = _PUT_BACK if self.is_first_install else "What was installed there before may be changed in part."
            raise self._error(INSTALL, f"The packages could not be installed: {words}", "", changed) from failed
        self._report_step(INSTALL, ProgressState.DONE, "installed")

    async def verify(self) -> verify.InstalledCorosync:
        """Checks that the node has a complete corosync of the planned version, and returns what it reports.

        Raises WorkError with all that is wrong.
        """
        self._report_step(VERIFY, ProgressState.RUNNING, "asks corosync")
        try:
            installed = await verify.verify_installed(self.shell, self.version)
        except WorkError as failed:
            self._report_step(VERIFY, ProgressState.FAILED, failed.what)
            raise
        libraries = ", ".join(installed.libraries)
        self._report_step(
            VERIFY, ProgressState.DONE, f"corosync {installed.version}, {installed.service_manager}, {libraries}"
        )
        return installed

    async def roll_back(self) -> None:
        """Undoes the installation: our packages go, the earlier ones come back. Raises WorkError if that fails."""
        before = self.baseline or self.baselines.load(self.node)
        if before is None:
            return
        await run_to_safe_point(self._undo(before))
        self.baselines.delete(self.node)
        self.baseline = None
        self.installed = False

    async def clean_up(self) -> None:
        """Removes the files that were sent to the node."""
        await self.shell.run(
            f"rm -rf {quote(self.folder)} {FOLDER}/run && rmdir {FOLDER} 2>/dev/null; :", privileged=True
        )

    async def _snapshot(self) -> dict[str, str]:
        """Every installed package. An empty answer is an error, since all later packages would then look like ours."""
        result = await self.shell.run(self.manager.list_installed(), privileged=True, timeout=120, limit=8 << 20)
        packages = parse_installed_packages(result.expect().text)
        if result.truncated or not (packages or self.package_format == "prefix"):
            raise WorkError("The package manager does not tell what is installed.", node=self.node)
        return packages

    async def _undo(self, before: PackageBaseline) -> None:
        gone, back = before.compute_restore(await self._snapshot())
        try:
            await self._transaction(self.manager.restore(gone, back))
        except CommandError as failed:
            raise WorkError(
                f"What was installed could not be taken away: {error_summary(failed.output)}",
                node=self.node,
                changed="Some of it is still there.",
                next_step=f"Fix the package manager there, then run `corotui build --remove`. It would: remove "
                f"{' '.join(gone) or 'nothing'}, bring back {' '.join(back) or 'nothing'}.",
            ) from failed
        await self.shell.run(_unsettle(before.directories), privileged=True, timeout=120)

    async def run_transaction(self, text: str) -> None:
        """Runs the package manager to its end, even when this task is cancelled or the connection is lost.

        Raises CommandError if it fails.
        """
        await run_to_safe_point(self._transaction(text))

    async def _transaction(self, text: str) -> None:
        # A folder of its own: an earlier run whose connection was lost may still be at work.
        line = detached.detached_command(text, f"{FOLDER}/run/{secrets.token_hex(4)}")
        async with self.shell.stream(line, privileged=True, timeout=TRANSACTION_TIMEOUT) as output:
            async for _ in output:
                pass

    def _error(self, step: str, what: str, words: str, changed: str) -> WorkError:
        whole = f"{what} {words.strip()[-300:]}".strip()
        self._report_step(step, ProgressState.FAILED, whole)
        return WorkError(whole, node=self.node, changed=changed, next_step="Fix it there, then run this again.")

    def _report_step(self, step: str, state: ProgressState, detail: str = "", limit: float | None = None) -> None:
        self.report(StepChanged(step=step, state=state, node=self.node, detail=detail, limit=limit))


_PUT_BACK = "This node is as it was before."


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
    if STATE_DIR in made:
        lines.append(f"rm -f {STATE_DIR}/ringid_*")
    if made:
        lines.append(f"rmdir {' '.join(quote(path) for path in made)} 2>/dev/null")
    return "; ".join([*lines, "systemctl daemon-reload 2>/dev/null", ":"])


async def on_all_nodes(
    installations: Sequence[NodeInstallation], action: Callable[[NodeInstallation], Awaitable[object]]
) -> dict[str, CorotuiError]:
    """Runs the action on all nodes at once and lets each come to its end; returns the errors by node."""
    by_node = {installation.node: installation for installation in installations}
    return (await on_each(by_node, lambda node: action(by_node[node]))).errors


def baseline_store_of(directory: Directory) -> BaselineStore:
    """The store of this cluster's baselines."""
    return BaselineStore(directory.make_state_dir() / "source" / "before")


def package_store_of(directory: Directory) -> PackageStore:
    """The store of this cluster's packages."""
    return PackageStore(directory.make_state_dir() / "source" / "packages")
