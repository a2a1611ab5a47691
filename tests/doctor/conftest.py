from __future__ import annotations

import pytest

from tests.support.recorded_evidence import RecordedNode, recorded_nodes


@pytest.fixture
def nodes() -> dict[str, RecordedNode]:
    return recorded_nodes()
