"""What a node says about itself: one script, one round trip, NodeFacts. `local` (netifaces) is imported on its own."""

from __future__ import annotations

from corotui.facts.gather import gather_all, gather_facts
from corotui.facts.model import NodeFacts
from corotui.facts.serial import from_json, to_json
from corotui.facts.surroundings import conf_environment

__all__ = ["NodeFacts", "conf_environment", "from_json", "gather_all", "gather_facts", "local_interfaces", "to_json"]


def __getattr__(name: str) -> object:
    if name == "local_interfaces":
        from corotui.facts.local import local_interfaces

        return local_interfaces
    raise AttributeError(name)
