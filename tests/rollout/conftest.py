"""Three machines and a cluster directory."""

from __future__ import annotations

from tests.support.rollout.fixtures import conf, directory, machines

__all__ = ["conf", "directory", "machines"]
