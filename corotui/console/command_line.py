"""The words of the command line `:`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from corotui.workflow.state import Step

if TYPE_CHECKING:
    from corotui.console.app import ConsoleApp

STEPS = {step.value: step for step in Step}
COMMANDS = [
    *STEPS,
    "doctor",
    "help",
    "log",
    "look",
    "plan",
    "recover",
    "restore",
    "save log",
    "theme dark",
    "theme light",
    "theme terminal",
    "undo",
    "quit",
]


def resolve_command(text: str) -> str:
    """The command that is meant: itself, or the only one that begins with it; "" for none or several."""
    wanted = " ".join(text.split()).lower()
    if wanted in COMMANDS:
        return wanted
    if wanted == "q":
        return "quit"
    fitting = [word for word in COMMANDS if wanted and word.startswith(wanted)]
    return fitting[0] if len(fitting) == 1 else ""


def run_command(console: ConsoleApp, text: str) -> None:
    """Does what was typed, or says that there is no such command."""
    word = resolve_command(text)
    if word in STEPS:
        console.go_to_step(STEPS[word])
    elif word.startswith("theme "):
        console.use_theme(word.split()[1])
    elif word in _HANDLERS:
        _HANDLERS[word](console)
    else:
        console.say(f"There is no command {text!r}. → completes; ? lists the keys.")


def _plan(console: ConsoleApp) -> None:
    console.go_to_step(Step.REVIEW)
    console.run_in_background(console.workflow.plan())


def _on_rollout_pane(console: ConsoleApp, method: str) -> None:
    """The rollout's pane asks before it does this."""
    from corotui.console.panes.rollout import RolloutPane

    console.go_to_step(Step.ROLLOUT)

    def do() -> None:
        if isinstance(console.pane, RolloutPane):
            getattr(console.pane, method)()

    console.call_after_refresh(do)


_HANDLERS: dict[str, Callable[[ConsoleApp], object]] = {
    "doctor": lambda console: console.open_doctor(),
    "help": lambda console: console.show_help(),
    "log": lambda console: console.cycle_log_size(),
    "look": lambda console: console.discover(),
    "plan": _plan,
    "recover": lambda console: _on_rollout_pane(console, "enter"),
    "restore": lambda console: _on_rollout_pane(console, "do_restore"),
    "save log": lambda console: console.save_log(),
    "undo": lambda console: console.undo(),
    "quit": lambda console: console.request_quit(),
}
