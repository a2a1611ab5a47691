"""The three themes: dark, light, and the sixteen colours of the terminal.

A style has a meaning ("broken"), and each theme says what it looks like. Red always means broken, and yellow always
means that something needs the operator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rich.style import Style
from textual.theme import BUILTIN_THEMES, Theme

from corotui.console.render.layout import StyleName


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a theme."""

    theme: Theme
    """For Textual's own widgets."""
    styles: Mapping[StyleName, Style]
    """For each style of a StyledLine."""
    cursor: Style
    """Over the row under the cursor, in the list that has the focus."""
    cursor_elsewhere: Style
    """The same in other lists."""


def _make_palette(name: str, *, dark: bool, colours: Mapping[str, str]) -> Palette:
    text, background, panel = colours["text"], colours["background"], colours["panel"]
    theme = Theme(
        name=name,
        primary=colours["accent"],
        secondary=colours["accent"],
        accent=colours["accent"],
        warning=colours["needs"],
        error=colours["broken"],
        success=text,
        foreground=text,
        background=background,
        surface=background,
        panel=panel,
        boost=panel,
        dark=dark,
        variables={"rule": colours["rule"], "context": colours["context"]},
    )
    styles: dict[StyleName, Style] = {
        "": Style(color=text, bgcolor=background),
        "accent": Style(color=colours["accent"], bgcolor=background),
        "broken": Style(color=colours["broken"], bgcolor=background),
        "needs": Style(color=colours["needs"], bgcolor=background),
        "context": Style(color=colours["context"], bgcolor=background),
        "strong": Style(color=text, bgcolor=background, bold=True),
        "title": Style(color=text, bgcolor=background, bold=True),
        "key": Style(color=colours["accent"], bgcolor=background, bold=True),
        "rule": Style(color=colours["rule"], bgcolor=background),
    }
    return Palette(theme, styles, Style(bgcolor=colours["cursor"]), Style(bgcolor=panel))


DARK = _make_palette(
    "dark",
    dark=True,
    colours={
        "text": "#d6dadd",
        "background": "#15181c",
        "panel": "#1d2228",
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
        "background": "#fbfaf8",
        "panel": "#f1efeb",
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
        "": Style(),
        "accent": Style(color="cyan"),
        "broken": Style(color="red"),
        "needs": Style(color="yellow"),
        "context": Style(dim=True),
        "strong": Style(bold=True),
        "title": Style(bold=True),
        "key": Style(color="cyan", bold=True),
        "rule": Style(dim=True),
    },
    cursor=Style(bold=True),
    cursor_elsewhere=Style(),
)

PALETTES: Mapping[str, Palette] = {palette.theme.name: palette for palette in (DARK, LIGHT, TERMINAL)}


def choose_theme(environ: Mapping[str, str]) -> str:
    """Returns the name of the theme for this terminal: "terminal" if it has few colours, else "dark" or "light".

    Reads NO_COLOR, COROTUI_THEME, COLORTERM, TERM and COLORFGBG, whose last number is the background (7, 15: light).
    """
    if "NO_COLOR" in environ:
        return TERMINAL.theme.name
    chosen = environ.get("COROTUI_THEME", "")
    if chosen in PALETTES:
        return chosen
    many_colours = environ.get("COLORTERM", "") in ("truecolor", "24bit") or "256color" in environ.get("TERM", "")
    if not many_colours:
        return TERMINAL.theme.name
    light = environ.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")
    return (LIGHT if light else DARK).theme.name
