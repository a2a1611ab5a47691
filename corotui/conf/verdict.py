"""What `corosync -t` and a real start will say about a file on a machine, before either is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from corotui.conf.daemon import logconfig, start
from corotui.conf.daemon.cmap import Trouble
from corotui.conf.daemon.resolve import Resolver
from corotui.conf.daemon.totem1 import Totem1
from corotui.conf.daemon.totem2 import Totem2
from corotui.conf.daemon.totem3 import Totem3
from corotui.conf.document import Document
from corotui.conf.host import Host, folders
from corotui.conf.syntax import raw, show
from corotui.conf.version import Version, version

NORMAL = "Corosync Cluster Engine exiting normally"
STATE_DIRECTORY = 16
_TEST_MODE = Version(2, 3, 4)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`test` is the exit code of `corosync -t` as a shell sees it (134: SIGABRT), None where the release has no such
    option; `start` is "runs" or the exit code of a real start. `not_judged` names what depends on a machine that is
    not known; the verdict then holds for a machine where that is well."""

    test: int | None
    test_message: str
    start: int | Literal["runs"]
    start_message: str
    not_judged: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """All fields."""
        return {
            "test": self.test,
            "test_message": self.test_message,
            "start": self.start,
            "start_message": self.start_message,
            "not_judged": list(self.not_judged),
        }


@dataclass(frozen=True, slots=True)
class Judgement:
    """All that the daemon minds, in its order: while parsing, while testing, and only when it starts."""

    parser: tuple[Trouble, ...]
    tested: tuple[Trouble, ...]
    started: tuple[Trouble, ...]
    not_judged: tuple[str, ...]


def judge(document: Document, release: Version, host: Host | None = None) -> Judgement:
    """Everything that corosync of that release refuses, not only the first thing."""
    cmap = document.cmap(release, host)
    resolver = Resolver(host)
    parser = tuple(cmap.troubles)
    tested = [*logconfig.refusals(cmap, release, resolver), *_state(document, release, host)]
    totem: Totem2 | Totem3
    if release.line >= 3:
        totem = Totem3(cmap, release, resolver)
    else:
        totem = Totem1(cmap, release, resolver) if release.line == 1 else Totem2(cmap, release, resolver)
    tested += totem.run()
    started = start.refusals(cmap, release, resolver, totem) if release.line > 1 else []
    not_judged = tuple(dict.fromkeys([*cmap.not_judged, *resolver.not_judged]))
    return Judgement(parser, tuple(tested), tuple(started), not_judged)


def verdict(
    document: Document, *, corosync: str = "3.1.7", host: Host | None = None, path: str = "corosync.conf"
) -> Verdict:
    """The verdict for one machine; `path` is what the daemon's words call the file. Total, whatever the bytes."""
    release = version(corosync)
    found = judge(document, release, host)
    refused = (*found.parser, *found.tested)
    has_test = release.line >= 2 and release >= _TEST_MODE
    if refused:
        first = refused[0]
        test = first.exit_code if has_test else None
        words = said(first, release, path) if found.parser else first.text
        return Verdict(test, words if has_test else "", first.exit_code, words, found.not_judged)
    test, words = (0, NORMAL) if has_test else (None, "")
    if found.started:
        first = found.started[0]
        return Verdict(test, words, first.exit_code, first.text, found.not_judged)
    return Verdict(test, words, "runs", "", found.not_judged)


def said(trouble: Trouble, release: Version, path: str) -> str:
    """The parser's sentence as the daemon prints it."""
    if trouble.exit_code != 8:
        return trouble.text
    if release.line >= 3:
        # The daemon's buffers for the sentence, and for the sentence with its place, are 256 and 384 bytes.
        text = trouble.text
        if trouble.code in ("number", "name-refused") and len(raw(text)) >= 256:
            text = "Can't format parser error message"
        text = f"parser error: {path}:{trouble.said_at or trouble.line}: {text}"
        return text if len(raw(text)) < 384 else "Can't format parser error message"
    return (
        f"parser error: {trouble.text}"
        if trouble.code in ("brace-missing", "brace-extra", "path-too-long")
        else trouble.text
    )


def _state(document: Document, release: Version, host: Host | None) -> list[Trouble]:
    """corosync 3.x changes into its state directory before it reads on."""
    cmap = document.cmap(release, host)
    given = cmap.text("system.state_dir")
    known = folders(host) if host is not None else None
    if release.line < 3 or given is None or host is None or known is None:
        return []
    if given and (given.rstrip("/") or "/") in known:
        return []
    reason = "Not a directory" if show(given) in (host.files or ()) else "No such file or directory"
    words = f"Cannot chdir to state directory {show(given)}. {reason}"
    return [Trouble("state-dir", words, cmap.line("system.state_dir"), STATE_DIRECTORY)]
