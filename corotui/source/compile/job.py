"""A build job: one component for one kind of node, and the key that identifies its result."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from corotui.source.archives.inspect import ArchiveContents
from corotui.source.compile.configure import configure_options
from corotui.source.compile.plan import Platform
from corotui.source.releases.manifest import Release

RECIPE = 2
"""Number of the recipe. Raise it when the commands change so that earlier results must not be reused."""

SECONDS = {"libqb": 18.0, "kronosnet": 12.0, "corosync": 30.0, "corosync-qdevice": 20.0}
"""Build time of each component in seconds, measured on two cores."""

_FORMAT_FACTOR = {"deb": 1.0, "rpm": 2.5, "prefix": 1.0}


@dataclass(frozen=True, slots=True)
class Job:
    """One component to build for one kind of node."""

    release: Release
    """The release to build."""
    contents: ArchiveContents
    """What its archive holds."""
    platform: Platform
    """The platform it is built for."""
    package_format: str
    """`"deb"`, `"rpm"` or `"prefix"`."""
    base: str
    """Folder on the build node that holds the folders of all jobs."""
    dependencies: tuple[Job, ...] = ()
    """Jobs whose staged trees this one is built against."""

    @property
    def key(self) -> str:
        """Twelve hex digits over the archive, the recipe, the platform and the dependencies."""
        parts = (
            str(RECIPE),
            self.release.sha256,
            self.package_format,
            self.platform.label,
            str(self.platform.systemd),
            *configure_options(self.release, self.platform, self.package_format),
            *(dependency.key for dependency in self.dependencies),
        )
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]

    @property
    def folder(self) -> str:
        """The job's folder on the build node."""
        return f"{self.base}/{self.release.component}-{self.release.version}-{self.key}"

    @property
    def source(self) -> str:
        """The folder of the unpacked archive."""
        return f"{self.folder}/src/{self.contents.folder}"

    def seconds(self, cores: int) -> float:
        """Expected duration in seconds. More cores do not speed up configure, which takes about half of it."""
        whole = SECONDS[self.release.component] * _FORMAT_FACTOR[self.package_format]
        return whole * (0.5 + 1.0 / max(cores, 1))


@dataclass(frozen=True, slots=True)
class BuildStep:
    """A step of a job."""

    name: str
    """`"unpack"`, `"configure"`, `"make"` or `"package"`."""
    command: str
    """One sh command line."""


def make_jobs(
    releases: Sequence[tuple[Release, ArchiveContents]], platform: Platform, package_format: str, base: str
) -> tuple[Job, ...]:
    """The jobs for releases in build order; each is built against all before it."""
    jobs: list[Job] = []
    for release, contents in releases:
        jobs.append(Job(release, contents, platform, package_format, base, tuple(jobs)))
    return tuple(jobs)


def job_keys(releases: Sequence[Release], platform: Platform, package_format: str) -> tuple[str, ...]:
    """The keys of the jobs for these releases. They depend neither on the archives' contents nor on the folder."""
    contents = ArchiveContents("", has_configure=True, members=0, unpacked=0)
    jobs = make_jobs([(release, contents) for release in releases], platform, package_format, "")
    return tuple(job.key for job in jobs)
