"""The same where rpm rules: `make rpm` on one node, dnf on three, a ring of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from corotui import practice as room
from corotui.practice import PracticeCluster, Shape
from tests.support.nodes.cli_runner import corotui, document, healthy, on_all
from tests.support.nodes.release_archives import corosync_version, release_archives
from tests.support.nodes.rpm_nodes import dress
from tests.support.source.http_servers import Site, http_server

pytestmark = [pytest.mark.nodes, pytest.mark.timeout(2400)]

PACKAGES = "rpm -qa | sort"


@pytest.fixture(scope="module")
def dressed(possible: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PracticeCluster, Path, str]]:
    """Three RPM nodes, their cluster directory with method = "source", and the version it names."""
    archives = release_archives(tmp_path_factory.mktemp("apt"))
    version = corosync_version(archives)
    name = f"t{os.getpid()}-rpm"
    try:
        practice = room.up(name, Shape())
        dress(practice)
        with http_server(Site(archives)) as mirror, pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
            patch.setenv("no_proxy", "127.0.0.1")
            toml = practice.directory / "cluster.toml"
            head, _, _ = toml.read_text().partition("[install]")
            toml.write_text(f'{head}[install]\nmethod = "source"\nversion = "{version}"\nmirror = "{mirror}"\n')
            yield practice, practice.directory, version
    finally:
        room.down(name)


def test_rpms_of_the_release_form_a_ring_and_go_again(dressed: tuple[PracticeCluster, Path, str]) -> None:
    practice, path, version = dressed
    before = on_all(practice, PACKAGES)
    planned = corotui("build", path, "--plan", "--json")
    assert document(planned)["kinds"][0]["form"] == "rpm"
    done = corotui("apply", path, "--yes", timeout=2000)
    assert done.returncode == 0, done.stderr[-4000:]
    status = healthy(path)
    assert status["members"] == ["node1", "node2", "node3"]
    assert {node["corosync"] for node in status["nodes"]} == {version}
    owners = on_all(practice, "rpm -qf /usr/sbin/corosync; rpm -q libqb libknet1 corosynclib >/dev/null && echo all")
    assert {said.splitlines()[-1] for said in owners.values()} == {"all"}
    assert all(said.startswith(f"corosync-{version}-1") for said in owners.values())
    again = corotui("build", path, "--install", "--json")
    assert again.returncode == 4, "corosync runs: its files are not changed under it"
    on_all(practice, "systemctl disable --now corosync; rm -rf /etc/corosync/* /var/lib/corosync/*")
    removed = corotui("build", path, "--remove", "--json", timeout=600)
    assert removed.returncode == 0, removed.stderr[-3000:]
    assert on_all(practice, PACKAGES) == before
    assert set(on_all(practice, "ls /usr/sbin/corosync 2>/dev/null || :").values()) == {""}
