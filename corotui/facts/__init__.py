"""What a node says about itself: one script, one round trip, NodeFacts. `local` (netifaces) is imported on its own."""

from __future__ import annotations

from corotui.facts.gather import gather_all, gather_facts
from corotui.facts.json_codec import from_json, to_json
from corotui.facts.lint_environment import conf_environment
from corotui.facts.model import NodeFacts

__all__ = ["NodeFacts", "conf_environment", "from_json", "gather_all", "gather_facts", "local_interfaces", "to_json"]


def __getattr__(name: str) -> object:
    if name == "local_interfaces":
        from corotui.facts.local_interfaces import local_interfaces

        return local_interfaces
    raise AttributeError(name)
