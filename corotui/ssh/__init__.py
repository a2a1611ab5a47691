"""Connections to nodes, and the shells that run commands there. Importing this does not import asyncssh."""

from corotui.ssh.shell import CommandResult, NonInteractive, Prompter, Shell

__all__ = ["CommandResult", "NonInteractive", "Prompter", "Shell"]
