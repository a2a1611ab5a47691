"""Every option of corosync.conf, of every release, as data."""

from __future__ import annotations

import difflib
import re
from functools import cache

from corotui.conf.options.load import load_options
from corotui.conf.options.model import APPLY_METHODS, Option
from corotui.conf.version import Version

__all__ = [
    "ALL",
    "APPLY_METHODS",
    "SECTIONS",
    "Option",
    "explain",
    "find",
    "find_by_name",
    "is_section_known",
    "options_in_section",
    "similar_names",
]

ALL: tuple[Option, ...] = load_options()

_BY_KEY = {option.key: option for option in ALL}
_RING = re.compile(r"ring([0-9]+)_addr").fullmatch
_EXEC = re.compile(r"exec_[A-Za-z0-9_-]+").fullmatch

SECTIONS: frozenset[str] = frozenset(
    path for option in ALL for path in (option.section, option.section.rpartition(".")[0]) if path
)


@cache
def find(key: str) -> Option | None:
    """The option at a path of the file ("nodelist.node.ring1_addr"); None for what no release reads."""
    option = _BY_KEY.get(key)
    if option is None:
        section, _, name = key.rpartition(".")
        if section == "nodelist.node" and _RING(name):
            return _BY_KEY["nodelist.node.ringX_addr"]
        if section == "quorum.device.heuristics" and _EXEC(name):
            return _BY_KEY["quorum.device.heuristics.exec_NAME"]
    return option


def options_in_section(section: str, release: Version) -> tuple[Option, ...]:
    """The options of a section that a release reads."""
    return tuple(option for option in ALL if option.section == section and option.is_known(release))


def find_by_name(name: str) -> tuple[Option, ...]:
    """Options by their path, by name ("token"), or all of a section ("quorum"); upper and lower case are equal."""
    exact = find(name) or find(name.lower()) or find(f"nodelist.node.{name.lower()}")
    if exact is not None:
        return (exact,)
    lowered = name.lower().rstrip(".")
    return tuple(option for option in ALL if option.name == lowered) or tuple(
        option for option in ALL if option.section == lowered or option.section.startswith(f"{lowered}.")
    )


def similar_names(name: str) -> tuple[str, ...]:
    """Names of options that are similar, the most similar first."""
    names = list(dict.fromkeys(option.name for option in ALL))
    return tuple(difflib.get_close_matches(name.lower().rpartition(".")[2], names, 3, 0.7))


def is_section_known(path: str, release: Version) -> bool:
    """Whether that release reads anything in a section of that path or below it."""
    return path in _known_sections(release)


@cache
def _known_sections(release: Version) -> frozenset[str]:
    out = {""}
    for option in ALL:
        path = option.section if option.is_known(release) else ""
        while path:
            out.add(path)
            path = path.rpartition(".")[0]
    return frozenset(out)


def explain(option: Option, release: Version) -> tuple[str, ...]:
    """Describes an option in a few lines."""
    lines = [option.key, f"  {option.doc}"]
    lines.append(f"  takes     {option.describe_values()}{' ' + option.unit if option.unit else ''}")
    if option.zero_means:
        lines.append(f"  0 means   {option.zero_means}")
    default = option.default_in(release)
    if option.required:
        lines.append("  required")
    elif default:
        lines.append(f"  default   {default}{f' {option.unit}' if option.unit and default.isdecimal() else ''}")
    if option.transports:
        lines.append(f"  only with {', '.join(option.transports)}")
    lines.append(f"  a change needs {APPLY_METHODS[option.apply_method]}")
    lines.append(f"  releases  {_releases(option)}")
    if not option.is_known(release):
        lines.append(f"  corosync {release} does not read it")
    if not option.strict:
        lines.append("  corosync does not check it: another value is accepted and has no effect")
    return tuple(lines)


def _releases(option: Option) -> str:
    first = "all" if option.since <= Version(1) else f"from {option.since}"
    if option.gap is not None:
        return f"{first} to before {option.gap[0]}, and from {option.gap[1]}"
    if option.until is None:
        return first
    return f"before {option.until}" if first == "all" else f"{first}, before {option.until}"
