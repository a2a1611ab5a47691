"""Connections to nodes, and the shells that run commands there. Importing this does not import asyncssh."""

from corotui.ssh.shell import Ask, Nobody, Result, Shell

__all__ = ["Ask", "Nobody", "Result", "Shell"]
