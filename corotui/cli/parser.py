"""The parser of command lines: what it says goes through Output like everything else."""

from __future__ import annotations

import argparse
from typing import NoReturn, Protocol

from corotui.cli import exit_codes
from corotui.cli.output.printer import Output


class _Writable(Protocol):
    def write(self, text: str, /) -> object: ...


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose messages may quote any argument. Subparsers are of this class, too."""

    def error(self, message: str) -> NoReturn:
        out = Output(json=False)
        out.say_block(self.format_usage().rstrip())
        out.say(f"{self.prog}: error: {message}")
        raise SystemExit(exit_codes.USAGE)

    def print_help(self, file: _Writable | None = None) -> None:
        Output(json=False).block(self.format_help().rstrip())
