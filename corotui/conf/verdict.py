"""What `corosync -t` and a real start will say about a file on a machine, before either is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from corotui.conf.daemon import logconfig, start
from corotui.conf.daemon.cmap import Cmap, Trouble
from corotui.conf.daemon.grammar import lines
from corotui.conf.daemon.objects import build
from corotui.conf.daemon.resolve import Resolver
from corotui.conf.daemon.totem1 import Totem1
from corotui.conf.daemon.totem2 import Totem2
from corotui.conf.daemon.totem3 import Totem3
from corotui.conf.disk import NO_FOLDER, find
from corotui.conf.document import Document
from corotui.conf.host import Host
from corotui.conf.syntax import raw, show
from corotui.conf.version import Version, version

NORMAL = "Corosync Cluster Engine exiting normally"
STATE_DIRECTORY = 16
_STATE_DIRECTORY_NAMED = Version(3, 0, 1)
_STATE_DIRECTORY_ENTERED = Version(3, 1, 1)
_MORE_USERS = "/etc/corosync/uidgid.d"  # files of the same grammar that are read too
_TEST_MODE = Version(2, 3, 4)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`test` is the exit code of `corosync -t` as a shell sees it (134: SIGABRT), None where the release has no such
    option; `start` is "runs" or the exit code of a real start. `assumed` says, in sentences without a stop, what was
    taken on trust, since nobody told: the verdict holds for a machine where that is so."""

    test: int | None
    test_message: str
    start: int | Literal["runs"]
    start_message: str
    assumed: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """All fields."""
        return {
            "test": self.test,
            "test_message": self.test_message,
            "start": self.start,
            "start_message": self.start_message,
            "assumed": list(self.assumed),
        }


@dataclass(frozen=True, slots=True)
class Judgement:
    """All that the daemon minds, in its order: while parsing, while testing, and only when it starts."""

    parser: tuple[Trouble, ...]
    tested: tuple[Trouble, ...]
    started: tuple[Trouble, ...]
    assumed: tuple[str, ...]


def judge(document: Document, release: Version, host: Host | None = None) -> Judgement:
    """Everything that corosync of that release refuses, not only the first thing."""
    cmap = document.cmap(release, host)
    resolver = Resolver(host)
    if host is not None and any(path.startswith(f"{_MORE_USERS}/") for path in host.files or ()):
        resolver.assume(f"what stands in {_MORE_USERS} is well")
    parser = tuple(cmap.troubles)
    tested = [*logconfig.refusals(cmap, release, resolver), *_state(cmap, release, resolver)]
    totem: Totem2 | Totem3
    totem = Totem3(cmap, release, resolver) if release.line >= 3 else Totem2(cmap, release, resolver)
    if release.line == 1:
        totem = Totem1(cmap, release, resolver, build(lines(document.text)))
    tested += totem.run()
    if isinstance(totem, Totem1):
        started = [*start.flow(cmap, first=True), *totem.started()]
    else:
        started = start.refusals(cmap, release, resolver, totem)
    assumed = tuple(dict.fromkeys([*resolver.assumed, *cmap.assumed]))
    return Judgement(parser, tuple(tested), tuple(started), assumed)


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
        return Verdict(test, words if has_test else "", first.exit_code, words, found.assumed)
    test, words = (0, NORMAL) if has_test else (None, "")
    if found.started:
        first = found.started[0]
        return Verdict(test, words, first.exit_code, first.text, found.assumed)
    return Verdict(test, words, "runs", "", found.assumed)


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


def _state(cmap: Cmap, release: Version, resolver: Resolver) -> list[Trouble]:
    """corosync 3.x changes into its state directory before it reads on."""
    given = cmap.text("system.state_dir")
    if release.line < 3 or given is None:
        return []
    host = resolver.host
    if given and (host is None or host.directories is None):
        resolver.assume(f"the folder {show(given)} is there")
        return []
    found = find(host or Host(), show(given))
    if found.kind == "directory":
        return []
    why = NO_FOLDER if found.kind == "file" else found.why
    words = f"Cannot chdir to state directory {show(given)}. {why}"
    if release < _STATE_DIRECTORY_ENTERED:
        words = f"State directory {show(given)} not present.  Please create it."
    if release < _STATE_DIRECTORY_NAMED:
        words = f"Required directory not present {show(given)}.  Please create it."
    return [Trouble("state-dir", words, cmap.line("system.state_dir"), STATE_DIRECTORY)]
