"""The attacks: what takes the place of a node's tools, files and banners. Data only; `node.py` puts it in place."""

from __future__ import annotations

from tests.hostile.attacks.files import FILE_ATTACKS
from tests.hostile.attacks.login import LOGIN_ATTACKS
from tests.hostile.attacks.model import Attack
from tests.hostile.attacks.scale import SCALE_ATTACKS
from tests.hostile.attacks.tools import TOOL_ATTACKS

ATTACKS = (*TOOL_ATTACKS, *SCALE_ATTACKS, *LOGIN_ATTACKS, *FILE_ATTACKS)

SAMPLE = ("cluster-endless", "cluster-escapes", "members-20000", "bashrc-prints")
"""The attacks that run with the other tests."""


def attack(name: str) -> Attack:
    """The attack of that name. Raises KeyError if there is none."""
    return {one.name: one for one in ATTACKS}[name]
