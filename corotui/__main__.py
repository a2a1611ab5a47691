"""`python3 -m corotui`: runs the command line, or installs its dependencies first in a fresh clone."""

from __future__ import annotations

import ctypes
import resource
import sys
from contextlib import suppress
from importlib.util import find_spec

_PR_SET_DUMPABLE = 4  # prctl(2)


def main() -> int:
    """Runs the command line and returns its exit code; `corotui.errors` says what the codes mean."""
    forbid_core_dumps()
    if any(find_spec(name) is None for name in ("asyncssh", "textual", "tomlkit", "netifaces")):
        from corotui.bootstrap import run_in_venv

        run_in_venv("corotui", sys.argv[1:], packages=_packages())
    from corotui.cli.main import main as command_line

    return command_line(sys.argv[1:])


def forbid_core_dumps() -> None:
    """Keeps passwords in memory out of core dumps: no dump of this process is written, and no other user traces it.

    The hard limit stays, so that programs that are started here may raise theirs.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    # the limit does not hold for a core_pattern that is a pipe, this does (core(5)); only Linux has it
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _packages() -> list[str]:
    """System packages that this command will need, so that the operator is asked for all of them at once."""
    if "practice" not in sys.argv[1:2]:
        return []
    from corotui.practice.host_requirements import missing_packages, obstacles

    return [] if obstacles() else missing_packages()


if __name__ == "__main__":
    sys.exit(main())
