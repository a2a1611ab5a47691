"""Checks whether practice nodes can run on this machine, and installs missing system packages with apt."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

from corotui.cluster.events import EventSink, Note, ignore_event
from corotui.errors import CorotuiError, RefusedError, WorkError
from corotui.practice import state_dir
from corotui.practice.machine import processes
from corotui.practice.subprocesses import run, search_path

_PROGRAMS = {  # program: the package of Debian and Ubuntu that has it
    "debootstrap": "debootstrap",
    "ip": "iproute2",
    "mount": "mount",
    "nft": "nftables",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
    "ssh-keygen": "openssh-client",
    "systemd-nspawn": "systemd-container",
    "unshare": "util-linux",
}


def obstacles() -> list[str]:
    """Reasons why practice nodes cannot run on this machine, as sentences; empty if they can.

    `missing_packages` names missing packages. Each kernel feature is tried out in private namespaces.
    """
    if sys.platform != "linux":
        return [f"Practice nodes need Linux; this is {sys.platform}."]
    if os.geteuid() != 0:
        return ["Practice nodes are made by root; call this with sudo."]
    reasons = []
    if _probe_error(["unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--fork", "true"]):
        return ["This machine does not let root make namespaces (a container without the right to?)."]
    with tempfile.TemporaryDirectory(prefix="corotui-") as folder:
        for name in ("a", "b", "point"):
            (Path(folder) / name).mkdir()
        layers = f"lowerdir={folder}/a:{folder}/b"
        if error := _probe_error(
            ["unshare", "--mount", "mount", "-t", "overlay", "probe", "-o", layers, f"{folder}/point"]
        ):
            reasons.append(f"This machine cannot mount overlay file systems: {error}")
        if error := _probe_error(["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", folder]):
            reasons.append(f"This machine cannot mount tmpfs file systems: {error}")
    reasons += _control_groups()
    reasons += network_obstacles()
    return reasons


def find_program(program: str) -> str | None:
    """The path of a program of this machine, also of those in /sbin."""
    return shutil.which(program, path=search_path(os.environ.get("PATH", "")))


def network_obstacles() -> list[str]:
    """Reasons why the networks of practice nodes cannot be made, as far as the programs for them are there."""
    reasons = []
    bridge = ["ip", "link", "add", "name", "probe", "type", "bridge"]
    veth = ["ip", "link", "add", "probe0", "type", "veth", "peer", "name", "probe1"]
    for argv, what in ((bridge, "bridges"), (veth, "veth pairs")):
        if find_program("ip") and (error := _probe_error(["unshare", "--net", *argv])):
            reasons.append(f"This machine cannot make network {what}: {error}")
    rules = "add table ip probe\nadd chain ip probe out { type nat hook postrouting priority srcnat; }\n"
    rules += "add rule ip probe out ip saddr 10.0.0.0/8 masquerade\n"
    if find_program("nft") and (error := _probe_error(["unshare", "--net", "nft", "-f", "-"], rules)):
        reasons.append(f"This machine cannot masquerade with nft: {error}")
    return reasons


@dataclass(frozen=True, slots=True)
class PracticeHost:
    """The machine that is checked; a test gives one that lacks something."""

    obstacles: Callable[[], list[str]] = obstacles
    """Reasons that no package can cure."""
    network_obstacles: Callable[[], list[str]] = network_obstacles
    """Reasons about networks, which show only once the programs are installed."""
    find_program: Callable[[str], str | None] = find_program
    """The path of a program, or None."""
    run: Callable[..., CompletedProcess[bytes]] = run
    """Runs a program; see `corotui.practice.subprocesses.run`."""


THIS_HOST = PracticeHost()


def missing_packages(host: PracticeHost = THIS_HOST) -> list[str]:
    """Debian packages of the programs that this machine lacks."""
    return sorted({package for program, package in _PROGRAMS.items() if not host.find_program(program)})


def unmet_requirements(host: PracticeHost = THIS_HOST) -> list[str]:
    """All that keeps practice nodes from running here now: obstacles, or missing packages, as sentences."""
    return host.obstacles() or [f"The package {package} is missing." for package in missing_packages(host)]


def ensure_requirements(
    *, ask: Callable[[str], bool], report: EventSink = ignore_event, host: PracticeHost = THIS_HOST
) -> None:
    """Makes sure that practice nodes can run here. Installs missing packages if `ask`, called with a question, agrees.

    Raises RefusedError with all reasons if they cannot run or the packages may not be installed.
    """
    if reasons := host.obstacles():
        raise RefusedError(" ".join(reasons))
    packages = missing_packages(host)
    if not packages:
        return
    names = " ".join(packages)
    if not host.find_program("apt-get"):
        raise RefusedError(
            f"Practice nodes need these packages: {names}.", next_step="Install them, then call this again."
        )
    if not ask(f"Practice nodes need {names}. Install with apt-get?"):
        raise RefusedError(
            f"Practice nodes need these packages: {names}.",
            next_step=f"Install them (`apt-get install {names}`), or call this again with --yes.",
        )
    report(Note(text=f"Installing {names}."))
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "-q", "-y", "--no-install-recommends", "install", *packages]
    with state_dir.lock("packages"):
        done = host.run(install, timeout=900, check=False, environment=environment)
        if done.returncode != 0:  # a fresh machine may not have fetched the package lists yet
            host.run(["apt-get", "-q", "update"], timeout=900, environment=environment)
            host.run(install, timeout=900, environment=environment)
    if left := missing_packages(host):
        raise WorkError(f"{' '.join(left)} is installed and its programs are not there.", changed="")
    if reasons := host.network_obstacles():
        raise RefusedError(" ".join(reasons), changed=f"Installed: {names}.")


def _control_groups() -> list[str]:
    hierarchies = processes.cgroup_hierarchies()
    if not hierarchies:
        return ["This machine has no control groups that processes can be kept in (cgroup2 is not mounted)."]
    for hierarchy in hierarchies:
        probe = hierarchy / f"corotui.probe.{os.getpid()}"
        try:
            probe.mkdir()
        except OSError as error:
            return [f"Control groups cannot be made in {hierarchy}: {error.strerror}."]
        finally:
            with suppress(OSError):
                probe.rmdir()
    return []


def _probe_error(argv: list[str], stdin: str = "") -> str:
    try:
        done = run(argv, stdin=stdin, timeout=20, check=False)
    except CorotuiError as error:
        return error.what
    if done.returncode == 0:
        return ""
    message = (done.stderr or done.stdout).decode("utf-8", "replace").strip()
    return f"{message.splitlines()[0].rstrip('.')}." if message else f"`{argv[0]}` returned {done.returncode}."
