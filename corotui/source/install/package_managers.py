"""Package managers as sh commands: how packages of our own are installed on a node and removed. Returns text only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from corotui.cluster.quoting import command, quote
from corotui.facts.model import Os
from corotui.prerequisites.install_packages import update_apt

PREFIX_STATE_FOLDER = "/var/lib/corotui/prefix"  # on a node without packages: COMPONENT.files, COMPONENT.mark


class PackageManager(Protocol):
    """The commands of a package manager. `files` are absolute paths of package files on the node.

    Only these files may be unsigned: they were built by corotui, and their hashes are checked before. apt never asks
    for signatures of local files, dnf and yum do not unless localpkg_gpgcheck is set (dnf.conf(5)). What they depend on
    comes from the node's repositories and is checked there as always.
    """

    def list_installed(self) -> str:
        """Prints every installed package as "NAME VERSION"."""

    def build_ids(self, names: Sequence[str]) -> str:
        """Prints "NAME ID" for those of our packages that are installed. The id identifies the build."""

    def install_tools(self, packages: Sequence[str]) -> str:
        """Installs packages of the distribution."""

    def dry_run(self, files: Sequence[str]) -> str:
        """Changes nothing, and returns 0 exactly if `install` would be accepted."""

    def install(self, files: Sequence[str]) -> str:
        """Installs the files and what they depend on."""

    def restore(self, remove: Sequence[str], reinstall: Mapping[str, str]) -> str:
        """Removes the packages `remove` and installs the distribution's `reinstall` (version by name)."""


class Apt:
    """apt and dpkg, of Debian and Ubuntu."""

    _GET = (
        "DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "
        "-o Dpkg::Options::=--force-confold"
    )

    def list_installed(self) -> str:
        # Also what a transaction that failed left unpacked; not what only has configuration files.
        return "dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\\n' | sed -n 's/^.[^nc]. *//p' | sort"

    def build_ids(self, names: Sequence[str]) -> str:
        fmt = "${db:Status-Abbrev} ${Package} ${Corotui-Build}\\n"
        return f"{command('dpkg-query', '-W', '-f', fmt, *names)} 2>/dev/null | sed -n 's/^[hi]i  *//p'"

    def install_tools(self, packages: Sequence[str]) -> str:
        install = f"{self._GET} install -y --no-install-recommends {command(*packages)}"
        return f"{install} || {{ {update_apt(packages[0])} && {install}; }}"

    def dry_run(self, files: Sequence[str]) -> str:
        # A node that never asked for the lists, or long ago, knows nothing of what is needed.
        line = f"{self._GET} -s install -y --no-install-recommends --allow-downgrades {command(*files)}"
        return f"{line} || {{ {update_apt('libc6')} && {line}; }}"

    def install(self, files: Sequence[str]) -> str:
        words = "install -y --no-install-recommends --allow-downgrades --reinstall"
        return f"{self._GET} {words} {command(*files)}"

    def restore(self, remove: Sequence[str], reinstall: Mapping[str, str]) -> str:
        if not remove and not reinstall:
            return ":"
        # A version that the archive no longer has cannot come back: then a newer one stays, or comes.
        old = command(*(f"{name}={version}" for name, version in reinstall.items()))
        each = (
            'if apt-cache show "$p" >/dev/null 2>&1; then words="$words $p"; '
            'elif ! dpkg-query -W -f "\\${db:Status-Abbrev}" "${p%%=*}" 2>/dev/null | grep -q "^ii"; '
            'then words="$words ${p%%=*}"; fi'
        )
        options = "install -y --no-install-recommends --allow-downgrades --allow-change-held-packages --purge"
        removed = command(*(f"{name}-" for name in remove))
        return f"words=; for p in {old}; do {each}; done; {self._GET} {options} $words {removed}"


class Dnf:
    """dnf or yum, of RHEL, its rebuilds and Amazon Linux. `tool` is the program."""

    def __init__(self, tool: str) -> None:
        self._tool = tool

    def list_installed(self) -> str:
        return "rpm -qa --qf '%{NAME} %{VERSION}-%{RELEASE}\\n' | sort"

    def build_ids(self, names: Sequence[str]) -> str:
        query = command("rpm", "-q", "--qf", "%{NAME} %{SIGMD5}\\n", *names)
        return f"{query} 2>/dev/null | grep -v ' is not installed'; :"

    def install_tools(self, packages: Sequence[str]) -> str:
        return command(self._tool, "-y", "install", *packages)

    def dry_run(self, files: Sequence[str]) -> str:
        # With --assumeno the tool ends with 1 both when it may and when it may not; only its words tell.
        line = command(self._tool, "--assumeno", "install", *files)
        fine = quote("Operation aborted\\|Exiting on user command\\|Nothing to do")
        return f'out=$({line} 2>&1); code=$?; echo "$out"; [ $code = 0 ] || echo "$out" | grep -q {fine}'

    def install(self, files: Sequence[str]) -> str:
        # The same version of another build, or an older one, is not installed by `install`.
        again = (
            f"again=; for f in {command(*files)}; do n=$(rpm -qp --qf '%{{NAME}}' \"$f\" 2>/dev/null); "
            '[ "$(rpm -q --qf \'%{SIGMD5}\' "$n")" = "$(rpm -qp --qf \'%{SIGMD5}\' "$f" 2>/dev/null)" ] || '
            'again="$again $f"; done'
        )
        tool = f"{self._tool} -y"
        other = f'[ -z "$again" ] || {tool} reinstall $again || {tool} downgrade $again'
        return f"{command(self._tool, '-y', 'install', *files)} && {{ {again}; {other}; }}"

    def restore(self, remove: Sequence[str], reinstall: Mapping[str, str]) -> str:
        lines = [command(self._tool, "-y", "remove", *remove)] if remove else []
        # A version that the repositories no longer have cannot come back: then a newer one stays, or comes.
        lines += [
            f"{command(self._tool, '-y', 'install', word)} || {command(self._tool, '-y', 'downgrade', word)} "
            f"|| {command(self._tool, '-y', 'install', name)}"
            for name, word in ((name, f"{name}-{version}") for name, version in reinstall.items())
        ]
        return " && ".join(f"{{ {line}; }}" for line in lines) or ":"


class Zypper:
    """zypper, of SLE and openSUSE."""

    # zypper(8), install: --allow-unsigned-rpm (zypper 1.14.4 and later) is for the files on the command line; what
    # comes from repositories is still checked. Without --force neither an older version nor a package of another
    # vendor is replaced, and our packages have the names of the distribution's.
    _INSTALL = ("install", "--force", "--no-recommends", "--allow-unsigned-rpm")

    def list_installed(self) -> str:
        return Dnf("").list_installed()

    def build_ids(self, names: Sequence[str]) -> str:
        return Dnf("").build_ids(names)

    def install_tools(self, packages: Sequence[str]) -> str:
        return command("zypper", "--non-interactive", "install", "--no-recommends", *packages)

    def dry_run(self, files: Sequence[str]) -> str:
        return command("zypper", "--non-interactive", *self._INSTALL, "--dry-run", *files)

    def install(self, files: Sequence[str]) -> str:
        return command("zypper", "--non-interactive", *self._INSTALL, *files)

    def restore(self, remove: Sequence[str], reinstall: Mapping[str, str]) -> str:
        lines = [command("zypper", "--non-interactive", "remove", *remove)] if remove else []
        words = [f"{name}={version}" for name, version in reinstall.items()]
        lines += [command("zypper", "--non-interactive", "install", "--oldpackage", *words)] if words else []
        return " && ".join(lines) or ":"


class Prefix:
    """No known package manager: trees of files below /usr/local, with a list of what was written."""

    def list_installed(self) -> str:
        each = '[ -e "$f" ] && echo "corotui-${f%.mark} $(cat "$f")"'
        return f"cd {PREFIX_STATE_FOLDER} 2>/dev/null && for f in *.mark; do {each}; done; :"

    def build_ids(self, names: Sequence[str]) -> str:
        return self.list_installed()

    def install_tools(self, packages: Sequence[str]) -> str:
        return ":"

    def dry_run(self, files: Sequence[str]) -> str:
        """A file that exists and was not written by corotui is not overwritten."""
        check = (
            'tar -tzf "$f" | sed "s#^\\./#/#" | grep -v "/$" | while read -r p; do '
            f'if [ -e "$p" ] && ! cat {PREFIX_STATE_FOLDER}/*.files 2>/dev/null | grep -qxF "$p"; then '
            'echo "$p exists already"; exit 1; fi; done || exit 1'
        )
        return f"for f in {command(*files)}; do {check}; done"

    def install(self, files: Sequence[str]) -> str:
        lines = [f"mkdir -p {PREFIX_STATE_FOLDER}"]
        for file in files:
            component, mark = _prefix_names(file)
            listed = quote(f"{PREFIX_STATE_FOLDER}/{component}.files")
            lines += [
                f"tar -tzf {quote(file)} | sed 's#^\\./#/#' > {listed}",
                f"tar -xzf {quote(file)} -C / --no-same-owner --no-overwrite-dir",
                f"echo {quote(mark)} > {quote(f'{PREFIX_STATE_FOLDER}/{component}.mark')}",
            ]
        lines += ["echo /usr/local/lib > /etc/ld.so.conf.d/corotui.conf", "ldconfig"]
        return " && ".join(lines)

    def restore(self, remove: Sequence[str], reinstall: Mapping[str, str]) -> str:
        if not remove:
            return ":"
        lines = [
            f"if [ -e {listed} ]; then grep -v '/$' {listed} | while read -r p; do rm -f \"$p\"; done; "
            f"grep '/$' {listed} | sort -r | while read -r p; do rmdir \"$p\" 2>/dev/null; done; "
            f"rm -f {listed} {quote(f'{PREFIX_STATE_FOLDER}/{component}.mark')}; fi"
            for name in remove
            for component in [name.removeprefix("corotui-")]
            for listed in [quote(f"{PREFIX_STATE_FOLDER}/{component}.files")]
        ]
        lines.append(f"rmdir {PREFIX_STATE_FOLDER} 2>/dev/null && rm -f /etc/ld.so.conf.d/corotui.conf; ldconfig")
        return "; ".join(lines)


def package_manager_for(os: Os, form: str) -> PackageManager:
    """The package manager of a system that installs packages of this format."""
    if form == "deb":
        return Apt()
    if form == "rpm":
        return Zypper() if os.package_tool == "zypper" else Dnf("yum" if os.package_tool == "yum" else "dnf")
    return Prefix()


def _prefix_names(file: str) -> tuple[str, str]:
    """Component and key of a file COMPONENT-VERSION-KEY.tar.gz."""
    stem = file.rsplit("/", 1)[-1].removesuffix(".tar.gz")
    rest, _, key = stem.rpartition("-")
    return rest.rpartition("-")[0], key
