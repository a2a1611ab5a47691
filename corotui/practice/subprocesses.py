"""Runs programs of this machine with a time limit; a failure becomes an error in words."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

from corotui.cluster.quoting import command
from corotui.cluster.text.bounded import bounded_text, one_line
from corotui.errors import WorkError

_REPORT_EVERY = 10.0  # seconds


def run(
    arguments: Sequence[str],
    *,
    stdin: str | bytes = b"",
    timeout: float = 60.0,
    check: bool = True,
    environment: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Runs a program to its end and returns its output. `timeout` is in seconds.

    Raises WorkError if the program is missing, takes too long or, with `check`, does not return 0.
    """
    environ = {**(os.environ if environment is None else environment)}
    environ["PATH"] = search_path(environ.get("PATH", ""))
    data = stdin.encode() if isinstance(stdin, str) else stdin
    words = command(*arguments)
    try:
        result = subprocess.run(arguments, input=data, capture_output=True, timeout=timeout, env=environ, check=False)
    except FileNotFoundError as error:
        raise WorkError(f"`{arguments[0]}` is not on this machine.", changed="") from error
    except subprocess.TimeoutExpired as error:
        raise WorkError(f"`{words}` did not end within {timeout:g} s.", changed="") from error
    if check and result.returncode != 0:
        last = bounded_text(result.stderr or result.stdout).strip()[-600:]
        raise WorkError(f"`{words}` returned {result.returncode}: {last}", changed="")
    return result


def run_streaming(
    arguments: Sequence[str], on_line: Callable[[str, float], None], *, timeout: float, environment: dict[str, str]
) -> None:
    """Runs a long program. Every 10 s `on_line` gets the last line of its output and the seconds since its start.

    Raises WorkError as `run` does. `timeout` is in seconds.
    """
    environ = {**environment, "PATH": search_path(environment.get("PATH", ""))}
    words, started, reported_at = command(*arguments), time.monotonic(), 0.0
    last: deque[str] = deque(maxlen=5)
    with subprocess.Popen(
        arguments, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout is not None
        cut = threading.Timer(timeout, process.kill)
        cut.start()
        try:
            for raw in process.stdout:
                last.append(one_line(raw.strip()))
                seconds = time.monotonic() - started
                if seconds - reported_at >= _REPORT_EVERY:
                    reported_at = seconds
                    on_line(last[-1], seconds)
            returned = process.wait()
        except BaseException:
            process.kill()
            raise
        finally:
            cut.cancel()
    if time.monotonic() - started >= timeout:
        raise WorkError(f"`{words}` did not end within {timeout:g} s.", changed="")
    if returned != 0:
        raise WorkError(f"`{words}` returned {returned}: {' / '.join(last)}", changed="")


def search_path(path: str) -> str:
    """PATH with the directories of root's programs, which the PATH of a plain user lacks."""
    words = [*path.split(":"), "/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"]
    return ":".join(dict.fromkeys(word for word in words if word))


def die_with_parent(arguments: Sequence[str]) -> list[str]:
    """The argument list that runs a program in namespaces of its own, and ends it when this process ends.

    All that it mounts or starts goes with it, also after a kill -9 of this process.
    """
    private = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return ["setpriv", "--pdeathsig", "KILL", *private, "--", *arguments]
