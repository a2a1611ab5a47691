"""The cluster directory on the operator's disk."""

from corotui.directory.directory import Directory

__all__ = ["Directory"]
