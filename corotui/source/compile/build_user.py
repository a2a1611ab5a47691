"""The account that builds: one of its own, without a password, without other groups and without sudo.

The scripts of a release run as this account only. They reach neither root, nor the files of the user that ssh logs in
as, who may become root without a password on many nodes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from corotui.cluster.quoting import command, quote
from corotui.errors import RefusedError, WorkError
from corotui.ssh.shell import Shell

USER = "corotui-build"
HOME = "/var/lib/corotui-build"
BUILD_FOLDER = f"{HOME}/build"
MIN_FREE_BYTES = 300 << 20  # bytes; all three components of 3.1 with their packages take 120 MB

# Creates the account where it is missing, and refuses one that is more than that. sudo's exit code is 0 if the account
# may run the command (sudo(8), -l with -U).
_PREPARE = f"""
refuse() {{ echo "refused: $*"; exit 0; }}
if ! id -u {USER} >/dev/null 2>&1; then
    shell=$(command -v nologin) || shell=/bin/false
    useradd --system --user-group --create-home --home-dir {HOME} --shell "$shell" {USER} || exit 1
fi
number=$(id -u {USER}) || exit 1
[ "$number" != 0 ] || refuse "it is root"
[ "$(getent passwd {USER} | cut -d : -f 6)" = {HOME} ] || refuse "its home is not {HOME}"
[ "$(id -Gn {USER})" = {USER} ] || refuse "it is in other groups than its own"
[ ! -L {HOME} ] && [ "$(stat -c %u {HOME})" = "$number" ] || refuse "{HOME} does not belong to it"
if command -v sudo >/dev/null 2>&1 && sudo -n -l -U {USER} true >/dev/null 2>&1; then
    refuse "sudo lets it run commands"
fi
chmod 0700 {HOME} || exit 1
echo "ready $(getconf _NPROCESSORS_ONLN || echo 1)"
"""


@dataclass(frozen=True, slots=True)
class BuildUser:
    """The account that builds on a node."""

    name: str
    """Name of the user."""
    build_folder: str
    """The folder where it builds; it belongs to the account."""
    cores: int
    """Number of cores that make may use."""

    def command(self, script: str) -> str:
        """The command line for root that runs a script as this account, with an environment of its own."""
        settings = (
            f"HOME={HOME}",
            f"USER={self.name}",
            f"LOGNAME={self.name}",
            f"TMPDIR={self.build_folder}/temporary",
        )
        words = command("runuser", "-u", self.name, "--", "env", "-i", *settings, "LC_ALL=C")
        return f'cd / && {words} PATH="$PATH" sh -c {quote(f"umask 022; {script}")}'


async def ensure_build_user(shell: Shell, *, min_free_bytes: int = MIN_FREE_BYTES) -> BuildUser:
    """The account to build with. It and its folder are created where they are missing.

    Raises RefusedError if an account of that name has more rights than it needs, or if the folder's disk has less than
    `min_free_bytes` free.
    """
    asked = await shell.run(_PREPARE, privileged=True, timeout=120)
    text = asked.expect().text.strip()
    if text.startswith("refused: "):
        raise RefusedError(
            f"The account {USER} is not used for building: {text.removeprefix('refused: ')[:200]}.",
            node=shell.node,
            next_step=f"Remove that account and {HOME}, or take the right away; corotui creates the account itself.",
        )
    ready = re.search(r"^ready ([0-9]{1,4})$", text, re.MULTILINE)
    if ready is None:
        raise WorkError("The node does not tell whether the build account is there.", node=shell.node)
    account = BuildUser(USER, BUILD_FOLDER, max(int(ready[1]), 1))
    folder = quote(account.build_folder)
    made = f"mkdir -p -m 0700 {folder} {folder}/temporary && df -Pk {folder} | awk 'NR==2{{print $4}}'"
    free = (await shell.run(account.command(made), privileged=True)).expect().text.strip()
    if re.fullmatch(r"[0-9]{1,15}", free) and int(free) * 1024 < min_free_bytes:
        raise RefusedError(
            f"{int(free) // 1024} MB are free in {account.build_folder}, and building needs {min_free_bytes >> 20} MB.",
            node=shell.node,
            next_step="Make room there, or choose another build node.",
        )
    return account


async def remove_build_user(shell: Shell) -> None:
    """Removes the account with its processes and files, and the folder in which earlier versions built."""
    await shell.run('rm -rf "$HOME/.cache/corotui-build"', timeout=120)
    line = (
        f"if id -u {USER} >/dev/null 2>&1; then pkill -KILL -u {USER}; userdel --remove {USER} 2>/dev/null; "
        f"rm -rf {HOME}; fi; :"
    )
    (await shell.run(line, privileged=True, timeout=120)).expect()
