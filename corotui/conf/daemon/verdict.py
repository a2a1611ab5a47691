"""Predicts what `corosync -t` and a real start will report about a file on a host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from corotui.conf.constants import CONF_DIR, DEFAULT_RELEASE
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
_UIDGID_DIRECTORY = f"{CONF_DIR}/uidgid.d"  # its files have the same grammar and are read, too


@dataclass(frozen=True, slots=True)
class Verdict:
    """What corosync does with a file on a host."""

    test: int | None
    """Exit code of `corosync -t` as a shell sees it (134: SIGABRT), None where the release has no such option."""
    test_message: str
    """What `corosync -t` prints; "" where the release has no such option."""
    start: int | Literal["runs"]
    """Exit code of a real start, or "runs"."""
    start_message: str
    """Why the start fails, "" if it does not."""
    assumed: tuple[str, ...] = ()
    """Facts about the host that were not provided and are assumed true; phrases without a final period."""

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
    """Everything that corosync refuses, in its order."""

    parse_errors: tuple[DaemonError, ...]
    """Errors of the parser."""
    test_errors: tuple[DaemonError, ...]
    """Errors after parsing that `corosync -t` reports too."""
    startup_errors: tuple[DaemonError, ...]
    """Errors that only a real start reports."""
    assumed: tuple[str, ...]
    """As in `Verdict`."""


def predict_errors(document: Document, release: Version, host: Host | None = None) -> PredictedErrors:
    """Everything that corosync of that release refuses, not only the first error."""
    cmap = document.cmap(release, host)
    resolver = Resolver(host)
    if host is not None and any(path.startswith(f"{_UIDGID_DIRECTORY}/") for path in host.files or ()):
        resolver.assume(f"the files in {_UIDGID_DIRECTORY} are valid")
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
    """Predicts what corosync of `release` does with the file on one host: the first error it prints, or that it runs.

    `path` is the file's name in its messages. Never raises.
    """
    predicted = predict_errors(document, release, host)
    refused = (*predicted.parse_errors, *predicted.test_errors)
    if refused:
        first = refused[0]
        test = first.exit_code if release.has_config_test else None
        message = printed_message(first, release, path) if predicted.parse_errors else first.text
        return Verdict(test, message if release.has_config_test else "", first.exit_code, message, predicted.assumed)
    test, message = (0, NORMAL_EXIT_MESSAGE) if release.has_config_test else (None, "")
    if predicted.startup_errors:
        first = predicted.startup_errors[0]
        return Verdict(test, message, first.exit_code, first.text, predicted.assumed)
    return Verdict(test, message, "runs", "", predicted.assumed)


def printed_message(error: DaemonError, release: Version, path: str) -> str:
    """The parser's message as the daemon prints it."""
    if error.exit_code != 8:
        return error.text
    if release.grammar >= 3:
        # The daemon's buffers for the message, and for the message with file and line, have 256 and 384 bytes.
        text = error.text
        if error.code in ("number", "name-refused") and len(to_latin1(text)) >= 256:
            text = "Can't format parser error message"
        text = f"parser error: {path}:{error.reported_line or error.line}: {text}"
        return text if len(to_latin1(text)) < 384 else "Can't format parser error message"
    return (
        f"parser error: {error.text}" if error.code in ("brace-missing", "brace-extra", "path-too-long") else error.text
    )


def _state_directory_errors(cmap: Cmap, release: Version, resolver: Resolver) -> list[DaemonError]:
    """corosync 3.x changes to its state directory before it reads on."""
    given = cmap.text("system.state_dir")
    if release.grammar < 3 or given is None:
        return []
    host = resolver.host
    if given and (host is None or host.directories is None):
        resolver.assume(f"the directory {to_display(given)} exists")
        return []
    info = resolve_path(host or Host(), to_display(given))
    if info.kind == "directory":
        return []
    why = NOT_A_DIRECTORY if info.kind == "file" else info.reason
    message = f"Cannot chdir to state directory {to_display(given)}. {why}"
    if release < _STATE_DIRECTORY_ENTERED:
        message = f"State directory {to_display(given)} not present.  Please create it."
    if release < _STATE_DIRECTORY_NAMED:
        message = f"Required directory not present {to_display(given)}.  Please create it."
    return [DaemonError("state-dir", message, cmap.line("system.state_dir"), STATE_DIRECTORY_EXIT)]
