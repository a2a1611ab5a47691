"""The shell text around a command: a known environment, a sentinel when it begins, a time limit on the node itself.

What reaches the node is one line for the user's login shell:

    env LC_ALL=C [sudo -S -k -p PROMPT --] sh -c 'PREAMBLE; exec [timeout -s KILL N] sh -c COMMAND'

The preamble prints a sentinel, its process id and its process group to stderr, and the sentinel to stdout. Output
before the sentinel comes from the login shell's start-up files or from sudo, never from the command. sudo prints PROMPT
when it waits for the password, so a password is sent only when sudo reads one; the command's input comes later.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from corotui.cluster import quoting
from corotui.cluster.text.bounded import one_line

# For a PATH without sbin: that of a Debian user who is not root.
_PATHS = "/usr/local/sbin:/usr/sbin:/sbin"
# Seconds by which the node's own limit ends later than ours. It matters only if the connection is lost.
_SPARE = 10


def stdin_script(command: str, stdin: bytes) -> str:
    """Returns the script that a command reads from its stdin, "" if its stdin is no script."""
    return stdin.decode("utf-8", "replace") if "sh -s" in command else ""


@dataclass(frozen=True, slots=True)
class Sentinels:
    """Random markers that no output holds by chance, new for each command."""

    begun: bytes
    """Printed when the command begins."""
    prompt: bytes
    """Printed by sudo when it waits for a password."""

    @classmethod
    def new(cls) -> Sentinels:
        """Returns new sentinels."""
        token = secrets.token_hex(8)
        return cls(f"corotui-{token}-begun".encode(), f"corotui-{token}-password".encode())


def wrap(command: str, sentinels: Sentinels, *, sudo: bool, merge_stderr: bool, seconds: float | None) -> str:
    """Returns the line to send for a command.

    `merge_stderr`: stderr goes to stdout. `seconds`: our time limit, None for no limit.
    """
    begun = sentinels.begun.decode()
    parts = [
        f"LC_ALL=C PATH=${{PATH:-/usr/bin:/bin}}:{_PATHS}; export LC_ALL PATH",
        # field 5 of stat is the process group; the name in field 2 may hold blanks and brackets
        "s=; read -r s </proc/$$/stat; s=${s##*) }; set -- $s",
        f'echo {begun}; echo "{begun} $$ ${{3:-0}}" >&2',
    ]
    if merge_stderr:
        parts.append("exec 2>&1")
    parts.append(f"set -- {quoting.command('sh', '-c', command)}")
    if seconds is not None:
        parts.append(
            f'if timeout -s KILL 1 true 2>/dev/null; then exec timeout -s KILL {int(seconds) + _SPARE} "$@"; fi'
        )
    parts.append('exec "$@"')
    start = ["env", "LC_ALL=C"]
    if sudo:
        start += ["sudo", "-S", "-k", "-p", sentinels.prompt.decode(), "--"]
    return quoting.command(*start, "sh", "-c", "\n".join(parts))


def display_text(command: str, *, privileged: bool) -> str:
    """Returns the command as the operator sees it, without the wrapping."""
    return ("sudo " if privileged else "") + one_line(command, limit=500)


def kill_command(pid: int, group: int) -> str:
    """Returns the command that kills a started command: its own group (`timeout` makes one), `group`, and itself.

    Process 1 and groups 0 and 1 are never named: -1 would mean every process of the node.
    """
    targets = [f"-{number}" for number in dict.fromkeys((pid, group)) if number > 1]
    if pid > 1:
        targets.append(str(pid))
    return "; ".join(f"kill -s KILL -- {target} 2>/dev/null" for target in targets) or "true"


# $1 target, $2 bytes, $3 mode, $4 owner:group. The old file stays until the new one is whole and on the disk.
_PUT = """
umask 077
set -u
target=$1
if [ -L "$target" ]; then target=$(readlink -f -- "$target") || exit 1; fi
if [ -d "$target" ]; then echo "$target is a directory" >&2; exit 1; fi
folder=$(dirname -- "$target")
temp=$(mktemp "$folder/.corotui.XXXXXX") || exit 1
trap 'rm -f -- "$temp"' 0
trap 'exit 1' 1 2 13 15
cat >"$temp" || exit 1
have=$(wc -c <"$temp") || exit 1
if [ "$have" -ne "$2" ]; then echo "$have of $2 bytes arrived" >&2; exit 1; fi
chown -- "$4" "$temp" || exit 1
chmod "$3" "$temp" || exit 1
sync "$temp" 2>/dev/null || sync
mv -f -- "$temp" "$target" || exit 1
trap - 0
sync "$folder" 2>/dev/null || sync
if command -v restorecon >/dev/null 2>&1; then restorecon "$target" 2>/dev/null; fi
exit 0
"""


def put_command(path: str, size: int, mode: int, owner: str, group: str) -> str:
    """Returns the command that writes `size` bytes of its stdin to a file."""
    return quoting.command("sh", "-c", _PUT, "put", path, str(size), f"{mode & 0o7777:04o}", f"{owner}:{group}")
