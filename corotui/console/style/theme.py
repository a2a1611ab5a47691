"""Three themes with one accent: dark, light, and the terminal's own sixteen colours.

A style is a name ("broken"), each theme says what it looks like. Red is only for broken, yellow only for "needs you".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.style import Style as Look
from textual.theme import BUILTIN_THEMES, Theme

from corotui.console.render.layout import StyleName


@dataclass(frozen=True, slots=True)
class Palette:
    """What Textual's own widgets take, what our lines take, and how the row under the cursor looks."""

    theme: Theme
    looks: Mapping[StyleName, Look]
    cursor: Look
    cursor_elsewhere: Look


def _make_palette(name: str, *, dark: bool, colours: Mapping[str, str]) -> Palette:
    text, ground, lifted = colours["text"], colours["ground"], colours["lifted"]
    theme = Theme(
        name=name,
        primary=colours["accent"],
        secondary=colours["accent"],
        accent=colours["accent"],
        warning=colours["needs"],
        error=colours["broken"],
        success=text,
        foreground=text,
        background=ground,
        surface=ground,
        panel=lifted,
        boost=lifted,
        dark=dark,
        variables={"rule": colours["rule"], "context": colours["context"]},
    )
    looks: dict[StyleName, Look] = {
        "": Look(color=text, bgcolor=ground),
        "accent": Look(color=colours["accent"], bgcolor=ground),
        "broken": Look(color=colours["broken"], bgcolor=ground),
        "needs": Look(color=colours["needs"], bgcolor=ground),
        "context": Look(color=colours["context"], bgcolor=ground),
        "strong": Look(color=text, bgcolor=ground, bold=True),
        "title": Look(color=text, bgcolor=ground, bold=True),
        "key": Look(color=colours["accent"], bgcolor=ground, bold=True),
        "rule": Look(color=colours["rule"], bgcolor=ground),
    }
    return Palette(theme, looks, Look(bgcolor=colours["cursor"]), Look(bgcolor=lifted))


DARK = _make_palette(
    "dark",
    dark=True,
    colours={
        "text": "#d6dadd",
        "ground": "#15181c",
        "lifted": "#1d2228",
        "cursor": "#263441",
        "accent": "#7cb7d6",
        "needs": "#e6c274",
        "broken": "#f2777a",
        "context": "#8b959e",
        "rule": "#3b444d",
    },
)

LIGHT = _make_palette(
    "light",
    dark=False,
    colours={
        "text": "#1c2024",
        "ground": "#fbfaf8",
        "lifted": "#f1efeb",
        "cursor": "#d9e7ee",
        "accent": "#00617d",
        "needs": "#8a5900",
        "broken": "#b3251d",
        "context": "#5d656c",
        "rule": "#c3c0b9",
    },
)

TERMINAL = Palette(
    Theme(
        name="terminal",
        ansi=True,
        primary="ansi_cyan",
        secondary="ansi_cyan",
        accent="ansi_cyan",
        warning="ansi_yellow",
        error="ansi_red",
        success="ansi_default",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        dark=True,
        variables=BUILTIN_THEMES["ansi-dark"].variables
        | {
            "rule": "ansi_default",
            "context": "ansi_default",
            "input-cursor-foreground": "ansi_default",
            "input-cursor-background": "ansi_default",
            "input-cursor-text-style": "reverse",
        },
    ),
    {
        "": Look(),
        "accent": Look(color="cyan"),
        "broken": Look(color="red"),
        "needs": Look(color="yellow"),
        "context": Look(dim=True),
        "strong": Look(bold=True),
        "title": Look(bold=True),
        "key": Look(color="cyan", bold=True),
        "rule": Look(dim=True),
    },
    cursor=Look(bold=True),
    cursor_elsewhere=Look(),
)

PALETTES: Mapping[str, Palette] = {palette.theme.name: palette for palette in (DARK, LIGHT, TERMINAL)}


def choose_theme(environ: Mapping[str, str]) -> str:
    """The theme for this terminal: its own colours where there are sixteen or none, else dark or light.

    Read: NO_COLOR, COROTUI_THEME, COLORTERM, TERM, COLORFGBG (the last number is the background; 7 and 15 are light).
    """
    if "NO_COLOR" in environ:
        return TERMINAL.theme.name
    wanted = environ.get("COROTUI_THEME", "")
    if wanted in PALETTES:
        return wanted
    many = environ.get("COLORTERM", "") in ("truecolor", "24bit") or "256color" in environ.get("TERM", "")
    if not many:
        return TERMINAL.theme.name
    light = environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")
    return (LIGHT if light else DARK).theme.name
