"""`corotui conf check|explain|new|diff|convert|format`."""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from corotui.cli.output.printer import Output
from corotui.errors import FileError, UsageError

if TYPE_CHECKING:
    from corotui.conf import ConfEffects, Diagnostic, Document, Host, NodeSpec
    from corotui.conf.daemon.verdict import Verdict
    from corotui.conf.version import Version

HELP = """corosync.conf by itself: check it, explain its options, make a new one.

No node is asked. FILE may be - for standard input. Exit codes: 0 no errors, 1 findings of severity error, 2 a file
could not be read."""


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
        verb.add_argument("--corosync", metavar="VERSION", help="release to check for (default 3.1.7)")
        verb.add_argument("--json", action="store_true", help="machine-readable output on stdout")


async def run(args: argparse.Namespace, out: Output) -> int:
    verbs = {"check": _check, "explain": _explain, "new": _new, "diff": _diff, "convert": _convert, "format": _format}
    return verbs[args.what](args, out)


def _release(args: argparse.Namespace) -> Version:
    """The release of --corosync. UsageError when it is none."""
    from corotui.conf.constants import DEFAULT_RELEASE
    from corotui.conf.version import parse_version

    return DEFAULT_RELEASE if args.corosync is None else parse_version(args.corosync)


def _check(args: argparse.Namespace, out: Output) -> int:
    from corotui.conf import Environment, check, compute_effects, parse
    from corotui.conf.daemon.verdict import predict_verdict
    from corotui.conf.diagnostics.severity import Severity

    release = _release(args)
    facts = _load_host_facts(args.facts, out) if args.facts else None
    code = 0
    for path in args.files:
        try:
            document = parse(_read_file(path))
        except FileError as error:
            # One line for each file, whatever becomes of it.
            if out.json:
                out.document({"file": path, **error.to_json()})
            out.say(str(error))
            code = error.exit_code
            continue
        host = _host_for(document, args.node, facts)
        context = Environment(cloud=args.cloud, latency_ms=args.latency, host=host)
        found = check(document, release=release, environment=context)
        host_verdict = predict_verdict(document, release=release, host=host, path=path)
        effects = compute_effects(document, release=release)
        if host_verdict.start != "runs" or any(one.severity is Severity.ERROR for one in found):
            code = code or 1
        if out.json:
            diagnostics = [one.to_json() for one in found]
            entry = {"file": path, "diagnostics": diagnostics, "verdict": host_verdict.to_json()}
            out.document({**entry, "consequences": effects.to_json()})
        else:
            _print_diagnostics(path, document, found, host_verdict, out)
            _print_effects(effects, out)
    return code


def _load_host_facts(path: str, out: Output) -> Host:
    from corotui.conf.host.facts import HOST_KEYS, host_from_json, unknown_keys

    try:
        value = json.loads(_read_file(path))
    except json.JSONDecodeError as error:
        raise FileError(path, f"it is no JSON: {error.msg} at column {error.colno}", line=error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise FileError(path, f"it is no JSON: {error}") from error
    for key in unknown_keys(value):
        near = difflib.get_close_matches(key, HOST_KEYS, 1)
        out.say(f"{path}: {key}: nothing here is called so{f'; {near[0]}?' if near else '.'}")
    return host_from_json(value, path)


def _host_for(document: Document, node: str | None, facts: Host | None) -> Host | None:
    """The machine to judge for; without facts that of a node, with the addresses the file gives it."""
    from dataclasses import replace

    from corotui.conf import Host, conf_nodes

    if facts is not None:
        return replace(facts, hostname=node) if node else facts
    if node is None:
        return None
    mine = next((one for one in conf_nodes(document) if one.name == node), None)
    if mine is None or not mine.addresses:
        return Host(hostname=node, authkey_known=False)
    trusted = (f"{node} has the addresses the file gives it",)
    return Host(node, tuple(mine.addresses.values()), authkey_known=False, assumed=trusted)


def _print_diagnostics(
    path: str, document: Document, diagnostics: tuple[Diagnostic, ...], verdict: Verdict, out: Output
) -> None:
    from corotui.cluster.sanitize import clean_line

    for one in diagnostics:
        out.data(f"{out.mark(one.severity)} {path}:{one.line}:{one.column}: {clean_line(one.message)}  [{one.code}]")
        if one.length:
            out.data(f"    {clean_line(document.line_text(one.line).strip(), limit=100)}")
        if one.why:
            out.data(f"    {clean_line(one.why)}")
        if one.fix is not None:
            out.data(f"    fix: {clean_line(one.fix.title)}")
    if verdict.test is not None:
        out.data(f"  corosync -t ends with {verdict.test}: {clean_line(verdict.test_message)}")
    if verdict.start == "runs":
        out.data("  corosync starts with it")
    elif verdict.test in (0, None):
        out.data(f"  a start ends with {verdict.start}: {clean_line(verdict.start_message)}")
    if verdict.assumed:
        out.data(f"  assumed, because it is not known: {clean_line('; '.join(verdict.assumed))}")


def _print_effects(effects: ConfEffects, out: Output) -> None:
    """What the file means, in one line."""
    if not effects.nodes:
        return
    parts = [f"token {effects.token_ms} ms", f"a dead node is out after {effects.dead_node_ms} ms"]
    if effects.link_down_ms:
        parts.append(f"a dead link is noticed after {max(effects.link_down_ms.values())} ms")
    parts.append(f"a ring forms in about {effects.ring_forms_ms / 1000:.1f} s")
    if effects.quorum is not None:
        parts.append(f"quorum is {effects.quorum} of {effects.votes} votes")
    parts.append(f"may fail: {effects.may_fail_words}")
    out.data(f"  {'; '.join(parts)}")


def _explain(args: argparse.Namespace, out: Output) -> int:
    from corotui.conf import options
    from corotui.conf.diagnostics.codes import CODES

    release = _release(args)
    if not args.all and not args.key:
        raise UsageError("Which option?", next_step="Give one, such as token, or --all.")
    found = options.ALL if args.all else options.find_by_name(args.key)
    if not found and args.key in CODES:
        out.document({"code": args.key, "doc": CODES[args.key]}) if out.json else out.data(f"{CODES[args.key]}")
        return 0
    if not found:
        meant = " or ".join(options.similar_names(args.key))
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
    from corotui.conf import RingSpec, generate_conf

    nodes = tuple(_parse_node(text, number) for number, text in enumerate(args.nodes, 1))
    ring = RingSpec(args.cluster, nodes, _release(args), not args.no_crypto, tuple(args.network), bool(args.cloud))
    return _print_conf(generate_conf(ring), out, {})


def _parse_node(text: str, number: int) -> NodeSpec:
    from corotui.conf import NodeSpec

    name, sign, addresses = text.partition("=")
    if not sign or not name or not addresses:
        raise UsageError(f"{text!r} is no node", next_step="Write NAME=ADDRESS, and more addresses behind commas.")
    return NodeSpec(name, number, tuple(addresses.split(",")))


def _diff(args: argparse.Namespace, out: Output) -> int:
    from corotui.cluster.sanitize import clean_line
    from corotui.conf import diff_documents, parse

    old, new = (parse(_read_file(path)) for path in args.files)
    found = diff_documents(old, new, release=_release(args))
    if out.json:
        out.document(found.to_json())
        return 0
    for change in found.changes:
        values = "" if change.old is change.new is None else f": {change.old or '-'} -> {change.new or '-'}"
        out.data(f"{change.apply_method:8} {clean_line(change.what + values)}")
        if change.why:
            out.data(f"         {clean_line(change.why)}")
    out.data(f"All of it needs {found.apply_method_text}." if found.changes else "Nothing changes for corosync.")
    return 0


def _convert(args: argparse.Namespace, out: Output) -> int:
    from corotui.cluster.sanitize import clean_line
    from corotui.conf import edit, parse

    names = dict(text.split("=", 1) for text in args.name if "=" in text)
    done = edit.convert(parse(_read_file(args.files[0])), release=_release(args), names=names)
    if not out.json:
        for entry in done.report:
            place = f"line {entry.line}: " if entry.line else ""
            out.say(f"{entry.what:8} {place}{clean_line(entry.text)} - {clean_line(entry.why)}")
    return _print_conf(done.document.data, out, done.to_json())


def _format(args: argparse.Namespace, out: Output) -> int:
    from corotui.conf import edit, parse

    done = edit.format_document(parse(_read_file(args.files[0])))
    for note in done.notes:
        out.say(note)
    return _print_conf(done.document.data, out, {"notes": list(done.notes)})


def _print_conf(data: bytes, out: Output, extra: dict[str, object]) -> int:
    if out.json:
        out.document({**extra, "conf": data.decode("utf-8", "replace")})
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    return 0


def _read_file(path: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise FileError(path, f"it cannot be read: {error.strerror}") from error
