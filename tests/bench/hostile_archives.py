"""Inspects hostile archives, each in a process of its own, and prints seconds, peak memory and verdict of each.

`python -m tests.bench.hostile_archives` prints one JSON document. The budget is 250 MB of peak RSS for each archive.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import resource
import subprocess
import sys
import tarfile
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from corotui.errors import RefusedError
from corotui.source.archives.inspect import inspect_archive
from corotui.source.releases.manifest import Release
from tests.support.source.tar_builder import FOLDER, good, link, tar

BUDGET_MB = 250
_MIB = 1 << 20


def _header(kind: bytes, size: int) -> bytes:
    info = tarfile.TarInfo(f"{FOLDER}/x")
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


def _deflated(head: bytes, mebibytes: int) -> bytes:
    """A gzip of `head` and so many MiB of zeros."""
    packer = zlib.compressobj(9, wbits=31)
    parts = [packer.compress(head), *(packer.compress(bytes(_MIB)) for _ in range(mebibytes)), packer.flush()]
    return b"".join(parts)


def _many_members(number: int, depth: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for n in range(number):
            archive.addfile(tarfile.TarInfo(f"{FOLDER}/{n:06}/{'/'.join('d' * 8 for _ in range(depth))}/x"))
    return gzip.compress(out.getvalue(), 1)


def _large_dictionary() -> bytes:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 30}]
    return lzma.compress(b"x" * 1000, filters=filters)


ARCHIVES: dict[str, Callable[[], bytes]] = {
    "a release": good,
    "gzip of 2 GiB of zeros": lambda: _deflated(_header(tarfile.REGTYPE, 2 << 30), 2048),
    "bzip2 of 512 MiB of zeros": lambda: bz2.compress(bytes(512 * _MIB)),
    "xz of 512 MiB of zeros": lambda: lzma.compress(bytes(512 * _MIB), preset=0),
    "xz with a dictionary of 1 GiB": _large_dictionary,
    "pax header of 1 GiB": lambda: _deflated(_header(tarfile.XHDTYPE, 1 << 30), 1024),
    "GNU long name of 1 GiB": lambda: _deflated(_header(tarfile.GNUTYPE_LONGNAME, 1 << 30), 1024),
    "200,000 members": lambda: _many_members(200_000, 1),
    "19,000 folders within folders": lambda: _many_members(900, 20),
    "100,000 empty streams": lambda: gzip.compress(b"") * 100_000,
    "a link through a link": lambda: tar([link(f"{FOLDER}/a", "."), link(f"{FOLDER}/b", "a/..")]),
}


def inspect_here(path: Path) -> dict[str, object]:
    """Inspects one archive; seconds, peak RSS of this process in MB, verdict."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    release = Release("corosync", "3.1.7", "corosync-3.1.7.tar.gz", (), digest, path.stat().st_size)
    began = time.monotonic()
    try:
        inspect_archive(path, release)
        verdict = "accepted"
    except RefusedError as refused:
        verdict = refused.what
    seconds = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return {"seconds": round(seconds, 2), "peak_rss_mb": round(peak), "verdict": verdict}


def measure() -> Iterator[dict[str, object]]:
    """Each archive, written by a child of its own so that its making does not count, and inspected by another one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "archive"
        for name in ARCHIVES:
            words = [sys.executable, "-m", "tests.bench.hostile_archives"]
            subprocess.run([*words, "make", name, str(path)], check=True)
            done = subprocess.run([*words, "inspect", str(path)], check=True, capture_output=True, text=True)
            yield {"archive": name, "bytes": path.stat().st_size, **json.loads(done.stdout)}


def main(words: list[str]) -> None:
    """Without words: all of them. `make NAME PATH` and `inspect PATH` are for the children."""
    if words[:1] == ["make"]:
        Path(words[2]).write_bytes(ARCHIVES[words[1]]())
    elif words[:1] == ["inspect"]:
        print(json.dumps(inspect_here(Path(words[1]))))
    else:
        print(json.dumps({"budget_mb": BUDGET_MB, "archives": list(measure())}, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
