from __future__ import annotations

import tarfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corotui.errors import RefusedError
from corotui.source.archives import inspect
from corotui.source.archives.inspect import inspect_archive
from tests.support.source.tar_builder import FOLDER, good, link, release, special, tar

CONFIGURE = (f"{FOLDER}/configure", b"#!/bin/sh\n")


def look(tmp_path: Path, data: bytes) -> inspect.ArchiveContents:
    path = tmp_path / "a.tar"
    path.write_bytes(data)
    return inspect_archive(path, release(data))


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


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspect, "MAX_UNPACKED_BYTES", 1 << 20)
    with pytest.raises(RefusedError, match="unpacks to more"):
        look(tmp_path, tar([CONFIGURE, (f"{FOLDER}/zeros", b"\0" * (2 << 20))]))
    monkeypatch.setattr(inspect, "MAX_MEMBERS", 3)
    with pytest.raises(RefusedError, match="unpacks to more"):
        look(tmp_path, tar([CONFIGURE, *((f"{FOLDER}/{n}", b"") for n in range(5))]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(where=st.integers(0, 400), what=st.binary(min_size=1, max_size=40))
def test_damaged_archives_end_in_a_sentence(tmp_path: Path, where: int, what: bytes) -> None:
    data = bytearray(tar([CONFIGURE, (f"{FOLDER}/x", b"y" * 300)], compression=""))
    data[where : where + len(what)] = what
    with suppress(RefusedError):
        assert look(tmp_path, bytes(data)).folder.startswith("corosync-")
