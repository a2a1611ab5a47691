from __future__ import annotations

import re

import pytest

from corotui.errors import RefusedError, UsageError
from corotui.source.releases import manifest
from corotui.source.releases.manifest import (
    own_release,
    read_manifest,
    required_components,
    select_releases,
    version_key,
)

SUM = "ab" * 32


def test_every_release_is_whole() -> None:
    names = set()
    for release in read_manifest().releases:
        assert release.sha256 == "" or re.fullmatch("[0-9a-f]{64}", release.sha256), release.label
        assert bool(release.sha256) == bool(release.evidence), release.label
        assert release.version in release.archive
        assert release.urls
        assert all(url.startswith("https://") and "{" not in url for url in release.urls), release.label
        names.add((release.component, release.version))
    assert len(names) == len(read_manifest().releases)


def test_every_set_names_known_releases_with_a_sum() -> None:
    for corosync, versions in read_manifest().sets:
        assert read_manifest().find("corosync", corosync) is not None
        for component, version in versions:
            release = read_manifest().find(component, version)
            assert release is not None, (component, version)
            assert release.sha256


def test_series_need_what_their_configure_asks_for() -> None:
    assert required_components("3.1.7") == ("libqb", "kronosnet", "corosync")
    assert required_components("2.4.6") == ("libqb", "corosync")
    assert required_components("1.4.2") == ("corosync",)
    for wrong in ("", "4.0", "three", "3.1.7; rm"):
        with pytest.raises(UsageError):
            required_components(wrong)


def test_versions_sort_by_number() -> None:
    assert sorted(["2.0.10", "2.0.9", "2.0.3"], key=version_key) == ["2.0.3", "2.0.9", "2.0.10"]
    assert read_manifest().newest().version == "3.1.10"


def test_a_corosync_brings_the_libraries_that_go_with_it() -> None:
    assert [r.label for r in select_releases(read_manifest(), "3.1.7")] == [
        "libqb 2.0.6",
        "kronosnet 1.25",
        "corosync 3.1.7",
    ]
    assert [r.label for r in select_releases(read_manifest(), "2.4.4")] == ["libqb 2.0.6", "corosync 2.4.4"]
    assert [r.label for r in select_releases(read_manifest())][-1] == "corosync 3.1.10"
    assert [r.component for r in select_releases(read_manifest(), "3.1.7", extra=("corosync-qdevice",))][
        -1
    ] == "corosync-qdevice"


def test_no_sum_no_build() -> None:
    with pytest.raises(RefusedError) as refused:
        select_releases(read_manifest(), "2.4.6")
    assert "--sha256" in refused.value.next_step
    assert "corosync-2.4.6.tar.gz" in refused.value.next_step


def test_the_operators_own_archive_comes_first() -> None:
    own = own_release("http://mirror/x/corosync-1.4.2.tar.gz", SUM.upper())
    assert select_releases(read_manifest(), "", [own]) == (own,)
    assert own.sha256 == SUM
    qb = own_release("/srv/libqb-2.0.8.tar.xz", SUM)
    assert select_releases(read_manifest(), "3.1.7", [qb])[0] is qb
    assert select_releases(read_manifest(), "3.1.7", [own])[-1].version == "3.1.7"


def test_an_unknown_release_says_what_to_do() -> None:
    with pytest.raises(UsageError) as error:
        select_releases(read_manifest(), "3.1.99")
    assert "--archive" in error.value.next_step


@pytest.mark.parametrize(
    "source",
    ["corosync.tar.gz", "http://x/evil-1.0.tar.gz", "corosync-3.1.7.zip", "corosync-3.1.7.tar.gz/..", "", "3.1.7"],
)
def test_names_that_are_no_release(source: str) -> None:
    with pytest.raises(UsageError):
        own_release(source, SUM)


@pytest.mark.parametrize("sum_", ["", "abc", "z" * 64, SUM + "00"])
def test_sums_that_are_none(sum_: str) -> None:
    with pytest.raises(UsageError):
        own_release("corosync-3.1.7.tar.gz", sum_)


def test_known_components_only() -> None:
    assert {release.component for release in read_manifest().releases} == set(manifest.COMPONENTS)
