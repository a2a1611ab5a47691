"""`corotui conf check|explain|new|diff|convert|format`."""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from corotui.cli.output import Output
from corotui.errors import FileError, UsageError

if TYPE_CHECKING:
    from corotui.conf import Consequences, Diagnostic, Document, Host, NewNode
    from corotui.conf.verdict import Verdict

HELP = """corosync.conf by itself: check it, explain its options, make a new one.

No node is asked. FILE may be - for standard input. Exit codes: 0 no errors, 1 findings of severity error, 2 a file
could not be read."""

_MARKS = {"error": "x", "warning": "!", "info": "."}


def arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="what", required=True, metavar="check|explain|new|diff|convert|format")
    check = verbs.add_parser("check", help="everything that is wrong, and what corosync will say")
    check.add_argument("files", nargs="+", metavar="FILE")
    check.add_argument("--as", dest="node", metavar="NODE", help="judge for the machine of that host name")
    check.add_argument("--facts", metavar="FILE", help="JSON with what is known of that machine")
    check.add_argument("--cloud", default="", metavar="NAME", help="the nodes are in a cloud (ec2)")
    check.add_argument("--latency", type=float, metavar="MS", help="worst round trip between two nodes")
    explain = verbs.add_parser("explain", help="what an option does")
    explain.add_argument(
        "key", nargs="?", metavar="KEY", help="totem.token, token, a section, or the code of a diagnostic"
    )
    explain.add_argument("--all", action="store_true", help="every option, and every code a check may give")
    new = verbs.add_parser("new", help="a new file on standard output")
    new.add_argument("nodes", nargs="+", metavar="NAME=ADDRESS[,ADDRESS]", help="a node with its address on each link")
    new.add_argument("--cluster", default="cluster", metavar="NAME", help="name of the cluster")
    new.add_argument("--no-crypto", action="store_true", help="a ring that is not encrypted")
    new.add_argument("--cloud", default="", metavar="NAME", help="the nodes are in a cloud (ec2)")
    new.add_argument("--network", action="append", default=[], metavar="NETWORK", help="1.x: network of each ring")
    diff = verbs.add_parser("diff", help="what changed in meaning, and what it needs")
    diff.add_argument("files", nargs=2, metavar="FILE")
    convert = verbs.add_parser("convert", help="a file of 1.x or 2.x for corosync 3, on standard output")
    convert.add_argument("files", nargs=1, metavar="FILE")
    convert.add_argument("--name", action="append", default=[], metavar="ADDRESS=NAME", help="name of a node")
    layout = verbs.add_parser("format", help="the file laid out anew, on standard output")
    layout.add_argument("files", nargs=1, metavar="FILE")
    for verb in (check, explain, new, diff, convert, layout):
        verb.add_argument("--corosync", default="3.1.7", metavar="VERSION", help="release to judge for (default 3.1.7)")
        verb.add_argument("--json", action="store_true", help="machine-readable output on stdout")


async def run(args: argparse.Namespace, out: Output) -> int:
    verbs = {"check": _check, "explain": _explain, "new": _new, "diff": _diff, "convert": _convert, "format": _format}
    return verbs[args.what](args, out)


def _check(args: argparse.Namespace, out: Output) -> int:
    from corotui.conf import Surroundings, check, consequences, parse
    from corotui.conf.verdict import verdict

    facts = _facts(args.facts, out) if args.facts else None
    code = 0
    for path in args.files:
        try:
            document = parse(_read(path))
        except FileError as error:
            # One line for each file, whatever becomes of it.
            if out.json:
                out.document({"file": path, **error.to_json()})
            out.say(str(error))
            code = error.exit_code
            continue
        host = _host(document, args.node, facts)
        around = Surroundings(cloud=args.cloud, latency_ms=args.latency, host=host)
        found = check(document, corosync=args.corosync, surroundings=around)
        judged = verdict(document, corosync=args.corosync, host=host, path=path)
        meaning = consequences(document, corosync=args.corosync)
        if judged.start != "runs" or any(one.severity == "error" for one in found):
            code = code or 1
        if out.json:
            diagnostics = [one.to_json() for one in found]
            entry = {"file": path, "diagnostics": diagnostics, "verdict": judged.to_json()}
            out.document({**entry, "consequences": meaning.to_json()})
        else:
            _show(path, document, found, judged, out)
            _mean(meaning, out)
    return code


def _facts(path: str, out: Output) -> Host:
    from corotui.conf.host import KEYS, from_json, unknown_keys

    try:
        value = json.loads(_read(path))
    except json.JSONDecodeError as error:
        raise FileError(path, f"it is no JSON: {error.msg} at column {error.colno}", line=error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise FileError(path, f"it is no JSON: {error}") from error
    for key in unknown_keys(value):
        near = difflib.get_close_matches(key, KEYS, 1)
        out.say(f"{path}: {key}: nothing here is called so{f'; {near[0]}?' if near else '.'}")
    return from_json(value, path)


def _host(document: Document, node: str | None, facts: Host | None) -> Host | None:
    """The machine to judge for; without facts that of a node, with the addresses the file gives it."""
    from dataclasses import replace

    from corotui.conf import Host, nodes

    if facts is not None:
        return replace(facts, hostname=node) if node else facts
    if node is None:
        return None
    mine = next((one for one in nodes(document) if one.name == node), None)
    if mine is None or not mine.addresses:
        return Host(hostname=node, authkey_known=False)
    trusted = (f"{node} has the addresses the file gives it",)
    return Host(node, tuple(mine.addresses.values()), authkey_known=False, assumed=trusted)


def _show(path: str, document: Document, found: tuple[Diagnostic, ...], judged: Verdict, out: Output) -> None:
    from corotui.cluster.text import clean_line

    for one in found:
        out.data(f"{_MARKS[one.severity]} {path}:{one.line}:{one.column}: {clean_line(one.message)}  [{one.code}]")
        if one.length:
            out.data(f"    {clean_line(document.line_text(one.line).strip(), limit=100)}")
        if one.why:
            out.data(f"    {clean_line(one.why)}")
        if one.fix is not None:
            out.data(f"    mend: {clean_line(one.fix.title)}")
    if judged.test is not None:
        out.data(f"  corosync -t ends with {judged.test}: {clean_line(judged.test_message)}")
    if judged.start == "runs":
        out.data("  corosync starts with it")
    elif judged.test in (0, None):
        out.data(f"  a start ends with {judged.start}: {clean_line(judged.start_message)}")
    if judged.assumed:
        out.data(f"  taken on trust, for nobody told: {clean_line('; '.join(judged.assumed))}")


def _mean(meaning: Consequences, out: Output) -> None:
    """What the file means, in one line."""
    if not meaning.nodes:
        return
    parts = [f"token {meaning.token_ms} ms", f"a dead node is out after {meaning.dead_node_ms} ms"]
    if meaning.link_down_ms:
        parts.append(f"a dead link is noticed after {max(meaning.link_down_ms.values())} ms")
    parts.append(f"a ring forms in about {meaning.ring_forms_ms / 1000:.1f} s")
    if meaning.quorum is not None:
        parts.append(f"quorum is {meaning.quorum} of {meaning.votes} votes")
    parts.append(f"may fail: {meaning.may_fail_words}")
    out.data(f"  {'; '.join(parts)}")


def _explain(args: argparse.Namespace, out: Output) -> int:
    from corotui.conf import options
    from corotui.conf.codes import CODES
    from corotui.conf.version import version

    release = version(args.corosync)
    if not args.all and not args.key:
        raise UsageError("Which option?", next_step="Give one, such as token, or --all.")
    found = options.ALL if args.all else options.named(args.key)
    if not found and args.key in CODES:
        out.document({"code": args.key, "doc": CODES[args.key]}) if out.json else out.data(f"{CODES[args.key]}")
        return 0
    if not found:
        meant = " or ".join(options.near(args.key))
        step = f"Is {meant} meant? `--all` lists all." if meant else "`--all` lists them."
        raise UsageError(f"No release of corosync has an option {args.key}", next_step=step)
    if out.json:
        value: dict[str, object] = {"options": [option.to_json() for option in found]}
        out.document({**value, "codes": CODES} if args.all else value)
        return 0
    for place, option in enumerate(found):
        if place:
            out.data("")
        for line in options.explain(option, release):
            out.data(line)
    if args.all:
        out.data("\nCodes of a check:")
        for code, doc in CODES.items():
            out.data(f"  {code:24} {doc}")
    return 0


def _new(args: argparse.Namespace, out: Output) -> int:
    from corotui.conf import NewRing, new

    nodes = tuple(_node(text, number) for number, text in enumerate(args.nodes, 1))
    ring = NewRing(args.cluster, nodes, args.corosync, not args.no_crypto, tuple(args.network), bool(args.cloud))
    return _bytes(new(ring), out, {})


def _node(text: str, number: int) -> NewNode:
    from corotui.conf import NewNode

    name, sign, addresses = text.partition("=")
    if not sign or not name or not addresses:
        raise UsageError(f"{text!r} is no node", next_step="Write NAME=ADDRESS, and more addresses behind commas.")
    return NewNode(name, number, tuple(addresses.split(",")))


def _diff(args: argparse.Namespace, out: Output) -> int:
    from corotui.cluster.text import clean_line
    from corotui.conf import difference, parse

    old, new = (parse(_read(path)) for path in args.files)
    found = difference(old, new, corosync=args.corosync)
    if out.json:
        out.document(found.to_json())
        return 0
    for change in found.changes:
        values = "" if change.old is change.new is None else f": {change.old or '-'} -> {change.new or '-'}"
        out.data(f"{change.needs:8} {clean_line(change.what + values)}")
        if change.why:
            out.data(f"         {clean_line(change.why)}")
    out.data(f"All of it needs {found.words}." if found.changes else "Nothing changes for corosync.")
    return 0


def _convert(args: argparse.Namespace, out: Output) -> int:
    from corotui.cluster.text import clean_line
    from corotui.conf import edit, parse

    names = dict(text.split("=", 1) for text in args.name if "=" in text)
    done = edit.convert(parse(_read(args.files[0])), corosync=args.corosync, names=names)
    if not out.json:
        for entry in done.report:
            place = f"line {entry.line}: " if entry.line else ""
            out.say(f"{entry.what:8} {place}{clean_line(entry.text)} - {clean_line(entry.why)}")
    return _bytes(done.document.data, out, done.to_json())


def _format(args: argparse.Namespace, out: Output) -> int:
    from corotui.conf import edit, parse

    done = edit.lay_out(parse(_read(args.files[0])))
    for note in done.notes:
        out.say(note)
    return _bytes(done.document.data, out, {"notes": list(done.notes)})


def _bytes(data: bytes, out: Output, more: dict[str, object]) -> int:
    if out.json:
        out.document({**more, "conf": data.decode("utf-8", "replace")})
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    return 0


def _read(path: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise FileError(path, f"it cannot be read: {error.strerror}") from error
