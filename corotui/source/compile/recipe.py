"""The commands that turn an archive into packages, as text. Pure.

Each component has a folder of its own on the build node. Its name holds the component, its version and a key that
changes with everything that affects the result. A finished step leaves `done-STEP` there and is not repeated. A build
uses the staged trees of the components built before it, so nothing is installed on the build node until everything is
built.
"""

from __future__ import annotations

from corotui.cluster.quoting import command, quote
from corotui.source.compile import deb
from corotui.source.compile.configure import configure_options
from corotui.source.compile.job import BuildStep, Job

# The projects' test programs and examples, which `make` builds and nobody installs; kronosnet alone has a hundred.
_NO_TESTS = "noinst_PROGRAMS="


def build_steps(job: Job, cores: int) -> tuple[BuildStep, ...]:
    """The steps of a job in order, whether or not they are done already."""
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
        f"rm -rf src && mkdir -m 0700 src && {extract_command(archive, 'src')}"
    )


def extract_command(archive: str, folder: str) -> str:
    """The command line that unpacks an archive into a fresh folder; both are words of sh.

    No file is written twice, so none is written through a link; owners and mode bits beyond rwx are not taken over.
    """
    return f"TAR_OPTIONS= tar -xf {archive} -C {folder} --no-same-owner --no-same-permissions --keep-old-files"


def _configure(job: Job) -> str:
    parts = [f"cd {quote(job.source)}"]
    if not job.contents.has_configure:
        parts += [f"echo {quote(job.release.version)} > .tarball-version", "nice ./autogen.sh"]
    # Without groff the manual pages are not turned into HTML, which nobody installs; Debian's groff-base cannot.
    # `make rpm` re-runs configure; `-C` caches the first run's results.
    cache = ("-C",) if job.package_format == "rpm" else ()
    words = command(
        "./configure", *cache, "ac_cv_prog_GROFF=", *configure_options(job.release, job.platform, job.package_format)
    )
    if job.package_format == "deb":
        words += ' --libdir="/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)"'
    parts.append(f"{_environment(job)}nice {words}")
    return " && ".join(parts)


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
    """Copies the .pc files so that they point into the staged tree, for components that are built against it."""
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
    """The `make rpm` of the release. It needs --nodeps, since the libraries are staged and not installed."""
    source_folder = quote(job.source)
    options = ["--nodeps", "--without", "check", "--without", "testsrpm"]
    for name, value in (
        *((name, job.source) for name in ("_sourcedir", "_specdir", "_builddir", "_srcrpmdir", "_rpmdir")),
        ("debug_package", "%{nil}"),
        ("_smp_mflags", f"-j{cores}"),
        ("_buildrootdir", f"{job.folder}/buildroot"),
    ):
        options += ["--define", f"{name} {value}"]
    features = ["systemd"] if job.platform.systemd and job.release.component.startswith("corosync") else []
    features += ["xmlconf"] if job.release.component == "corosync" and job.release.major > 1 else []
    with_list = " ".join(f"--with {feature}" for feature in features)
    words = command("make", "rpm", _NO_TESTS, f"RPMBUILDOPTS={command(*options)}", f"WITH_LIST={with_list}")
    return f"cd {source_folder} && ac_cv_prog_GROFF= {_environment(job)}nice {words}"


def _package_rpm(job: Job) -> str:
    return (
        f"rm -rf out root && mkdir out root && find {quote(job.source)} -name '*.rpm' ! -name '*.src.rpm' "
        "! -name '*-debuginfo-*' ! -name '*-debugsource-*' -exec cp {} out/ \\; && "
        '( cd root && for f in ../out/*.rpm; do rpm2cpio "$f" | cpio -idm --quiet || exit 1; done ) && '
        f"rm -f out/*-devel-*.rpm out/*-vqsim-*.rpm out/doxygen2man-*.rpm && {_copy_pkgconfig(job)}"
    )
