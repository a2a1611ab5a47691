from __future__ import annotations

import gzip
import lzma
import tarfile
import tracemalloc
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corotui.errors import RefusedError
from corotui.source.archives.decompress import LIMITS, ArchiveLimits
from corotui.source.archives.inspect import ArchiveContents, inspect_archive
from tests.support.source.tar_builder import FOLDER, good, link, release, special, tar

CONFIGURE = (f"{FOLDER}/configure", b"#!/bin/sh\n")


def look(tmp_path: Path, data: bytes, limits: ArchiveLimits = LIMITS) -> ArchiveContents:
    path = tmp_path / "a.tar"
    path.write_bytes(data)
    return inspect_archive(path, release(data), limits)


def test_a_release_is_taken(tmp_path: Path) -> None:
    data = tar([CONFIGURE, link(f"{FOLDER}/lib/a.so", "../configure"), link(f"{FOLDER}/hard", CONFIGURE[0], hard=True)])
    contents = look(tmp_path, data)
    assert (contents.folder, contents.has_configure, contents.members) == (FOLDER, True, 3)
    assert not look(tmp_path, tar([(f"{FOLDER}/configure.ac", b"")])).has_configure


@pytest.mark.parametrize(
    ("member", "words"),
    [
        (("/etc/passwd", b"x"), "leaves the folder"),
        (("../x", b"x"), "leaves the folder"),
        ((f"{FOLDER}/../../x", b"x"), "leaves the folder"),
        ((f"{FOLDER}/../other/x", b"x"), "one folder"),
        (("other/x", b"x"), "one folder"),
        (link(f"{FOLDER}/a", "/etc/passwd"), "outside its folder"),
        (link(f"{FOLDER}/a", "../../etc/passwd"), "outside its folder"),
        (link(f"{FOLDER}/a", "..", hard=True), "outside its folder"),
        (link(f"{FOLDER}/a", "other/b", hard=True), "outside its folder"),
        (special(f"{FOLDER}/dev", tarfile.CHRTYPE), "device"),
        (special(f"{FOLDER}/disk", tarfile.BLKTYPE), "device"),
        (special(f"{FOLDER}/pipe", tarfile.FIFOTYPE), "device"),
    ],
)
def test_what_leaves_its_folder_is_refused(
    tmp_path: Path, member: tarfile.TarInfo | tuple[str, bytes], words: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        look(tmp_path, tar([CONFIGURE, member]))
    assert words in str(refused.value)
    assert "removed" in refused.value.changed


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "cannot be read"),
        (b"<html>not found</html>", "cannot be read"),
        (good()[:5000], "cannot be read"),
        (tar([]), "is empty"),
        (tar([(f"{FOLDER}/README", b"")]), "no source of corosync"),
        (tar([("corosync-qdevice-3.0.3/configure", b"")]), "no source of corosync"),
        (tar([("libqb-2.0.6/configure", b"")]), "no source of corosync"),
    ],
    ids=["no bytes", "a page", "cut off", "no members", "no configure", "qdevice", "libqb"],
)
def test_what_is_no_release_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        look(tmp_path, data)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (ArchiveLimits(content_bytes=1 << 20), "unpacks to more than 1 MiB"),
        (ArchiveLimits(stream_bytes=1 << 20), "unpacks to more than 1 MiB"),
        (ArchiveLimits(members=3), "unpacks to more than 3 files"),
        (ArchiveLimits(ratio_from=1 << 20), "more than 100 times its size"),
        (ArchiveLimits(seconds=-1.0), "cannot be inspected within -1 s"),
        (ArchiveLimits(path_bytes=20), "a path of more than 20 bytes"),
        (ArchiveLimits(depth=1), "a path of more than 512 bytes in 1 parts"),
    ],
)
@pytest.mark.parametrize("compression", ["gz", "bz2", "xz"])
def test_each_limit_holds(tmp_path: Path, limits: ArchiveLimits, words: str, compression: str) -> None:
    data = tar(
        [CONFIGURE, *((f"{FOLDER}/{n}", b"") for n in range(5)), (f"{FOLDER}/zeros", b"\0" * (2 << 20))],
        compression=compression,
    )
    look(tmp_path, data)
    with pytest.raises(RefusedError, match=words):
        look(tmp_path, data, limits)


def pax(key: str, value: str) -> tarfile.TarInfo:
    """A file with one record in its pax header."""
    info = tarfile.TarInfo(f"{FOLDER}/x")
    info.pax_headers = {key: value}
    return info


def moded(name: str, mode: int, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    info = special(name, kind)
    info.mode = mode
    return info


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ([link(f"{FOLDER}/a", "."), link(f"{FOLDER}/b", "a/..")], "leads through another link"),
        ([link(f"{FOLDER}/b", "a/.."), link(f"{FOLDER}/a", ".")], "leads through another link"),
        ([link(f"{FOLDER}/s/a", "../../.."), (f"{FOLDER}/s/a/x", b"")], "goes through the symlink"),
        ([link(f"{FOLDER}/a", "b"), (f"{FOLDER}/a/x", b"")], "goes through the symlink"),
        ([(f"{FOLDER}/a/x", b""), link(f"{FOLDER}/a", "b")], "twice"),
        ([(f"{FOLDER}/a", b""), (f"{FOLDER}/a/x", b"")], "goes through the file"),
        ([(f"{FOLDER}/a", b"1"), (f"{FOLDER}/a", b"2")], "twice"),
        ([special(f"{FOLDER}/a", tarfile.DIRTYPE), special(f"{FOLDER}/a", tarfile.DIRTYPE)], "twice"),
        ([link(f"{FOLDER}/a", "configure"), (f"{FOLDER}/a", b"2")], "twice"),
        ([(f"{FOLDER}/Makefile", b""), (f"{FOLDER}/makefile", b"")], "differ in case only"),
        ([(f"{FOLDER}/D/x", b""), (f"{FOLDER}/d/y", b"")], "differ in case only"),
        ([link(f"{FOLDER}/a", f"{FOLDER}/later", hard=True), (f"{FOLDER}/later", b"")], "no file before it"),
        ([link(f"{FOLDER}/a", "b"), link(f"{FOLDER}/c", f"{FOLDER}/a", hard=True)], "no file before it"),
        ([link(f"{FOLDER}/a", f"{FOLDER}/../x", hard=True)], "no file before it"),
        ([moded(f"{FOLDER}/su", 0o4755)], "setuid"),
        ([moded(f"{FOLDER}/sg", 0o2755)], "setuid"),
        ([(f"{FOLDER}/tab\tname", b"")], "printable ASCII"),
        ([(f"{FOLDER}/bidi\u202ename", b"")], "printable ASCII"),
        ([(f"{FOLDER}/a/./b", b"")], "empty part"),
        ([(f"{FOLDER}/a/../b", b"")], "empty part"),
        ([special(f"{FOLDER}/c", tarfile.CONTTYPE)], "unknown type"),
        ([special(f"{FOLDER}/c", tarfile.GNUTYPE_SPARSE)], "unknown type"),
        ([pax("GNU.sparse.major", "1")], "has the key 'GNU.sparse.major'"),
        ([pax("size", "9")], "has the key 'size'"),
        ([pax("comment", "y" * 70_000)], "has a header of 7"),
        ([(f"{FOLDER}/{'n' * 300}", b"")], "a path of more than"),
        ([(f"{FOLDER}/{'n/' * 60}x", b"")], "a path of more than"),
        ([link(f"{FOLDER}/a", "t" * 600)], "more than 512 bytes"),
    ],
)
def test_what_could_be_unpacked_in_another_way_is_refused(
    tmp_path: Path, members: list[tarfile.TarInfo | tuple[str, bytes]], words: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        look(tmp_path, tar([CONFIGURE, *members]))
    assert words in str(refused.value)


def test_a_file_is_no_release_folder(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="is no folder"):
        look(tmp_path, tar([link(FOLDER, ".")]))


@pytest.mark.parametrize("tail", [b"x", b"\0" * 8, gzip.compress(b"another")], ids=["byte", "zeros", "stream"])
def test_nothing_may_follow_the_end(tmp_path: Path, tail: bytes) -> None:
    data = tar([CONFIGURE])
    with pytest.raises(RefusedError, match="other data follows its end"):
        look(tmp_path, data + tail)


def test_several_streams_are_one_archive(tmp_path: Path) -> None:
    plain = tar([CONFIGURE], compression="")
    look(tmp_path, gzip.compress(plain[:700]) + gzip.compress(plain[700:]))
    with pytest.raises(RefusedError, match="more than 1000 compressed streams"):
        look(tmp_path, gzip.compress(b"") * 1001 + gzip.compress(plain))


def test_a_dictionary_that_takes_all_memory_is_refused(tmp_path: Path) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 256 << 20}]
    with pytest.raises(RefusedError, match="needs more than 128 MiB of memory"):
        look(tmp_path, lzma.compress(tar([CONFIGURE], compression=""), filters=filters))


def test_only_the_bytes_with_the_sum_are_accepted(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(tar([CONFIGURE, (f"{FOLDER}/x", b"1")]))
    with pytest.raises(RefusedError, match="is another file"):
        inspect_archive(path, release(tar([CONFIGURE, (f"{FOLDER}/x", b"2")])))


def test_a_bomb_takes_no_memory(tmp_path: Path) -> None:
    """A pax header of 1 GiB, and a gzip that unpacks to 1,000 times its size, are refused with a few MB of memory."""
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 1 << 30
    zeros = zlib.compressobj(9, wbits=31)
    for name, body in (
        ("pax", gzip.compress(header.tobuf(tarfile.USTAR_FORMAT))),
        ("gzip", b"".join([*(zeros.compress(bytes(1 << 20)) for _ in range(100)), zeros.flush()])),
    ):
        path = tmp_path / name
        path.write_bytes(body)
        tracemalloc.start()
        with pytest.raises(RefusedError):
            inspect_archive(path, release(body))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 4 << 20


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(where=st.integers(0, 400), what=st.binary(min_size=1, max_size=40))
def test_damaged_archives_end_in_a_sentence(tmp_path: Path, where: int, what: bytes) -> None:
    data = bytearray(tar([CONFIGURE, (f"{FOLDER}/x", b"y" * 300)], compression=""))
    data[where : where + len(what)] = what
    with suppress(RefusedError):
        assert look(tmp_path, bytes(data)).folder.startswith("corosync-")
