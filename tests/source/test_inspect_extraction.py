"""What inspection accepts is unpacked by tar as it was inspected, and nothing outside the folder."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import event, given, settings
from hypothesis import strategies as st

from corotui.cluster.quoting import quote
from corotui.errors import RefusedError
from corotui.source.archives.decompress import ArchiveReader
from corotui.source.archives.inspect import inspect_archive
from corotui.source.archives.tar_headers import ArchiveMember, read_members
from corotui.source.compile.recipe import extract_command
from tests.support.source.tar_builder import FOLDER, release

_KINDS = [tarfile.REGTYPE] * 3 + [tarfile.SYMTYPE] * 3 + [tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.AREGTYPE]
_RARE = [tarfile.FIFOTYPE, tarfile.CONTTYPE, tarfile.GNUTYPE_SPARSE, b"D", b"M", b"V", b"N", b"A"]
_PARTS = st.sampled_from(["a", "b", "A", "c.d", "configure", "a b", "a\\b", "-x", "..", ".", "", "a\n", "é", "n" * 120])
_BELOW = st.lists(_PARTS, min_size=1, max_size=3).map("/".join)
_NAMES = st.one_of(
    *[_BELOW.map(lambda name: f"{FOLDER}/{name}")] * 5,
    st.sampled_from(
        [FOLDER, f"./{FOLDER}", f"./{FOLDER}/b", ".", "/tmp/corotui-escape", "../escape", f"{FOLDER}/../e"]
    ),
)
_TARGETS = st.one_of(_BELOW, _NAMES, st.sampled_from(["..", "../..", "a/..", "../a", "/etc", f"../{FOLDER}/a", ""]))
_TAME = st.sampled_from(["x", "d/x", "d/e/x", "l" * 130, "dots..", " blank", f"{'p' * 90}/{'q' * 90}"])
_MODES = st.sampled_from([0o644, 0o755, 0o777, 0o4755, 0o2755, 0o1777, 0o000])
_FORMATS = st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])


@st.composite
def archives(draw: st.DrawFn) -> bytes:
    """A tar with configure and some members, hostile ones among them."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=draw(_FORMATS)) as archive:
        archive.addfile(tarfile.TarInfo(f"{FOLDER}/configure"))
        for number in range(draw(st.integers(1, 6))):
            wild = draw(st.integers(0, 5)) == 0
            info = tarfile.TarInfo(draw(_NAMES) if wild else f"{FOLDER}/{draw(_TAME)}{number}")
            info.type = draw(st.sampled_from(_RARE if wild and draw(st.booleans()) else _KINDS))
            info.mode = draw(_MODES if wild else st.sampled_from([0o644, 0o755, 0o777, 0o000]))
            if info.type == tarfile.SYMTYPE:
                info.linkname = draw(_TARGETS if wild else _TAME)
            elif info.type == tarfile.LNKTYPE:
                info.linkname = draw(_TARGETS) if wild else f"{FOLDER}/configure"
            content = draw(st.binary(max_size=600)) if info.isreg() else b""
            info.size = len(content)
            try:
                archive.addfile(info, io.BytesIO(content))
            except ValueError:  # a name that the format does not hold
                continue
    return out.getvalue()


def kind_of(path: Path) -> str:
    return "symlink" if path.is_symlink() else "folder" if path.is_dir() else "file" if path.is_file() else "other"


def check_extraction(data: bytes, label: Callable[[str], None]) -> None:
    """Inspects and, if that accepts the archive, unpacks it for real and compares."""
    with tempfile.TemporaryDirectory() as name:
        outside = Path(name)
        archive, inside = outside / "a.tar", outside / "deep" / "src"
        archive.write_bytes(data)
        inside.mkdir(parents=True)
        try:
            contents = inspect_archive(archive, release(data))
        except RefusedError:
            label("refused")
            return
        label("accepted")
        line = f"umask 022; {extract_command(quote(str(archive)), quote(str(inside)))}"
        done = subprocess.run(["sh", "-c", line], capture_output=True, check=False, env={"PATH": "/usr/bin:/bin"})
        assert (done.returncode, done.stderr) == (0, b"")
        with archive.open("rb") as file:
            members = list(read_members(ArchiveReader(file)))
        assert sorted(path.name for path in outside.iterdir()) == ["a.tar", "deep"]
        assert [path.name for path in (outside / "deep").iterdir()] == ["src"]
        assert [path.name for path in inside.iterdir()] == [contents.folder]
        assert not Path("/tmp/corotui-escape").exists()
        check_tree(inside, members)
        assert sum(member.size for member in members) == contents.unpacked


def check_tree(root: Path, members: list[ArchiveMember]) -> None:
    """Each member is there with its kind and size, nothing else is, and no link leads out."""
    expected: set[Path] = set()
    for member in members:
        path = root / member.name
        expected |= {path, *(parent for parent in path.parents if root in parent.parents)}
        assert kind_of(path) == ("file" if member.kind == "hardlink" else member.kind)
        if member.kind == "file":
            assert path.stat().st_size == member.size
        if member.kind == "symlink":
            assert str(path.readlink()).rstrip("/") == str(Path(member.target))
            assert is_inside(path, root)
        else:
            assert path.lstat().st_mode & 0o6022 == 0  # no rights of the owner lent, nothing writable by others
    assert set(root.rglob("*")) == expected


def is_inside(link: Path, root: Path) -> bool:
    try:
        return link.resolve(strict=False).is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # a loop leads nowhere
        return True


@settings(max_examples=400, deadline=None)
@given(archives())
def test_what_is_accepted_is_unpacked_inside_its_folder(data: bytes) -> None:
    check_extraction(data, event)


@settings(max_examples=300, deadline=None)
@given(
    archives(),
    st.lists(
        st.tuples(st.integers(0, 3000), st.sampled_from([0, 0x20, 0x2F, 0x30, 0x35, 0x78, 0x80, 0xFF])), max_size=3
    ),
)
def test_headers_that_were_tampered_with_are_read_as_tar_reads_them(data: bytes, bytes_: list[tuple[int, int]]) -> None:
    changed = bytearray(data)
    for place, value in bytes_:
        changed[place % len(changed)] = value
    for begin in range(0, len(changed) - 512, 512):  # each block that looks like a header gets its right checksum
        block = changed[begin : begin + 512]
        if block[257:262] == b"ustar":
            total = sum(block[:148]) + sum(block[156:]) + 8 * 32
            changed[begin + 148 : begin + 156] = b"%06o\0 " % total
    check_extraction(bytes(changed), event)
