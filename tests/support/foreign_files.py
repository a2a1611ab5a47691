"""A cluster directory, and a file of another user beside it that an attacker wants corotui to read or write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from corotui.directory import Directory

OTHER = 12345
"""A user without an account, who owns nothing on the machine."""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
PRECIOUS = b"the precious content of another file\n"


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    made = Directory.create(tmp_path / "db", "db")
    made.write_conf(b"totem {\n}\n")
    return made


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A file outside of the cluster directory, which nothing may read or change."""
    path = tmp_path / "precious"
    path.write_bytes(PRECIOUS)
    path.chmod(0o644)
    return path
