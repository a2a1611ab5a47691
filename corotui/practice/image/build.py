"""Builds the images that nodes start from: a bare Debian, and the same with corosync. Each is built once and kept.

An image is built under another name and renamed when it is complete, so a crash leaves no half-built image.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

from corotui.cluster.events import EventSink, Note, ignore_event
from corotui.directory.atomic_files import write_atomic
from corotui.errors import CorotuiError, WorkError
from corotui.practice import instance_record, state_dir
from corotui.practice.image import spec
from corotui.practice.image.spec import ImageSpec
from corotui.practice.subprocesses import die_with_parent, run, run_streaming

_BUILD_LIMIT = 3600.0
_KEPT_UNUSED = 7 * 24 * 3600.0
_MASKED = (  # units that would hold dpkg's lock or the processor while somebody practises
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "dpkg-db-backup.timer",
    "fstrim.timer",
    "e2scrub_all.timer",
    "console-getty.service",
    "systemd-networkd-wait-online.service",
)
RESOLVERS = (Path("/etc/resolv.conf"), Path("/run/systemd/resolve/resolv.conf"))
_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "DEBIAN_FRONTEND": "noninteractive",
    "LANG": "C.UTF-8",
    "HOME": "/root",
}


def ensure_image(*, installed: bool, report: EventSink = ignore_event) -> Path:
    """Root directory of the image; builds it first if needed. Several processes may call this at once."""
    image_spec = spec.spec_of_this_machine()
    base = state_dir.images() / f"base-{image_spec.digest}"
    target = state_dir.images() / f"installed-{image_spec.digest}" if installed else base
    with suppress(FileNotFoundError):
        os.utime(target)  # it is in use: see _remove_unused
        return target
    with state_dir.lock("images"):
        _remove_unused()
        if not base.is_dir():
            report(Note(text=f"Building the base image ({image_spec.suite}), once: this takes about a minute."))
            _publish_image(_build_base(image_spec, report), base)
        if not target.is_dir():
            report(Note(text="Building the image with corosync installed, once: this takes some seconds."))
            _publish_image(_build_installed(base), target)
    return target


def _publish_image(built: Path, final: Path) -> None:
    os.sync()
    built.rename(final)


def _remove_unused() -> None:
    """Removes half-built images, and images that no cluster uses and nobody has asked for in a week."""
    used = {record.image for record in instance_record.all_records()}
    for path in state_dir.images().iterdir():
        if path.is_file():
            path.unlink()
            continue
        old = time.time() - path.stat().st_mtime > _KEPT_UNUSED
        if path.name.startswith("building-") or (old and str(path) not in used):
            shutil.rmtree(path)


def _build_base(image_spec: ImageSpec, report: EventSink) -> Path:
    def report_line(line: str, seconds: float) -> None:
        report(Note(text=f"  {seconds:3.0f} s  {line.removeprefix('I: ')}"))

    building = state_dir.images() / "building-base"
    keyring = state_dir.images() / "building-keyring.gpg"
    options = [
        "--variant=minbase",
        f"--include={','.join(spec.PACKAGES)}",
        f"--components={','.join(image_spec.mirror.components)}",
    ]
    if image_spec.mirror.trusted:
        options.append("--no-check-gpg")
    elif image_spec.keyring:
        write_atomic(keyring, image_spec.keyring, mode=0o600)
        options.append(f"--keyring={keyring}")
    try:
        words = ["debootstrap", *options, image_spec.suite, str(building), image_spec.mirror.uri]
        environment = {**os.environ, "LANG": "C.UTF-8"}
        run_streaming(die_with_parent(words), report_line, timeout=_BUILD_LIMIT, environment=environment)
    except CorotuiError as error:
        raise WorkError(
            f"The base image could not be built. {error.what}",
            changed="No image was kept.",
            next_step="See that this machine reaches its package archive (`apt-get update`), then call this again.",
        ) from error
    finally:
        keyring.unlink(missing_ok=True)
    _configure_image(building, image_spec)
    run_in_image(building, ["apt-get", "clean"])
    run_in_image(building, ["apt-get", "-q", "update"], attempts=3)
    run_in_image(building, ["apt-get", "-q", "-y", "--download-only", "install", "corosync"], attempts=3)
    return building


def _build_installed(base: Path) -> Path:
    building = state_dir.images() / "building-installed"
    run(["cp", "-a", "--reflink=auto", str(base), str(building)], timeout=_BUILD_LIMIT)
    policy = building / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    run_in_image(building, ["apt-get", "-q", "-y", "install", "corosync"], attempts=2)
    policy.unlink()
    return building


def run_in_image(image: Path, words: list[str], *, attempts: int = 1) -> None:
    """Runs a program as root inside an image that no node uses yet, up to `attempts` times until it returns 0."""
    proc = f"--mount-proc={image / 'proc'}"
    arguments = [proc if word == "--mount-proc" else word for word in die_with_parent(["chroot", str(image), *words])]
    for left in range(attempts - 1, -1, -1):
        done = run(arguments, timeout=_BUILD_LIMIT, check=left == 0, environment=_ENVIRONMENT)
        if done.returncode == 0:
            return


def _configure_image(image: Path, image_spec: ImageSpec) -> None:
    """Writes what all nodes share besides packages: archives and keys. Removes what belongs to one machine only."""
    for path, data in image_spec.files.items():
        place_file(image, path, data, 0o600 if path.startswith("/etc/apt/auth.conf.d/") else 0o644)
    place_file(image, "/etc/apt/apt.conf.d/91practice", b'APT::Keep-Downloaded-Packages "true";\n')
    place_file(image, "/etc/dpkg/dpkg.cfg.d/practice", b"force-unsafe-io\n")
    place_file(image, "/etc/default/locale", b"LANG=C.UTF-8\n")
    place_file(image, "/etc/resolv.conf", resolver().encode())
    for key in (image / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    for unit in _MASKED:
        link = image / "etc/systemd/system" / unit
        link.unlink(missing_ok=True)
        link.symlink_to("/dev/null")
    if any(path.startswith("/usr/local/share/ca-certificates/") for path in image_spec.files):
        run_in_image(image, ["update-ca-certificates"])


def place_file(image: Path, path: str, data: bytes, mode: int = 0o644, *, uid: int = 0, gid: int = 0) -> None:
    """Writes a file into a root directory. A link in its place is replaced, not followed."""
    target = image / path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_symlink():
        target.unlink()
    handle = os.open(target, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW, mode)
    with os.fdopen(handle, "wb") as file:
        os.fchmod(handle, mode)
        os.fchown(handle, uid, gid)
        file.write(data)


def resolver() -> str:
    """A resolv.conf that works inside a node too. If this machine asks itself, the servers behind it are used."""
    for path in RESOLVERS:
        text = path.read_text(errors="replace") if path.is_file() else ""
        servers = [line.split()[1] for line in text.splitlines() if line.startswith("nameserver") and line.split()[1:]]
        if any(not server.startswith("127.") and server != "::1" for server in servers):
            return text
    return ""
