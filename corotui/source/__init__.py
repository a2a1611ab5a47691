"""Source to packages to every node: the manifest of releases, downloads, builds, installation, removal."""

from __future__ import annotations

from corotui.source.bring import install, remove, step_names
from corotui.source.choice import BuildOptions, options_from_cluster
from corotui.source.manifest import Manifest, Release, read_manifest, select_releases
from corotui.source.planning import BuildPlan, plan_from_facts
from corotui.source.production import BuildResult, build_all, make_build_plan

__all__ = [
    "BuildOptions",
    "BuildPlan",
    "BuildResult",
    "Manifest",
    "Release",
    "build_all",
    "install",
    "make_build_plan",
    "options_from_cluster",
    "plan_from_facts",
    "read_manifest",
    "remove",
    "select_releases",
    "step_names",
]
