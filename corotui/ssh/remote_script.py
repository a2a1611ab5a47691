"""POSIX sh scripts that a node reads through the stdin of `sh -s`, and the frames around their output.

A framed script asks a node several things in one round trip. Each answer is between the lines `SENTINEL begin NAME` and
`SENTINEL end NAME CODE`. The sentinel is random, so that no output can pass for a frame. It reaches the node in the
script, thus through stdin: every user of a node can read arguments, and environments of the own processes.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from corotui.cluster.events import Purpose
from corotui.cluster.quoting import command, quote
from corotui.cluster.text.bounded import bounded_text, one_line
from corotui.errors import CommandStoppedError, CommandTimeoutError, WorkError
from corotui.ssh.large_answers import parse_aside
from corotui.ssh.shell import CommandResult, Shell

TIMEOUT_EXIT_CODE = 124
"""The exit code of `timeout` if it had to end the command."""

CHECK_SH = "Run `sh -s` on the node: a login shell that prints something or replaces sh is the usual cause."
"""What to do where a script's output is not there."""
LIMITS_SECTION = "limits"
"""The last section of a script: which tools hung, and how many bytes each section may have."""


@cache
def sections_preamble() -> str:
    """Returns the start of every script whose output comes in sections.

    `section NAME BYTES COMMAND …` frames what a command prints, with its exit code. In it `limit SECONDS COMMAND …`
    bounds a tool in time, and `ask COMMAND …` a corosync tool, which may block forever while the ring forms: after one
    hung, the others are not asked (exit code 125), and none while no daemon runs (1). The functions of
    `daemon_functions` are there, too, and `corosync_pids`.
    """
    sections = files("corotui.ssh").joinpath("sections.sh").read_text("utf-8")
    return f"{sections}{daemon_functions()}corosync_pids=$(daemon_pids corosync)\n"


@cache
def daemon_functions() -> str:
    """Returns shell functions that tell corosync and Pacemaker from what only has their names.

    `daemon_pids NAME` prints the process ids of a daemon. `corosync_journal COMMAND …` runs a journalctl for its lines.
    """
    return files("corotui.ssh").joinpath("daemons.sh").read_text("utf-8")


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
    """The script after the preamble. `name` is `$1`; the arguments come after it."""
    seconds: int
    """Seconds after which it asks no more tools, if one hung before. From this side it is ended after _SPARE more."""
    name: str
    """Labels the script in a process list."""
    limit: int = 1 << 20
    """Bytes of output that are kept: more than its sections may have together."""
    exact: bool = False
    """Whether carriage returns and NULs stay as they are: for contents of files."""

    @property
    def text(self) -> str:
        """The script that the node reads after the line with the sentinel."""
        head = f"seconds={self.seconds}\nmerge=yes\n"
        return f"{head}{sections_preamble()}{self.body}\nsay_limits\n"

    async def run(self, shell: Shell, *args: str, purpose: Purpose = Purpose.WORK) -> Mapping[str, OutputSection]:
        """Runs it on the node and returns the sections that it printed, by name.

        A script that was ended because a tool hangs or floods yields the sections before. Raises what `Shell.run`
        raises, and WorkError if the output holds no section.
        """
        sentinel = new_sentinel()
        text = sentinel_line(sentinel) + self.text
        script = RemoteScript(text, self.seconds + _SPARE, self.limit, self.name)
        stdout, stopped = await run_to_limit(script, shell, sentinel, *args, purpose=purpose)
        return await parse_aside(lambda: self._sections(stdout, sentinel, stopped), len(stdout))

    def _sections(
        self, stdout: bytes, sentinel: str, stopped: CommandStoppedError | None
    ) -> Mapping[str, OutputSection]:
        sections: dict[str, OutputSection] = {}
        for name, section in limited_sections(stdout, sentinel, stopped).items():
            data = section.text.encode("latin-1")
            shown = data.decode("utf-8", "replace") if self.exact else bounded_text(data, limit=self.limit)
            sections[name] = replace(section, text=shown)
        return sections


@dataclass(frozen=True, slots=True)
class OutputSection:
    """What one command of a framed script printed."""

    text: str
    """stdout and stderr together, without the last newline."""
    exit_code: int | None = None
    """None if the end is missing, because the output was cut off or the connection was lost."""
    hung_tools: tuple[str, ...] = ()
    """Tools in it that did not end in time, or were not started because no time was left."""
    limit: int | None = None
    """Bytes after which it was cut, None if it is whole."""

    @property
    def timed_out(self) -> bool:
        """Whether a command in it did not end in time."""
        return self.exit_code == TIMEOUT_EXIT_CODE or bool(self.hung_tools)

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the answer is missing."""
        return self.exit_code is not None and not self.timed_out and self.limit is None


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


_SPARE = 3
"""Seconds after its own limit until a script is ended from this side. What hangs then is no tool with a limit."""
_MAX_LIMIT_LINES = 200
_LIMIT_LINE = re.compile(r"(hung|skipped|bytes) (\S{1,60}) (\S{1,200}) (\d{1,9})")
_SENTINEL = re.compile(r"\bcorotui-[0-9a-f]{16}\b")


def new_sentinel() -> str:
    """Returns a random word that no node can guess, so that no output passes for a frame."""
    return f"corotui-{secrets.token_hex(8)}"


def sentinel_line(sentinel: str) -> str:
    """Returns the first line of a framed script. The variable is never exported, so that no environment has it."""
    return f"unset mark; mark={quote(sentinel)}\n"


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


async def run_to_limit(
    script: RemoteScript, shell: Shell, sentinel: str, *args: str, purpose: Purpose = Purpose.WORK
) -> tuple[bytes, CommandStoppedError | None]:
    """Runs a script of sections. Returns its stdout, and the error if it had to be ended and has begun a section.

    Raises what `Shell.run` raises, and WorkError if the output holds no section.
    """
    try:
        result = await script.run(shell, *args, purpose=purpose)
    except CommandStoppedError as error:
        if f"{sentinel} begin ".encode() not in error.stdout:
            raise
        return error.stdout, error
    if f"{sentinel} begin ".encode() not in result.stdout:
        raise script_failed(result, "its sh did not run the script")
    return result.stdout, None


def limited_sections(
    stdout: bytes, sentinel: str, stopped: CommandStoppedError | None = None
) -> Mapping[str, OutputSection]:
    """Returns the sections in an output by name, each byte as the character of that number (latin-1). Never raises.

    What the script says of its own limits is in the sections. `stopped`: why the script was ended, None if it was not.
    """
    sections = dict(split_sections(stdout.decode("latin-1"), sentinel))
    limits = sections.pop(LIMITS_SECTION, MISSING_SECTION).text
    for word, name, tool, number in _limit_lines(limits):
        section = sections.get(name)
        if section is None:
            continue
        if word != "bytes":
            sections[name] = replace(section, hung_tools=(*section.hung_tools, tool))
        elif len(section.text) >= number - 1:  # the last newline is not part of the text
            sections[name] = replace(section, limit=number)
    last = next(reversed(sections), None)
    if stopped is not None and last is not None and sections[last].exit_code is None:
        if isinstance(stopped, CommandTimeoutError):
            sections[last] = replace(sections[last], hung_tools=(f"`{last}`",))
        else:
            sections[last] = replace(sections[last], limit=len(sections[last].text))
    return sections


def _limit_lines(text: str) -> Iterator[tuple[str, str, str, int]]:
    """Yields the lines WORD SECTION TOOL NUMBER of the script's last section, at most MAX_LIMIT_LINES."""
    for line in text.split("\n", _MAX_LIMIT_LINES)[:_MAX_LIMIT_LINES]:
        match = _LIMIT_LINE.fullmatch(line)
        if match:
            yield match[1], match[2], one_line(match[3], limit=60), int(match[4])


def describe_limits(sections: Mapping[str, OutputSection]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns sentences about what is missing from the answers: of tools that hung, and of answers that were cut."""
    hung = dict.fromkeys(
        tool for name, section in sections.items() if section.timed_out for tool in section.hung_tools or (f"`{name}`",)
    )
    cut = [(name, section.limit) for name, section in sections.items() if section.limit is not None]
    return (
        tuple(f"{tool} did not end within its time" for tool in hung),
        tuple(f"the answer to `{name}` was cut after {limit / 1024:,.0f} KiB" for name, limit in cut),
    )


def script_failed(result: CommandResult, what: str) -> WorkError:
    """Returns the error for a script that did not print what it should. `what` starts its sentence."""
    output = one_line((result.error_text or result.text).strip(), limit=300)
    return WorkError(
        f"{what}{': ' + output if output else ''}.",
        node=result.node,
        next_step=CHECK_SH,
    )
