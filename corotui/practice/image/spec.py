"""The specification of the base image: all settings of this machine that influence it, and their digest."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from dataclasses import dataclass
from pathlib import Path

from corotui.directory.atomic_files import write_atomic
from corotui.errors import RefusedError
from corotui.practice.image import apt_sources
from corotui.practice.image.apt_sources import AptSource
from corotui.practice.subprocesses import run

VERSION = 1  # raise it when image/build.py makes another image out of the same specification
PACKAGES = (
    "ca-certificates",
    "dbus",
    "iproute2",
    "iputils-ping",
    "less",
    "nftables",
    "openssh-server",
    "procps",
    "sudo",
    "systemd",
    "systemd-sysv",
)
_ALIASES = ("stable", "testing", "unstable", "sid", "oldstable")
_CARRIED = ("Acquire::", "APT::Get::AllowUnauthenticated")
_LEFT_OUT = ("Acquire::IndexTargets", "Acquire::Changelogs")
_BLANK_APT = b'Dir::Etc::parts "/dev/null";\nDir::Etc::main "/dev/null";\n'


@dataclass(frozen=True, slots=True)
class ImageSpec:
    """All that decides how the base image is built."""

    suite: str
    """Suite that debootstrap installs."""
    mirror: AptSource
    """Archive that debootstrap reads."""
    archives: tuple[AptSource, ...]
    """Archives that nodes install packages from."""
    files: dict[str, bytes]
    """Files to write into the image, by absolute path."""
    keyring: bytes
    """Keys that may sign the mirror; empty for debootstrap's own default."""

    @property
    def digest(self) -> str:
        """Twelve hex digits that change whenever the image would be a different one."""
        parts = {
            "version": VERSION,
            "packages": PACKAGES,
            "machine": platform.machine(),
            "suite": self.suite,
            "mirror": self.mirror.uri,
            "archives": apt_sources.render_deb822(self.archives, {}),
            "files": {path: hashlib.sha256(data).hexdigest() for path, data in sorted(self.files.items())},
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


def spec_of_this_machine() -> ImageSpec:
    """Reads apt's sources and settings of this machine.

    Raises RefusedError if they name no Debian or Ubuntu archive.
    """
    sources = apt_sources.read()
    for suite in (_codename(), *_ALIASES):
        archives = apt_sources.distribution_sources(sources, suite) if suite else ()
        mirror = next((item for item in archives if item.suite == suite and "deb" in item.types), None)
        if mirror is not None:
            break
    else:
        raise RefusedError(
            "This machine's apt sources name no Debian or Ubuntu archive to build practice nodes from.",
            next_step="Add one to /etc/apt/sources.list.d, then call this again.",
        )
    files = {
        "/etc/apt/sources.list": b"",
        "/etc/apt/sources.list.d/machine.sources": apt_sources.render_deb822(archives, {}).encode(),
        "/etc/apt/apt.conf.d/90machine": _apt_settings().encode(),
        **_keyrings(archives),
        **_read_files(Path("/etc/apt/auth.conf.d"), "*.conf"),
        **_read_files(Path("/usr/local/share/ca-certificates"), "**/*.crt"),
    }
    return ImageSpec(suite, mirror, archives, files, _keyring(mirror, files))


def _codename() -> str:
    try:
        return platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    except OSError:
        return ""


def _keyrings(archives: tuple[AptSource, ...]) -> dict[str, bytes]:
    paths = {path for source in archives for path in source.keyrings}
    return {
        **_read_files(Path("/etc/apt/trusted.gpg.d"), "*"),
        **{path: Path(path).read_bytes() for path in sorted(paths) if Path(path).is_file()},
    }


def _keyring(mirror: AptSource, files: dict[str, bytes]) -> bytes:
    """The keys that may sign the mirror, as one binary keyring for gpgv; empty for debootstrap's own default."""
    if mirror.inline_key is not None:
        return mirror.inline_key
    chosen = mirror.keyrings or [path for path in sorted(files) if path.startswith("/etc/apt/trusted.gpg.d/")]
    return b"".join(_binary(files[path]) for path in chosen if path in files)


def _binary(data: bytes) -> bytes:
    if not data.startswith(b"-----BEGIN"):
        return data
    return apt_sources.dearmor(data.decode("ascii", "replace")) or b""


def _apt_settings() -> str:
    """Settings of apt that differ from its defaults and influence downloads: proxy, date checks, retries, languages."""
    defaults = set(_dump({"APT_CONFIG": str(_blank_apt_config())}))
    lines = [
        line
        for line in _dump({})
        if line not in defaults and line.startswith(_CARRIED) and not line.startswith(_LEFT_OUT)
    ]
    for scheme in ("http", "https"):
        proxy = os.environ.get(f"{scheme}_proxy") or os.environ.get(f"{scheme}_proxy".upper())
        if proxy and not any(line.startswith(f"Acquire::{scheme}::Proxy ") for line in lines):
            lines.append(f'Acquire::{scheme}::Proxy "{proxy}";')
    lines.append('Acquire::Retries "5";')
    return "\n".join(lines) + "\n"


def _dump(extra: dict[str, str]) -> list[str]:
    environment = {**os.environ, "LC_ALL": "C", **extra}
    return run(["apt-config", "dump"], environment=environment).stdout.decode("utf-8", "replace").splitlines()


def _blank_apt_config() -> Path:
    from corotui.practice import state_dir

    state_dir.make_folders()
    path = state_dir.root() / "blank-apt.conf"
    if not path.exists():
        write_atomic(path, _BLANK_APT, mode=0o600)
    return path


def _read_files(folder: Path, pattern: str) -> dict[str, bytes]:
    if not folder.is_dir():
        return {}
    return {str(path): path.read_bytes() for path in sorted(folder.glob(pattern)) if path.is_file()}
