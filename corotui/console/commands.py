"""The words of the command line `:`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from corotui.walk.model import Step

if TYPE_CHECKING:
    from corotui.console.console_app import ConsoleApp

STEPS = {step.value: step for step in Step}
WORDS = [
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


def meant(text: str) -> str:
    """The command that is meant: itself, or the only one that begins with it; "" for none or several."""
    wanted = " ".join(text.split()).lower()
    if wanted in WORDS:
        return wanted
    if wanted == "q":
        return "quit"
    fitting = [word for word in WORDS if wanted and word.startswith(wanted)]
    return fitting[0] if len(fitting) == 1 else ""


def carry_out(console: ConsoleApp, text: str) -> None:
    """Does what was typed, or says that there is no such command."""
    word = meant(text)
    if word in STEPS:
        console.go(STEPS[word])
    elif word.startswith("theme "):
        console.use_theme(word.split()[1])
    elif word in _DEEDS:
        _DEEDS[word](console)
    else:
        console.say(f"There is no command {text!r}. → completes; ? lists the keys.")


def _plan(console: ConsoleApp) -> None:
    console.go(Step.REVIEW)
    console.work(console.walk.plan())


def _at_rollout(console: ConsoleApp, deed: str) -> None:
    """The rollout's pane asks before it does this."""
    from corotui.console.screens.rollout import RolloutPane

    console.go(Step.ROLLOUT)

    def do() -> None:
        if isinstance(console.pane, RolloutPane):
            getattr(console.pane, deed)()

    console.call_after_refresh(do)


_DEEDS: dict[str, Callable[[ConsoleApp], object]] = {
    "doctor": lambda console: console.open_doctor(),
    "help": lambda console: console.help(),
    "log": lambda console: console.grow_log(),
    "look": lambda console: console.look(),
    "plan": _plan,
    "recover": lambda console: _at_rollout(console, "enter"),
    "restore": lambda console: _at_rollout(console, "do_restore"),
    "save log": lambda console: console.save_log(),
    "undo": lambda console: console.undo(),
    "quit": lambda console: console.leave(),
}
