"""The tables of options, from the TOML files beside this one.

Each table is named by the option's path. `doc`, `kind` and `change` are required, the other keys are those of
`Option`; `also` lists further sections that have the same option.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NotRequired, TypedDict, cast

from corotui.conf.options.model import ApplyMethod, Option, OptionKind
from corotui.conf.version import Version, parse_version

TABLES = ("totem", "interface", "nodelist", "quorum", "logging", "system", "older")


class OptionEntry(TypedDict):
    """A table of the TOML files; `tests/conf/test_options.py` holds that they all have these types."""

    doc: str
    kind: OptionKind
    change: ApplyMethod
    also: NotRequired[list[str]]
    since: NotRequired[str]
    until: NotRequired[str]
    gap: NotRequired[list[str]]
    default: NotRequired[str]
    defaults: NotRequired[list[tuple[str, str]]]
    unit: NotRequired[str]
    low: NotRequired[int]
    high: NotRequired[int]
    zero: NotRequired[str]
    values: NotRequired[list[str]]
    transports: NotRequired[list[str]]
    strict: NotRequired[bool]
    required: NotRequired[bool]


def load_options() -> tuple[Option, ...]:
    """All options, in the order of the tables."""
    folder = Path(__file__).parent
    out: list[Option] = []
    for table in TABLES:
        entries = cast("dict[str, OptionEntry]", tomllib.loads((folder / f"{table}.toml").read_text("utf-8")))
        for key, entry in entries.items():
            out += [_option(f"{section}.{key.rpartition('.')[2]}", entry) for section in entry.get("also", ())]
            out.append(_option(key, entry))
    return tuple(out)


def _option(key: str, entry: OptionEntry) -> Option:
    return Option(
        key=key,
        kind=entry["kind"],
        doc=entry["doc"],
        apply_method=entry["change"],
        since=parse_version(entry["since"]) if "since" in entry else Version(1),
        until=parse_version(entry["until"]) if "until" in entry else None,
        gap=(parse_version(entry["gap"][0]), parse_version(entry["gap"][1])) if "gap" in entry else None,
        default=entry.get("default", ""),
        defaults=tuple((parse_version(first), default) for first, default in entry.get("defaults", ())),
        unit=entry.get("unit", ""),
        low=entry.get("low"),
        high=entry.get("high"),
        zero_means=entry.get("zero", ""),
        values=tuple(entry.get("values", ())),
        transports=tuple(entry.get("transports", ())),
        strict=entry.get("strict", True),
        required=entry.get("required", False),
    )
