"""corosync.conf: read it, judge it, foresee what it does, change it. Pure: text in, values out."""

from corotui.conf.check import check
from corotui.conf.consequences import Consequences, consequences
from corotui.conf.diagnostics import Change, Diagnostic, Fix
from corotui.conf.document import Document, Section, parse
from corotui.conf.new import NewNode, NewRing, new
from corotui.conf.reading import ConfNode, cluster_name, config_version, members, nodes, option, transport

__all__ = [
    "Change",
    "ConfNode",
    "Consequences",
    "Diagnostic",
    "Document",
    "Fix",
    "NewNode",
    "NewRing",
    "Section",
    "check",
    "cluster_name",
    "config_version",
    "consequences",
    "members",
    "new",
    "nodes",
    "option",
    "parse",
    "transport",
]
