"""POSIX sh scripts that a node reads through the stdin of `sh -s`, and the frames around their output.

A framed script asks a node several things in one round trip. Each answer is between the lines `SENTINEL begin NAME` and
`SENTINEL end NAME CODE`. The sentinel is random, so that no output can pass for a frame.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from corotui.cluster.events import Purpose
from corotui.cluster.quoting import command
from corotui.cluster.sanitize import clean, clean_line
from corotui.errors import WorkError
from corotui.ssh.shell import CommandResult, Shell

TIMEOUT_EXIT_CODE = 124
"""The exit code of `timeout` if it had to end the command."""

_PREAMBLE = """\
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
"""The start of every framed script. `section NAME COMMAND …` frames what a command prints, with its exit code.

`ask COMMAND …` gives a corosync tool 5 seconds, because it may block forever while the ring forms. After one hung, the
others are not asked (exit code 125).
"""


@dataclass(frozen=True, slots=True)
class RemoteScript:
    """A script that runs as root on a node. It goes through stdin: a process list shows `sh -s` and the arguments."""

    text: str
    """The script, for a POSIX sh."""
    timeout: float = 30.0
    """Seconds for the whole script."""
    limit: int = 1 << 20
    """Bytes of stdout and of stderr that are kept."""
    name: str = ""
    """The first argument, which labels the script in a process list; the script has to `shift` it away. "" for none."""

    async def run(
        self, shell: Shell, *args: str, timeout: float | None = None, purpose: Purpose = Purpose.WORK
    ) -> CommandResult:
        """Runs it with `args` as its positional parameters. Any exit code is a result.

        `timeout`: seconds that replace the script's own. Raises what `Shell.run` raises.
        """
        return await shell.run(
            command("sh", "-s", *((self.name,) if self.name else ()), *args),
            stdin=self.text.encode(),
            privileged=True,
            timeout=self.timeout if timeout is None else timeout,
            limit=self.limit,
            purpose=purpose,
        )


@dataclass(frozen=True, slots=True)
class FramedScript:
    """A script whose commands run through `section`, so that their output is returned for each of them."""

    body: str
    """The script after the preamble. The sentinel is `$mark` and `$1`; the arguments come after it."""
    timeout: float
    """Seconds for the whole script."""
    limit: int = 1 << 20
    """Bytes of output that are kept."""
    cleaned: bool = True
    """Whether control characters are removed. False for bulk data that is parsed and never shown: removing them from
    1 MiB takes 0.2 s."""

    @property
    def text(self) -> str:
        """The whole script that the node reads."""
        return _PREAMBLE + self.body

    async def run(self, shell: Shell, *args: str, purpose: Purpose = Purpose.WORK) -> Mapping[str, OutputSection]:
        """Runs it on the node and returns the sections that it printed, by name.

        Raises what `Shell.run` raises, and WorkError if the output holds no section.
        """
        sentinel = new_sentinel()
        script = RemoteScript(self.text, self.timeout, self.limit)
        result = await script.run(shell, sentinel, *args, purpose=purpose)
        output = clean(result.stdout, limit=self.limit) if self.cleaned else result.stdout.decode("utf-8", "replace")
        sections = split_sections(output, sentinel)
        if not sections:
            raise script_failed(result, "its sh did not run the script")
        return sections


@dataclass(frozen=True, slots=True)
class OutputSection:
    """What one command of a framed script printed."""

    text: str
    """stdout and stderr together, without the last newline."""
    exit_code: int | None = None
    """None if the end is missing, because the output was cut off or the connection was lost."""

    @property
    def timed_out(self) -> bool:
        """Whether `timeout` ended the command."""
        return self.exit_code == TIMEOUT_EXIT_CODE


MISSING_SECTION = OutputSection("", None)
"""Stands for a section that is not in the output."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A section in the output of a script, as it was printed."""

    name: str
    """The name that the script gave to the section."""
    body: str
    """The text between the two lines of the frame, without the newline that belongs to the second."""
    is_complete: bool
    """Whether the frame has its end."""
    exit_code: int | None
    """None also for a frame that names no exit code."""


_SENTINEL = re.compile(r"\bcorotui-[0-9a-f]{16}\b")


def new_sentinel() -> str:
    """Returns a random word that no node can guess, so that no output passes for a frame."""
    return f"corotui-{secrets.token_hex(8)}"


def without_sentinels(text: str) -> str:
    """Returns a command or script without its sentinels, to compare it with the same one on another node."""
    return _SENTINEL.sub("", text)


def split_frames(text: str, sentinel: str) -> list[Frame]:
    """Returns the frames in an output, in their order. Never raises.

    Text outside of frames is dropped. A frame without its end extends to the next frame or to the end of the text.
    """
    edge = re.compile(rf"^{re.escape(sentinel)} (begin|end) (\S+)(?: (\d{{1,3}}))?$", re.MULTILINE)
    frames: list[Frame] = []
    begun: re.Match[str] | None = None
    for match in edge.finditer(text):
        if begun is not None:
            ends = match[1] == "end" and match[2] == begun[2]
            code = int(match[3]) if ends and match[3] else None
            frames.append(Frame(begun[2], text[begun.end() + 1 : max(begun.end() + 1, match.start() - 1)], ends, code))
        begun = match if match[1] == "begin" else None
    if begun is not None:
        frames.append(Frame(begun[2], text[begun.end() + 1 :], is_complete=False, exit_code=None))
    return frames


def split_sections(text: str, sentinel: str) -> Mapping[str, OutputSection]:
    """Returns the sections in an output by name; of two with the same name, the later one. Never raises."""
    sections = {}
    for frame in split_frames(text, sentinel):
        body = frame.body.removesuffix("\n") if frame.is_complete else frame.body
        sections[frame.name] = OutputSection(body, frame.exit_code)
    return sections


def script_failed(result: CommandResult, what: str) -> WorkError:
    """Returns the error for a script that did not print what it should. `what` starts its sentence."""
    output = clean_line((result.error_text or result.text).strip(), limit=300)
    return WorkError(
        f"{what}{': ' + output if output else ''}.",
        node=result.node,
        next_step="Run `sh -s` on the node: a login shell that prints something or replaces sh is the usual cause.",
    )
