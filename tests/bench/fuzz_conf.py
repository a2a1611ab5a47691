"""Differential fuzzing: generated files, judged by corotui and by a real corosync 3.1.7 in namespaces of its own.

    python -m tests.bench.fuzz_conf --files 20000 [--seed N] [--starts N] [--root DIR] [--layer DIR]
    python -m tests.bench.fuzz_conf --hostile [--files 2000] [--starts N] …

With --hostile the files are those of `conf_hostile`, all of them or a random choice of so many.

Prints one JSON object: files, by_exit_code, disagreements, each with the smallest file that still shows it. Where the
daemon reads memory it has freed and other allocations came between, nobody can foresee what it does: those are counted
as undefined. Needs root;
the daemon sees one machine, `conf_cases.HOST`, and nothing of the real one.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from corotui.conf.daemon.crashes import UNDEFINED
from corotui.conf.daemon.verdict import Verdict, predict_verdict
from corotui.conf.document import parse
from corotui.conf.syntax import to_display
from corotui.conf.version import Version, parse_version
from tests.bench.conf_grower import Grower
from tests.bench.conf_hostile import files as hostile
from tests.support.conf_samples import HOST

_HOSTS = "127.0.0.1 localhost\n10.77.0.1 node1 node1.example.com alias1\n10.77.0.2 node2\nfd99::2 six2\n"
_HOSTS += "10.77.0.3 both3\nfd99::3 both3\n"
_FILE = "/var/lib/corosync/corosync.conf"
_INSIDE = "COROTUI_FUZZ_INSIDE"
START_SECONDS = 6.0
END_SECONDS = 60.0  # for what is to end by itself; a busy machine is slow at it
SETTLED = b"Completed service synchronization"


def main() -> int:
    """Run inside new namespaces, generate, compare, print."""
    options = _options()
    if _INSIDE not in os.environ:
        words = ["unshare", "--mount", "--net", "--uts", "--ipc", "--pid", "--fork", "--mount-proc"]
        with tempfile.TemporaryDirectory() as folder:
            environ = {**os.environ, _INSIDE: folder}
            program = [*words, sys.executable, "-m", "tests.bench.fuzz_conf", *sys.argv[1:]]
            return subprocess.run(program, env=environ, check=False).returncode
    daemon = Daemon(_machine(Path(os.environ[_INSIDE]), options), parse_version(options.corosync))
    most = None if options.hostile else 1000
    result = fuzz(daemon, islice(_files(options), most if options.files is None else options.files), options)
    if options.starts:
        result |= start_all(daemon, _files(options), options)
    print(json.dumps(result, indent=1))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, help="how many (1000; with --hostile all)")
    parser.add_argument("--hostile", action="store_true", help="the files of conf_hostile")
    parser.add_argument("--corosync", default="3.1.7", help="the release that is in that system")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--starts", type=int, default=0, help="real starts of accepted files, some seconds each")
    parser.add_argument("--root", default="/", help="a system with corosync in it; it is left as it is")
    parser.add_argument("--layer", default="", help="a folder laid over that system, such as unpacked packages")
    parser.add_argument("--corpus", default="", help="JSON lines with the key conf, to damage too")
    return parser.parse_args()


def _corpus(path: str) -> tuple[bytes, ...]:
    if not path:
        return ()
    rows = (json.loads(line) for line in Path(path).read_text().splitlines())
    return tuple(row["conf"].replace("@HOST@", "node1").encode("latin-1") for row in rows)


def _files(options: argparse.Namespace) -> Iterator[bytes]:
    """The files to judge: those of `conf_hostile` in an order of chance, or grown ones without end."""
    if options.hostile:
        every = list(dict.fromkeys(hostile()))
        random.Random(options.seed).shuffle(every)
        yield from every
    grower = Grower(options.seed, _corpus(options.corpus))
    while not options.hostile:
        yield grower.file()


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


def _machine(folder: Path, options: argparse.Namespace) -> Path:
    """Make the namespaces look like HOST. Gives the root to run the daemon in: a copy that vanishes."""
    _run("mount", "--make-rprivate", "/")
    _run("hostname", "node1")
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "addr", "add", "10.77.0.1/24", "dev", "lo")
    _run("ip", "-6", "addr", "add", "fd99::1/64", "dev", "lo", "nodad")
    _run("mount", "-t", "tmpfs", "tmpfs", str(folder))
    root, upper, work = (folder / name for name in ("root", "upper", "work"))
    for made in (root, upper, work):
        made.mkdir()
    lower = ":".join(filter(None, (options.layer, options.root)))
    _run("mount", "-t", "overlay", "-o", f"lowerdir={lower},upperdir={upper},workdir={work}", "overlay", str(root))
    for name in ("dev", "proc"):
        (root / name).mkdir(exist_ok=True)
        _run("mount", "--rbind", f"/{name}", str(root / name))
    for name in ("dev/shm", "run", "tmp", "k", "var/lib/corosync"):
        (root / name).mkdir(parents=True, exist_ok=True)
        _run("mount", "-t", "tmpfs", "tmpfs", str(root / name))
    (root / "etc/corosync").mkdir(parents=True, exist_ok=True)
    (root / "etc/hosts").write_text(_HOSTS)
    (root / "etc/nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files\n")
    for path, size in (HOST.files or {}).items():
        (root / path[1:]).write_bytes(b"k" * size)
    return root


class Daemon:
    """A real corosync in a root of its own."""

    def __init__(self, root: Path, release: Version) -> None:
        self.root = root
        self.folder = root / "var/lib/corosync"
        self.words = ["chroot", str(root), "corosync"]
        self.environ = dict(os.environ)
        if release.grammar >= 3:
            self.words += ["-c", _FILE]
        else:
            self.environ["COROSYNC_MAIN_CONFIG_FILE"] = _FILE

    def test(self, data: bytes) -> tuple[int, str]:
        """Exit code of `corosync -t` as a shell sees it, and its last words."""
        (self.folder / "corosync.conf").write_bytes(data)
        words = [*self.words, "-t"]
        done = subprocess.run(words, env=self.environ, capture_output=True, timeout=30, check=False)
        for left in self.folder.glob("fdata*"):
            left.unlink()
        return done.returncode if done.returncode >= 0 else 128 - done.returncode, to_display(
            done.stderr.decode("latin-1")
        )

    def start(self, data: bytes, seconds: float) -> tuple[int | str, str]:
        """ "runs", or the exit code of a real start in the foreground, and its last words. It runs when a ring stands,
        or when it did not end within so many seconds."""
        (self.folder / "corosync.conf").write_bytes(data)
        log = self.folder / "words"
        with log.open("wb") as said:
            running = subprocess.Popen([*self.words, "-f"], env=self.environ, stdout=said, stderr=said)
            began = time.monotonic()
            while running.poll() is None and time.monotonic() - began < seconds:
                if SETTLED in log.read_bytes():
                    time.sleep(0.3)
                    break
                time.sleep(0.05)
            code: int | str = "runs"
            if running.poll() is None:
                running.kill()
                running.wait()
            else:
                code = running.returncode if running.returncode >= 0 else 128 - running.returncode
        text = to_display(log.read_bytes().decode("latin-1"))
        for folder in ("dev/shm", "run", "var/lib/corosync"):
            for left in (self.root / folder).iterdir():
                if left.is_file():
                    left.unlink()
        return code, text


def start_all(daemon: Daemon, files: Iterator[bytes], options: argparse.Namespace) -> dict[str, object]:
    """Compare real starts of files that `corosync -t` accepts."""
    codes: Counter[str] = Counter()
    found: list[dict[str, object]] = []
    for data in files:
        ours = predict_verdict(parse(data), release=parse_version(options.corosync), host=HOST)
        if ours.test != 0:
            continue
        if sum(codes.values()) >= options.starts:
            break
        real, words = daemon.start(data, START_SECONDS if ours.start == "runs" else END_SECONDS)
        codes[str(real)] += 1
        if real != ours.start:
            seen: dict[str, object] = {"file": data.decode("latin-1"), "real": real, "words": words[-600:]}
            found.append({**seen, "ours": ours.start, "says": ours.start_message})
    return {"starts": sum(codes.values()), "start_codes": dict(codes), "start_disagreements": found}


def fuzz(daemon: Daemon, files: Iterator[bytes], options: argparse.Namespace) -> dict[str, object]:
    """Compare the files; the result is what is printed."""

    def judge(data: bytes) -> Verdict:
        return predict_verdict(parse(data), release=parse_version(options.corosync), host=HOST)

    codes: Counter[int] = Counter()
    found: list[dict[str, object]] = []
    seen: set[tuple[object, ...]] = set()
    undefined = 0
    other: list[dict[str, object]] = []
    began = time.monotonic()
    for data in files:
        real, words = daemon.test(data)
        codes[real] += 1
        ours = judge(data)
        if ours.test == real and real and words and not hidden(ours.test_message, words):
            other.append({"file": data.decode("latin-1"), "words": words, "says": ours.test_message})
        if ours.test != real and UNDEFINED in ours.assumed:
            undefined += 1
        elif ours.test != real:
            small = shrink(data, lambda one: judge(one).test != daemon.test(one)[0])
            real, words = daemon.test(small)
            ours = judge(small)
            kind = (real, ours.test, ours.test_message)
            if kind not in seen:
                seen.add(kind)
            found.append(
                {
                    "file": small.decode("latin-1"),
                    "real": real,
                    "words": words,
                    "ours": ours.test,
                    "says": ours.test_message,
                }
            )
            if len(found) >= 100:
                break
    return {
        "files": sum(codes.values()),
        "seed": options.seed,
        "seconds": round(time.monotonic() - began, 1),
        "by_exit_code": {str(code): count for code, count in sorted(codes.items())},
        "undefined": undefined,
        "same_code_other_words": len(other),
        "other_words": other[:30],
        "disagreements": found,
    }


def hidden(message: str, words: str) -> bool:
    """Whether the daemon says the same; a line number that differs counts, its own file name does not."""
    said = re.sub(r"\S*/corosync\.conf", "corosync.conf", words)
    return re.sub(r"\S*/corosync\.conf", "corosync.conf", message) in said


def shrink(data: bytes, differs: Callable[[bytes], bool]) -> bytes:
    """The smallest file found by leaving out lines, then bytes of lines, that still differs."""
    lines = data.split(b"\n")
    size = max(len(lines) // 2, 1)
    while size:
        at = 0
        while at < len(lines):
            fewer = lines[:at] + lines[at + size :]
            if differs(b"\n".join(fewer)):
                lines = fewer
            else:
                at += size
        size //= 2
    return b"\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
