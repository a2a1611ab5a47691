"""From release archives to a quorate ring of three: corotui against the same commands typed one after another.

`python -m tests.bench.source_to_ring [--skip-each]` prints one JSON document with seconds and ratios. Every run starts
with three bare practice nodes. "once" builds on one node by hand and carries the packages to the others; "each" types
everything on one node and then on the others, as the recipe of 2011 has it. Needs root, like the tests on nodes.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from corotui import practice as room
from corotui.facts.model import Os
from corotui.practice import PracticeCluster, Shape, execute
from corotui.source.archives.inspect import inspect_archive
from corotui.source.compile import deb
from corotui.source.compile.job import Job, make_jobs
from corotui.source.compile.plan import Platform
from corotui.source.compile.recipe import build_steps
from corotui.source.install import package_managers
from corotui.source.releases.build_deps import required_packages
from corotui.source.releases.manifest import Release, read_manifest, select_releases
from tests.support.nodes.release_archives import corosync_version, release_archives
from tests.support.nodes.ring_setup import AUTHKEY, CONF, conf_text, wait_for_members
from tests.support.source.http_servers import Site, http_server

NAME = "tbench"
BASE = "/home/ec2-user/build"
NODES = ("node1", "node2", "node3")


@dataclass
class ByHand:
    """Types one command after another, `make` as most people type it. `parts`: seconds of each part."""

    practice: PracticeCluster
    site: str
    releases: tuple[Release, ...]
    here: Path
    parts: dict[str, float] = field(default_factory=dict)

    def type(self, part: str, node: str, line: str, stdin: bytes = b"", *, user: str = "root") -> bytes:
        began = time.monotonic()
        words = ["runuser", "-u", user, "--", "sh", "-c", line] if user != "root" else ["sh", "-c", line]
        done = execute(self.practice.name, node, words, stdin=stdin, timeout=1800)
        if done.returncode != 0:
            sys.exit(f"{node}: {line}\n{done.stdout[-2000:]!r}\n{done.stderr[-2000:]!r}")
        self.parts[part] = self.parts.get(part, 0.0) + time.monotonic() - began
        return done.stdout

    def fetch(self) -> tuple[Job, ...]:
        began, made = time.monotonic(), []
        for release in self.releases:
            path = self.here / release.archive
            with urllib.request.urlopen(f"{self.site}/{release.archive}") as answer:
                path.write_bytes(answer.read())
            made.append((release, inspect_archive(path, release)))
        self.parts["archives"] = self.parts.get("archives", 0.0) + time.monotonic() - began
        return make_jobs(made, Platform("debian", "12", "x86_64"), "deb", BASE)

    def build(self, node: str) -> dict[str, bytes]:
        work = self.fetch()
        os_ = Os(id="debian", family="debian", arch="x86_64")
        tools = required_packages([(job.release, job.contents) for job in work], "deb", os_)
        self.type("tools", node, package_managers.Apt().install_tools(tools))
        packages = {}
        for job in work:
            folder = shlex.quote(job.folder)
            self.type("build", node, f"mkdir -p {folder}", user="ec2-user")
            data = (self.here / job.release.archive).read_bytes()
            self.type("build", node, f"cat >{folder}/{job.release.archive}", data, user="ec2-user")
            self.type("build", node, f"cat >{folder}/{deb.SCRIPT_NAME}", deb.SCRIPT.encode(), user="ec2-user")
            for step in build_steps(job, 1):
                self.type("build", node, step.command, user="ec2-user")
            name = self.type("build", node, f"ls {folder}/out").decode().strip()
            packages[name] = self.type("build", node, f"cat {folder}/out/{name}")
        return packages

    def install(self, node: str, packages: dict[str, bytes]) -> None:
        self.type("install", node, "mkdir -p /root/packages")
        for name, data in packages.items():
            self.type("install", node, f"cat >/root/packages/{name}", data)
        files = [f"/root/packages/{name}" for name in packages]
        apt = package_managers.Apt()
        self.type("install", node, f"{apt.dry_run(files)} >/dev/null && {apt.install(files)}")
        self.type("install", node, "mkdir -p /etc/corosync /var/lib/corosync /var/log/cluster; ldconfig; corosync -v")

    def ring(self) -> None:
        conf = conf_text(self.practice).replace("\ttoken: 1000\n", "").encode()
        self.type("ring", NODES[0], f"corosync-keygen -k {AUTHKEY}")
        key = self.type("ring", NODES[0], f"cat {AUTHKEY}")
        for node in NODES:
            self.type("ring", node, f"umask 277; cat >{AUTHKEY}.new; mv {AUTHKEY}.new {AUTHKEY}", key)
            self.type("ring", node, f"cat >{CONF}", conf)
            self.type("ring", node, "systemctl enable --now corosync")
        began = time.monotonic()
        wait_for_members(self.practice, dict.fromkeys(NODES, len(NODES)), limit=180)
        self.parts["ring"] += time.monotonic() - began


def once(hand: ByHand) -> None:
    packages = hand.build(NODES[0])
    for node in NODES:
        hand.install(node, packages)
    hand.ring()


def each(hand: ByHand) -> None:
    for node in NODES:
        hand.install(node, hand.build(node))
    hand.ring()


@contextmanager
def bare_nodes() -> Iterator[PracticeCluster]:
    try:
        yield room.up(NAME, Shape())
    finally:
        room.down(NAME)


def by_corotui(version: str, site: str, cache: Path) -> float:
    with bare_nodes() as practice:
        toml = practice.directory / "cluster.toml"
        head, _, _ = toml.read_text().partition("[install]")
        toml.write_text(f'{head}[install]\nmethod = "source"\nversion = "{version}"\nmirror = "{site}"\n')
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "corotui", "apply", str(practice.directory), "--yes"],
            capture_output=True,
            text=True,
            env={**os.environ, "XDG_CACHE_HOME": str(cache), "no_proxy": "127.0.0.1"},
            check=False,
        )
        if done.returncode != 0:
            sys.exit(done.stderr[-4000:])
        return time.monotonic() - began


def hand_typed(work: Callable[[ByHand], None], version: str, site: str, here: Path) -> tuple[float, dict[str, float]]:
    with bare_nodes() as practice:
        hand = ByHand(practice, site, select_releases(read_manifest(), version), here)
        began = time.monotonic()
        work(hand)
        return time.monotonic() - began, {name: round(seconds, 1) for name, seconds in hand.parts.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skip-each", action="store_true", help="leave out the build on every node")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        archives = release_archives(here / "apt")
        version = corosync_version(archives)
        with http_server(Site(archives)) as site:
            mine = by_corotui(version, site, here / "cache")
            found: dict[str, object] = {"version": version, "cores": os.cpu_count(), "corotui_s": round(mine, 1)}
            for name, work in (("once", once), *(() if args.skip_each else (("each", each),))):
                seconds, parts = hand_typed(work, version, site, here)
                found |= {f"{name}_s": round(seconds, 1), f"{name}_parts_s": parts}
                found[f"ratio_to_{name}"] = round(mine / seconds, 3)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
