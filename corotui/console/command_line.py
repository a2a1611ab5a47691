"""The commands that can be typed after `:`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from corotui.console.actions import ConsoleActions
from corotui.console.pane_command import PaneCommand
from corotui.console.style.theme import PALETTES
from corotui.workflow.state import Step


def resolve_command(text: str) -> str:
    """Returns the command that is meant: the one typed, or the only one that starts with it. "" if there is none, or
    several."""
    typed = " ".join(text.split()).lower()
    if typed in _COMMANDS:
        return typed
    if typed == "q":
        return "quit"
    matches = [name for name in _COMMANDS if typed and name.startswith(typed)]
    return matches[0] if len(matches) == 1 else ""


def run_command(console: ConsoleActions, text: str) -> None:
    """Runs what was typed, or says that there is no such command."""
    name = resolve_command(text)
    if name:
        _COMMANDS[name](console)
    else:
        console.say(f"There is no command {text!r}. → completes; ? lists the keys.")


def _go_to(step: Step, console: ConsoleActions) -> None:
    console.go_to_step(step)


def _use_theme(name: str, console: ConsoleActions) -> None:
    console.use_theme(name)


def _plan(console: ConsoleActions) -> None:
    console.go_to_step(Step.REVIEW)
    console.background.start(console.workflow.plan)


_COMMANDS: Mapping[str, Callable[[ConsoleActions], object]] = {
    **{step.value: partial(_go_to, step) for step in Step},
    "doctor": lambda console: console.open_doctor(),
    "help": lambda console: console.show_help(),
    "log": lambda console: console.cycle_log_size(),
    "look": lambda console: console.discover(),
    "plan": _plan,
    "recover": lambda console: console.run_pane_command(Step.ROLLOUT, PaneCommand.RECOVER),
    "forget": lambda console: console.run_pane_command(Step.ROLLOUT, PaneCommand.FORGET),
    "restore": lambda console: console.run_pane_command(Step.ROLLOUT, PaneCommand.RESTORE),
    "save log": lambda console: console.save_log(),
    **{f"theme {name}": partial(_use_theme, name) for name in PALETTES},
    "undo": lambda console: console.undo(),
    "quit": lambda console: console.request_quit(),
}

COMMANDS = tuple(_COMMANDS)
"""Names of all commands, in the order in which they are suggested."""
