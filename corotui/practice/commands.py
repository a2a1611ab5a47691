"""Programs of this machine: argument lists, a time limit, and an error in words when they fail."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from corotui.cluster.shell import command
from corotui.cluster.text import clean
from corotui.errors import WorkFailed


def run(
    arguments: Sequence[str],
    *,
    stdin: str | bytes = b"",
    timeout: float = 60.0,
    check: bool = True,
    environment: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Runs a program to its end with its output kept. `timeout` in seconds.

    Raises WorkFailed where the program is missing, takes too long or (with `check`) returns another code than 0.
    """
    known = {**(os.environ if environment is None else environment)}
    known["PATH"] = search_path(known.get("PATH", ""))
    data = stdin.encode() if isinstance(stdin, str) else stdin
    words = command(*arguments)
    try:
        done = subprocess.run(arguments, input=data, capture_output=True, timeout=timeout, env=known, check=False)
    except FileNotFoundError as error:
        raise WorkFailed(f"`{arguments[0]}` is not on this machine.", changed="") from error
    except subprocess.TimeoutExpired as error:
        raise WorkFailed(f"`{words}` did not end within {timeout:g} s.", changed="") from error
    if check and done.returncode != 0:
        last = clean(done.stderr or done.stdout).strip()[-600:]
        raise WorkFailed(f"`{words}` returned {done.returncode}: {last}", changed="")
    return done


def search_path(path: str) -> str:
    """The same PATH with the directories of root's programs, which a plain user's leaves out."""
    words = [*path.split(":"), "/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"]
    return ":".join(dict.fromkeys(word for word in words if word))


def die_with_me(arguments: Sequence[str]) -> list[str]:
    """The same program in own mount and process namespaces, ended by the kernel when the caller ends.

    Whatever it mounts or starts is gone with it, also after a kill -9 of this process.
    """
    private = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return ["setpriv", "--pdeathsig", "KILL", *private, "--", *arguments]
