"""The script that fetches on the build node, run here against real servers, as a node would run it."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from corotui.cluster.events import Event
from corotui.errors import RefusedError, WorkError
from corotui.source.archives import remote_download
from corotui.source.archives.download import DownloadProgress
from corotui.source.archives.remote_download import fetch_on_node
from corotui.source.compile.build_user import BuildUser
from tests.support.fake_shell import FakeShell, local_processes
from tests.support.source.http_servers import Site, certificate_for_loopback, ftp_server, http_server
from tests.support.source.tar_builder import FOLDER, good, link, release, tar

DATA = good()
NAME = "corosync-3.1.7.tar.gz"


class Here(FakeShell):
    """Runs commands on this machine, with `path` as their PATH."""

    def __init__(
        self, path: str = os.environ["PATH"], *, curl: bool = False, trusted: str = "", proxy: str = ""
    ) -> None:
        environ = {"PATH": path, "LC_ALL": "C", "CURL_CA_BUNDLE": trusted, "HTTP_PROXY": proxy}
        super().__init__(local_processes(environ=environ, inherit=False), "a")
        self.path = path
        self.curl = curl


@pytest.fixture(params=["curl", "wget"])
def node(request: pytest.FixtureRequest, tmp_path: Path) -> Here:
    """A node that has only one of the two."""
    if shutil.which(request.param) is None:
        pytest.fail(f"{request.param} is not on this machine")
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    for name in (
        request.param,
        *["sh", "mkdir", "mv", "rm", "tar", "gzip", "xz", "sha256sum", "cat", "chmod", "stat", "date", "timeout"],
    ):
        where = shutil.which(name)
        assert where is not None
        (bin_ / name).symlink_to(where)
    for name in ("tail", "head"):
        (bin_ / name).symlink_to(str(shutil.which(name)))
    # This machine has no build account: what would run as that account runs as the user of the tests, who keeps the
    # environment, too.
    for name, body in {"runuser": 'shift 3; exec "$@"', "env": 'shift; exec /usr/bin/env "$@"'}.items():
        (bin_ / name).write_text(f"#!/bin/sh\n{body}\n")
        (bin_ / name).chmod(0o755)
    return Here(str(bin_), curl=request.param == "curl")


def content(path: str) -> bytes:
    return Path(path).read_bytes()


def account(tmp_path: Path) -> BuildUser:
    return BuildUser("me", str(tmp_path / "build"), 1)


async def test_an_archive_comes_onto_the_node_and_stays(tmp_path: Path, node: Here) -> None:
    site = Site({NAME: DATA})
    with http_server(site) as url:
        wanted = release(DATA, f"{url}/gone/nothing", f"{url}/{NAME}")
        (got,) = await fetch_on_node(node, account(tmp_path), [wanted])
        assert content(got.remote_path) == DATA
        assert got.contents.folder == FOLDER
        site.seen.clear()
        await fetch_on_node(node, account(tmp_path), [wanted])
    assert site.seen == []


async def test_a_break_goes_on_where_it_stopped(tmp_path: Path, node: Here) -> None:
    site = Site({NAME: DATA}, cut=40_000, cuts=1)
    with http_server(site) as url:
        wanted = release(DATA, f"{url}/{NAME}", f"{url}/{NAME}")
        await fetch_on_node(node, account(tmp_path), [wanted])
    assert site.seen[-1][1] == "bytes=40000-"


async def test_ftp_serves_there_too(tmp_path: Path, node: Here) -> None:
    with ftp_server(Site({NAME: DATA})) as url:
        (got,) = await fetch_on_node(node, account(tmp_path), [release(DATA, f"{url}/{NAME}")])
    assert content(got.remote_path) == DATA


@pytest.mark.parametrize("served", [DATA[:70_000], b"<html>sorry</html>", DATA[:-1] + b"!"])
async def test_another_file_is_refused_and_removed(tmp_path: Path, node: Here, served: bytes) -> None:
    with http_server(Site({NAME: served})) as url, pytest.raises(RefusedError, match="another file"):
        await fetch_on_node(node, account(tmp_path), [release(DATA, f"{url}/{NAME}")])
    assert list((tmp_path / "build" / "archives").iterdir()) == []


async def test_too_much_is_cut_off_and_removed(tmp_path: Path, node: Here) -> None:
    site = Site({NAME: DATA * 20})
    with http_server(site) as url:
        wanted = release(DATA, f"{url}/{NAME}")
        with pytest.raises(RefusedError, match=f"larger than the {len(DATA)} bytes"):
            await fetch_on_node(node, account(tmp_path), [wanted])
        assert list((tmp_path / "build" / "archives").iterdir()) == []
        site.files[NAME] = DATA
        await fetch_on_node(node, account(tmp_path), [wanted])


async def test_a_part_that_is_whole_and_wrong_does_not_stay(tmp_path: Path, node: Here) -> None:
    folder = tmp_path / "build" / "archives"
    folder.mkdir(parents=True)
    with http_server(Site({NAME: DATA})) as url:
        wanted = release(DATA, f"{url}/{NAME}")
        (folder / f"{wanted.sha256}-{NAME}.part").write_bytes(b"x" * len(DATA))
        (got,) = await fetch_on_node(node, account(tmp_path), [wanted])
    assert content(got.remote_path) == DATA


async def test_https_is_not_left_for_http(tmp_path: Path, node: Here) -> None:
    pem = tmp_path / "server.pem"
    certificate_for_loopback(pem)
    node = Here(node.path, curl=node.curl, trusted=str(pem))
    plain, safe = Site({NAME: DATA}), Site({NAME: DATA})
    with http_server(plain) as http, http_server(safe, certificate=pem) as https:
        safe.redirect = {f"/down/{NAME}": f"{http}/{NAME}"}
        with pytest.raises(WorkError):
            await fetch_on_node(node, account(tmp_path), [release(DATA, f"{https}/down/{NAME}")])
        assert plain.seen == []
        if node.curl:
            await fetch_on_node(node, account(tmp_path), [release(DATA, f"{https}/{NAME}")])


async def test_progress_is_reported_in_bytes(tmp_path: Path, node: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_download, "PAUSE", 0.05)
    seen: list[DownloadProgress] = []
    with http_server(Site({NAME: DATA}, pause=0.4)) as url:
        await fetch_on_node(node, account(tmp_path), [release(DATA, f"{url}/{NAME}")], on_progress=seen.append)
    assert any(0 < received.received <= len(DATA) == received.total for received in seen)


async def test_a_verified_archive_that_leaves_its_folder_is_refused(tmp_path: Path, node: Here) -> None:
    evil = tar([(f"{FOLDER}/configure", b""), ("../../home/x", b"x")])
    with http_server(Site({NAME: evil})) as url, pytest.raises(RefusedError, match="leaves the folder"):
        await fetch_on_node(node, account(tmp_path), [release(evil, f"{url}/{NAME}")])
    assert list((tmp_path / "build" / "archives").iterdir()) == []


async def test_a_source_that_is_not_there_says_so(tmp_path: Path, node: Here) -> None:
    with http_server(Site({})) as url, pytest.raises(WorkError, match="could not be had") as failed:
        await fetch_on_node(node, account(tmp_path), [release(DATA, f"{url}/{NAME}")])
    assert "--fetch-on-node" in failed.value.next_step


async def test_it_is_inspected_like_any_other(tmp_path: Path, node: Here) -> None:
    """The listing of tar hides what leads out here: the inspection reads the archive itself."""
    evil = tar(
        [(f"{FOLDER}/configure", b""), link(f"{FOLDER}/a", "."), link(f"{FOLDER}/b", "a/.."), (f"{FOLDER}/b/x", b"x")]
    )
    with http_server(Site({NAME: evil})) as url, pytest.raises(RefusedError, match="symlink") as refused:
        await fetch_on_node(node, account(tmp_path), [release(evil, f"{url}/{NAME}")])
    assert refused.value.node == "a"
    assert list((tmp_path / "build" / "archives").iterdir()) == []


async def test_it_comes_here_in_pieces(tmp_path: Path, node: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_download, "PIECE", 30_000)
    with http_server(Site({NAME: DATA})) as url:
        (got,) = await fetch_on_node(node, account(tmp_path), [release(DATA, f"{url}/{NAME}")])
    assert got.contents.folder == FOLDER
    assert len([line for line in node.commands if "head -c 30000" in line]) == len(DATA) // 30_000 + 2


async def test_a_mirror_that_drips_is_left_in_time(tmp_path: Path, node: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_download, "DOWNLOAD_SECONDS", 2.0)
    began = time.monotonic()
    with http_server(Site({NAME: DATA}, pause=20.0)) as url, pytest.raises(WorkError, match="too slow") as failed:
        await fetch_on_node(node, account(tmp_path), [release(DATA, f"{url}/{NAME}", f"{url}/{NAME}")])
    assert time.monotonic() - began < 15
    assert "kept" in failed.value.changed


async def test_the_proxy_of_the_user_is_used_and_not_logged(tmp_path: Path, node: Here) -> None:
    site = Site({NAME: DATA})
    seen: list[Event] = []
    with http_server(site) as proxy:
        there = Here(node.path, curl=node.curl, proxy=proxy.replace("http://", "http://me:hush@"))
        there.report = seen.append
        await fetch_on_node(there, account(tmp_path), [release(DATA, f"http://nowhere.invalid/{NAME}")])
    assert site.seen
    assert "hush" not in repr(seen)
