from __future__ import annotations

import asyncio

import pytest

from tests.support.recorded_evidence import RecordedNode, recorded_nodes


@pytest.fixture
def nodes() -> dict[str, RecordedNode]:
    return recorded_nodes()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The recorded second sample is there at once."""

    async def at_once(seconds: float) -> None:
        return None

    monkeypatch.setattr(asyncio, "sleep", at_once)
