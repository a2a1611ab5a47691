"""The daemon's errors as diagnostics for people, with a fix where one is certain."""

from __future__ import annotations

import difflib

from corotui.conf import options
from corotui.conf.daemon.cmap import DaemonError, parse_integer
from corotui.conf.daemon.parser import value_types
from corotui.conf.daemon.validation.resolver import parse_address
from corotui.conf.daemon.validation.totem.limits import ERROR_PREFIX
from corotui.conf.diagnostics.model import Diagnostic, Fix, Part, Place, Stage, TextEdit
from corotui.conf.document import Document
from corotui.conf.host.facts import Host
from corotui.conf.queries import RING_ADDRESS
from corotui.conf.syntax import ConfLine, to_display, to_utf8
from corotui.conf.version import Version

_MESSAGES = {
    "line-too-long": "This line has {bytes} bytes; corosync takes 510.",
    "section-name-missing": "The section has no name.",
    "after-open-brace": "Nothing may follow an opening brace.",
    "around-close-brace": "A closing brace needs a line of its own.",
    "bare-word": "{text} is neither an option nor a section.",
    "brace-missing": "A section is not closed.",
    "brace-extra": "This brace closes nothing.",
    "path-too-long": "The names of the sections and the option are too long together; 254 bytes is the limit.",
    "name-refused": "{key} cannot be the name of an option.",
    "member-option": "A member section has only memberaddr.",
    "uidgid-option": "A uidgid section has only uid and gid.",
    "subsys-missing": "This logger_subsys section has no subsys.",
    "daemon-name-missing": "This logging_daemon section has no name.",
    "nested-refused": "This section may not contain another.",
    "node-address-missing": "This node has no ring0_addr.",
    "crash": "corosync crashes while it reads this.",
    "crypto-hash": "A cipher needs a crypto_hash other than none.",
    "crypto-required": "This release has no unencrypted ring.",
    "crypto-transport": "Only the transport knet encrypts.",
    "no-links": "No node of the nodelist has an address.",
    "port-missing": "This node has no address on a link that other nodes have.",
    "link-count": "Not all nodes have an address on each link.",
    "name-missing": "With several links every node needs a name.",
    "nodeid-missing": "This node has no nodeid.",
    "nodeid-twice": "Another node has this nodeid.",
    "version": "version: 2 is missing in totem.",
    "mcast-missing": "udp needs a cluster_name or a mcastaddr.",
    "quorum-provider": "There is no quorum provider {value}.",
    "quorum-nodes": "votequorum needs a nodelist, or expected_votes.",
    "two-node-device": "two_node and a quorum device exclude each other.",
    "tie-breaker-odd": "With an odd number of votes auto_tie_breaker and last_man_standing exclude each other.",
    "device-conflict": "A quorum device and {key} exclude each other.",
    "device-votes": "The votes of the quorum device do not fit.",
    "netmtu": "corosync crashes with this netmtu. Leave it out, or set 576 to 65536.",
    "window-size": "window_size and max_messages together exceed 16384. corosync crashes once it is in a ring.",
    "send-join": "corosync crashes with this send_join once it is in a ring.",
    "first-node-nameless": "The first node has neither a name nor a ring0_addr.",
    "priority": "system.priority is max, min or a number.",
}
_WHY = {
    "bare-word": "An option needs a colon after its name, a section its brace on the same line.",
    "name-refused": "Names have 3 to 255 characters: letters, digits and . _ - / :",
    "after-open-brace": "Put it on the next line; comments too.",
    "around-close-brace": "Put the rest on a line of its own; comments too.",
    "crash": "Before 3.1.10 corosync misreads sections inside this one. Take the inner section out.",
    "key-unreadable": "Make one with corosync-keygen on one node and copy it to the others, owner root, mode 0400.",
    "not-in-nodelist": "One name in the nodelist must be what `uname -n` prints, or an address of the host.",
    "node-address": "Every node must be able to resolve every address, or corosync does not start there.",
    "quorum-provider": "corosync starts, cannot load it and exits with 20. Write corosync_votequorum.",
    "logging": "corosync exits with 7.",
    "identity": "The user or group must exist on every node.",
    "first-node-nameless": "corosync then ignores the whole nodelist, has no number of its own and crashes.",
    "two-node-device": "With a device, two nodes need no two_node.",
}


_VALUES = ("number", "choice", "logging", "transport", "link-mode", "rrp-mode", "knet-transport", "quorum-provider")
_ABOVE = "put the comment on the line above"


def to_diagnostic(document: Document, error: DaemonError, stage: Stage, release: Version) -> Diagnostic:
    """An error of the daemon as a diagnostic: `message` for people, `why` with the daemon's own words."""
    line = document.lines[error.line - 1] if 1 <= error.line <= len(document.lines) else None
    text = error.text.removeprefix(ERROR_PREFIX).removeprefix("configuration error: ")
    says = f"corosync says: {text.rstrip('!.')}."
    code = error.code
    if code == "key-length" and error.exit_code != 8:
        text = "corosync 1.x crashes if the length of the key plus one is not a multiple of four"
    if code in _VALUES and line is not None and line.value:
        fix = _value_fix(document, line, code, release)
        message = _value_message(line, code, error)
        why = " ".join(filter(None, (_WHY.get(code), says)))
        return Place(document, line, "value").error(code, message, why, stage=stage, fix=fix)
    message = text if text.endswith((".", "?", "!")) else f"{text}."
    if code == "link-number" and error.exit_code != 8 and line is not None:
        message = f"{to_display(line.key)}: there is no such link."
        return Place(document, line, "key").error(code, message, "corosync crashes with it.", stage=stage)
    if code in _MESSAGES:
        message = _MESSAGES[code].format(
            bytes=line.end - line.start if line else 0,
            text=_short(to_display(document.text[line.start : line.end].strip())) if line else "",
            key=_short(to_display(line.key)) or "This" if line else "This",
            value=_short(to_display(line.value)) if line else "",
        )
    why = " ".join(filter(None, (_WHY.get(code), says if code in _MESSAGES else "")))
    fix = _line_fix(document, line, code) if line is not None else None
    if code in _VALUES and line is not None and line.kind == "item":
        message, why = f"{_short(to_display(line.key))} has no value.", says
    elif code in ("node-address", "bindnet-address") and line is not None and _is_network(line.value):
        message, why = f"{to_display(line.value)} is a network, not an address.", says
        end = line.value_start + len(line.value)
        fix = Fix("take the prefix out", (TextEdit(line.value_start + line.value.index("/"), end, ""),))
    part: Part = "key" if code == "name-refused" else "value" if line and line.kind == "item" and line.value else "line"
    return Place(document, line or error.line, part).error(code, message, why, stage=stage, fix=fix)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _value_message(line: ConfLine, code: str, error: DaemonError) -> str:
    value = _short(to_display(line.value))
    if code == "number":
        return f"{to_display(line.key)} takes a number, not {value}."
    if code == "choice":
        allowed = error.text.partition("Should be ")[2]
        return f"{to_display(line.key)} cannot be {value}." + (f" It takes {allowed}." if allowed else "")
    if code == "quorum-provider":
        return f"There is no quorum provider {value}."
    return f"{to_display(line.key)} cannot be {value}."


def _value_fix(document: Document, line: ConfLine, code: str, release: Version) -> Fix | None:
    before, comment = split_comment(line.value)
    if comment:
        start = line.value_start + len(before)
        return Fix("take the comment out", (TextEdit(start, line.value_start + len(line.value), ""),))
    if code == "number":
        digit = {"yes": "1", "on": "1", "true": "1", "no": "0", "off": "0", "false": "0"}.get(line.value.lower())
        if digit is not None:
            return Fix(f"write {digit}", (TextEdit(line.value_start, line.value_start + len(line.value), digit),))
        digits = line.value.rstrip(" msMS%\xa0\xc2")
        if digits != line.value and parse_integer(digits, "u32") is not None:
            return Fix(f"write {digits}", (TextEdit(line.value_start, line.value_start + len(line.value), digits),))
        return None
    allowed = _allowed_values(line, release)
    near = difflib.get_close_matches(line.value.lower(), allowed, 1, 0.75)
    if not near:
        yes = {"yes": "on", "true": "on", "1": "on", "no": "off", "false": "off", "0": "off"}.get(line.value.lower())
        swap = {"on": "yes", "true": "yes", "1": "yes", "off": "no", "false": "no", "0": "no"}.get(line.value.lower())
        near = [value for value in (yes, swap) if value in allowed]
    if not near:
        return None
    return Fix(f"write {near[0]}", (TextEdit(line.value_start, line.value_start + len(line.value), near[0]),))


def _allowed_values(line: ConfLine, release: Version) -> list[str]:
    """The values that the option of a line may have."""
    for key, allowed in value_types.allowed_values(release, Host()).items():
        if key.rpartition(".")[2] == line.key:
            return list(allowed.values)
    return [value for option in options.find_by_name(line.key) if option.is_known(release) for value in option.values]


def split_comment(value: str) -> tuple[str, str]:
    """A value split before a comment that follows it: the text before the blanks, and the comment or ""."""
    for sign in (" #", "\t#"):
        offset = value.find(sign)
        if offset >= 0:
            return value[:offset].rstrip(), value[offset:].lstrip()
    return value, ""


def _line_fix(document: Document, line: ConfLine, code: str) -> Fix | None:
    text = document.text
    if code == "brace-extra":
        return Fix("take the line out", (TextEdit(line.start, line.next_start, ""),))
    if code == "brace-missing":
        gap = "" if line.next_start > line.end else "\n"
        return Fix("close the section at the end", (TextEdit(line.next_start, line.next_start, f"{gap}}}\n"),))
    if code == "around-close-brace":
        body = text[line.start : line.end]
        indent = body[: len(body) - len(body.lstrip(" \t"))]
        before, _, rest = body.strip(" \t\r").partition("}")
        if not before and rest.strip().startswith("#"):
            replacement = f"{indent}{to_utf8(rest.strip())}\n{indent}}}"
            return Fix(
                "put the comment on the line above",
                (TextEdit(line.start, line.start + len(body.rstrip()), replacement),),
            )
    if code == "after-open-brace" and line.value.startswith("#"):
        body = text[line.start : line.end]
        indent = body[: len(body) - len(body.lstrip(" \t"))]
        replacement = f"{indent}{to_utf8(line.value)}\n{indent}{to_utf8(line.key)} {{"
        return Fix(_ABOVE, (TextEdit(line.start, line.start + len(body.rstrip()), replacement),))
    if code == "after-open-brace" and line.value.endswith("}") and not set(line.value[:-1]) & set("{}#"):
        return _one_line_fix(document, line)
    if code == "bare-word":
        return _bare_fix(document, line)
    return None


def _one_line_fix(document: Document, line: ConfLine) -> Fix | None:
    """A section on one line with one option in it."""
    inside = line.value[:-1].strip()
    if inside.count(":") > 1 and inside.partition(":")[2].strip().count(" "):
        return None
    body = document.text[line.start : line.end]
    indent = body[: len(body) - len(body.lstrip(" \t"))]
    replacement = (
        f"{indent}{to_utf8(line.key)} {{\n" + (f"{indent}    {to_utf8(inside)}\n" if inside else "") + f"{indent}}}"
    )
    return Fix("write it on lines of its own", (TextEdit(line.start, line.start + len(body.rstrip()), replacement),))


def _is_network(text: str) -> bool:
    """Whether a text is an address with a prefix length."""
    address, slash, prefix = text.partition("/")
    return bool(slash) and prefix.isdecimal() and parse_address(address) is not None


def _bare_fix(document: Document, line: ConfLine) -> Fix | None:
    lines, number = document.lines, line.number
    body = document.text[line.start : line.end].rstrip()
    if number < len(lines):
        after = lines[number]
        if after.kind == "open" and not after.key and not after.value:
            return Fix("put the brace on this line", (TextEdit(line.start + len(body), after.end, " {"),))
    word, sign, value = body.strip().partition("=")
    if sign and word.strip() and value.strip():
        start = line.start + len(body) - len(body.lstrip())
        replacement = f"{to_utf8(word.strip())}: {to_utf8(value.strip())}"
        return Fix("write a colon", (TextEdit(start, line.start + len(body), replacement),))
    first = body.strip().partition(" ")[0].partition("\t")[0]
    if first != body.strip() and (options.find_by_name(first) or RING_ADDRESS(first)):
        colon = line.start + len(body) - len(body.lstrip()) + len(first)
        return Fix("write a colon", (TextEdit(colon, colon, ":"),))
    return None
