"""From release archives to packages on every node: manifest, downloads, builds, installation, removal."""

from __future__ import annotations

from corotui.source.compile.pipeline import BuildResult, build_all, make_build_plan
from corotui.source.compile.plan import BuildPlan, plan_from_facts
from corotui.source.install.installer import install, remove, step_names
from corotui.source.releases.manifest import Manifest, Release, read_manifest, select_releases
from corotui.source.releases.options import BuildOptions, options_from_cluster

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
