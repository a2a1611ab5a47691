from __future__ import annotations

import asyncio
import gzip
import hashlib
import time
from pathlib import Path

import pytest

from corotui.errors import CorotuiError, LockedError, RefusedError, WorkError
from corotui.source.archives import download as fetch_module
from corotui.source.archives.download import DownloadProgress, fetch, fetch_all
from corotui.source.releases.manifest import Release
from tests.support.source.http_servers import Site, certificate_for_loopback, dripping_server, ftp_server, http_server
from tests.support.source.tar_builder import FOLDER, good, release, tar

DATA = good()
NAME = "corosync-3.1.7.tar.gz"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def left(cache: Path) -> list[str]:
    """What lies in the cache but locks."""
    return sorted(p.name for p in cache.iterdir() if p.suffix != ".lock")


async def test_an_archive_comes_once_and_is_kept_by_its_hash(tmp_path: Path) -> None:
    seen: list[DownloadProgress] = []
    with http_server(Site({NAME: DATA})) as url:
        one = await fetch(release(DATA, f"{url}/a/{NAME}"), cache=tmp_path, on_progress=seen.append)
    assert one.path.read_bytes() == DATA
    assert one.contents.folder == FOLDER
    await asyncio.sleep(0)
    assert seen[-1].received == seen[-1].total == len(DATA)
    again = await fetch(release(DATA, "http://127.0.0.1:1/gone"), cache=tmp_path)
    assert again.path == one.path


async def test_a_file_and_a_mirror_folder_serve(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / NAME).write_bytes(DATA)
    for n, mirror in enumerate((str(tmp_path / "m"), (tmp_path / "m").as_uri())):
        got = await fetch(release(DATA), mirror=mirror, cache=tmp_path / f"c{n}")
        assert got.path.read_bytes() == DATA


async def test_the_next_source_is_asked_when_one_has_not(tmp_path: Path) -> None:
    with http_server(Site({})) as empty, http_server(Site({NAME: DATA})) as full:
        await fetch(release(DATA, f"{empty}/{NAME}", f"{full}/{NAME}"), cache=tmp_path)
        with pytest.raises(WorkError, match="404") as failed:
            await fetch(release(b"other", f"{empty}/{NAME}"), cache=tmp_path)
    assert "--mirror" in failed.value.next_step


async def test_a_break_goes_on_where_it_stopped(tmp_path: Path) -> None:
    site = Site({NAME: DATA}, cut=40_000, cuts=2)
    with http_server(site) as url:
        await fetch(release(DATA, f"{url}/{NAME}"), cache=tmp_path)
    assert [asked for _, asked in site.seen] == ["", "bytes=40000-", "bytes=80000-"]


async def test_what_came_is_kept_for_the_next_run(tmp_path: Path) -> None:
    site = Site({NAME: DATA}, cut=20_000)
    with http_server(site) as url:
        wanted = release(DATA, f"{url}/{NAME}")
        with pytest.raises(WorkError, match="could not be had"):
            await fetch(wanted, cache=tmp_path)
        site.cut = None
        await fetch(wanted, cache=tmp_path)
    assert site.seen[-1][1] == "bytes=60000-"


async def test_a_server_without_ranges_starts_again(tmp_path: Path) -> None:
    with http_server(Site({NAME: DATA}, ranges=False, cut=40_000, cuts=1)) as url:
        got = await fetch(release(DATA, f"{url}/{NAME}"), cache=tmp_path)
    assert got.path.read_bytes() == DATA


async def test_an_old_part_of_another_file_is_dropped(tmp_path: Path) -> None:
    with http_server(Site({NAME: DATA})) as url:
        wanted = release(DATA, f"{url}/{NAME}")
        (tmp_path / f"{wanted.sha256}-{NAME}.part").write_bytes(b"x" * 5000)
        got = await fetch(wanted, cache=tmp_path)
    assert got.path.read_bytes() == DATA


def _corrupt(data: bytes) -> bytes:
    return data[:50_000] + bytes([data[50_000] ^ 1]) + data[50_001:]


@pytest.mark.parametrize(
    ("served", "words"),
    [
        (_corrupt(DATA), "another file"),
        (DATA[:70_000], "cut off: 70000 of"),
        (DATA + b"more", "too large"),
        (good(64_000), "cut off"),
        (b"<html>sorry</html>", "cut off: 18 of"),
    ],
    ids=["corrupt", "truncated", "oversized", "wrong", "page"],
)
async def test_what_is_not_the_archive_is_refused_and_removed(tmp_path: Path, served: bytes, words: str) -> None:
    with http_server(Site({NAME: served})) as url, pytest.raises(RefusedError, match=words) as refused:
        await fetch(release(DATA, f"{url}/{NAME}"), cache=tmp_path)
    assert "removed" in refused.value.changed
    assert left(tmp_path) == []


async def test_an_endless_body_is_cut_off_where_no_size_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch_module, "MAX_ARCHIVE_BYTES", 50_000)
    with http_server(Site({NAME: DATA})) as url, pytest.raises(RefusedError, match="too large"):
        await fetch(release(DATA, f"{url}/{NAME}", size=0), cache=tmp_path)
    assert left(tmp_path) == []


async def test_a_length_that_lies_is_a_break(tmp_path: Path) -> None:
    with http_server(Site({NAME: DATA}, stated=len(DATA) + 100)) as url:
        with pytest.raises(CorotuiError):
            await fetch(release(DATA, f"{url}/{NAME}"), cache=tmp_path)
        with pytest.raises(CorotuiError):
            await fetch(release(DATA, f"{url}/{NAME}", size=0), cache=tmp_path)


async def test_a_verified_archive_that_leaves_its_folder_is_refused(tmp_path: Path) -> None:
    evil = tar([(f"{FOLDER}/configure", b""), ("../../home/x", b"x")])
    with http_server(Site({NAME: evil})) as url, pytest.raises(RefusedError, match="leaves the folder"):
        await fetch(release(evil, f"{url}/{NAME}"), cache=tmp_path)
    assert left(tmp_path) == []


async def test_no_sum_nothing_is_fetched(tmp_path: Path) -> None:
    site = Site({NAME: DATA})
    with http_server(site) as url, pytest.raises(RefusedError):
        await fetch(Release("corosync", "3.1.7", NAME, (f"{url}/{NAME}",)), cache=tmp_path)
    assert site.seen == []


@pytest.mark.parametrize("target", ["ftp://127.0.0.1/x", "file:///etc/passwd", "gopher://x/"])
async def test_a_redirect_to_something_weaker_is_refused(tmp_path: Path, target: str) -> None:
    site = Site({NAME: DATA}, redirect={f"/{NAME}": target})
    with http_server(site) as url, pytest.raises(CorotuiError) as error:
        await fetch(release(DATA, f"{url}/{NAME}"), cache=tmp_path)
    assert left(tmp_path) == []
    assert isinstance(error.value, RefusedError)


async def test_https_is_never_left_for_http(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = tmp_path / "server.pem"
    certificate_for_loopback(pem)
    plain, safe = Site({NAME: DATA}), Site({NAME: DATA})
    with http_server(plain) as http, http_server(safe, certificate=pem) as https:
        with pytest.raises(WorkError, match="certificate"):
            await fetch(release(DATA, f"{https}/{NAME}"), cache=tmp_path / "c")
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        safe.redirect = {"/down": f"{http}/{NAME}", "/up": f"{https}/{NAME}"}
        with pytest.raises(RefusedError, match="from https to http"):
            await fetch(release(DATA, f"{https}/down"), cache=tmp_path / "c")
        await fetch(release(DATA, f"{https}/up"), cache=tmp_path / "c")
    assert plain.seen == []


async def test_a_redirect_among_http_is_followed(tmp_path: Path) -> None:
    site = Site({"real.tar.gz": DATA}, redirect={f"/{NAME}": "/real.tar.gz"})
    with http_server(site) as url:
        archive = await fetch(release(DATA, f"{url}/{NAME}"), cache=tmp_path)
    assert archive.path.read_bytes() == DATA


async def test_the_proxy_of_the_environment_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site({NAME: DATA})
    with http_server(site) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        await fetch(release(DATA, f"http://nowhere.invalid/{NAME}"), cache=tmp_path)
    assert site.seen == [(f"http://nowhere.invalid/{NAME}", "")]


async def test_ftp_comes_and_goes_on(tmp_path: Path) -> None:
    site = Site({NAME: DATA}, cut=40_000, cuts=1)
    with ftp_server(site) as url:
        got = await fetch(release(DATA, f"{url}/pub/{NAME}"), cache=tmp_path)
        with pytest.raises(WorkError, match="550"):
            await fetch(release(b"y", f"{url}/pub/none-1.0.tar.gz"), cache=tmp_path)
    assert got.path.read_bytes() == DATA
    assert ("REST", "40000") in site.seen


async def test_a_damaged_cache_is_fetched_anew(tmp_path: Path) -> None:
    with http_server(Site({NAME: DATA})) as url:
        wanted = release(DATA, f"{url}/{NAME}")
        got = await fetch(wanted, cache=tmp_path)
        got.path.write_bytes(b"rot")
        assert (await fetch(wanted, cache=tmp_path)).path.read_bytes() == DATA


async def test_two_at_once_do_not_mix(tmp_path: Path) -> None:
    with http_server(Site({NAME: DATA})) as url:
        wanted = release(DATA, f"{url}/{NAME}")
        results = await asyncio.gather(*(fetch(wanted, cache=tmp_path) for _ in range(4)), return_exceptions=True)
    for result in results:
        assert isinstance(result, (LockedError, fetch_module.VerifiedArchive))
    assert left(tmp_path) == [f"{wanted.sha256}-{NAME}"]


async def test_all_come_together_and_one_failure_is_one_error(tmp_path: Path) -> None:
    other = tar([(f"{FOLDER}/configure", b"other")])
    site = Site({NAME: DATA, "b.tar.gz": other})
    with http_server(site) as url:
        a, b = release(DATA, f"{url}/{NAME}"), release(other, f"{url}/b.tar.gz")
        assert [f.release for f in await fetch_all([a, b], cache=tmp_path)] == [a, b]
        with pytest.raises(WorkError):
            await fetch_all([a, release(b"none", f"{url}/none")], cache=tmp_path)


async def test_cancelling_stops_the_thread_and_keeps_what_came(tmp_path: Path) -> None:
    started = asyncio.Event()

    class Slow(Site):
        pass

    big = good(4_000_000)
    with http_server(Slow({NAME: big})) as url:
        wanted = release(big, f"{url}/{NAME}")

        def watch(received: DownloadProgress) -> None:
            started.set()

        task = asyncio.create_task(fetch(wanted, cache=tmp_path, on_progress=watch))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        got = await fetch(wanted, cache=tmp_path)
    assert hashlib.sha256(got.path.read_bytes()).hexdigest() == wanted.sha256


async def test_a_password_in_a_url_is_not_shown(tmp_path: Path) -> None:
    with http_server(Site({})) as url:
        secret = url.replace("http://", "http://me:hush@")
        with pytest.raises(CorotuiError) as error:
            await fetch(release(DATA, f"{secret}/{NAME}"), cache=tmp_path)
    assert "hush" not in str(error.value)


async def test_an_unwritable_cache_is_said(tmp_path: Path) -> None:
    (tmp_path / "c").write_text("a file")
    with pytest.raises(WorkError, match="c"):
        await fetch(release(DATA, "file:///nope"), cache=tmp_path / "c" / "d")


async def test_a_server_that_drips_is_left_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch_module, "DOWNLOAD_SECONDS", 0.5)
    began = time.monotonic()
    body = dripping_server(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    with body as url, pytest.raises(WorkError, match=r"did not come within the 0\.5 s"):
        await fetch(release(DATA, f"{url}/{NAME}"), cache=tmp_path)
    for head in (b"", b"HTTP/1.1 200 OK\r\nX: "):  # TLS waits for the server's hello in the first one
        with dripping_server(head) as url:
            for source in (url, url.replace("http:", "https:"), url.replace("http:", "ftp:")):
                with pytest.raises(WorkError, match="could not be had"):
                    await fetch(release(DATA, f"{source}/{NAME}"), cache=tmp_path)
    assert time.monotonic() - began < 15


async def test_a_part_of_a_server_that_drips_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch_module, "DOWNLOAD_SECONDS", 0.5)
    with http_server(Site({NAME: DATA}, pause=2.0)) as url, pytest.raises(WorkError) as failed:
        await fetch(release(DATA, f"{url}/{NAME}"), cache=tmp_path)
    assert "kept" in failed.value.changed


async def test_redirects_end(tmp_path: Path) -> None:
    site = Site({NAME: DATA}, redirect={f"/{NAME}": "/a", "/a": "/b", "/b": f"/{NAME}"})
    with http_server(site) as url, pytest.raises(WorkError, match="redirects in a circle"):
        await fetch(release(DATA, f"{url}/{NAME}"), cache=tmp_path)
    assert len(site.seen) < 30


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 404 " + b"no " * 20_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\nx",
        b"220-" + b"x" * 9000,
        b"220-words\r\n" * 100_000,
    ],
    ids=["long reason", "long number", "no number", "long line", "endless lines"],
)
async def test_what_a_server_says_is_short(tmp_path: Path, answer: bytes) -> None:
    with dripping_server(answer, ends=True) as url:
        for source in (url, url.replace("http:", "ftp:")):
            with pytest.raises(CorotuiError) as error:
                await fetch(release(DATA, f"{source}/{NAME}"), cache=tmp_path)
            assert len(str(error.value)) < 700


async def test_a_bomb_leaves_the_cache(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(100 << 20), 9)
    with http_server(Site({NAME: bomb})) as url, pytest.raises(RefusedError, match="100 times its size") as refused:
        await fetch(release(bomb, f"{url}/{NAME}"), cache=tmp_path)
    assert NAME in refused.value.what
    assert "nothing was unpacked" in refused.value.changed
    assert left(tmp_path) == []
