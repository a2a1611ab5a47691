"""The commands that turn an archive into packages, as text: pure.

Each component has a folder of its own on the build node, named after the component, its version and a key that changes
with everything that decides how the result comes out. A step leaves `done-STEP` there; a step that left it is not
done again. Builds go against the staged trees of the components before, so nothing is installed on the build node
until all of it is built.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from corotui.cluster.quoting import command, quote
from corotui.source.archives.inspect import ArchiveContents
from corotui.source.compile import deb
from corotui.source.compile.plan import Platform
from corotui.source.releases.manifest import Release, major_version

RECIPE = 2  # raise it when the commands change so that old results must not be taken
SECONDS = {"libqb": 18.0, "kronosnet": 12.0, "corosync": 30.0, "corosync-qdevice": 20.0}
# The projects' test programs and examples, which `make` builds and nobody installs; kronosnet alone has a hundred.
_NO_TESTS = "noinst_PROGRAMS="
_SLOWER = {"deb": 1.0, "rpm": 2.5, "prefix": 1.0}


@dataclass(frozen=True, slots=True)
class Job:
    """One component to build for one kind of node. `needs`: the jobs whose staged trees it is built against."""

    release: Release
    contents: ArchiveContents
    platform: Platform
    package_format: str
    base: str
    dependencies: tuple[Job, ...] = ()

    @property
    def key(self) -> str:
        """Twelve hex digits over archive, recipe, kind and what it is built against."""
        parts = (
            str(RECIPE),
            self.release.sha256,
            self.package_format,
            self.platform.label,
            str(self.platform.systemd),
            *_options(self),
            *(need.key for need in self.dependencies),
        )
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]

    @property
    def folder(self) -> str:
        return f"{self.base}/{self.release.component}-{self.release.version}-{self.key}"

    @property
    def source(self) -> str:
        return f"{self.folder}/src/{self.contents.folder}"

    def seconds(self, cores: int) -> float:
        """How long it may be expected to take, from runs on two cores; configure does not gain from more."""
        whole = SECONDS[self.release.component] * _SLOWER[self.package_format]
        return whole * (0.5 + 1.0 / max(cores, 1))


@dataclass(frozen=True, slots=True)
class BuildStep:
    """A step of a job: `name` is unpack, configure, make or package; `line` one sh command line."""

    name: str
    command: str


def make_jobs(
    releases: Sequence[tuple[Release, ArchiveContents]], kind: Platform, form: str, base: str
) -> tuple[Job, ...]:
    """The jobs for releases in build order; each is built against all before it."""
    made: list[Job] = []
    for release, contents in releases:
        made.append(Job(release, contents, kind, form, base, tuple(made)))
    return tuple(made)


def job_keys(releases: Sequence[Release], kind: Platform, form: str) -> tuple[str, ...]:
    """The keys of the jobs for these releases; they do not depend on what is in the archives or where it is built."""
    unseen = ArchiveContents("", has_configure=True, members=0, unpacked=0)
    return tuple(job.key for job in make_jobs([(release, unseen) for release in releases], kind, form, ""))


def build_steps(job: Job, cores: int) -> tuple[BuildStep, ...]:
    """The steps of a job in order, without a look at what is done already."""
    make = {"deb": _make, "prefix": _make, "rpm": _make_rpm}[job.package_format]
    package = {"deb": _package_deb, "prefix": _package_prefix, "rpm": _package_rpm}[job.package_format]
    raw = (
        BuildStep("unpack", _unpack(job)),
        BuildStep("configure", _configure(job)),
        BuildStep("make", make(job, cores)),
        BuildStep("package", package(job)),
    )
    return tuple(BuildStep(step.name, _marked(job, step)) for step in raw)


def _marked(job: Job, step: BuildStep) -> str:
    return f"cd {quote(job.folder)} && {step.command} && touch {quote(f'{job.folder}/done-{step.name}')}"


def _unpack(job: Job) -> str:
    archive = quote(job.release.archive)
    return (
        f"echo {quote(f'{job.release.sha256}  {job.release.archive}')} | sha256sum -c - && "
        f"rm -rf src && mkdir src && tar -xf {archive} -C src --no-same-owner --no-same-permissions"
    )


def _configure(job: Job) -> str:
    parts = [f"cd {quote(job.source)}"]
    if not job.contents.has_configure:
        parts += [f"echo {quote(job.release.version)} > .tarball-version", "nice ./autogen.sh"]
    # Without groff the manual pages are not turned into HTML, which nobody installs; Debian's groff-base cannot.
    # `make rpm` makes configure anew and runs it again; what the first run found out it then need not.
    cache = ("-C",) if job.package_format == "rpm" else ()
    words = command("./configure", *cache, "ac_cv_prog_GROFF=", *_options(job))
    if job.package_format == "deb":
        words += ' --libdir="/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)"'
    parts.append(f"{_environment(job)}nice {words}")
    return " && ".join(parts)


def _options(job: Job) -> tuple[str, ...]:
    where = {
        "deb": ("--prefix=/usr", "--sysconfdir=/etc", "--localstatedir=/var", "--disable-static"),
        "rpm": (),
        "prefix": ("--prefix=/usr/local", "--sysconfdir=/etc", "--localstatedir=/var", "--disable-static"),
    }[job.package_format]
    return (*where, *_features(job))


def _features(job: Job) -> tuple[str, ...]:
    if job.release.component == "kronosnet":
        return (
            *("--disable-man", "--disable-libnozzle", "--disable-libknet-sctp", "--disable-compress-lzo2"),
            *(("--disable-rpm-debuginfo",) if job.package_format == "rpm" else ()),
        )
    if job.release.component == "libqb":
        return ()
    units = {"deb": "/usr/lib/systemd/system", "prefix": "/etc/systemd/system"}.get(job.package_format)
    series = major_version(job.release.version)
    options: list[str] = []
    if job.platform.systemd and (series > 1 or job.release.component != "corosync"):
        options += ["--enable-systemd", *([f"--with-systemddir={units}"] if units else [])]
    else:
        options.append("--with-initddir=/etc/init.d")
    if job.release.component == "corosync":
        options += ["--enable-nss"] if series == 1 else ["--enable-xmlconf"]
        options += [f"--with-initconfigdir={'/etc/sysconfig' if job.package_format == 'rpm' else '/etc/default'}"]
        if series < 3:
            # Written for compilers that merged tentative definitions; gcc 10 and later must be told to.
            options.append("CFLAGS=-g -O2 -fcommon")
    return tuple(options)


def _environment(job: Job) -> str:
    if not job.dependencies:
        return ""
    path = ":".join(f"{need.folder}/pc" for need in job.dependencies)
    return f"PKG_CONFIG_PATH={quote(path)} "


def _make(job: Job, cores: int) -> str:
    return f"cd {quote(job.source)} && nice make -j{cores} V=0 {_NO_TESTS} && {_stage(job)}"


def _stage(job: Job) -> str:
    root = quote(f"{job.folder}/root")
    return (
        f"rm -rf {root} && make install {_NO_TESTS} DESTDIR={root} && find {root} -name '*.la' -delete && "
        f"rm -rf {root}/usr/share/doc/*/html {root}/var/run {root}/run && {_copy_pkgconfig(job)}"
    )


def _copy_pkgconfig(job: Job) -> str:
    """Copies of the .pc files that point into the staged tree, for the components that are built against it."""
    return (
        f"cd {quote(job.folder)} && rm -rf pc && mkdir pc && for f in $(find root -name '*.pc'); do "
        'sed "s#^\\([a-z_]*\\)=/usr#\\1=$PWD/root/usr#" "$f" > "pc/${f##*/}" || exit 1; done'
    )


def _package_deb(job: Job) -> str:
    return f"cd {quote(job.folder)} && rm -rf out && mkdir out && {deb.package_command(job)}"


def _package_prefix(job: Job) -> str:
    name = quote(f"{job.release.component}-{job.release.version}-{job.key}.tar.gz")
    return f"rm -rf out && mkdir out && tar -C root --owner=0 --group=0 -czf out/{name} ."


def _make_rpm(job: Job, cores: int) -> str:
    """`make rpm` of the release. --nodeps: the libraries it is built against are staged, not installed."""
    here = quote(job.source)
    options = ["--nodeps", "--without", "check", "--without", "testsrpm"]
    for name, value in (
        *((name, job.source) for name in ("_sourcedir", "_specdir", "_builddir", "_srcrpmdir", "_rpmdir")),
        ("debug_package", "%{nil}"),
        ("_smp_mflags", f"-j{cores}"),
        ("_buildrootdir", f"{job.folder}/buildroot"),
    ):
        options += ["--define", f"{name} {value}"]
    features = ["systemd"] if job.platform.systemd and job.release.component.startswith("corosync") else []
    features += ["xmlconf"] if job.release.component == "corosync" and major_version(job.release.version) > 1 else []
    with_list = " ".join(f"--with {feature}" for feature in features)
    words = command("make", "rpm", _NO_TESTS, f"RPMBUILDOPTS={command(*options)}", f"WITH_LIST={with_list}")
    return f"cd {here} && ac_cv_prog_GROFF= {_environment(job)}nice {words}"


def _package_rpm(job: Job) -> str:
    return (
        f"rm -rf out root && mkdir out root && find {quote(job.source)} -name '*.rpm' ! -name '*.src.rpm' "
        "! -name '*-debuginfo-*' ! -name '*-debugsource-*' -exec cp {} out/ \\; && "
        '( cd root && for f in ../out/*.rpm; do rpm2cpio "$f" | cpio -idm --quiet || exit 1; done ) && '
        f"rm -f out/*-devel-*.rpm out/*-vqsim-*.rpm out/doxygen2man-*.rpm && {_copy_pkgconfig(job)}"
    )
