"""Leaves secrets out of text that is shown, logged or kept. Pure.

Every way out uses it: output of verbs, JSON, screens, the clipboard, logs, tracebacks, diffs, the facts and the journal
in state.db. Never a file for a node: that lands byte for byte. Nor the operator's own corosync.conf where he works on
it: the editor shows it as it is, and `conf new`, `convert` and `format` write it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

LEFT_OUT = "(left out)"
"""Stands where a secret was."""

_BLANKS = r"[ \t\r\f\v]*+"
_KEEP = rf"(?!{_BLANKS}(?:$|{re.escape(LEFT_OUT)}))"  # nothing there, or nothing any more
_REST = r"[^\n]*?(?=\r?$)"
_QUOTED = r"(?:\"[^\"\n]+\"|'[^'\n]+'|[^\s\"']+)"

_PASS = re.compile(r"pass(?:word|wd|phrase)[\"']?\s*+[=:]")
# What the text must contain, in lower case, and then what to look for. All patterns take linear time. The first begin
# with a word, which `re` finds as fast as `in`: a megabyte without secrets takes few milliseconds.
_PATTERNS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    # corosync.conf(5), totem: the key may stand in the file. A comment counts, too, and a line of a diff.
    (
        re.compile(r"key[ \t\r\f\v]*+:"),
        re.compile(rf"(^[#+\- \t\r\f\v]*+(?:[\w.]+\.)?[kK][eE][yY]{_BLANKS}:){_KEEP}{_REST}", re.MULTILINE),
    ),
    # The same without its colon, perhaps cut off.
    (
        re.compile(r"key[ \t]++[a-z0-9+/_-]{32}"),
        re.compile(r"(\b[kK][eE][yY])[ \t]++[A-Za-z0-9+/_-]{32,}+={0,2}"),
    ),
    # The same where the lines of the file were joined.
    (
        re.compile(r"totem\s*+\{"),
        re.compile(rf"(\btotem\s*+\{{[^{{}}\n]*?\skey{_BLANKS}:){_KEEP}{_REST}", re.MULTILINE),
    ),
    # corosync-cmapctl: `totem.key (str) = …`.
    (
        re.compile(r"totem\.key"),
        re.compile(rf"(\btotem\.key{_BLANKS}(?:\(\w+\){_BLANKS})?[=:]){_KEEP}{_REST}", re.MULTILINE),
    ),
    # Proxmox: an API token, a ticket, the token that goes with it.
    (re.compile("pveapitoken"), re.compile(r"(PVEAPIToken\s*+[=:]\s*+[^\s=:]+[=:])[\w-]{8,}")),
    (re.compile(r"pve\w*+:"), re.compile(r"(\bPVE\w*:[^\s:]+:)[0-9A-Fa-f]{8}::[A-Za-z0-9+/=]+")),
    (re.compile("csrfpreventiontoken"), re.compile(r"(CSRFPreventionToken\W{1,4})[\w:+/=-]{8,}")),
    # pcs: the token of a node in known-hosts. The option totem.token is a number.
    (
        re.compile(r"token[\"']?\s*+[=:]"),
        re.compile(r"(\b[tT]oken[\"']?\s*+[=:]\s*+[\"']?)[0-9a-fA-F]{8}-[0-9a-fA-F-]{20,}"),
    ),
    (_PASS, re.compile(rf"(?i:(\b(?:password|passwd|passphrase)[\"']?\s*+=)){_KEEP}\s*+{_QUOTED}")),
    (_PASS, re.compile(rf"(?i:([\"'](?:password|passwd|passphrase)[\"']\s*+:)){_KEEP}\s*+{_QUOTED}")),
)
# RFC 7468: a private key between its two lines, or up to the end of text that was cut off.
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----.*?(?:-----END \1-----|\Z)", re.DOTALL)
# A line of such a key by itself: 64 or 70 characters of base64. Checksums are of hexadecimal digits alone.
_BASE64_BEGIN = re.compile(r"[ \t]*+[A-Za-z0-9+/]{64}")
_BASE64_BELOW = re.compile(rf"\n{_BASE64_BEGIN.pattern}")
_BASE64_LINE = re.compile(
    r"^(?=[^\n]*[0-9])(?=[^\n]*[a-z])(?=[^\n]*[A-Z])(?![ \t]*[0-9a-fA-F]+[ \t\r]*$)"
    r"[ \t]*+[A-Za-z0-9+/]{64,}+={0,2}[ \t\r]*$",
    re.MULTILINE,
)
_LEAST_KEY = 96  # characters that are left of a longer key where a line was cut at 100
_LONG_RUN = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{96}")
# A key wherever it stands, as the name of a section for instance: a key of corosync has at least 128 bytes
# (KNET_MIN_KEY_LEN). Checksums and most paths have no letters of both cases with digits at that length.
_LONG_WORD = re.compile(
    r"(?<![A-Za-z0-9+/_-])(?=[A-Za-z+/_-]*+[0-9])(?=[A-Z0-9+/_-]*+[a-z])(?=[a-z0-9+/_-]*+[A-Z])"
    r"[A-Za-z0-9+/_-]{96,}+={0,2}"
)
_SECRET_OPTIONS = frozenset({"totem.key"})


def redact(text: str) -> str:
    """The text without keys of corosync.conf and cmap, private keys, tokens and passwords that are assigned."""
    lowered = text.lower()
    if "private key" in lowered:
        text = _PEM.sub(r"(\1 left out)", text)
    for sign, pattern in _PATTERNS:
        if sign.search(lowered):
            text = pattern.sub(rf"\1 {LEFT_OUT}", text)
    if _BASE64_BEGIN.match(text) or _BASE64_BELOW.search(text):
        text = _BASE64_LINE.sub(LEFT_OUT, text)
    return _LONG_WORD.sub(LEFT_OUT, text) if len(text) >= _LEAST_KEY and _LONG_RUN.search(text) else text


def redact_option(key: str, value: str) -> str:
    """What to show of the value of an option, which is named as in cmap ("totem.key")."""
    return LEFT_OUT if key in _SECRET_OPTIONS else redact(value)


def redact_json(value: object) -> object:
    """The same of all texts of a JSON value; what JSON does not know becomes text."""
    if isinstance(value, str):
        return redact(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return {
            redact(str(key)): LEFT_OUT if key in _SECRET_OPTIONS and each else redact_json(each)
            for key, each in value.items()
        }
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return [redact_json(each) for each in value]
    return redact(str(value))
