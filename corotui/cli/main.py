"""`corotui [DIR]` and `corotui VERB …`: finds the verb, imports only its module, prints errors as sentences."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from types import ModuleType

from corotui import __version__
from corotui.cli import exit_codes
from corotui.cli.output.printer import Output
from corotui.cli.output.uncaught import print_uncaught
from corotui.cli.parser import Parser
from corotui.cluster.text.outgoing import outgoing_text
from corotui.errors import CorotuiError, leaves

# Each verb and its module below cli/commands, in the order of the help.
VERBS = {
    "practice": "practice",
    "new": "new",
    "adopt": "adopt",
    "facts": "facts",
    "check": "check",
    "conf": "conf",
    "build": "build",
    "plan": "rollout.plan",
    "apply": "rollout.apply",
    "recover": "rollout.recover",
    "restore": "rollout.restore",
    "status": "ring.status",
    "watch": "ring.watch",
    "doctor": "ring.doctor",
}


def main(arguments: Sequence[str]) -> int:
    """Runs one command line and returns its exit code."""
    if arguments and arguments[0] in VERBS:
        return _run_verb(arguments[0], arguments[1:])
    if any(argument in ("-h", "--help") for argument in arguments):
        out = Output(json=False)
        return _run_guarded(lambda: _print_help(out), out)
    return _run_console(arguments)


def _run_verb(name: str, arguments: Sequence[str]) -> int:
    module = _verb_module(name)
    parser = Parser(
        prog=f"corotui {name}", description=module.HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    module.arguments(parser)
    if parser.get_default("json") is None:  # a verb with subcommands adds it itself
        parser.add_argument("--json", action="store_true", help="machine-readable output on stdout")
    args = parser.parse_args(list(arguments))
    out = Output(json=args.json)
    return _run_guarded(lambda: asyncio.run(module.run(args, out)), out)


def _run_console(arguments: Sequence[str]) -> int:
    parser = Parser(prog="corotui", add_help=False)
    parser.add_argument("directory", nargs="?", default=".")
    parser.add_argument("--version", action="version", version=f"corotui {__version__}")
    parser.add_argument("--readonly", action="store_true")
    parser.add_argument("--ascii", action="store_true")
    parser.add_argument("--slow", action="store_true")
    parser.add_argument("--no-mouse", action="store_true")
    args = parser.parse_args(list(arguments))
    out = Output(json=False)

    def run() -> int:
        from corotui.cli.console import open_console

        return open_console(
            args.directory, readonly=args.readonly, ascii=args.ascii, slow=args.slow, mouse=not args.no_mouse
        )

    return _run_guarded(run, out)


def _run_guarded(work: Callable[[], int], out: Output) -> int:
    """Runs the work; errors become sentences on stderr and exit codes."""
    try:
        with print_uncaught(out):
            code = work()
        out.flush()
    except KeyboardInterrupt:
        out.say("Interrupted.")
        return exit_codes.INTERRUPTED
    except BrokenPipeError:
        out.discard_data()
        return exit_codes.BROKEN_PIPE
    except CorotuiError as error:
        out.error(error)
        return error.exit_code
    except BaseExceptionGroup as group:
        known = [error for error in leaves(group) if isinstance(error, CorotuiError)]
        if not known:
            return _report_unexpected(group, out)
        for member in known:
            out.error(member)
        return max(member.exit_code for member in known)
    except Exception as error:  # a defect of corotui: the traceback goes into a file
        return _report_unexpected(error, out)
    return code


def _report_unexpected(error: BaseException, out: Output) -> int:
    """Writes the traceback into a file for a bug report."""
    where = ""
    with suppress(OSError):
        handle, where = tempfile.mkstemp(prefix="corotui-", suffix=".txt")
        with os.fdopen(handle, "w") as file:
            file.write(f"corotui {__version__}, Python {sys.version}, {time.ctime()}\n")
            file.write(outgoing_text("".join(traceback.format_exception(error))))
    out.say(f"This is a defect of corotui: {type(error).__name__}: {error}")
    out.say(f"The details are in {where}; please report them. `corotui status` shows the state of the cluster.")
    return exit_codes.FAILED


def _verb_module(name: str) -> ModuleType:
    return import_module(f"corotui.cli.commands.{VERBS[name]}")


def _print_help(out: Output) -> int:
    out.data("corotui [DIR]            open the console on a cluster directory (default: this one)")
    out.data("corotui VERB [DIR] …     do one thing; every verb takes --json and --help")
    out.data()
    for name in VERBS:
        out.data(f"  {name:10} {_verb_module(name).HELP.splitlines()[0]}")
    out.data()
    out.data("  --readonly   the console changes nothing     --ascii     only ASCII characters")
    out.data("  --slow       for slow connections          --no-mouse  leave the mouse to the terminal")
    out.data("  --version    print the version")
    out.data()
    out.data("Exit codes: 0 done and healthy, 1 findings or failed, 2 usage, 3 a node unreachable, 4 refused,")
    out.data("130 interrupted.")
    return 0
