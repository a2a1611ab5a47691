"""Logging that goes nowhere, or everywhere."""

from __future__ import annotations

from collections.abc import Iterator

from corotui.conf.diagnostics.model import Diagnostic, Fix, Place, TextEdit
from corotui.conf.lint.context import LintContext
from corotui.conf.queries import option_line, option_lines
from corotui.conf.syntax import to_display

_NEW_NAMES = {"to_file": "to_logfile", "syslog_level": "syslog_priority"}
SUBSYSTEMS = frozenset(
    {
        *("APIDEF", "CFG", "CMAP", "CPG", "KNET", "MAIN", "MON", "PLOAD", "QB", "QUORUM", "SERV", "STATS", "SYNC"),
        *("TOTEM", "VOTEQ", "WD", "YKD", "NOZZLE", "IPC", "IPCS", "CONFDB", "CLM", "AMF", "EVT", "LCK", "MSG", "CKPT"),
        *("TMR", "pcmk"),
    }
)


def lint(context: LintContext) -> Iterator[Diagnostic]:
    """Diagnostics about logging."""
    document = context.document
    on = option_line(document, "logging.to_logfile")
    file = option_line(document, "logging.logfile")
    if on is not None and on.value in ("yes", "on") and file is None:
        why = "No log file is written. Set logfile; its directory must exist."
        yield Place(document, on).warning("logfile-missing", "to_logfile has no logfile.", why)
    if file is not None and file.value and (on is None or on.value in ("no", "off")):
        old = option_line(document, "logging.to_file")
        if old is None or old.value in ("no", "off"):
            why = "corosync still opens it, and does not start if it cannot. Set to_logfile: yes, or take it out."
            message = "logfile without to_logfile."
            yield Place(document, file, "key").info("logfile-unused", message, why)
    for section in context.sections:
        if section.path not in ("logging", "logging.logger_subsys", "logging.logging_daemon"):
            continue
        for line in option_lines(document, section):
            if line.key == "debug" and line.value in ("on", "trace"):
                why = "It fills the log. Turn it off once the fault is found; a reload is enough."
                yield Place(document, line).info("debug", f"debug is {line.value}.", why)
            elif line.key in _NEW_NAMES:
                new = _NEW_NAMES[line.key]
                fix = Fix(f"write {new}", (TextEdit(line.key_start, line.key_start + len(line.key), new),))
                message = f"{line.key} is called {new} now."
                yield Place(document, line, "key").info("old-name", message, "", fix=fix)
            elif line.key == "subsys" and section.name == "logger_subsys":
                name = to_display(line.value)
                if not name or "." in name:
                    why = "With a dot in the name, or an empty name, the whole section has no effect."
                    yield Place(document, line, "value").warning("subsys-unknown", f"No part is called {name!r}.", why)
                elif line.value not in SUBSYSTEMS:
                    why = "The section has no effect. Parts are called TOTEM, QUORUM, MAIN, CFG, KNET and so on."
                    message = f"No part of corosync is called {name}."
                    yield Place(document, line, "value").info("subsys-unknown", message, why)
