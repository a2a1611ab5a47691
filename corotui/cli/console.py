"""`corotui [DIR]`: opens the console."""

from __future__ import annotations

from corotui.errors import UsageError


def open_console(directory: str, *, readonly: bool, ascii: bool, slow: bool, mouse: bool) -> int:  # noqa: A002
    """Runs the console on a cluster directory until the operator leaves it. Returns the exit code."""
    from corotui.cli.output.printer import has_terminal

    if not has_terminal():
        raise UsageError(
            "The console needs a terminal.",
            changed="",
            next_step="`corotui status`, `plan` and `apply` do the same work without one; see `corotui --help`.",
        )
    from corotui.console.run import run
    from corotui.directory import Directory

    Directory.open(directory).read_cluster()
    return run(directory, readonly=readonly, ascii=ascii, slow=slow, mouse=mouse)
