"""Release archives out of the source packages of this machine's distribution, by its own apt sources.

A source package carries the project's archive unchanged as *.orig.tar.*; the sums in the manifest say whether it did.
"""

from __future__ import annotations

import platform
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from corotui.practice.image import apt_sources
from corotui.source.releases.manifest import own_release, read_manifest

COMPONENTS = ("libqb", "kronosnet", "corosync")


def release_archives(folder: Path) -> dict[str, bytes]:
    """File name as the project publishes it -> bytes, for libqb, kronosnet and corosync of one set; fetched once."""
    if not _fetched:
        _fetched.update(_release_archives(folder))
    return dict(_fetched)


_fetched: dict[str, bytes] = {}


def _release_archives(folder: Path) -> dict[str, bytes]:
    suite = platform.freedesktop_os_release()["VERSION_CODENAME"]
    archives = [replace(s, types=("deb-src",)) for s in apt_sources.read() if s.suite == suite and "deb" in s.types]
    for name in ("lists/partial", "cache/archives/partial", "sources", "got"):
        (folder / name).mkdir(parents=True)
    folder.chmod(0o755)
    (folder / "sources" / "here.sources").write_text(apt_sources.render_deb822(archives, {}))
    options = [
        *("-o", "Dir::Etc::sourcelist=/dev/null", "-o", f"Dir::Etc::sourceparts={folder}/sources"),
        *("-o", f"Dir::State::lists={folder}/lists", "-o", f"Dir::Cache={folder}/cache"),
        *("-o", "APT::Sandbox::User=root", "-q"),
    ]
    subprocess.run(["apt-get", *options, "update"], check=True, capture_output=True)
    for component in COMPONENTS:
        # What is beside the archive in the source package is not needed; a mirror may lack it.
        subprocess.run(
            ["apt-get", *options, "source", "--download-only", component],
            check=False,
            capture_output=True,
            cwd=folder / "got",
        )
    found: dict[str, bytes] = {}
    for path in (folder / "got").glob("*.orig.tar.?z"):
        name = re.sub(r"_([0-9.]+)\.orig\.", r"-\1.", path.name)
        found[name] = path.read_bytes()
    if len(found) != len(COMPONENTS):
        pytest.fail(f"The apt sources of this machine gave only {sorted(found)}.")
    return found


def corosync_version(archives: dict[str, bytes]) -> str:
    """Its version; the set that the manifest knows for it is the one that came."""
    (version,) = (own_release(name, "0" * 64).version for name in archives if name.startswith("corosync-"))
    for component in COMPONENTS[:2]:
        release = read_manifest().companion(version, component)
        assert release is not None
        assert release.archive in archives, (
            f"the set of corosync {version} is {release.archive}, not {sorted(archives)}"
        )
    return version
