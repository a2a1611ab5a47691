"""Parses the apt sources of this machine, in both forms of sources.list(5). Only `read` does I/O."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_PGP_BEGIN = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
_PGP_END = "-----END PGP PUBLIC KEY BLOCK-----"


@dataclass(frozen=True, slots=True)
class AptSource:
    """One package archive."""

    uri: str
    """URI of the archive."""
    suite: str
    """Suite or codename."""
    components: tuple[str, ...]
    """Components, such as "main"."""
    types: tuple[str, ...] = ("deb",)
    """Which of "deb" and "deb-src" it serves."""
    signed_by: str = ""
    """Paths of keyrings, or an armoured key itself."""
    trusted: bool = False
    """Whether it is used without a signature."""

    @property
    def keyrings(self) -> tuple[str, ...]:
        """The keyring files that `signed_by` names."""
        if _PGP_BEGIN in self.signed_by:
            return ()
        return tuple(word for word in self.signed_by.replace(",", " ").split() if word.startswith("/"))

    @property
    def inline_key(self) -> bytes | None:
        """The key in the entry itself, in the form that gpgv reads; None if there is none."""
        return dearmor(self.signed_by) if _PGP_BEGIN in self.signed_by else None


def read(etc: Path = Path("/etc/apt")) -> tuple[AptSource, ...]:
    """All enabled entries below /etc/apt, in apt's order: sources.list, then sources.list.d by name."""
    found: list[AptSource] = []
    parts = sorted((etc / "sources.list.d").glob("*")) if (etc / "sources.list.d").is_dir() else []
    for path in [etc / "sources.list", *parts]:
        if not path.is_file():
            continue
        text = path.read_text(errors="replace")
        if path.suffix == ".list":
            found.extend(parse_one_line(text))
        elif path.suffix == ".sources":
            found.extend(parse_deb822(text))
    return tuple(found)


def parse_one_line(text: str) -> Iterator[AptSource]:
    """Parses lines `deb [signed-by=…] URI SUITE COMPONENT…`. Comments and other lines are skipped."""
    for raw in text.splitlines():
        line = raw.split("#", 1)[0].strip()
        kind, _, rest = line.partition(" ")
        if kind not in ("deb", "deb-src"):
            continue
        options: dict[str, str] = {}
        rest = rest.strip()
        if rest.startswith("[") and "]" in rest:
            inside, rest = rest[1:].split("]", 1)
            for word in _words(inside):
                key, _, value = word.partition("=")
                options[key.lower().rstrip("+-")] = value
        words = rest.split()
        if len(words) < 2:
            continue
        yield AptSource(
            uri=words[0],
            suite=words[1],
            components=tuple(words[2:]),
            types=(kind,),
            signed_by=options.get("signed-by", ""),
            trusted=_yes(options.get("trusted", "")),
        )


def parse_deb822(text: str) -> Iterator[AptSource]:
    """Parses stanzas of `Types: URIs: Suites: Components: Signed-By: Enabled: Trusted:`.

    Each pair of URI and suite gives one AptSource.
    """
    for stanza in _stanzas(text):
        if not _yes(stanza.get("enabled", "yes")):
            continue
        types = tuple(word for word in stanza.get("types", "").split() if word in ("deb", "deb-src"))
        for uri in stanza.get("uris", "").split() if types else ():
            for suite in stanza.get("suites", "").split():
                yield AptSource(
                    uri=uri,
                    suite=suite,
                    components=tuple(stanza.get("components", "").split()),
                    types=types,
                    signed_by=stanza.get("signed-by", ""),
                    trusted=_yes(stanza.get("trusted", "")),
                )


def distribution_sources(sources: Iterable[AptSource], codename: str) -> tuple[AptSource, ...]:
    """The distribution's own archives: suite CODENAME or CODENAME-…, component main, over HTTP or HTTPS.

    Archives of third parties have other components and are left out.
    """
    return tuple(
        source
        for source in sources
        if (source.suite == codename or source.suite.startswith(codename + "-"))
        and "main" in source.components
        and source.uri.partition(":")[0] in ("http", "https")
    )


def render_deb822(sources: Iterable[AptSource], keyrings: dict[str, str]) -> str:
    """The archives as deb822 text. `keyrings` maps a keyring path of this machine to its path on the node."""
    stanzas = []
    for source in sources:
        lines = [
            f"Types: {' '.join(source.types)}",
            f"URIs: {source.uri}",
            f"Suites: {source.suite}",
            f"Components: {' '.join(source.components)}",
        ]
        if source.inline_key is not None:
            lines.append(f"Signed-By:{_folded(source.signed_by)}")
        elif source.keyrings:
            lines.append("Signed-By: " + " ".join(keyrings.get(path, path) for path in source.keyrings))
        if source.trusted:
            lines.append("Trusted: yes")
        stanzas.append("\n".join(lines) + "\n")
    return "\n".join(stanzas)


def dearmor(text: str) -> bytes | None:
    """The binary form of an ASCII-armoured key; None if the text holds none."""
    if _PGP_BEGIN not in text:
        return None
    body = text.split(_PGP_BEGIN, 1)[1].split(_PGP_END, 1)[0]
    lines = [line.strip() for line in body.splitlines()]
    data = [line for line in lines if line and line != "." and ":" not in line and not line.startswith("=")]
    try:
        return base64.b64decode("".join(data), validate=True)
    except ValueError:
        return None


def _stanzas(text: str) -> Iterator[dict[str, str]]:
    stanza: dict[str, str] = {}
    key = ""
    for line in [*text.splitlines(), ""]:
        if line.startswith("#"):
            continue
        if not line.strip():
            if stanza:
                yield stanza
            stanza, key = {}, ""
        elif line[0] in " \t":
            if key:
                stanza[key] += "\n" + line.strip()
        elif ":" in line:
            key, _, value = line.partition(":")
            key = key.strip().lower()
            stanza[key] = value.strip()


def _folded(text: str) -> str:
    return "".join(f"\n {line if line.strip() else '.'}" for line in text.strip().splitlines())


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _yes(text: str) -> bool:
    return text.strip().lower() in ("yes", "true", "1", "on", "with", "enable")
