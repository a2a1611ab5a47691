"""`python3 -m corotui`: runs the command line, or installs its dependencies first in a fresh clone."""

from __future__ import annotations

import sys
from importlib.util import find_spec


def main() -> int:
    """Runs the command line and returns its exit code; `corotui.errors` says what the codes mean."""
    if any(find_spec(name) is None for name in ("asyncssh", "textual", "tomlkit", "netifaces")):
        from corotui.bootstrap import run_in_venv

        run_in_venv("corotui", sys.argv[1:], packages=_packages())
    from corotui.cli.main import main as command_line

    return command_line(sys.argv[1:])


def _packages() -> list[str]:
    """System packages that this command will need, so that the operator is asked for all of them at once."""
    if "practice" not in sys.argv[1:2]:
        return []
    from corotui.practice.host_requirements import missing_packages, obstacles

    return [] if obstacles() else missing_packages()


if __name__ == "__main__":
    sys.exit(main())
