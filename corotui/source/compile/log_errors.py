"""Finds the first real error in the output of a build and explains it, for example the package of a missing header."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from corotui.facts.model import Os
from corotui.source.releases.build_deps import package_providing

LOG_LINES_KEPT = 5000  # lines


@dataclass(frozen=True, slots=True)
class BuildErrorLine:
    """The line of a build's output that names the cause."""

    line: str
    """The line itself."""
    line_number: int
    """Its number, from 1."""
    explanation: str = ""
    """One sentence for the operator, or ""."""
    missing_packages: str = ""
    """Packages to install, separated by blanks; "" if no package is the answer."""


def first_error(lines: Iterable[str], os: Os) -> BuildErrorLine | None:
    """The first line that is a cause rather than a consequence, else the last complaint of `make`, else None."""
    echo: BuildErrorLine | None = None
    asked: list[str] = []  # rpmbuild names all that it misses, a line each
    first = BuildErrorLine("", 0)
    for number, line in enumerate(lines, 1):
        text = line.strip()
        needed = _NEEDED.search(text)
        if needed is not None:
            first = first if asked else BuildErrorLine(text[:500], number)
            asked.append(needed[1].split()[0])
            continue
        if asked:
            return replace(
                first, explanation=f"rpmbuild asks for {', '.join(asked)}.", missing_packages=" ".join(asked)
            )
        for pattern, explain in _CAUSES:
            match = pattern.search(text)
            if match is not None:
                means, packages = explain(match, os)
                return BuildErrorLine(text[:500], number, means, packages)
        if echo is None and _ECHO.search(text):
            echo = BuildErrorLine(text[:500], number)
    if asked:
        return replace(first, explanation=f"rpmbuild asks for {', '.join(asked)}.", missing_packages=" ".join(asked))
    return echo


_Explained = tuple[str, str]


def _explain_missing(what: str, package: str) -> _Explained:
    return (
        (f"{what} is in {package}, which is not installed there.", package) if package else (f"{what} is missing.", "")
    )


def _header(match: re.Match[str], os: Os) -> _Explained:
    return _explain_missing(f"The header {match[1]}", package_providing(os, header=match[1]))


def _library(match: re.Match[str], os: Os) -> _Explained:
    return _explain_missing(f"The library {match[1]}", package_providing(os, library=match[1].removeprefix("lib")))


def _module(match: re.Match[str], os: Os) -> _Explained:
    return _explain_missing(f"The library {match[1]}", package_providing(os, pkgconfig=match[1]))


def _program(match: re.Match[str], os: Os) -> _Explained:
    return _explain_missing(f"The program {match[1]}", package_providing(os, program=match[1]))


def _fixed_explanation(means: str) -> Callable[[re.Match[str], Os], _Explained]:
    return lambda match, os: (means, "")


_CAUSES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Os], _Explained]], ...] = (
    (
        re.compile(r"No space left on device|Disk quota exceeded"),
        _fixed_explanation("The disk of the build node is full."),
    ),
    (
        re.compile(
            r"Cannot allocate memory|virtual memory exhausted|Killed signal terminated program|fatal error: Killed"
        ),
        _fixed_explanation("The build node ran out of memory."),
    ),
    (re.compile(r"Read-only file system"), _fixed_explanation("The build folder is on a read-only file system.")),
    (re.compile(r"fatal error: ([\w./+-]+\.h): No such file"), _header),
    (re.compile(r"configure: error: .*?\b([\w/+-]+\.h)\b.*(?:not found|required|missing)"), _header),
    (re.compile(r"No package '([\w.+-]+)' found"), _module),
    (re.compile(r"Package requirements \(([\w.+-]+)[^)]*\) were not met"), _module),
    (re.compile(r"cannot find -l([\w.+-]+)"), _library),
    (re.compile(r"configure: error: .*?\blib([\w+-]+) (?:is required|not found|is missing)"), _library),
    (
        re.compile(r"configure: error: no acceptable C compiler"),
        lambda match, os: _explain_missing("A C compiler", package_providing(os, program="gcc")),
    ),
    (re.compile(r"(?:^|: )([\w.+-]+): (?:command )?not found$"), _program),
    (re.compile(r"['`‘]([\w+-]+)['’] is missing on your system"), _program),
    (re.compile(r"nice: ['`‘]?([\w+-]+)['’]?: No such file"), _program),
    (
        re.compile(r"multiple definition of"),
        _fixed_explanation("This release is older than the compiler's default; it needs CFLAGS=-fcommon."),
    ),
    (
        re.compile(r"undefined reference to [`'‘]([\w@.]+)"),
        _fixed_explanation("The libraries do not fit this release."),
    ),
    (re.compile(r"^configure: error: (?!in [`'‘])"), _fixed_explanation("")),
    (re.compile(r":\d+(?::\d+)?: (?:fatal )?error: "), _fixed_explanation("")),
    (re.compile(r"^(?:tar|xz|gzip): .*(?:rror|EOF|orrupt)"), _fixed_explanation("The archive could not be unpacked.")),
    (re.compile(r"^error: (?!Failed build dependencies)"), _fixed_explanation("")),
    (re.compile(r"^(?:dpkg-shlibdeps|dpkg-deb): error: "), _fixed_explanation("")),
    (re.compile(r"Permission denied$"), _fixed_explanation("")),
)
_NEEDED = re.compile(r"^(\S+(?: [<>=]+ \S+)?) is needed by ")
_ECHO = re.compile(r"^(?:g?make(?:\[\d+\])?: \*\*\* |collect2: error|RPM build errors)")
