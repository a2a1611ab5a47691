from __future__ import annotations

from tests.support.foreign_files import directory, target

__all__ = ["directory", "target"]
