"""The manifest: which releases exist, where they are published, their hashes, and which belong together.

The data is in `releases.toml`. Which series needs which library is from corosync's own configure.ac (1.4.10, 2.4.6,
3.1.7): 1.4 needs none, 2.x needs libqb, 3.x needs libqb and kronosnet.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from corotui.conf.version import version_or_none
from corotui.errors import RefusedError, UsageError

COMPONENTS = ("libqb", "kronosnet", "corosync", "corosync-qdevice")
_NEEDS = {1: ("corosync",), 2: ("libqb", "corosync"), 3: ("libqb", "kronosnet", "corosync")}
_ARCHIVE = re.compile(r"(corosync-qdevice|corosync|kronosnet|libqb)-(\d+(?:\.\d+){1,3})\.tar\.(?:gz|xz|bz2)")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Release:
    """One release archive."""

    component: str
    """Name of the project: "corosync", "libqb", "kronosnet", "corosync-qdevice"."""
    version: str
    """Its version."""
    archive: str
    """File name of the archive."""
    urls: tuple[str, ...] = ()
    """URLs to try, in order."""
    sha256: str = ""
    """SHA-256 in lower-case hex digits, "" if unknown."""
    size: int = 0
    """Size in bytes, 0 if unknown."""
    signature: str = ""
    """URL of the project's signature, or ""."""
    key: str = ""
    """Fingerprint of the key that signs, or ""."""
    evidence: str = ""
    """Where the hash was taken from."""

    @property
    def label(self) -> str:
        """Component and version, for people."""
        return f"{self.component} {self.version}"

    @property
    def major(self) -> int:
        """First number of the version; 0 where there is none."""
        return _major(self.version)


@dataclass(frozen=True, slots=True)
class Manifest:
    """All known releases."""

    releases: tuple[Release, ...]
    """The releases, newest first for each component."""
    sets: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    """Versions of the other components that belong to a version of corosync."""

    def find(self, component: str, version: str) -> Release | None:
        """The release of a component and version; None if the manifest has none."""
        for release in self.releases:
            if release.component == component and release.version == version:
                return release
        return None

    def newest(self, component: str = "corosync") -> Release:
        """The newest release of a component that has a sha256."""
        return next(r for r in self.releases if r.component == component and r.sha256)

    def companion(self, corosync: str, component: str) -> Release | None:
        """The release of `component` that goes with a corosync; None if there is none.

        It is taken from the set of that version, else from the first (newest) set of its series.
        """
        version = self._set(corosync).get(component)
        return self.find(component, version) if version else None

    def companions(self, release: Release) -> Mapping[str, str]:
        """Versions of the components that belong to a corosync, by component; empty for other components."""
        return self._set(release.version) if release.component == "corosync" else {}

    def _set(self, corosync: str) -> dict[str, str]:
        sets = {version: dict(versions) for version, versions in self.sets}
        series = (versions for version, versions in sets.items() if _major(version) == _major(corosync))
        return sets.get(corosync) or next(series, {})


def _major(version: str) -> int:
    """1, 2 or 3 of "3.1.7"; 0 for what is no version."""
    release = version_or_none(version)
    return release.major if release is not None else 0


def version_key(version: str) -> tuple[int, ...]:
    """A key by which versions sort: "2.0.10" after "2.0.9"."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def required_components(version: str) -> tuple[str, ...]:
    """The components that a version of corosync needs, in build order; corosync itself is the last."""
    try:
        return _NEEDS[_major(version)]
    except KeyError:
        raise UsageError(
            f"corosync {version!r} is of no series that corotui builds (1.4, 2.4, 3.1).",
            next_step="Choose one that `corotui build --list` shows.",
        ) from None


@cache
def read_manifest() -> Manifest:
    """The manifest that comes with corotui."""
    data = tomllib.loads(resources.files("corotui.source.releases").joinpath("releases.toml").read_text("utf-8"))
    components = data["component"]
    releases = [_release(entry, components[entry["component"]]) for entry in data["release"]]
    releases.sort(
        key=lambda release: (COMPONENTS.index(release.component), [-part for part in version_key(release.version)])
    )
    sets = tuple(
        (entry["corosync"], tuple((name, version) for name, version in entry.items() if name != "corosync"))
        for entry in data["set"]
    )
    return Manifest(tuple(releases), sets)


def own_release(source: str, sha256: str) -> Release:
    """A release that the operator brings: a URL or local path, and the sha256 that they vouch for.

    Component and version are read from the file name (`corosync-1.4.2.tar.gz`). Raises UsageError if it tells none.
    """
    name = source.rstrip("/").rsplit("/", 1)[-1]
    match = _ARCHIVE.fullmatch(name)
    if match is None:
        raise UsageError(
            f"{name!r} is not named like a release archive.",
            next_step="Name it COMPONENT-VERSION.tar.gz (or .xz, .bz2): libqb, kronosnet, corosync, corosync-qdevice.",
        )
    digest = sha256.strip().lower()
    if not _SHA256.fullmatch(digest):
        raise UsageError(
            f"The sha256 for {name} is not 64 hexadecimal digits.",
            next_step="An archive that is not verified is never unpacked; give the sum that its publisher gives.",
        )
    return Release(match[1], match[2], name, (source,), digest)


def select_releases(
    manifest: Manifest, version: str = "", own: Sequence[Release] = (), *, extra: Sequence[str] = ()
) -> tuple[Release, ...]:
    """The releases to build for a corosync, in build order.

    `version` "" selects the operator's own corosync, else the newest. Releases in `own` come before the manifest's.
    `extra` adds components ("corosync-qdevice"). Raises UsageError for an unknown version, RefusedError for a release
    without a sha256.
    """
    mine = {release.component: release for release in own}
    if not version:
        version = mine["corosync"].version if "corosync" in mine else manifest.newest().version
    chosen: list[Release] = []
    for component in (*required_components(version), *extra):
        release: Release | None
        if component in mine and (component != "corosync" or mine[component].version == version):
            release = mine[component]
        elif component == "corosync":
            release = manifest.find(component, version)
        else:
            release = manifest.companion(version, component)
        if release is None:
            raise UsageError(
                f"The manifest has no {component} {version if component == 'corosync' else 'for corosync ' + version}.",
                next_step="Name its archive with --archive and its sum with --sha256, or choose from "
                "`corotui build --list`.",
            )
        if not release.sha256:
            raise RefusedError(
                f"No sha256 is known for {release.label}, and an archive that is not verified is never unpacked.",
                next_step=f"Give it: --archive {release.urls[0]} --sha256 HEX, the sum from the project's own page.",
            )
        chosen.append(release)
    return tuple(chosen)


def _release(entry: dict[str, object], component: dict[str, object]) -> Release:
    version, name = str(entry["version"]), str(entry["component"])
    archive = str(component["archive"]).format(version=version)
    urls = entry.get("urls", component["urls"])
    assert isinstance(urls, list)
    size = entry.get("size", 0)
    assert isinstance(size, int)
    return Release(
        component=name,
        version=version,
        archive=archive,
        urls=tuple(str(url).format(version=version, archive=archive) for url in urls),
        sha256=str(entry.get("sha256", "")),
        size=size,
        signature=str(component.get("signature", "")).format(version=version),
        key=str(component.get("key", "")),
        evidence=str(entry.get("evidence", "")),
    )
