"""`corotui build`: release archives to packages, on the build node; with --install onto every node."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from corotui.cli import exit_codes
from corotui.cli.cluster_session import connection_arguments, directory_argument, open_session
from corotui.cli.output.printer import Output
from corotui.errors import UsageError

if TYPE_CHECKING:
    from corotui.cli.cluster_session import ClusterSession
    from corotui.facts.model import NodeFacts
    from corotui.source import BuildOptions

HELP = """Builds corosync and what it needs from the release archives: packages of the node's own kind, made as a normal
user on the build node. --install brings them onto every node, --remove takes them away again.

An archive is unpacked only when its sha256 is known and right. What is built is kept and not built again. Ctrl-C puts
back what was changed on the nodes; the next run goes on where this one stopped."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what to build, where from, and what to do with it."""
    directory_argument(parser)
    connection_arguments(parser)
    parser.add_argument("--corosync", metavar="VERSION", help="the release to build (default: cluster.toml, or newest)")
    parser.add_argument("--node", metavar="NAME", help="build node (default: cluster.toml, or the first of each kind)")
    parser.add_argument("--mirror", metavar="URL|DIR", help="folder with release archives, asked first")
    parser.add_argument("--archive", metavar="URL|FILE", action="append", default=[], help="an archive of your own")
    parser.add_argument("--sha256", metavar="HEX", action="append", default=[], help="its sum, one for each --archive")
    parser.add_argument("--fetch-on-node", action="store_true", help="the build node fetches the archives itself")
    parser.add_argument("--with-qdevice", action="store_true", help="build corosync-qdevice too")
    parser.add_argument(
        "--use-distribution", action="store_true", help="take libqb and kronosnet of the distribution where they serve"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--install", action="store_true", help="install the packages on every node")
    what.add_argument("--remove", action="store_true", help="take away what --install brought, restore what was there")
    what.add_argument("--plan", action="store_true", help="say what would be built, and do nothing")
    what.add_argument("--list", action="store_true", help="the releases that are known; needs no DIR")


async def run(args: argparse.Namespace, out: Output) -> int:
    """Exit codes: 0 done; 1 a build or installation failed; 3 a node is unreachable; 4 refused."""
    if args.list:
        return _list_releases(out)
    if len(args.archive) != len(args.sha256):
        raise UsageError("Each --archive needs its --sha256, in the same order.")
    async with open_session(args, out, report_commands=True) as session:
        if session.unreachable:
            for error in session.unreachable.values():
                out.error(error)
            return exit_codes.UNREACHABLE
        return await _run_build(args, out, session)


async def _run_build(args: argparse.Namespace, out: Output, session: ClusterSession) -> int:
    from corotui.facts import gather_all
    from corotui.source import build_all, install, make_build_plan, read_manifest, remove
    from corotui.source.releases.manifest import select_releases

    shells, report = session.reachable, out.event
    facts = _facts_or_raise(await gather_all(shells))
    choice = _build_options(args, session)
    if args.plan:
        releases = select_releases(read_manifest(), choice.version, choice.own_releases, extra=choice.extra_components)
        build_plan = await make_build_plan(shells, facts, releases, choice, {})
        if out.json:
            out.document(build_plan.to_json())
        for kind in build_plan.platforms:
            _print_platform(out, kind.to_json())
        return 0
    with session.directory.lock():
        if args.remove:
            nodes = await remove(shells, facts, session.directory, report)
            _print_done(
                out, {"removed": list(nodes)}, f"Taken away on {', '.join(nodes)}." if nodes else "Nothing was there."
            )
            return 0
        if args.install:
            await install(session.cluster, shells, facts, session.directory, report, options=choice)
            _print_done(out, {"installed": list(facts)}, f"Installed on {', '.join(facts)}.")
            return 0
        produced = await build_all(shells, facts, session.directory, report, choice)
    packages = [package.file for built in produced.packages.values() for package in built]
    _print_done(out, {"packages": packages}, f"Built: {', '.join(packages)}. `corotui build --install` installs them.")
    return 0


def _build_options(args: argparse.Namespace, session: ClusterSession) -> BuildOptions:
    from corotui.source import options_from_cluster
    from corotui.source.releases.manifest import own_release

    own = tuple(own_release(url, sha256) for url, sha256 in zip(args.archive, args.sha256, strict=True))
    from_cluster = options_from_cluster(session.cluster)
    return replace(
        from_cluster,
        version=args.corosync or from_cluster.version,
        build_node=args.node or from_cluster.build_node,
        mirror=args.mirror or from_cluster.mirror,
        own_releases=own + from_cluster.own_releases,
        use_distribution=args.use_distribution,
        fetch_on_node=args.fetch_on_node,
        extra_components=("corosync-qdevice",) if args.with_qdevice else (),
    )


def _facts_or_raise(facts: Mapping[str, object]) -> dict[str, NodeFacts]:
    from corotui.errors import CorotuiError
    from corotui.facts.model import NodeFacts

    known: dict[str, NodeFacts] = {}
    for name, node in facts.items():
        if isinstance(node, CorotuiError):
            raise node
        assert isinstance(node, NodeFacts)
        known[name] = node
    return known


def _list_releases(out: Output) -> int:
    from dataclasses import asdict

    from corotui.source import read_manifest

    manifest = read_manifest()
    if out.json:
        out.document([{**asdict(r), "goes_with": dict(manifest.companions(r))} for r in manifest.releases])
        return 0
    for release in manifest.releases:
        line = f"{release.component:17} {release.version:8} {release.sha256 or 'sum not known: needs --sha256':64}"
        beside = ", ".join(f"{name} {version}" for name, version in manifest.companions(release).items())
        out.data(f"{line}  {f'with {beside}' if beside else ''}".rstrip())
    return 0


def _print_platform(out: Output, platform: Mapping[str, object]) -> None:
    if out.json:
        return
    for key, value in platform.items():
        out.data(f"{key.replace('_', ' '):14} {_format_value(value) or '—'}")


def _format_value(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} by {_format_value(packages)}" for name, packages in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _print_done(out: Output, document: Mapping[str, object], message: str) -> None:
    if out.json:
        out.document({"event": "done", **document})
    else:
        out.data(message)
