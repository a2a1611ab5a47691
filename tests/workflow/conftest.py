"""Three machines and a cluster directory, as in the tests of a rollout."""

from __future__ import annotations

from tests.support.rollout.fixtures import directory, machines

__all__ = ["directory", "machines"]
