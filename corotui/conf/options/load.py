"""The tables of options, from the TOML files beside this one.

Each table is named by the option's path. `doc`, `kind` and `change` are required, the other keys are those of
`Option`; `also` lists sections the same option stands in too.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from corotui.conf.options.model import Option
from corotui.conf.version import Version, parse_version

TABLES = ("totem", "interface", "nodelist", "quorum", "logging", "system", "older")


def load_options() -> tuple[Option, ...]:
    """All options, in the order of the tables."""
    folder = Path(__file__).parent
    out: list[Option] = []
    for table in TABLES:
        for key, entry in tomllib.loads((folder / f"{table}.toml").read_text("utf-8")).items():
            out += [_option(f"{section}.{key.rpartition('.')[2]}", entry) for section in entry.get("also", ())]
            out.append(_option(key, entry))
    return tuple(out)


def _option(key: str, entry: dict[str, Any]) -> Option:
    return Option(
        key=key,
        kind=entry["kind"],
        doc=entry["doc"],
        apply_method=entry["change"],
        since=parse_version(entry["since"]) if "since" in entry else Version(1),
        until=parse_version(entry["until"]) if "until" in entry else None,
        gap=(parse_version(entry["gap"][0]), parse_version(entry["gap"][1])) if "gap" in entry else None,
        default=entry.get("default", ""),
        defaults=tuple((parse_version(first), words) for first, words in entry.get("defaults", ())),
        unit=entry.get("unit", ""),
        low=entry.get("low"),
        high=entry.get("high"),
        zero_means=entry.get("zero", ""),
        values=tuple(entry.get("values", ())),
        transports=tuple(entry.get("transports", ())),
        strict=entry.get("strict", True),
        required=entry.get("required", False),
    )
