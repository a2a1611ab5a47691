"""Output of a script that asks a node several things in one round trip, taken apart again."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

TIMEOUT_EXIT_CODE = 124  # what `timeout` returns when it had to end the command

PREAMBLE = """\
mark=$1
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/sbin:/usr/local/bin
export LC_ALL PATH
command -v timeout >/dev/null 2>&1 || timeout() { shift; "$@"; }
hung=
section() {
    name=$1
    shift
    printf '%s begin %s\\n' "$mark" "$name"
    if command -v "$1" >/dev/null 2>&1; then
        "$@" 2>&1 </dev/null
        rc=$?
    else
        rc=127
    fi
    printf '\\n%s end %s %s\\n' "$mark" "$name" "$rc"
}
ask() {
    if [ -n "$hung" ]; then return 125; fi
    command -v "$1" >/dev/null 2>&1 || return 127
    timeout 5 "$@"
    rc=$?
    if [ "$rc" -eq 124 ]; then hung=yes; fi
    return "$rc"
}
"""
"""POSIX sh. `section NAME COMMAND …` frames what a command prints with its exit code. `ask COMMAND …` gives a corosync
tool five seconds, for it may block for ever while the ring forms; once one hung the others are not asked (125)."""


@dataclass(frozen=True, slots=True)
class OutputSection:
    """What one command printed, stdout and stderr together. `code`: its exit code, None where the end is missing
    (output cut off, connection lost)."""

    text: str
    exit_code: int | None = None

    @property
    def timed_out(self) -> bool:
        return self.exit_code == TIMEOUT_EXIT_CODE


MISSING_SECTION = OutputSection("", None)


_SENTINEL = re.compile(r"\bcorotui-[0-9a-f]{16}\b")


def new_sentinel() -> str:
    """A random word that no node can guess, so that no output passes for a frame."""
    return f"corotui-{secrets.token_hex(8)}"


def without_sentinels(text: str) -> str:
    """A command or script without the sentinels in it: what it has in common with the same one on another node."""
    return _SENTINEL.sub("", text)


def split_sections(text: str, sentinel: str) -> Mapping[str, OutputSection]:
    """Sections by name. Total: anything outside frames is dropped, a frame without end keeps what it has."""
    found: dict[str, OutputSection] = {}
    frame = re.compile(rf"^{re.escape(sentinel)} (begin|end) (\S+)(?: (\d{{1,3}}))?$")
    name: str | None = None
    lines: list[str] = []
    for line in text.split("\n"):
        match = frame.match(line)
        if match is None:
            if name is not None:
                lines.append(line)
            continue
        if name is not None:
            code = int(match[3]) if match[1] == "end" and match[2] == name and match[3] else None
            found[name] = OutputSection("\n".join(lines).removesuffix("\n"), code)
        name = match[2] if match[1] == "begin" else None
        lines = []
    if name is not None:
        found[name] = OutputSection("\n".join(lines), None)
    return found
