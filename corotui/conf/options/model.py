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
    """`key` is the path in the file: sections and name joined by dots; X stands for a number ("ringX_addr"), NAME for a
    word. `low`, `high` bound a number that means something; `zero` says what 0 means where that is special.
    `values` are the words of a choice. `default` in words; `defaults` where it changed: (first release, default), in
    rising order. `since` is the first release that reads it, `until` the first that does not, None: all later ones;
    within `gap`, from the first to before the second, it is not read either (2.4 went on beside 3.0).
    `transports`: where it has an effect, empty: everywhere. `effect` is what a change of it needs. `strict`: corosync
    refuses other values. `doc` is one line.
    """

    key: str
    kind: OptionKind
    doc: str
    apply_method: ApplyMethod
    since: Version
    until: Version | None = None
    gap: tuple[Version, Version] | None = None
    default: str = ""
    defaults: tuple[tuple[Version, str], ...] = ()
    unit: str = ""
    low: int | None = None
    high: int | None = None
    zero_means: str = ""
    values: tuple[str, ...] = ()
    transports: tuple[str, ...] = ()
    strict: bool = True
    required: bool = False

    @property
    def section(self) -> str:
        """The path of the section it stands in, "" at the top."""
        return self.key.rpartition(".")[0]

    @property
    def name(self) -> str:
        return self.key.rpartition(".")[2]

    def is_known(self, release: Version) -> bool:
        """Whether that release reads it."""
        if self.gap is not None and self.gap[0] <= release < self.gap[1]:
            return False
        return self.since <= release and (self.until is None or release < self.until)

    def default_in(self, release: Version) -> str:
        """The default of that release, in words; "" when there is none."""
        found = self.default
        for first, words in self.defaults:
            if release >= first:
                found = words
        return found

    def describe_values(self) -> str:
        """What may be written, in words."""
        if self.kind == "choice":
            return ", ".join(self.values)
        if self.kind == "number":
            return "a number" if self.low is None or self.high is None else f"{self.low} to {self.high}"
        return {"address": "an address or a name", "path": "a path", "words": "words"}.get(self.kind, "text")

    def to_json(self) -> dict[str, object]:
        """All that is known, releases as text."""
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
            "defaults": {str(first): words for first, words in self.defaults},
            "since": None if self.since <= Version(1) else str(self.since),
            "until": None if self.until is None else str(self.until),
            "gap": None if self.gap is None else [str(end) for end in self.gap],
            "transports": list(self.transports),
            "change": self.apply_method,
            "strict": self.strict,
            "required": self.required,
        }
