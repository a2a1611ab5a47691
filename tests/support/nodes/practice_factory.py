"""The type of the fixture `practice_factory`."""

from __future__ import annotations

from typing import Protocol

from corotui import practice as room
from corotui.practice import PracticeCluster


class PracticeFactory(Protocol):
    """Brings up a practice cluster of that shape; it is taken down when the test ends."""

    def __call__(
        self,
        *,
        nodes: int = 3,
        links: int = 1,
        bare: bool = True,
        user: str = room.DEFAULT_USER,
        password_sudo: bool = False,
    ) -> PracticeCluster: ...
