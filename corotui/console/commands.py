"""The words of the command line `:`."""

from __future__ import annotations

from corotui.walk.model import Step

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
