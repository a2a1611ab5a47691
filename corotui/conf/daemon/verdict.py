"""What `corosync -t` and a real start will say about a file on a machine, before either is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from corotui.conf.constants import DEFAULT_RELEASE
from corotui.conf.daemon.cmap import Cmap, DaemonError
from corotui.conf.daemon.parser.lines_v2 import logical_lines
from corotui.conf.daemon.parser.object_tree import build_tree
from corotui.conf.daemon.validation import logging, startup
from corotui.conf.daemon.validation.resolver import Resolver
from corotui.conf.daemon.validation.totem.v1 import TotemValidatorV1
from corotui.conf.daemon.validation.totem.v2 import TotemValidatorV2
from corotui.conf.daemon.validation.totem.v3 import TotemValidatorV3
from corotui.conf.document import Document
from corotui.conf.host.facts import Host
from corotui.conf.host.filesystem import NOT_A_DIRECTORY, resolve_path
from corotui.conf.syntax import to_display, to_latin1
from corotui.conf.version import Version

NORMAL_EXIT_MESSAGE = "Corosync Cluster Engine exiting normally"
STATE_DIRECTORY_EXIT = 16
_STATE_DIRECTORY_NAMED = Version(3, 0, 1)
_STATE_DIRECTORY_ENTERED = Version(3, 1, 1)
_UIDGID_DIRECTORY = "/etc/corosync/uidgid.d"  # files of the same grammar that are read too


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
class PredictedErrors:
    """All that the daemon minds, in its order: while parsing, while testing, and only when it starts."""

    parse_errors: tuple[DaemonError, ...]
    test_errors: tuple[DaemonError, ...]
    startup_errors: tuple[DaemonError, ...]
    assumed: tuple[str, ...]


def predict_errors(document: Document, release: Version, host: Host | None = None) -> PredictedErrors:
    """Everything that corosync of that release refuses, not only the first thing."""
    cmap = document.cmap(release, host)
    resolver = Resolver(host)
    if host is not None and any(path.startswith(f"{_UIDGID_DIRECTORY}/") for path in host.files or ()):
        resolver.assume(f"what stands in {_UIDGID_DIRECTORY} is well")
    parser = tuple(cmap.errors)
    tested = [*logging.logging_errors(cmap, release, resolver), *_state_directory_errors(cmap, release, resolver)]
    if release.grammar >= 3:
        totem = TotemValidatorV3(cmap, release, resolver)
        tested += totem.collect_errors()
        started = startup.startup_errors(cmap, release, resolver, totem.state)
    elif release.grammar == 2:
        tested += TotemValidatorV2(cmap, release, resolver).collect_errors()
        started = startup.startup_errors(cmap, release, resolver, None)
    else:
        first = TotemValidatorV1(cmap, release, resolver, build_tree(logical_lines(document.text)))
        tested += first.collect_errors()
        started = [*startup.queue_limit_errors(cmap, is_v1=True), *first.startup_errors()]
    assumed = tuple(dict.fromkeys([*resolver.assumed, *cmap.assumed]))
    return PredictedErrors(parser, tuple(tested), tuple(started), assumed)


def predict_verdict(
    document: Document, *, release: Version = DEFAULT_RELEASE, host: Host | None = None, path: str = "corosync.conf"
) -> Verdict:
    """The verdict for one machine; `path` is what the daemon's words call the file. Total, whatever the bytes."""
    found = predict_errors(document, release, host)
    refused = (*found.parse_errors, *found.test_errors)
    if refused:
        first = refused[0]
        test = first.exit_code if release.has_config_test else None
        words = printed_message(first, release, path) if found.parse_errors else first.text
        return Verdict(test, words if release.has_config_test else "", first.exit_code, words, found.assumed)
    test, words = (0, NORMAL_EXIT_MESSAGE) if release.has_config_test else (None, "")
    if found.startup_errors:
        first = found.startup_errors[0]
        return Verdict(test, words, first.exit_code, first.text, found.assumed)
    return Verdict(test, words, "runs", "", found.assumed)


def printed_message(error: DaemonError, release: Version, path: str) -> str:
    """The parser's sentence as the daemon prints it."""
    if error.exit_code != 8:
        return error.text
    if release.grammar >= 3:
        # The daemon's buffers for the sentence, and for the sentence with its place, are 256 and 384 bytes.
        text = error.text
        if error.code in ("number", "name-refused") and len(to_latin1(text)) >= 256:
            text = "Can't format parser error message"
        text = f"parser error: {path}:{error.reported_line or error.line}: {text}"
        return text if len(to_latin1(text)) < 384 else "Can't format parser error message"
    return (
        f"parser error: {error.text}" if error.code in ("brace-missing", "brace-extra", "path-too-long") else error.text
    )


def _state_directory_errors(cmap: Cmap, release: Version, resolver: Resolver) -> list[DaemonError]:
    """corosync 3.x changes into its state directory before it reads on."""
    given = cmap.text("system.state_dir")
    if release.grammar < 3 or given is None:
        return []
    host = resolver.host
    if given and (host is None or host.directories is None):
        resolver.assume(f"the folder {to_display(given)} is there")
        return []
    found = resolve_path(host or Host(), to_display(given))
    if found.kind == "directory":
        return []
    why = NOT_A_DIRECTORY if found.kind == "file" else found.reason
    words = f"Cannot chdir to state directory {to_display(given)}. {why}"
    if release < _STATE_DIRECTORY_ENTERED:
        words = f"State directory {to_display(given)} not present.  Please create it."
    if release < _STATE_DIRECTORY_NAMED:
        words = f"Required directory not present {to_display(given)}.  Please create it."
    return [DaemonError("state-dir", words, cmap.line("system.state_dir"), STATE_DIRECTORY_EXIT)]
