"""What a node reports about itself: one script, one round trip, NodeFacts.

`facts.local_interfaces` needs netifaces and is imported only by those who use it.
"""

from __future__ import annotations

from corotui.facts.gather import gather_all, gather_facts
from corotui.facts.json_codec import from_json, to_json
from corotui.facts.lint_environment import conf_environment
from corotui.facts.model import NodeFacts

__all__ = ["NodeFacts", "conf_environment", "from_json", "gather_all", "gather_facts", "to_json"]
