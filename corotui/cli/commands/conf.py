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

HELP = """Work on a corosync.conf without nodes: check, explain, create, compare, convert, format.

FILE may be - for standard input. Exit codes: 0 no errors, 1 findings of severity error, 2 a file could not be read."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of the verb."""
    verbs = parser.add_subparsers(dest="what", required=True, metavar="check|explain|new|diff|convert|format")
    check = verbs.add_parser("check", help="show all mistakes, and what corosync will say")
    check.add_argument("files", nargs="+", metavar="FILE")
    check.add_argument("--as", dest="node", metavar="NODE", help="check for the machine of that host name")
    check.add_argument("--facts", metavar="FILE", help="JSON file with what is known about that machine")
    check.add_argument("--cloud", default="", metavar="NAME", help="the nodes are in a cloud (ec2)")
    check.add_argument("--latency", type=float, metavar="MS", help="longest round trip between two nodes")
    explain = verbs.add_parser("explain", help="explain an option")
    explain.add_argument(
        "key", nargs="?", metavar="KEY", help="totem.token, token, a section, or the code of a diagnostic"
    )
    explain.add_argument("--all", action="store_true", help="every option, and every code of a diagnostic")
    new = verbs.add_parser("new", help="write a new file to standard output")
    new.add_argument("nodes", nargs="+", metavar="NAME=ADDRESS[,ADDRESS]", help="a node with its address on each link")
    new.add_argument("--cluster", default="cluster", metavar="NAME", help="name of the cluster")
    new.add_argument("--no-crypto", action="store_true", help="do not encrypt the ring")
    new.add_argument("--cloud", default="", metavar="NAME", help="the nodes are in a cloud (ec2)")
    new.add_argument("--network", action="append", default=[], metavar="NETWORK", help="1.x: network of each ring")
    diff = verbs.add_parser("diff", help="show which settings differ, and whether corosync needs a reload or a restart")
    diff.add_argument("files", nargs=2, metavar="FILE")
    convert = verbs.add_parser("convert", help="convert a file of 1.x or 2.x to corosync 3, on standard output")
    convert.add_argument("files", nargs=1, metavar="FILE")
    convert.add_argument("--name", action="append", default=[], metavar="ADDRESS=NAME", help="name of a node")
    layout = verbs.add_parser("format", help="write the file with a uniform layout to standard output")
    layout.add_argument("files", nargs=1, metavar="FILE")
    for verb in (check, explain, new, diff, convert, layout):
        verb.add_argument("--corosync", metavar="VERSION", help="release to check for (default 3.1.7)")
        verb.add_argument("--json", action="store_true", help="machine-readable output on stdout")


async def run(args: argparse.Namespace, out: Output) -> int:
    """Runs the subcommand. Returns the exit code."""
    verbs = {"check": _check, "explain": _explain, "new": _new, "diff": _diff, "convert": _convert, "format": _format}
    return verbs[args.what](args, out)


def _release(args: argparse.Namespace) -> Version:
    """The release of --corosync. Raises UsageError for a text that is not a version."""
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
            # Each file gets a line, even one that cannot be read.
            if out.json:
                out.document({"file": path, **error.to_json()})
            out.say(str(error))
            code = error.exit_code
            continue
        host = _host_for(document, args.node, facts)
        context = Environment(cloud=args.cloud, latency_ms=args.latency, host=host)
        diagnostics = check(document, release=release, environment=context)
        host_verdict = predict_verdict(document, release=release, host=host, path=path)
        effects = compute_effects(document, release=release)
        if host_verdict.start != "runs" or any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics):
            code = code or 1
        if out.json:
            entry = {
                "file": path,
                "diagnostics": [diagnostic.to_json() for diagnostic in diagnostics],
                "verdict": host_verdict.to_json(),
                "consequences": effects.to_json(),
            }
            out.document(entry)
        else:
            _print_diagnostics(path, document, diagnostics, host_verdict, out)
            _print_effects(effects, out)
    return code


def _load_host_facts(path: str, out: Output) -> Host:
    from corotui.conf.host.facts import HOST_KEYS, host_from_json, unknown_keys

    try:
        value = json.loads(_read_file(path))
    except json.JSONDecodeError as error:
        raise FileError(path, f"it is not JSON: {error.msg} at column {error.colno}", line=error.lineno) from error
    except (ValueError, RecursionError) as error:
        raise FileError(path, f"it is not JSON: {error}") from error
    for key in unknown_keys(value):
        near = difflib.get_close_matches(key, HOST_KEYS, 1)
        out.say(f"{path}: {key}: unknown key{f'; did you mean {near[0]}?' if near else '.'}")
    return host_from_json(value, path)


def _host_for(document: Document, node: str | None, facts: Host | None) -> Host | None:
    """The machine to check for: that of --facts, else that of --as with its addresses from the file."""
    from dataclasses import replace

    from corotui.conf import Host, conf_nodes

    if facts is not None:
        return replace(facts, hostname=node) if node else facts
    if node is None:
        return None
    conf_node = next((each for each in conf_nodes(document) if each.name == node), None)
    if conf_node is None or not conf_node.addresses:
        return Host(hostname=node, authkey_known=False)
    assumed = (f"{node} has the addresses that the file gives it",)
    return Host(node, tuple(conf_node.addresses.values()), authkey_known=False, assumed=assumed)


def _print_diagnostics(
    path: str, document: Document, diagnostics: tuple[Diagnostic, ...], verdict: Verdict, out: Output
) -> None:
    for diagnostic in diagnostics:
        place = f"{path}:{diagnostic.line}:{diagnostic.column}"
        out.data(f"{out.mark(diagnostic.severity)} {place}: {diagnostic.message}  [{diagnostic.code}]")
        if diagnostic.length:
            out.data(f"    {document.line_text(diagnostic.line).strip()[:100]}")
        if diagnostic.why:
            out.data(f"    {diagnostic.why}")
        if diagnostic.fix is not None:
            out.data(f"    fix: {diagnostic.fix.title}")
    if verdict.test is not None:
        out.data(f"  corosync -t ends with {verdict.test}: {verdict.test_message}")
    if verdict.start == "runs":
        out.data("  corosync starts with it")
    elif verdict.test in (0, None):
        out.data(f"  a start ends with {verdict.start}: {verdict.start_message}")
    if verdict.assumed:
        out.data(f"  assumed, because it is not known: {'; '.join(verdict.assumed)}")


def _print_effects(effects: ConfEffects, out: Output) -> None:
    """Prints in one line how the ring of this file behaves."""
    if not effects.nodes:
        return
    parts = [f"token {effects.token_ms} ms", f"a dead node leaves after {effects.dead_node_ms} ms"]
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
        raise UsageError("No option is given.", next_step="Name one, such as token, or use --all.")
    selected = options.ALL if args.all else options.find_by_name(args.key)
    if not selected and args.key in CODES:
        out.document({"code": args.key, "doc": CODES[args.key]}) if out.json else out.data(f"{CODES[args.key]}")
        return 0
    if not selected:
        similar = " or ".join(options.similar_names(args.key))
        step = f"Did you mean {similar}? `--all` lists all options." if similar else "`--all` lists all options."
        raise UsageError(f"No release of corosync has the option {args.key}", next_step=step)
    if out.json:
        value: dict[str, object] = {"options": [option.to_json() for option in selected]}
        out.document({**value, "codes": CODES} if args.all else value)
        return 0
    for index, option in enumerate(selected):
        if index:
            out.data("")
        for line in options.explain(option, release):
            out.data(line)
    if args.all:
        out.block("\nCodes of diagnostics:")
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

    name, equals, addresses = text.partition("=")
    if not equals or not name or not addresses:
        raise UsageError(
            f"{text!r} is not a node", next_step="Write NAME=ADDRESS, with further addresses after commas."
        )
    return NodeSpec(name, number, tuple(addresses.split(",")))


def _diff(args: argparse.Namespace, out: Output) -> int:
    from corotui.conf import diff_documents, parse

    old, new = (parse(_read_file(path)) for path in args.files)
    diff = diff_documents(old, new, release=_release(args))
    if out.json:
        out.document(diff.to_json())
        return 0
    for change in diff.changes:
        values = "" if change.old is change.new is None else f": {change.old or '-'} -> {change.new or '-'}"
        out.data(f"{change.apply_method:8} {change.what + values}")
        if change.why:
            out.data(f"         {change.why}")
    out.data(
        f"All changes together need {diff.apply_method_text}." if diff.changes else "Nothing changes for corosync."
    )
    return 0


def _convert(args: argparse.Namespace, out: Output) -> int:
    from corotui.conf import edit, parse

    names = dict(text.split("=", 1) for text in args.name if "=" in text)
    conversion = edit.convert(parse(_read_file(args.files[0])), release=_release(args), names=names)
    if not out.json:
        for entry in conversion.report:
            place = f"line {entry.line}: " if entry.line else ""
            out.say(f"{entry.what:8} {place}{entry.text} - {entry.why}")
    return _print_conf(conversion.document.data, out, conversion.to_json())


def _format(args: argparse.Namespace, out: Output) -> int:
    from corotui.conf import edit, parse

    formatted = edit.format_document(parse(_read_file(args.files[0])))
    for note in formatted.notes:
        out.say(note)
    return _print_conf(formatted.document.data, out, {"notes": list(formatted.notes)})


def _print_conf(data: bytes, out: Output, extra: dict[str, object]) -> int:
    if out.json:
        out.document({**extra, "conf": data.decode("utf-8", "replace")})
    else:
        out.file(data)
    return 0


def _read_file(path: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise FileError(path, f"it cannot be read: {error.strerror}") from error
