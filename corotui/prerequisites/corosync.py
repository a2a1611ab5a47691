"""Findings about corosync on the nodes: missing, broken, of different versions, or running already."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from corotui.cluster.finding import Evidence, Finding, Remedy, Severity
from corotui.cluster.model import Install, InstallMethod
from corotui.cluster.phrasing import excerpt
from corotui.cluster.quoting import command
from corotui.conf.version import Version, version_or_none
from corotui.facts.model import NodeFacts
from corotui.prerequisites.install_packages import (
    install_corosync,
    install_packages,
    manual_install_hint,
    repository_hint,
)

OLDEST_RELEASE = Version(1, 4)
"""Older series have neither udpu (1.3) nor the tools that corotui reads."""

_NO_SERVICE = frozenset({"not-found", ""})


def is_installed(facts: NodeFacts) -> bool:
    """Whether corosync is installed and runs at all (`corosync -v` answered)."""
    return bool(facts.corosync.version)


def findings(facts: Mapping[str, NodeFacts], install: Install) -> Iterator[Finding]:
    """All findings about corosync itself."""
    for node, told in facts.items():
        if not is_installed(told):
            yield _broken(node, told) if told.corosync.path else _missing(node, told, install)
        else:
            yield from _present(node, told)
    yield from _versions(facts)


def _missing(node: str, facts: NodeFacts, install: Install) -> Finding:
    what = f"corosync is not installed on {node}."
    match install.method:
        case InstallMethod.PACKAGE:
            commands = install_corosync(facts)
            title = f"install corosync on {node}"
            remedy = Remedy(title, node, commands, consequence="It stays stopped until the rollout starts it.")
            if not commands:
                remedy = Remedy(title, node, manual=manual_install_hint(facts))
            why = repository_hint(facts)
            if not commands:
                why = f"{facts.os.name or 'This distribution'} has no package of corosync that corotui knows."
            return Finding(Severity.ERROR, "corosync-missing", what, node=node, why=why, remedies=(remedy,))
        case InstallMethod.SOURCE:
            return Finding(
                Severity.INFO, "corosync-missing", what, node=node, why="The build from source brings it there."
            )
        case InstallMethod.PRESENT:
            manual = 'Install it there, or set method = "package" or "source" in [install] of cluster.toml.'
            return Finding(
                Severity.ERROR,
                "corosync-missing",
                what,
                node=node,
                why='cluster.toml says that it is there (method = "present").',
                remedies=(Remedy(f"install corosync on {node}", node, manual=manual),),
            )


def _broken(node: str, facts: NodeFacts) -> Finding:
    said = excerpt(facts.not_understood.get("version", "").partition("\n")[2].strip(), 2000)
    library = re.search(r"(\S+\.so\S*): cannot open shared object file", said)
    remedies: tuple[Remedy, ...] = ()
    if library:
        remedies = (
            Remedy(
                f"refresh the cache of shared libraries on {node}",
                node,
                ("ldconfig",),
                verify=command(facts.corosync.path, "-v"),
            ),
        )
    return Finding(
        Severity.ERROR,
        "corosync-broken",
        f"{facts.corosync.path} is on {node} and does not run.",
        node=node,
        why=f"The library {library[1]} is not found." if library else "",
        evidence=(Evidence(said, node, "corosync -v"),) if said else (),
        remedies=remedies,
    )


def _present(node: str, facts: NodeFacts) -> Iterator[Finding]:
    corosync = facts.corosync
    if corosync.release is not None and corosync.release < OLDEST_RELEASE:
        yield Finding(
            Severity.ERROR,
            "corosync-too-old",
            f"corosync {corosync.version} on {node} is too old; 1.4 is the oldest series that corotui sets up.",
            node=node,
        )
    if corosync.service.load in _NO_SERVICE and facts.service_manager:
        yield Finding(
            Severity.WARNING,
            "corosync-service-missing",
            f"corosync is on {node} without a service: it would not start at boot.",
            node=node,
            why=f"{facts.service_manager} knows no service of that name, as after a build without it.",
        )
    if corosync.service.load == "masked":
        unmask = ("systemctl unmask corosync.service", "systemctl --runtime unmask corosync.service")
        yield Finding(
            Severity.ERROR,
            "corosync-masked",
            f"The service corosync is masked on {node}: nothing can start it.",
            node=node,
            why="An installation that was cut off may have left it so.",
            remedies=(Remedy(f"unmask corosync on {node}", node, unmask),),
        )
    if corosync.crypto == ():
        commands = install_packages(facts, ("libknet1-crypto-nss-plugin",)) if facts.os.family != "debian" else ()
        yield Finding(
            Severity.WARNING,
            "crypto-plugin-missing",
            f"corosync on {node} has no crypto model: with crypto_cipher or crypto_hash it does not start.",
            node=node,
            remedies=(
                Remedy(
                    f"install knet's crypto plugin on {node}",
                    node,
                    commands,
                    manual="" if commands else "Install or build libknet with NSS or OpenSSL.",
                ),
            ),
        )
    if corosync.running and corosync.sample:
        yield Finding(
            Severity.INFO,
            "corosync-sample-running",
            f"The sample of the corosync package runs on {node}, alone on loopback. The rollout replaces it.",
            node=node,
        )
    elif corosync.running:
        name = _conf_value(corosync.conf, "cluster_name")
        count = len(re.findall(r"^\s*(?:node|member)\s*\{", corosync.conf or "", re.MULTILINE))
        cluster = f'cluster "{name}"' if name else "a cluster without a name"
        yield Finding(
            Severity.INFO,
            "corosync-running",
            f"corosync {corosync.version} runs on {node} already: {cluster}, {count} nodes in its corosync.conf.",
            node=node,
        )
    if corosync.running > 1:
        yield Finding(
            Severity.WARNING,
            "corosync-runs-twice",
            f"{corosync.running} processes named corosync run on {node}; one was started by hand.",
            node=node,
        )
    yield from _log_directory(node, facts)


def _log_directory(node: str, facts: NodeFacts) -> Iterator[Finding]:
    """A log directory that the node's own corosync.conf names and that does not exist: exit 7 at start."""
    conf = facts.corosync.conf
    if facts.corosync.sample or _conf_value(conf, "to_logfile") != "yes":
        return
    directory = _conf_value(conf, "logfile").rpartition("/")[0]
    if directory in ("/var/log/cluster", "/var/log/corosync") and directory not in facts.directories:
        label = f"! command -v restorecon >/dev/null || restorecon {directory}"
        yield Finding(
            Severity.ERROR,
            "log-directory-missing",
            f"corosync.conf on {node} logs into {directory}, which is not there: corosync does not start.",
            node=node,
            place=directory,
            remedies=(
                Remedy(
                    f"make {directory} on {node}",
                    node,
                    (command("install", "-d", "-m", "0750", directory), label),
                    verify=command("test", "-d", directory),
                ),
            ),
        )


def _conf_value(conf: str | None, key: str) -> str:
    """The last value of a key in the text, in whatever section. Good enough for a hint."""
    found = re.findall(rf"^[ \t]*{key}[ \t]*:[ \t]*([^\n]*)$", conf or "", re.MULTILINE)
    return excerpt(str(found[-1]).strip(), 2000) if found else ""


def _versions(facts: Mapping[str, NodeFacts]) -> Iterator[Finding]:
    versions = {node: told.corosync.version for node, told in facts.items() if is_installed(told)}
    if len(set(versions.values())) < 2:
        return
    releases = [version_or_none(version) for version in versions.values()]
    majors = {release.major for release in releases if release is not None}
    listed = ", ".join(f"{node} {version}" for node, version in versions.items())
    if len(majors) > 1:
        yield Finding(
            Severity.ERROR,
            "corosync-series-differ",
            f"The nodes have corosync of different series, which cannot form one ring: {listed}.",
            why="The packets of corosync 1, 2 and 3 are not understood by the others.",
        )
    else:
        yield Finding(
            Severity.WARNING, "corosync-versions-differ", f"The nodes have different versions of corosync: {listed}."
        )
