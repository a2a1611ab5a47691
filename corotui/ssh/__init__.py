"""Connects to nodes and runs commands there. Importing this package does not import asyncssh."""

from corotui.ssh.shell import CommandResult, NonInteractive, Prompter, Shell

__all__ = ["CommandResult", "NonInteractive", "Prompter", "Shell"]
