"""corosync.conf: read it, check it, predict what it does, change it. Pure: text in, values out.

parse -> Document -> check, predict_verdict, compute_effects, diff_documents, edit.*
"""

from corotui.conf import edit
from corotui.conf.daemon.verdict import Verdict, predict_verdict
from corotui.conf.diagnostics.check import check
from corotui.conf.diagnostics.model import Diagnostic, Fix, TextEdit
from corotui.conf.document import Document, Section, parse
from corotui.conf.effects import ConfEffects, compute_effects
from corotui.conf.generate import NodeSpec, RingSpec, generate_conf
from corotui.conf.host.facts import Host
from corotui.conf.lint.context import Environment
from corotui.conf.queries import (
    ConfNode,
    cluster_name,
    conf_nodes,
    config_version,
    configured_transport,
    member_addresses,
    names_to_resolve,
    option_value,
)
from corotui.conf.semantic_diff import ConfDiff, SettingChange, diff_documents

__all__ = [
    "ConfDiff",
    "ConfEffects",
    "ConfNode",
    "Diagnostic",
    "Document",
    "Environment",
    "Fix",
    "Host",
    "NodeSpec",
    "RingSpec",
    "Section",
    "SettingChange",
    "TextEdit",
    "Verdict",
    "check",
    "cluster_name",
    "compute_effects",
    "conf_nodes",
    "config_version",
    "configured_transport",
    "diff_documents",
    "edit",
    "generate_conf",
    "member_addresses",
    "names_to_resolve",
    "option_value",
    "parse",
    "predict_verdict",
]
