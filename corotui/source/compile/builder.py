"""Builds packages on the build node as an account of its own, and continues where an earlier run stopped."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from corotui.cluster.events import EventSink, ProgressState, StepChanged
from corotui.cluster.quoting import command, quote
from corotui.cluster.text.bounded import lines_of
from corotui.directory.atomic_files import make_folder, replace_file
from corotui.errors import CommandError, CommandTimeoutError, CorotuiError, NodeUnreachableError, WorkError
from corotui.facts.model import Os
from corotui.source.archives.download import VerifiedArchive
from corotui.source.compile import deb
from corotui.source.compile.build_user import BuildUser
from corotui.source.compile.job import BuildStep, Job
from corotui.source.compile.log_errors import LOG_LINES_KEPT, BuildErrorLine, first_error
from corotui.source.compile.recipe import build_steps
from corotui.source.install.package_store import Package, PackageStore
from corotui.ssh.fanout import gather_or_raise
from corotui.ssh.shell import CommandResult, Shell

ALREADY_BUILT = "is built already"
STEP_TIMEOUT = 3600.0  # seconds for one step
LARGEST_PACKAGE = 64 << 20  # bytes
_FULL = 2048  # KiB free and less: what failed there failed for want of room
_LISTED = re.compile(r"^([0-9a-f]{64}) (\d+) ([\w.+~:-]+)$")
_KEPT_THERE = "What is built stays on {node}; no package was installed anywhere."


@dataclass(frozen=True, slots=True)
class Builder:
    """A build node that is ready to build."""

    shell: Shell
    """Shell of the node."""
    os: Os
    """Its operating system."""
    build_user: BuildUser
    """The account that builds."""
    logs: Path
    """Folder on this machine for the logs of builds."""
    report: EventSink
    """Receives the events."""

    async def build(
        self, jobs: Sequence[Job], archives: Mapping[str, VerifiedArchive], store: PackageStore
    ) -> tuple[Package, ...]:
        """Builds all jobs and returns their packages in order. A job whose packages are in the store is skipped.

        Raises WorkError with the first real error of the log. The next call does not repeat what was finished.
        """
        packages: list[Package] = []
        for job in jobs:
            packages += await self._build_job(job, archives[job.release.component], store)
        return tuple(packages)

    async def _build_job(self, job: Job, fetched: VerifiedArchive, store: PackageStore) -> tuple[Package, ...]:
        kept = store.load(job.key)
        done = await self._completed_steps(job)
        if kept and "package" in done:
            self._report_step(job, ProgressState.SKIPPED, ALREADY_BUILT)
            return kept
        try:
            if "unpack" not in done:
                await self._send(job, fetched)
            if job.package_format == "deb" and "package" not in done:
                await self._write(job, deb.SCRIPT_NAME, deb.SCRIPT.encode())
            for step in build_steps(job, self.build_user.cores):
                if step.name not in done:
                    seconds = job.seconds(self.build_user.cores)
                    self._report_step(job, ProgressState.RUNNING, f"{step.name}; all of it takes about {seconds:.0f} s")
                    await self._step(job, step)
            packages = await self._collect(job, store)
        except NodeUnreachableError as lost:
            self._report_step(job, ProgressState.FAILED, lost.what)
            raise NodeUnreachableError(
                lost.what,
                node=self.shell.node,
                stage=lost.stage,
                changed=_KEPT_THERE.format(node=self.shell.node),
                next_step="Run it again once the node answers; it goes on there.",
            ) from lost
        except WorkError as failed:
            self._report_step(job, ProgressState.FAILED, failed.what)
            raise
        self._report_step(job, ProgressState.DONE, ", ".join(package.file for package in packages))
        return packages

    async def _run(
        self, line: str, *, stdin: bytes | None = None, timeout: float = 30.0, limit: int = 1 << 20
    ) -> CommandResult:
        """Runs a line as the build account."""
        line = self.build_user.command(line)
        return await self.shell.run(line, stdin=stdin, privileged=True, timeout=timeout, limit=limit)

    async def _completed_steps(self, job: Job) -> set[str]:
        folder = quote(job.folder)
        line = f"umask 077; mkdir -p {folder} && cd {folder} && ls -d done-* 2>/dev/null; :"
        listed = (await self._run(line)).expect()
        done: set[str] = set()
        present = set(listed.text.split())
        for name in ("unpack", "configure", "make", "package"):  # a step counts only behind all before it
            if f"done-{name}" not in present:
                break
            done.add(name)
        return done

    async def _send(self, job: Job, fetched: VerifiedArchive) -> None:
        if fetched.remote_path:
            put = command("cp", fetched.remote_path, f"{job.folder}/{job.release.archive}")
            (await self._run(put)).expect()
            return
        self._report_step(job, ProgressState.RUNNING, f"sends {job.release.archive}")
        await self._write(job, job.release.archive, fetched.path.read_bytes())

    async def _write(self, job: Job, name: str, data: bytes) -> None:
        path = quote(f"{job.folder}/{name}")
        line = f"umask 077; cat > {path}.part && mv {path}.part {path}"
        result = await self._run(line, stdin=data, timeout=60 + len(data) / 50_000)
        if not result.ok:
            raise await self._build_failure(job, "send", lines_of(result.error_text or result.text))

    async def _step(self, job: Job, step: BuildStep) -> None:
        lines: list[str] = []
        try:
            async with self.shell.stream(
                self.build_user.command(step.command), privileged=True, timeout=STEP_TIMEOUT
            ) as output:
                async for line in output:
                    lines.append(line)
                    if len(lines) > LOG_LINES_KEPT * 10:
                        del lines[LOG_LINES_KEPT:-LOG_LINES_KEPT]
        except CommandError as failed:
            self._log(job, step, lines)
            raise await self._build_failure(job, step.name, lines or lines_of(failed.output)) from failed
        except CommandTimeoutError as late:
            self._log(job, step, lines)
            raise WorkError(
                f"{job.release.label}: {step.name} did not end within {STEP_TIMEOUT / 60:.0f} minutes.",
                node=self.shell.node,
                changed=_KEPT_THERE.format(node=self.shell.node),
                next_step="Look at the load of the build node, then run it again; it goes on there.",
            ) from late
        self._log(job, step, lines)

    async def _disk_is_full(self, job: Job) -> bool:
        """Whether the disk of the build folder is full. A configure that cannot write reports another error."""
        try:
            seen = await self._run(command("df", "-Pk", job.folder))
        except CorotuiError:
            return False
        fields = lines_of(seen.text)[-1].split() if seen.ok and seen.text else []
        return len(fields) > 3 and fields[3].isdigit() and int(fields[3]) < _FULL

    async def _build_failure(self, job: Job, step: str, lines: Sequence[str]) -> WorkError:
        blame = first_error(lines, self.os)
        words = f"{job.release.label} did not build ({step})"
        if await self._disk_is_full(job):
            blame = BuildErrorLine("No space left on device", 0, "The disk of the build node is full.")
        if blame is not None:
            words += f": {blame.line}" + (f" — {blame.explanation}" if blame.explanation else "")
        elif lines:
            words += f": {lines[-1]}"
        log = self._log_path(job, step)
        then = "then run it again; it goes on there."
        return WorkError(
            words if words.endswith(".") else words + ".",
            node=self.shell.node,
            changed=_KEPT_THERE.format(node=self.shell.node),
            next_step=f"Install {blame.missing_packages} on {self.shell.node}, {then}"
            if blame is not None and blame.missing_packages
            else f"The whole output is in {log}. Fix it, {then}",
        )

    async def _collect(self, job: Job, store: PackageStore) -> tuple[Package, ...]:
        out = quote(f"{job.folder}/out")
        line = f'cd {out} && for f in *; do echo "$(sha256sum "$f" | cut -c -64) $(stat -c %s "$f") $f"; done'
        listed = lines_of((await self._run(line)).expect().text)
        entries = [match for text in listed if (match := _LISTED.match(text)) and int(match[2]) <= LARGEST_PACKAGE]
        if not entries or len(entries) != len(listed):
            raise await self._build_failure(job, "package", listed or ["no package came out"])
        pairs = await gather_or_raise(
            [self._fetch_package(job, entry[1], int(entry[2]), entry[3]) for entry in entries]
        )
        store.save(job.key, pairs)
        return tuple(package for package, _ in pairs)

    async def _fetch_package(self, job: Job, sha256: str, size: int, file: str) -> tuple[Package, bytes]:
        path = f"{job.folder}/out/{file}"
        result = await self._run(command("cat", path), limit=LARGEST_PACKAGE, timeout=60 + size / 50_000)
        data = result.expect().stdout
        if hashlib.sha256(data).hexdigest() != sha256:
            raise await self._build_failure(job, "package", [f"{file} did not come whole"])
        name, version, mark = await self._identity(job, path)
        package = Package(job.release.component, name, version, job.key, file, sha256, size, mark)
        return package, data

    async def _identity(self, job: Job, path: str) -> tuple[str, str, str]:
        if job.package_format != "rpm":
            return deb.package_name(job.release.component), deb.package_version(job.release.version), job.key
        query = command("rpm", "-qp", "--qf", "%{NAME} %{VERSION}-%{RELEASE} %{SIGMD5}\\n", path)
        words = (await self._run(f"{query} 2>/dev/null")).expect().text.split()
        if len(words) != 3:
            raise await self._build_failure(job, "package", ["rpm does not read its own package"])
        return words[0], words[1], words[2]

    def _log_path(self, job: Job, step: str) -> Path:
        return self.logs / f"{self.shell.node}-{job.release.component}-{step}.log"

    def _log(self, job: Job, step: BuildStep, lines: Sequence[str]) -> None:
        with suppress(OSError, WorkError):  # the log is for reading later; a build does not fail for it
            make_folder(self.logs, mode=0o700)
            text = "\n".join(lines) + "\n"
            replace_file(self._log_path(job, step.name), text.encode("utf-8"), mode=0o600, durable=False)

    def _report_step(self, job: Job, state: ProgressState, detail: str) -> None:
        self.report(
            StepChanged(
                step=job.release.component,
                state=state,
                node=self.shell.node,
                detail=detail,
                limit=STEP_TIMEOUT if state is ProgressState.RUNNING else None,
            )
        )
