"""An option of corosync.conf, described."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from corotui.conf.version import Version

OptionKind = Literal["number", "choice", "text", "address", "path", "words"]
ApplyMethod = Literal["reload", "rolling", "stop", "none"]

APPLY_METHODS: dict[ApplyMethod, str] = {
    "reload": "a reload",
    "rolling": "a restart of one node after the other",
    "stop": "a stop of all nodes at once",
    "none": "nothing",
}


@dataclass(frozen=True, slots=True)
class Option:
    """An option of corosync.conf."""

    key: str
    """Path in the file: sections and name joined by dots. X stands for a number ("ringX_addr"), NAME for a word."""
    kind: OptionKind
    """What kind of value it takes."""
    doc: str
    """What the option does, in one line."""
    apply_method: ApplyMethod
    """What it takes until a change of the option holds."""
    since: Version
    """First release that reads the option."""
    until: Version | None = None
    """First release that does not read it any more, None if all later ones do."""
    gap: tuple[Version, Version] | None = None
    """Releases from the first to before the second do not read it either: 2.4 was continued beside 3.0."""
    default: str = ""
    """Default as text, "" if there is none."""
    defaults: tuple[tuple[Version, str], ...] = ()
    """Later defaults: (first release, default), in rising order."""
    unit: str = ""
    """Unit of a number, such as "ms", or ""."""
    low: int | None = None
    """Smallest number that makes sense."""
    high: int | None = None
    """Largest number that makes sense."""
    zero_means: str = ""
    """What 0 means, where that is special."""
    values: tuple[str, ...] = ()
    """Values of a choice."""
    transports: tuple[str, ...] = ()
    """Transports with which the option has an effect, empty for all."""
    strict: bool = True
    """Whether corosync refuses other values."""
    required: bool = False
    """Whether its section needs it."""

    @property
    def section(self) -> str:
        """The path of its section, "" at the top."""
        return self.key.rpartition(".")[0]

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.key.rpartition(".")[2]

    def is_known(self, release: Version) -> bool:
        """Whether that release reads the option."""
        if self.gap is not None and self.gap[0] <= release < self.gap[1]:
            return False
        return self.since <= release and (self.until is None or release < self.until)

    def default_in(self, release: Version) -> str:
        """The default of that release as text; "" if there is none."""
        default = self.default
        for first, later in self.defaults:
            if release >= first:
                default = later
        return default

    def describe_values(self) -> str:
        """Which values may be written, as text for people."""
        if self.kind == "choice":
            return ", ".join(self.values)
        if self.kind == "number":
            return "a number" if self.low is None or self.high is None else f"{self.low} to {self.high}"
        return {"address": "an address or a name", "path": "a path", "words": "words"}.get(self.kind, "text")

    def to_json(self) -> dict[str, object]:
        """All fields, releases as text."""
        return {
            "key": self.key,
            "doc": self.doc,
            "kind": self.kind,
            "values": list(self.values),
            "low": self.low,
            "high": self.high,
            "unit": self.unit,
            "zero": self.zero_means,
            "default": self.default,
            "defaults": {str(first): default for first, default in self.defaults},
            "since": None if self.since <= Version(1) else str(self.since),
            "until": None if self.until is None else str(self.until),
            "gap": None if self.gap is None else [str(end) for end in self.gap],
            "transports": list(self.transports),
            "change": self.apply_method,
            "strict": self.strict,
            "required": self.required,
        }
