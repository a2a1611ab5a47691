"""`python3 -m tests [--yes] [--fast] [pytest's arguments]`: sets up what the tests need, then runs them all.

--fast leaves out the tests that need practice nodes and those that take long. Anything else goes to pytest.
"""

from __future__ import annotations

import os
import sys

from corotui import bootstrap

# What the real-node tests need of Debian: nodes, ssh's own server, a terminal to type into.
PACKAGES = (
    "debootstrap",
    "systemd-container",
    "nftables",
    "iproute2",
    "openssh-server",
    "openssh-client",
    "tmux",
    "dpkg-dev",
    "curl",
    "wget",
)
WORKERS = 4  # at most; each has three nodes and more


def main() -> int:
    """pytest's exit code."""
    arguments = sys.argv[1:]
    fast = "--fast" in arguments
    if not bootstrap.is_running_in_venv("dev"):
        bootstrap.run_in_venv("tests", arguments, extra="dev", packages=() if fast else PACKAGES)
    import pytest

    words = [word for word in arguments if word not in ("--fast", "--yes")]
    if not any(word.startswith("-n") for word in words):
        # Nodes spend most of their time waiting for each other. Each worker has practice clusters of its own.
        words += ["-n", str(min(os.cpu_count() or 1, WORKERS)), "--dist", "loadfile", "--no-loadscope-reorder"]
    if fast:
        words += ["-m", "not nodes and not slow"]
    os.chdir(bootstrap.CHECKOUT)
    return int(pytest.main(words))


if __name__ == "__main__":
    sys.exit(main())
