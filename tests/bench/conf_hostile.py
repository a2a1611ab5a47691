"""Files for the differential fuzzer that nobody needs luck to meet: each thing a file can say, in every form.

`files()` gives them in a fixed order, some ten thousand; each differs in one or two things from a file that is well.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from corotui.conf import options
from tests.bench import conf_corners
from tests.bench.conf_cases import INTEGERS, NODES, WORDS, conf

_VALUES = (
    *INTEGERS,
    *("yes", "no", "on", "off", "none", "x", "YES", "{", "}", "a}b", "a{b", "a:b", ":", "#", "\xa0", "\xc2\xa03000"),
    *("3000 ", "3000\t", "3000\xa0", '"3000"', "3 000", "3,000", "3000ms", "\xd9\xa3", "0b1", "1_000", "١", "-0", "+0"),
)
_BYTES = tuple(chr(number) for number in range(256))


def files() -> Iterator[bytes]:
    """All of them."""
    for family in (_bytes, _lines, _options, *conf_corners.FAMILIES):
        for text in family():
            yield text.encode("latin-1", "replace")


def _bytes() -> Iterator[str]:
    """Every byte at the places where the parser looks; line ends, byte order marks, files cut short."""
    well = conf()
    spots = ("totem {", "version: 2", "nodelist {", "nodeid: 1", "10.77.0.1")
    for byte, spot in product(_BYTES, spots):
        for with_byte in (byte + spot, spot + byte, spot.replace(" ", byte, 1), spot.replace(" ", f" {byte}", 1)):
            yield well.replace(spot, with_byte, 1)
    for end in ("\r\n", "\r", "\n\r", "\n\n", " \n", "\t\r\n", "\x0b\n", "\x0c\n", "\x85", "\xe2\x80\xa8"):
        yield well.replace("\n", end)
    for mark in ("\xef\xbb\xbf", "\xff\xfe", "\xef\xbb\xbf#\n", "\xef\xbb\xbf\n", "\0", "\0\n", "\n", " ", "#"):
        yield mark + well
        yield well + mark
    for length in range(0, len(well), 3):
        yield well[:length]
        yield well[:length] + "\0" + well[length:]
        yield well[:length] + "\n" + well[length:]
        yield well[:length] + well[length + 1 :]


def _lines() -> Iterator[str]:
    """Lines and paths around their limits, deep sections, braces and comments in odd places."""
    well = conf()
    for length in (*range(505, 516), *range(1018, 1030), 2000, 70000):
        for sign, before in product("#x ", ("", "abc: ", "# ", "\t")):
            body = before + sign * (length - len(before))
            yield well + body
            yield well + body + "\n"
            yield body + "\r\n" + well
        yield well + "s" * (length - 2) + " {\n}\n"
    for length in (*range(1, 5), *range(236, 260)):
        key = "k" * length
        yield well + f"{key}: 1\n"
        yield well + f"{key} {{\n}}\n"
        yield well + f"{key} {{\nabc: 1\n}}\n"
        yield conf(f"{key}: 1")
        yield conf(f"interface {{\n{key}: 1\n}}")
        yield conf(nodes=(NODES[0] + f"\n{key}: 1", NODES[1]))
        yield conf(rest=f"logging {{\nlogger_subsys {{\nsubsys: {key}\n}}\n}}")
        yield conf(rest=f"logging {{\nlogger_subsys {{\nsubsys: X\n{key}: 1\n}}\n}}")
        yield conf(rest=f"quorum {{\ndevice {{\n{key}: 1\n}}\n}}")
    for depth in (1, 2, 30, 60, 62, 63, 64, 65, 100, 200):
        yield well + "abc {\n" * depth + "}\n" * depth
        yield well + "abc {\n" * depth + "key: 1\n" + "}\n" * depth
        yield well + "abc {\n" * depth
        yield well + "}\n" * depth
    odd: tuple[str, ...] = (
        "{",
        "}",
        "{ }",
        "{}",
        "} {",
        "}{",
        "a {}",
        "a { b",
        "a {b}",
        "a { # c",
        "} # c",
        "# }",
        "#}",
        "} }",
        "a } b",
    )
    odd += (
        "a: }",
        "a: {",
        "abc: }",
        "abc",
        ":",
        "::",
        ": :",
        ":abc",
        "abc:",
        "abc::",
        "abc :",
        "a.b: 1",
        ".: 1",
        "..: 1",
    )
    odd += (
        "a/b: 1",
        "a-b: 1",
        "a_b: 1",
        "a b: 1",
        "abc: {}",
        "abc:{",
        "abc :{",
        "abc: {",
        "include: x",
        "totem",
        "totem {",
    )
    odd += (
        "totem.token: 20",
        "totem.token: abc",
        "totem {\ntoken: 20\n}",
        "totem.version: 2",
        "nodelist {\n}",
        "totem\n{\n}",
    )
    for line in odd:
        yield well + line
        yield well + line + "\n"
        yield line + "\n" + well
        yield conf(line)
        yield conf(nodes=(f"{NODES[0]}\n{line}", NODES[1]))
        yield conf(f"interface {{\n{line}\n}}")
        yield conf(rest=f"quorum {{\nprovider: corosync_votequorum\n{line}\n}}")
        yield conf(rest=f"logging {{\n{line}\n}}")
        yield conf(rest=f"uidgid {{\n{line}\n}}")


def _options() -> Iterator[str]:
    """Every option of every release with every kind of value, in its own section, in a wrong one, twice."""
    for option in options.ALL:
        name = option.name.replace("ringX", "ring1").replace("NAME", "x")
        words = (*_VALUES, *option.values) if option.kind == "number" else (*WORDS, *_VALUES[-20:], *option.values)
        for value in dict.fromkeys(words):
            yield _in_section(option.section, f"{name}: {value}")
        for value in ("1", "x"):
            yield conf(rest=f"{name}: {value}")
            yield conf(rest=f"{option.key.replace('ringX', 'ring1')}: {value}")
            yield _in_section("system", f"{name}: {value}")
            yield _in_section(option.section, f"{name}: {value}\n{name}: 100")
            yield _in_section(option.section, f"sub {{\n{name}: {value}\n}}")
            yield _in_section(option.section, f"{name.upper()}: {value}")


def _in_section(section: str, line: str) -> str:
    if section == "totem":
        return conf(line)
    if section.startswith("totem.interface"):
        inner = f"member {{\n{line}\n}}" if section.endswith("member") else line
        return conf(f"interface {{\nlinknumber: 0\n{inner}\n}}")
    if section == "nodelist.node":
        return conf(nodes=(f"{NODES[0]}\n{line}", NODES[1]))
    names = section.split(".") if section else []
    extra = "subsys: QB\nname: corosync\n" if section.startswith("logging.logg") else ""
    opening = "".join(f"{name} {{\n" for name in names)
    return conf(rest=opening + extra + line + "\n}" * len(names))
