"""corosync.conf: read it, judge it, foresee what it does, change it. Pure: text in, values out.

parse -> Document -> check, verdict, consequences, difference, edit.*
"""

from corotui.conf import edit
from corotui.conf.check import check
from corotui.conf.consequences import Consequences, consequences
from corotui.conf.diagnostics import Change, Diagnostic, Fix
from corotui.conf.difference import Difference, Meaning, difference
from corotui.conf.document import Document, Section, parse
from corotui.conf.host import Host
from corotui.conf.lint.subject import Surroundings
from corotui.conf.new import NewNode, NewRing, new
from corotui.conf.reading import (
    ConfNode,
    cluster_name,
    config_version,
    members,
    names_to_resolve,
    nodes,
    option,
    transport,
)
from corotui.conf.verdict import Verdict, verdict

__all__ = [
    "Change",
    "ConfNode",
    "Consequences",
    "Diagnostic",
    "Difference",
    "Document",
    "Fix",
    "Host",
    "Meaning",
    "NewNode",
    "NewRing",
    "Section",
    "Surroundings",
    "Verdict",
    "check",
    "cluster_name",
    "config_version",
    "consequences",
    "difference",
    "edit",
    "members",
    "names_to_resolve",
    "new",
    "nodes",
    "option",
    "parse",
    "transport",
    "verdict",
]
