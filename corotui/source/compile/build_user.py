"""The account that builds. It is never root: the user of ssh, or one that is created where that is root."""

from __future__ import annotations

from dataclasses import dataclass

from corotui.cluster.quoting import command, quote
from corotui.errors import RefusedError, WorkError
from corotui.ssh.shell import Shell

USER = "corotui-build"
HOME = "/var/lib/corotui-build"
MIN_FREE_BYTES = 300 << 20  # bytes; all three components of 3.1 with their packages take 120 MB


@dataclass(frozen=True, slots=True)
class BuildUser:
    """The account that builds on a node."""

    name: str
    """Name of the user."""
    group: str
    """Name of its group."""
    build_folder: str
    """The folder where it builds; it belongs to the account."""
    cores: int
    """Number of cores that make may use."""
    ssh_is_root: bool = False
    """Whether ssh's user is root; commands then change to `name` first."""

    def command(self, script: str) -> str:
        """The command line that runs a script as this account, at low priority."""
        if not self.ssh_is_root:
            return script
        return f"cd / && runuser -u {quote(self.name)} -- env HOME={quote(HOME)} sh -c {quote(script)}"


async def ensure_build_user(shell: Shell, *, min_free_bytes: int = MIN_FREE_BYTES) -> BuildUser:
    """The account to build with; its folder is created.

    Raises RefusedError if the folder's disk has less than `min_free_bytes` free.
    """
    asked = await shell.run('id -u; id -un; id -gn; printf "%s\\n" "$HOME"; getconf _NPROCESSORS_ONLN || echo 1')
    lines = asked.expect().text.splitlines()
    if len(lines) < 5 or not lines[0].isdigit() or not lines[3].startswith("/"):
        raise WorkError("The node does not tell who its user is.", node=shell.node)
    cores = int(lines[4]) if lines[4].isdigit() else 1
    if lines[0] != "0":
        account = BuildUser(lines[1], lines[2], f"{lines[3].rstrip('/')}/.cache/corotui-build", max(cores, 1))
    else:
        add = command("useradd", "--system", "--user-group", "--create-home", "--home-dir", HOME, USER)
        await _expect(shell, f"id -u {USER} >/dev/null 2>&1 || {add} && chmod 0700 {HOME}", privileged=True)
        account = BuildUser(USER, USER, f"{HOME}/build", max(cores, 1), ssh_is_root=True)
    folder = quote(account.build_folder)
    created = await shell.run(
        account.command(f"umask 077 && mkdir -p {folder} && df -Pk {folder} | awk 'NR==2{{print $4}}'")
    )
    free = created.expect().text.strip()
    if free.isdigit() and int(free) * 1024 < min_free_bytes:
        raise RefusedError(
            f"{int(free) // 1024} MB are free in {account.build_folder}, and building needs {min_free_bytes >> 20} MB.",
            node=shell.node,
            next_step="Make room there, or choose another build node.",
        )
    return account


async def remove_build_user(shell: Shell) -> None:
    """Removes the build folder, and the account if corotui created it."""
    await shell.run('rm -rf "$HOME/.cache/corotui-build"', timeout=120)
    await _expect(
        shell,
        f"if id -u {USER} >/dev/null 2>&1; then userdel --remove {USER} 2>/dev/null; rm -rf {HOME}; fi; :",
        privileged=True,
    )


async def _expect(shell: Shell, line: str, *, privileged: bool = False) -> None:
    (await shell.run(line, privileged=privileged, timeout=120)).expect()
