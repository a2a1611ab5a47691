"""What a cell of the table has to keep to, and what is counted in output."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

from tests.hostile.child import Cost

SECONDS = 15.0
"""Budget of a verb, and of the longest wait for one screen of the console."""
RSS_MB = 250.0
"""Budget of peak memory."""
PAUSE_MS = 50.0
"""Budget of the longest pause of the event loop."""
OUT_BYTES = 4_000_000
"""Budget of a verb's output on stdout and stderr, where a corosync.conf of 1 MiB may be shown as JSON, and of what the
console writes to the terminal in one walk through its screens."""

_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u034f\u061c\u180e\U000e0000-\U000e007f]"
)
_MARKS = re.compile(rb"\x1b\[31337m|\x1b\]0;hostile|\x1b\]52;c;aG9z|\x1bP1;2|\x1b\[6n|\x9b7m(?<!\xc2\x9b7m)")
_STRANGE = re.compile(
    "[\x00-\x06\x0b\x0c\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u034f\u061c\U000e0000-\U000e007f]"
)


def raw_controls(output: bytes) -> int:
    """Characters that a terminal obeys, or that nobody sees, in the output of a verb."""
    return len(_CONTROL.findall(output.decode("utf-8", "replace")))


def terminal_controls(output: bytes) -> int:
    """The same in what the console wrote to a terminal, where its own sequences are meant."""
    return len(_MARKS.findall(output)) + len(_STRANGE.findall(output.decode("utf-8", "replace")))


@dataclass(frozen=True, slots=True)
class Cell:
    """One attack through one verb, or through the screens at one size."""

    attack: str
    """Name of the attack."""
    verb: str
    """Name of the verb, or "console 80x24"."""
    cost: Cost
    """What it cost."""
    code: int | None
    """The exit code."""
    out_bytes: int
    """Bytes of output."""
    controls: int
    """Raw control characters in the output."""
    faults: tuple[str, ...] = ()
    """What else is wrong: a traceback, an answer of a healthy node that is missing."""
    note: str = ""
    """The last line of what was said, for the reader."""

    @property
    def wrong(self) -> tuple[str, ...]:
        """What is wrong however fast the machine is; empty for a cell that holds."""
        checks = (
            (self.cost.killed != "", f"killed {self.cost.killed}"),
            (self.cost.rss_mb > RSS_MB, f"{self.cost.rss_mb:.0f} MB"),
            (self.out_bytes > OUT_BYTES, f"{self.out_bytes} bytes out"),
            (self.controls > 0, f"{self.controls} control characters"),
        )
        return (*(text for is_wrong, text in checks if is_wrong), *self.faults)

    @property
    def late(self) -> tuple[str, ...]:
        """What takes too long; empty for a cell that holds."""
        seconds, pause = self.cost.seconds, self.cost.pause_ms
        place = f" in {self.cost.pause_at[0]}" if self.cost.pause_at else ""
        return (
            *((f"{seconds:.1f} s",) if seconds > SECONDS else ()),
            *((f"pause {pause:.0f} ms{place}",) if pause > PAUSE_MS else ()),
        )

    @property
    def over(self) -> tuple[str, ...]:
        """All that is out of budget; empty for a cell that holds."""
        return (*self.late, *self.wrong)

    def to_json(self) -> dict[str, object]:
        return {**asdict(self), "over": list(self.over)}

    @property
    def line(self) -> str:
        """The cell as a line of the table."""
        cost = self.cost
        code = "-" if self.code is None else str(self.code)
        costs = f"{cost.seconds:6.1f} {cost.rss_mb:5.0f} {cost.pause_ms:6.0f}"
        output = f"{self.out_bytes:9} {self.controls:5} {code:>4}"
        return f"{self.attack:28} {self.verb:15} {costs} {output}  {'; '.join(self.over) or 'ok'}"


HEAD = f"{'attack':28} {'verb':15} {'s':>6} {'MB':>5} {'ms':>6} {'bytes':>9} {'ctrl':>5} {'code':>4}"
"""The table's first line."""


def worst(cells: list[Cell]) -> list[str]:
    """The cells that are worst in each respect, a line each."""
    if not cells:
        return []
    tops = {
        "seconds": max(cells, key=lambda cell: cell.cost.seconds),
        "memory": max(cells, key=lambda cell: cell.cost.rss_mb),
        "pause": max(cells, key=lambda cell: cell.cost.pause_ms),
        "output": max(cells, key=lambda cell: cell.out_bytes),
        "controls": max(cells, key=lambda cell: cell.controls),
    }
    return [f"{name:9} {cell.line}" for name, cell in tops.items()]
