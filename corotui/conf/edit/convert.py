"""A file of corosync 1.x or 2.x becomes one of corosync 3, with a report of what was dropped and why."""

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
from corotui.conf.edit.splice import EditResult, edit_error, format_line, indent_unit, line_ending, section_span, splice
from corotui.conf.queries import RING_ADDRESS, conf_nodes, member_addresses, option_lines, option_value
from corotui.conf.syntax import to_display
from corotui.conf.version import Version

_DROPPED = {
    "rrp_mode": "Two rings are two links of knet now.",
    "bindnetaddr": "The nodelist gives the addresses.",
    "mcastaddr": "knet needs no multicast.",
    "broadcast": "knet needs no broadcast.",
    "ttl": "knet needs no multicast.",
    "nodeid": "Each node has its number in the nodelist.",
    "secauth": "crypto_cipher and crypto_hash say it now.",
    "clear_node_high_bit": "Numbers of nodes are written down now.",
    "netmtu": "knet measures the path by itself.",
    "threads": "corosync 3 uses none.",
    "crypto_type": "It had no use.",
    "crypto_accept": "There is one format only.",
}
_SECTIONS = {
    "service": "corosync 3 loads no plug-ins. Pacemaker starts by itself.",
    "aisexec": "corosync 3 does not read it.",
    "amf": "corosync 3 does not read it.",
    "event": "corosync 3 does not read it.",
}


@dataclass(frozen=True, slots=True)
class ConversionEntry:
    """One thing the conversion did: `what` is dropped, changed, added or kept; `text` the option; `line` is that of the
    old file, 0 for what was added."""

    what: str
    text: str
    why: str
    line: int = 0

    def to_json(self) -> dict[str, object]:
        return {"what": self.what, "text": self.text, "why": self.why, "line": self.line}


@dataclass(slots=True)
class Conversion:
    """The new file, and all that was done to the old one, in its order."""

    document: Document
    report: list[ConversionEntry] = field(default_factory=list)

    def to_json(self) -> dict[str, object]:
        return {
            "conf": self.document.data.decode("utf-8", "replace"),
            "report": [entry.to_json() for entry in self.report],
        }


def convert(
    document: Document, *, release: Version = DEFAULT_RELEASE, names: Mapping[str, str] | None = None
) -> Conversion:
    """The file for corosync 3, transport knet. `names` maps addresses to the nodes' names; without it they are called
    node1, node2 and so on where the file has no names. Comments stay where they are. UsageError where the old file does
    not say which nodes there are (multicast without a nodelist)."""
    old = Version(2, 4, 6) if document.sections("nodelist") else Version(1, 4, 10)
    out = Conversion(document)
    if option_value(document, "totem.transport") == "knet":
        out.report.append(ConversionEntry("kept", "transport: knet", "The file is for corosync 3 already."))
        return out
    changes = _old_options(document, out, release)
    changes += _nodelist(document, out, names or {})
    done = splice(document, changes)
    _crypto(document, done, out, old)
    _totem(out)
    _quorum(document, out)
    out.report.sort(key=lambda entry: (entry.line == 0, entry.line))
    return out


def _old_options(document: Document, out: Conversion, release: Version) -> list[TextEdit]:
    changes: list[TextEdit] = []
    gone: set[int] = set()
    for section in document.root.walk():
        if section.path in _SECTIONS or section.path == "totem.interface.member":
            start, after = section_span(document, section)
            number = document.lines[section.open_index].number
            if section.path in _SECTIONS:
                changes.append(TextEdit(start, after, ""))
                out.report.append(ConversionEntry("dropped", section.name, _SECTIONS[section.path], number))
            gone.add(section.open_index)
        elif section.path == "qb":
            head = document.lines[section.open_index]
            changes.append(TextEdit(head.key_start, head.key_start + len(head.key), "system"))
            changes += [
                TextEdit(one.key_start, one.key_start + len(one.key), "qb_ipc_type")
                for one in option_lines(document, section)
                if one.key == "ipc_type"
            ]
            out.report.append(ConversionEntry("changed", "qb", "The section is called system now.", head.number))
        elif section.path == "totem.interface":
            changes += _interface(document, section, out)
        elif section.open_index not in gone and section.path not in ("nodelist.node", "nodelist"):
            changes += _section(document, section, out, release)
    return changes


def _section(document: Document, section: Section, out: Conversion, release: Version) -> list[TextEdit]:
    changes = []
    for one in option_lines(document, section):
        key = f"{section.path}.{one.key}" if section.path else one.key
        found = options.find(key)
        text = f"{to_display(one.key)}: {to_display(one.value)}"
        if key == "totem.transport":
            if one.value != "knet":
                changes.append(TextEdit(one.value_start, one.value_start + len(one.value), "knet"))
                why = "knet is the transport of corosync 3: several links, encryption."
                out.report.append(ConversionEntry("changed", text, why, one.number))
        elif key in ("totem.crypto_cipher", "totem.crypto_hash"):
            continue
        elif key == "totem.rrp_mode" and one.value in ("active", "passive"):
            changes.append(TextEdit(one.key_start, one.key_start + len(one.key), "link_mode"))
            out.report.append(ConversionEntry("changed", text, "It is called link_mode now.", one.number))
        elif one.key in _DROPPED and section.path == "totem":
            changes.append(TextEdit(one.start, one.next_start, ""))
            out.report.append(ConversionEntry("dropped", text, _DROPPED[one.key], one.number))
        elif found is not None and not found.is_known(release):
            changes.append(TextEdit(one.start, one.next_start, ""))
            out.report.append(ConversionEntry("dropped", text, "corosync 3 does not read it.", one.number))
    return changes


def _interface(document: Document, section: Section, out: Conversion) -> list[TextEdit]:
    """An interface section keeps its port, if it has one; else nothing of it is left."""
    start, after = section_span(document, section)
    number = document.lines[section.open_index].number
    lines = option_lines(document, section)
    port = next((one for one in lines if one.key == "mcastport"), None)
    ring = next((one for one in lines if one.key in ("ringnumber", "linknumber")), None)
    link = parse_integer(ring.value, "u8") if ring is not None else 0
    default = port is not None and port.value == str(BASE_PORT + (link or 0))
    for one in lines:
        if one.key in _DROPPED:
            out.report.append(
                ConversionEntry(
                    "dropped", f"{to_display(one.key)}: {to_display(one.value)}", _DROPPED[one.key], one.number
                )
            )
    if port is None or default:
        out.report.append(ConversionEntry("dropped", "interface", "corosync 3 needs no section for a link.", number))
        return [TextEdit(start, after, "")]
    changes = []
    for one in lines:
        if one is ring and one.key == "ringnumber":
            changes.append(TextEdit(one.key_start, one.key_start + len(one.key), "linknumber"))
            text = f"ringnumber: {to_display(one.value)}"
            out.report.append(ConversionEntry("changed", text, "It is called linknumber now.", one.number))
        elif one is not port and one is not ring:
            changes.append(TextEdit(one.start, one.next_start, ""))
    return changes + [TextEdit(*section_span(document, inner), "") for inner in section.sections]


def _nodelist(document: Document, out: Conversion, names: Mapping[str, str]) -> list[TextEdit]:
    there = conf_nodes(document)
    if there:
        return _complete_nodes(document, out, names)
    rings = member_addresses(document)
    if not rings or not rings[0]:
        raise edit_error(
            "The file does not say which nodes there are", "Add a nodelist, or member sections, with their addresses."
        )
    if len({len(ring) for ring in rings}) != 1:
        raise edit_error("The rings have different numbers of members", "Every node needs an address on each ring.")
    one, end = indent_unit(document), line_ending(document)
    text = f"{end}nodelist {{{end}"
    for place, addresses in enumerate(zip(*rings, strict=True), 1):
        name = names.get(addresses[0], f"node{place}")
        text += (
            f"{one}node {{{end}"
            + format_line(document, one * 2, "name", name)
            + format_line(document, one * 2, "nodeid", str(place))
        )
        text += "".join(format_line(document, one * 2, f"ring{link}_addr", it) for link, it in enumerate(addresses))
        text += f"{one}}}{end}"
    out.report.append(ConversionEntry("added", "nodelist", "The members are nodes with names and numbers now."))
    if not names:
        why = "Give each node the name that `uname -n` prints there; by address corosync finds itself too."
        out.report.append(ConversionEntry("added", "node1, node2, ...", why))
    size = len(document.text)
    gap = "" if document.text.endswith("\n") or not size else end
    return [TextEdit(size, size, f"{gap}{text}}}{end}")]


def _complete_nodes(document: Document, out: Conversion, names: Mapping[str, str]) -> list[TextEdit]:
    """Names and numbers for nodes that have none; numbers beyond 65535 become small ones."""
    changes = []
    there = conf_nodes(document)
    taken = {node.nodeid for node in there if node.nodeid is not None and node.nodeid < 65536}
    several = len({link for node in there for link in node.addresses}) > 1
    for section, node in zip(document.sections("nodelist.node"), there, strict=True):
        lines = option_lines(document, section)
        first = next((one for one in lines if RING_ADDRESS(one.key)), None)
        if first is None:
            continue
        indent = document.text[first.start : first.key_start]
        if not node.name and (several or names):
            name = names.get(node.addresses.get(0, ""), f"node{node.position + 1}")
            changes.append(TextEdit(first.start, first.start, format_line(document, indent, "name", name)))
            out.report.append(ConversionEntry("added", f"name: {name}", "With several links every node needs a name."))
        if node.nodeid is None or not 0 < node.nodeid < 65536:
            number = next(n for n in range(1, 65536) if n not in taken)
            taken.add(number)
            old = next((one for one in lines if one.key == "nodeid"), None)
            if old is None:
                changes.append(TextEdit(first.start, first.start, format_line(document, indent, "nodeid", str(number))))
            else:
                changes.append(TextEdit(old.value_start, old.value_start + len(old.value), str(number)))
            why = "knet needs a number from 1 to 65535 for each node."
            out.report.append(ConversionEntry("added", f"nodeid: {number}", why, old.number if old else 0))
    return changes


def _crypto(document: Document, done: EditResult, out: Conversion, old: Version) -> None:
    """What encrypted the old ring encrypts the new one; what was too weak or is gone becomes today's."""
    cipher, digest = effective_crypto(document.cmap(Version(2, 4, 6)), Version(2, 4, 6))
    if old.grammar == 1:
        on = option_value(document, "totem.secauth") != "off"
        cipher, digest = ("aes256", "sha256") if on else ("none", "none")
    after = done.document
    if (cipher, digest) != ("none", "none"):
        for key, word, best in (("crypto_cipher", cipher, "aes256"), ("crypto_hash", digest, "sha256")):
            now = best if word in ("3des", "md5", "sha1") else word
            if option_value(after, f"totem.{key}") != now:
                after = set_option(after, f"totem.{key}", now).document
                why = (
                    f"The old ring used {word}."
                    if word == now
                    else f"{word} is too weak or gone; all nodes change together."
                )
                out.report.append(ConversionEntry("added", f"{key}: {now}", why))
        why = "The file stays; corosync 3 takes keys of 128 to 4096 bytes."
        out.report.append(ConversionEntry("changed", "authkey", why))
    out.document = after


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
    """The plug-in of Pacemaker counted quorum in 1.x; from 2.x on votequorum does."""
    plugins = [
        one.value for section in old.sections("service") for one in option_lines(old, section) if one.key == "name"
    ]
    if "pacemaker" not in plugins or option_value(out.document, "quorum.provider") is not None:
        return
    document = set_option(out.document, "quorum.provider", "corosync_votequorum").document
    if len(conf_nodes(document)) == 2:
        document = set_option(document, "quorum.two_node", "1").document
    why = "Pacemaker's plug-in counted the votes; corosync does now, and Pacemaker does nothing without it."
    out.report.append(ConversionEntry("added", "quorum", why))
    out.document = document
