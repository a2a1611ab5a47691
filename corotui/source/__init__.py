"""Source to packages to every node: the manifest of releases, downloads, builds, installation, removal."""

from __future__ import annotations

from corotui.source.bring import install, remove, steps
from corotui.source.choice import Choice, choice_of
from corotui.source.manifest import Manifest, Release, choose, read
from corotui.source.planning import SourcePlan, plan
from corotui.source.production import Produced, planned, produce

__all__ = [
    "Choice",
    "Manifest",
    "Produced",
    "Release",
    "SourcePlan",
    "choice_of",
    "choose",
    "install",
    "plan",
    "planned",
    "produce",
    "read",
    "remove",
    "steps",
]
