"""What a node says about itself: one script, one round trip, NodeFacts. `local` (netifaces) is imported on its own."""

from __future__ import annotations

from corotui.facts.gather import gather, gather_all
from corotui.facts.model import NodeFacts
from corotui.facts.serial import from_json, to_json
from corotui.facts.surroundings import surroundings

__all__ = ["NodeFacts", "from_json", "gather", "gather_all", "local_interfaces", "surroundings", "to_json"]


def __getattr__(name: str) -> object:
    if name == "local_interfaces":
        from corotui.facts.local import local_interfaces

        return local_interfaces
    raise AttributeError(name)
