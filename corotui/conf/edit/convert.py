"""Converts a file of corosync 1.x or 2.x for corosync 3, with a report of what was dropped and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from corotui.conf import options
from corotui.conf.constants import BASE_PORT, DEFAULT_RELEASE
from corotui.conf.daemon.cmap import parse_integer
from corotui.conf.daemon.validation.authkey import effective_crypto
from corotui.conf.diagnostics.model import TextEdit
from corotui.conf.document import Document, Section, parse
from corotui.conf.edit.option import set_option
from corotui.conf.edit.splice import edit_error, format_line, indent_unit, line_ending, section_span, splice
from corotui.conf.queries import RING_ADDRESS, conf_nodes, member_addresses, option_lines, option_value
from corotui.conf.syntax import to_display
from corotui.conf.version import Version

_DROPPED = {
    "rrp_mode": "Two rings become two links of knet.",
    "bindnetaddr": "The nodelist gives the addresses.",
    "mcastaddr": "knet needs no multicast.",
    "broadcast": "knet needs no broadcast.",
    "ttl": "knet needs no multicast.",
    "nodeid": "Each node has its number in the nodelist.",
    "secauth": "crypto_cipher and crypto_hash replace it.",
    "clear_node_high_bit": "The nodelist has the numbers of the nodes now.",
    "netmtu": "knet measures the path MTU itself.",
    "threads": "corosync 3 uses none.",
    "crypto_type": "It had no effect.",
    "crypto_accept": "There is only one format.",
}
_SECTIONS = {
    "service": "corosync 3 loads no plug-ins. Pacemaker starts by itself.",
    "aisexec": "corosync 3 does not read it.",
    "amf": "corosync 3 does not read it.",
    "event": "corosync 3 does not read it.",
}


@dataclass(frozen=True, slots=True)
class ConversionEntry:
    """One thing that the conversion did."""

    what: str
    """`"dropped"`, `"changed"`, `"added"` or `"kept"`."""
    text: str
    """The option or section."""
    why: str
    """The reason."""
    line: int = 0
    """Its line in the old file, 0 for what was added."""

    def to_json(self) -> dict[str, object]:
        return {"what": self.what, "text": self.text, "why": self.why, "line": self.line}


@dataclass(slots=True)
class Conversion:
    """The result of a conversion."""

    document: Document
    """The new file."""
    report: list[ConversionEntry] = field(default_factory=list)
    """What was done, in the order of the old file; additions come last."""

    def to_json(self) -> dict[str, object]:
        return {
            "conf": self.document.data.decode("utf-8", "replace"),
            "report": [entry.to_json() for entry in self.report],
        }


def convert(
    document: Document, *, release: Version = DEFAULT_RELEASE, names: Mapping[str, str] | None = None
) -> Conversion:
    """Converts a file for corosync 3 with the transport knet. Comments stay where they are.

    `names` maps addresses to the nodes' names; without it, nodes without a name are called node1, node2 and so on.
    UsageError if the old file does not list the nodes (multicast without a nodelist).
    """
    old = Version(2, 4, 6) if document.sections("nodelist") else Version(1, 4, 10)
    out = Conversion(document)
    if option_value(document, "totem.transport") == "knet":
        out.report.append(ConversionEntry("kept", "transport: knet", "The file is already for corosync 3."))
        return out
    edits = _old_options(document, out, release)
    edits += _nodelist(document, out, names or {})
    edited = splice(document, edits).document
    _crypto(document, edited, out, old)
    _totem(out)
    _quorum(document, out)
    out.report.sort(key=lambda entry: (entry.line == 0, entry.line))
    return out


def _old_options(document: Document, out: Conversion, release: Version) -> list[TextEdit]:
    edits: list[TextEdit] = []
    removed: set[int] = set()
    for section in document.root.walk():
        if section.path in _SECTIONS or section.path == "totem.interface.member":
            start, after = section_span(document, section)
            number = document.lines[section.open_index].number
            if section.path in _SECTIONS:
                edits.append(TextEdit(start, after, ""))
                out.report.append(ConversionEntry("dropped", section.name, _SECTIONS[section.path], number))
            removed.add(section.open_index)
        elif section.path == "qb":
            head = document.lines[section.open_index]
            edits.append(TextEdit(head.key_start, head.key_start + len(head.key), "system"))
            edits += [
                TextEdit(line.key_start, line.key_start + len(line.key), "qb_ipc_type")
                for line in option_lines(document, section)
                if line.key == "ipc_type"
            ]
            out.report.append(ConversionEntry("changed", "qb", "The section is called system now.", head.number))
        elif section.path == "totem.interface":
            edits += _interface(document, section, out)
        elif section.open_index not in removed and section.path not in ("nodelist.node", "nodelist"):
            edits += _section(document, section, out, release)
    return edits


def _section(document: Document, section: Section, out: Conversion, release: Version) -> list[TextEdit]:
    edits = []
    for line in option_lines(document, section):
        key = f"{section.path}.{line.key}" if section.path else line.key
        option = options.find(key)
        text = f"{to_display(line.key)}: {to_display(line.value)}"
        if key == "totem.transport":
            if line.value != "knet":
                edits.append(TextEdit(line.value_start, line.value_start + len(line.value), "knet"))
                why = "knet is the transport of corosync 3: several links, encryption."
                out.report.append(ConversionEntry("changed", text, why, line.number))
        elif key in ("totem.crypto_cipher", "totem.crypto_hash"):
            continue
        elif key == "totem.rrp_mode" and line.value in ("active", "passive"):
            edits.append(TextEdit(line.key_start, line.key_start + len(line.key), "link_mode"))
            out.report.append(ConversionEntry("changed", text, "It is called link_mode now.", line.number))
        elif line.key in _DROPPED and section.path == "totem":
            edits.append(TextEdit(line.start, line.next_start, ""))
            out.report.append(ConversionEntry("dropped", text, _DROPPED[line.key], line.number))
        elif option is not None and not option.is_known(release):
            edits.append(TextEdit(line.start, line.next_start, ""))
            out.report.append(ConversionEntry("dropped", text, "corosync 3 does not read it.", line.number))
    return edits


def _interface(document: Document, section: Section, out: Conversion) -> list[TextEdit]:
    """An interface section keeps only its port; without one it is removed."""
    start, after = section_span(document, section)
    number = document.lines[section.open_index].number
    lines = option_lines(document, section)
    port = next((line for line in lines if line.key == "mcastport"), None)
    ring = next((line for line in lines if line.key in ("ringnumber", "linknumber")), None)
    link = parse_integer(ring.value, "u8") if ring is not None else 0
    default = port is not None and port.value == str(BASE_PORT + (link or 0))
    for line in lines:
        if line.key in _DROPPED:
            out.report.append(
                ConversionEntry(
                    "dropped", f"{to_display(line.key)}: {to_display(line.value)}", _DROPPED[line.key], line.number
                )
            )
    if port is None or default:
        out.report.append(ConversionEntry("dropped", "interface", "corosync 3 needs no section for a link.", number))
        return [TextEdit(start, after, "")]
    edits = []
    for line in lines:
        if line is ring and line.key == "ringnumber":
            edits.append(TextEdit(line.key_start, line.key_start + len(line.key), "linknumber"))
            text = f"ringnumber: {to_display(line.value)}"
            out.report.append(ConversionEntry("changed", text, "It is called linknumber now.", line.number))
        elif line is not port and line is not ring:
            edits.append(TextEdit(line.start, line.next_start, ""))
    return edits + [TextEdit(*section_span(document, inner), "") for inner in section.sections]


def _nodelist(document: Document, out: Conversion, names: Mapping[str, str]) -> list[TextEdit]:
    if conf_nodes(document):
        return _complete_nodes(document, out, names)
    rings = member_addresses(document)
    if not rings or not rings[0]:
        raise edit_error(
            "The file does not list the nodes", "Add a nodelist, or member sections, with their addresses."
        )
    if len({len(ring) for ring in rings}) != 1:
        raise edit_error("The rings have different numbers of members", "Every node needs an address on each ring.")
    unit, end = indent_unit(document), line_ending(document)
    text = f"{end}nodelist {{{end}"
    for number, addresses in enumerate(zip(*rings, strict=True), 1):
        name = names.get(addresses[0], f"node{number}")
        text += (
            f"{unit}node {{{end}"
            + format_line(document, unit * 2, "name", name)
            + format_line(document, unit * 2, "nodeid", str(number))
        )
        text += "".join(
            format_line(document, unit * 2, f"ring{link}_addr", address) for link, address in enumerate(addresses)
        )
        text += f"{unit}}}{end}"
    out.report.append(ConversionEntry("added", "nodelist", "The members become nodes with names and numbers."))
    if not names:
        why = "Give each node the name that `uname -n` prints there. corosync also finds itself by address."
        out.report.append(ConversionEntry("added", "node1, node2, ...", why))
    size = len(document.text)
    gap = "" if document.text.endswith("\n") or not size else end
    return [TextEdit(size, size, f"{gap}{text}}}{end}")]


def _complete_nodes(document: Document, out: Conversion, names: Mapping[str, str]) -> list[TextEdit]:
    """Adds missing names and numbers of nodes; numbers beyond 65535 are replaced by small ones."""
    edits = []
    nodes = conf_nodes(document)
    taken = {node.nodeid for node in nodes if node.nodeid is not None and node.nodeid < 65536}
    several = len({link for node in nodes for link in node.addresses}) > 1
    for section, node in zip(document.sections("nodelist.node"), nodes, strict=True):
        lines = option_lines(document, section)
        first = next((line for line in lines if RING_ADDRESS(line.key)), None)
        if first is None:
            continue
        indent = document.text[first.start : first.key_start]
        if not node.name and (several or names):
            name = names.get(node.addresses.get(0, ""), f"node{node.position + 1}")
            edits.append(TextEdit(first.start, first.start, format_line(document, indent, "name", name)))
            out.report.append(ConversionEntry("added", f"name: {name}", "With several links, every node needs a name."))
        if node.nodeid is None or not 0 < node.nodeid < 65536:
            number = next(n for n in range(1, 65536) if n not in taken)
            taken.add(number)
            old = next((line for line in lines if line.key == "nodeid"), None)
            if old is None:
                edits.append(TextEdit(first.start, first.start, format_line(document, indent, "nodeid", str(number))))
            else:
                edits.append(TextEdit(old.value_start, old.value_start + len(old.value), str(number)))
            why = "knet needs a number from 1 to 65535 for each node."
            out.report.append(ConversionEntry("added", f"nodeid: {number}", why, old.number if old else 0))
    return edits


def _crypto(document: Document, edited: Document, out: Conversion, old: Version) -> None:
    """Keeps the encryption of the old ring; a cipher or hash that is too weak or gone is replaced."""
    cipher, digest = effective_crypto(document.cmap(Version(2, 4, 6)), Version(2, 4, 6))
    if old.grammar == 1:
        on = option_value(document, "totem.secauth") != "off"
        cipher, digest = ("aes256", "sha256") if on else ("none", "none")
    if (cipher, digest) != ("none", "none"):
        for key, given, best in (("crypto_cipher", cipher, "aes256"), ("crypto_hash", digest, "sha256")):
            new = best if given in ("3des", "md5", "sha1") else given
            if option_value(edited, f"totem.{key}") != new:
                edited = set_option(edited, f"totem.{key}", new).document
                why = (
                    f"The old ring used {given}."
                    if given == new
                    else f"{given} is too weak or no longer available; all nodes change together."
                )
                out.report.append(ConversionEntry("added", f"{key}: {new}", why))
        why = "The key file stays; corosync 3 takes keys of 128 to 4096 bytes."
        out.report.append(ConversionEntry("changed", "authkey", why))
    out.document = edited


def _totem(out: Conversion) -> None:
    document = out.document
    if option_value(document, "totem.token") is None:
        why = "The default is 3000 ms now, it was 1000 ms."
        out.report.append(ConversionEntry("changed", "token", why))
    if option_value(document, "totem.version") is None:
        document = set_option(document, "totem.version", "2").document
    if option_value(document, "totem.transport") is None:
        out.report.append(ConversionEntry("changed", "transport", "The default is knet now, it was udp."))
    out.document = parse(document.data)


def _quorum(old: Document, out: Conversion) -> None:
    """In 1.x the plug-in of Pacemaker counted quorum; from 2.x on votequorum does."""
    plugins = [
        line.value for section in old.sections("service") for line in option_lines(old, section) if line.key == "name"
    ]
    if "pacemaker" not in plugins or option_value(out.document, "quorum.provider") is not None:
        return
    document = set_option(out.document, "quorum.provider", "corosync_votequorum").document
    if len(conf_nodes(document)) == 2:
        document = set_option(document, "quorum.two_node", "1").document
    why = "Pacemaker's plug-in counted the votes. Now corosync does, and Pacemaker does nothing without quorum."
    out.report.append(ConversionEntry("added", "quorum", why))
    out.document = document
