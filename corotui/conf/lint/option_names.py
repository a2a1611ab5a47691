"""Options and sections that no release reads, or only other releases, and options that are set twice."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from functools import lru_cache
from itertools import count

from corotui.conf import options
from corotui.conf.diagnostics.model import Diagnostic, Fix, Place, TextEdit
from corotui.conf.lint.context import LintContext, PlacedOption
from corotui.conf.syntax import ConfLine, to_display
from corotui.conf.version import Version

# Sections with options of any name: the operator chooses the names, or other programs read them.
_FREE = ("logging.logging_daemon", "resources")
_GUESSES = 200  # unknown names for which a similar one is searched; more than that are no typing errors


def lint(context: LintContext) -> Iterator[Diagnostic]:
    """Diagnostics about names."""
    yield from _sections(context)
    unknown = {
        section.path
        for section in context.sections
        if section.path and not options.is_section_known(section.path, context.release)
    }
    guesses = count()
    for placed in context.options:
        if placed.section.path not in unknown and placed.line.key:
            yield from _option(context, placed, guesses)
    yield from _duplicates(context)


def _sections(context: LintContext) -> Iterator[Diagnostic]:
    guesses = count()
    for section in context.sections:
        path, name = section.path, section.name
        if not path or options.is_section_known(path, context.release) or path.startswith(_FREE):
            continue
        parent = path.rpartition(".")[0]
        if parent and not options.is_section_known(parent, context.release):
            continue
        line = context.document.lines[section.open_index]
        if line.problem:
            continue
        if path in options.SECTIONS:
            why = _section_releases(path, context.release)
            message = f"corosync {context.release} reads no section {to_display(name)}."
            yield Place(context.document, line, "key").warning("other-release-section", message, why)
            continue
        near = _near(name, _section_names(parent, context.release)) if next(guesses) < _GUESSES else ""
        why = "corosync accepts it, and it has no effect."
        yield Place(context.document, line, "key").warning(
            "unknown-section",
            f"There is no section {to_display(name)}{f'; {near}?' if near else ' here.'}",
            why,
            fix=_rename(line, near),
        )


def _section_releases(path: str, release: Version) -> str:
    if path in ("service", "aisexec"):
        return "It loaded plug-ins in 1.x. Later releases ignore it: Pacemaker starts by itself now."
    since = min(option.since for option in options.ALL if option.section.startswith(path))
    return f"It is read from {since} on." if since > release else "Only earlier releases read it. Take it out."


@lru_cache(maxsize=256)
def _section_names(parent: str, release: Version) -> tuple[str, ...]:
    start = f"{parent}." if parent else ""
    names = (
        option.section[len(start) :].partition(".")[0]
        for option in options.ALL
        if option.section.startswith(start) and len(option.section) > len(start) and option.is_known(release)
    )
    return tuple(dict.fromkeys(names))


def _option(context: LintContext, placed: PlacedOption, guesses: Iterator[int]) -> Iterator[Diagnostic]:
    line, release = placed.line, context.release
    option = options.find(placed.key)
    if option is not None and option.is_known(release):
        return
    document, key = context.document, to_display(line.key)
    section = placed.section.path
    if section.startswith(_FREE) or section in ("uidgid", "totem.interface.member"):
        return
    if option is not None:
        if line.key == "ringnumber":
            return
        if option.until is not None and release >= option.until:
            why = f"Only releases before {option.until} read it. Take it out."
        else:
            since = option.gap[1] if option.gap is not None and release >= option.gap[0] else option.since
            why = f"It is read from {since} on."
        message = f"corosync {release} does not read {key}."
        fix = Fix("take the line out", (TextEdit(line.start, line.next_start, ""),)) if "Take" in why else None
        yield Place(document, line, "key").warning("other-release-option", message, why, fix=fix)
        return
    if "." in line.key:
        return
    guess = next(guesses) < _GUESSES
    near = _near(line.key, _names(section, release)) if guess else ""
    why = "corosync accepts it, and it has no effect."
    if not near and guess:
        elsewhere = line.key if _elsewhere(line.key, release) else _near(line.key, _all_names(release))
        place = _elsewhere(elsewhere, release)
        if place:
            name = "It" if elsewhere == line.key else f"{elsewhere}, if that is meant,"
            why = f"{name} belongs into the section {place}. Here it has no effect."
    message = (
        f"There is no option {key}{f'; {near}?' if near else f' in {to_display(section)}.' if section else ' here.'}"
    )
    yield Place(document, line, "key").warning("unknown-option", message, why, fix=_rename(line, near))


@lru_cache(maxsize=256)
def _names(section: str, release: Version) -> tuple[str, ...]:
    names = [option.name for option in options.options_in_section(section, release)]
    if section == "nodelist.node":
        names = [name for name in names if name != "ringX_addr"] + [f"ring{link}_addr" for link in range(8)]
    return tuple(names)


@lru_cache(maxsize=16)
def _all_names(release: Version) -> tuple[str, ...]:
    return tuple(dict.fromkeys(option.name for option in options.ALL if option.is_known(release)))


@lru_cache(maxsize=4096)
def _elsewhere(name: str, release: Version) -> str:
    """The section that an option of that name belongs into, "" if there is none or several."""
    sections = {option.section for option in options.ALL if option.name == name and option.is_known(release)}
    return sections.pop() if len(sections) == 1 else ""


@lru_cache(maxsize=4096)
def _near(name: str, names: tuple[str, ...]) -> str:
    """The name that was probably meant, "" if none is similar."""
    folded = name.lower().replace("-", "_")
    if folded in names:
        return folded
    matches = difflib.get_close_matches(folded, names, 2, 0.8)
    return matches[0] if matches else ""


def _rename(line: ConfLine, near: str) -> Fix | None:
    if not near:
        return None
    return Fix(f"write {near}", (TextEdit(line.key_start, line.key_start + len(line.key), near),))


def _duplicates(context: LintContext) -> Iterator[Diagnostic]:
    lines = context.document.lines
    several = len(context.sections_at("nodelist")) > 1
    for key, earlier, later in context.cmap.duplicates:
        if key.startswith("uidgid.") or earlier == later or key.endswith(".subsys"):
            continue
        if several and key.startswith("nodelist."):
            continue
        line = lines[earlier - 1]
        why = f"Line {later} sets it again, and the last one holds."
        fix = Fix("take this line out", (TextEdit(line.start, line.next_start, ""),))
        yield Place(context.document, line, "key").warning(
            "set-twice", f"{to_display(line.key)} is set twice.", why, fix=fix
        )
