"""The commands that install a distribution's packages on a node. Each is safe to run twice."""

from __future__ import annotations

from collections.abc import Sequence

from corotui.cluster.quoting import command, quote
from corotui.cluster.service_manager import ServiceManager
from corotui.facts.model import NodeFacts

WITHOUT_COROSYNC_PACKAGE = frozenset({"amzn"})
"""os-release ids whose repositories have no corosync."""

_TRIES = 4
_FETCHING = ("-o", "Acquire::Retries=3", "-o", "Acquire::http::Timeout=30", "-o", "Acquire::https::Timeout=30")
_HIGH_AVAILABILITY = (
    "^(ha|highavailability|ol[0-9]+_addons|rhel-ha-for-.*-rpms|rhel-.*-highavailability-(rhui-|e4s-|eus-)?rpms)$"
)


def update_apt(package: str) -> str:
    """Refreshes apt's lists until they know `package`. It retries, since other runs of apt hold a lock and mirrors fail
    at times.
    """
    update = command("apt-get", "-q", *_FETCHING, "update")
    known = f"{command('apt-cache', 'show', package)} >/dev/null 2>&1"
    again = f'tries=$((tries+1)); [ "$tries" -lt {_TRIES} ] || exit 100; sleep 5'
    return f"tries=0; until {update} && {known}; do {again}; done"


def install_packages(facts: NodeFacts, packages: Sequence[str]) -> tuple[str, ...]:
    """The commands that install `packages` with the node's package tool; none for an unknown tool."""
    match facts.os.package_tool:
        case "apt":
            return (update_apt(packages[0]), _apt_install(packages))
        case "dnf" | "yum" as tool:
            return (command(tool, "-y", "install", *packages),)
        case "zypper":
            return (command("zypper", "--non-interactive", "install", "--no-recommends", *packages),)
    return ()


def install_corosync(facts: NodeFacts) -> tuple[str, ...]:
    """The commands that install the distribution's corosync and leave it stopped; none if there is no such package.

    Debian's package starts its one-node sample during the installation. With systemd a mask prevents that and is
    removed whatever the outcome; with SysV invoke-rc.d starts nothing in runlevel 1.
    """
    if facts.os.id in WITHOUT_COROSYNC_PACKAGE:
        return ()
    match facts.os.package_tool:
        case "apt":
            apt = _apt_install(("corosync",))
            if facts.service_manager is ServiceManager.SYSTEMD:
                apt = (
                    f"systemctl --runtime mask corosync.service && {{ {apt}; code=$?; "
                    "systemctl --runtime unmask corosync.service; (exit $code); }"
                )
            else:
                apt = f"RUNLEVEL=1 {apt}"
            return (update_apt("corosync"), apt)
        case "dnf" | "yum" as tool:
            return (_with_high_availability(tool),)
    return install_packages(facts, ("corosync",))


def _with_high_availability(tool: str) -> str:
    """Enables the repository of RHEL and its rebuilds that holds corosync. It is known but disabled, and its id
    differs.
    """
    listing = f"{tool} -q repolist {'--all' if tool == 'dnf' else 'all'}"
    # yum prints "ha/7/x86_64", with a mark before it where the cache is old.
    pick = f'{{ id = $1; sub(/^[!*]/, "", id); sub(/[/].*/, "", id) }} id ~ /{_HIGH_AVAILABILITY}/ {{ print id; exit }}'
    return (
        f"repository=$({listing} | awk {quote(pick)}); "
        f'{tool} -y ${{repository:+"--enablerepo=$repository"}} install corosync'
    )


def manual_install_hint(facts: NodeFacts) -> str:
    """What to do if `install_corosync` has no command."""
    if facts.os.id in WITHOUT_COROSYNC_PACKAGE:
        return 'Set method = "source" in [install] of cluster.toml: corotui builds it from the release.'
    return 'Install corosync there by hand, or set method = "source" in [install] of cluster.toml.'


def repository_hint(facts: NodeFacts) -> str:
    """The repository that is needed, for distributions that keep corosync in a separate one; else ""."""
    major = facts.os.version.partition(".")[0]
    match facts.os.id:
        case "rhel":
            return (
                "corosync is in the High Availability Add-On. Where dnf does not list it: subscription-manager repos "
                f"--enable=rhel-{major or 'N'}-for-{facts.os.arch or 'x86_64'}-highavailability-rpms"
            )
        case "sles" | "sled" | "sles_sap":
            return (
                "corosync is in the High Availability Extension. Where zypper does not know it: SUSEConnect -p "
                f"sle-ha/{facts.os.version or 'VERSION'}/{facts.os.arch or 'x86_64'}"
            )
    return ""


def _apt_install(packages: Sequence[str]) -> str:
    options = (*_FETCHING, "-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Options::=--force-confold")
    return "DEBIAN_FRONTEND=noninteractive " + command("apt-get", "-q", *options, "install", "-y", *packages)
