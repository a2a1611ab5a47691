"""`corotui build`: release archives to packages, on the build node; with --install onto every node."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from corotui.cli import exit_codes
from corotui.cli.arguments import connection_arguments, directory_argument, verbose_argument
from corotui.cli.output.printer import Output
from corotui.errors import CorotuiError, UsageError

if TYPE_CHECKING:
    from corotui.cluster.model import Cluster
    from corotui.source import BuildOptions
    from corotui.workflow.workflow import Workflow

HELP = """Build corosync and its libraries from release archives, as packages of the nodes' own format.

A normal user builds them on the build node. --install installs them on every node, --remove removes them again.

An archive is unpacked only if its sha256 is known and matches. Built packages are kept and not built again. Ctrl-C
restores what was changed on the nodes; the next run continues where this one stopped."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what to build, from which archives, and what to do with the packages."""
    directory_argument(parser)
    connection_arguments(parser)
    verbose_argument(parser)
    parser.add_argument("--corosync", metavar="VERSION", help="the release to build (default: cluster.toml, or newest)")
    parser.add_argument(
        "--node", metavar="NAME", help="build node (default: cluster.toml, or the first node of each platform)"
    )
    parser.add_argument("--mirror", metavar="URL|DIR", help="place of release archives that is tried first")
    parser.add_argument("--archive", metavar="URL|FILE", action="append", default=[], help="an archive of your own")
    parser.add_argument(
        "--sha256", metavar="HEX", action="append", default=[], help="its checksum, one for each --archive"
    )
    parser.add_argument("--fetch-on-node", action="store_true", help="download the archives on the build node")
    parser.add_argument("--with-qdevice", action="store_true", help="build corosync-qdevice too")
    parser.add_argument(
        "--use-distribution",
        action="store_true",
        help="use the distribution's libqb and kronosnet where they are recent enough",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--install", action="store_true", help="install the packages on every node")
    what.add_argument(
        "--remove", action="store_true", help="remove what --install installed, restore what was there before"
    )
    what.add_argument("--plan", action="store_true", help="show what would be built, and do nothing")
    what.add_argument("--list", action="store_true", help="list the known releases; needs no DIR")


async def run(args: argparse.Namespace, out: Output) -> int:
    """Exit codes: 0 done; 1 a build or installation failed; 3 a node is unreachable; 4 refused."""
    from corotui.cli.graceful_stop import stop_on_signals
    from corotui.cli.workflow_session import open_workflow, report_steps
    from corotui.workflow.headless import raise_errors, require_nodes
    from corotui.workflow.run_action import connect_and_discover

    if args.list:
        return _list_releases(out)
    if len(args.archive) != len(args.sha256):
        raise UsageError("Each --archive needs its --sha256, in the same order.")
    async with open_workflow(args, out) as workflow:
        with report_steps(workflow, args, out) as resilient_out:
            require_nodes(workflow)
            await connect_and_discover(workflow)
            raise_errors(workflow)
            with stop_on_signals(workflow.stop, resilient_out) as interrupted:
                try:
                    result = await _run_build(args, workflow)
                except CorotuiError as error:
                    if not interrupted():
                        raise
                    resilient_out.try_write(partial(out.error, error))
                    return exit_codes.INTERRUPTED
        result.print(out)
        return exit_codes.INTERRUPTED if interrupted() else exit_codes.DONE


@dataclass(frozen=True, slots=True)
class _Result:
    """What the verb prints at its end."""

    document: Mapping[str, object]
    """The JSON document."""
    lines: Sequence[str]
    """The same as text."""

    def print(self, out: Output) -> None:
        """Writes it on stdout."""
        if out.json:
            out.document(self.document)
            return
        for line in self.lines:
            out.data(line)


async def _run_build(args: argparse.Namespace, workflow: Workflow) -> _Result:
    """Plans, builds, installs or removes. Raises why that failed."""
    from corotui.workflow.headless import raise_failures

    options = _build_options(args, workflow.state.cluster)
    if args.plan:
        build_plan = await workflow.plan_build(options)
        raise_failures(workflow)
        assert build_plan is not None
        lines = [line for platform in build_plan.platforms for line in platform_lines(platform.to_json())]
        return _Result(build_plan.to_json(), lines)
    if args.remove:
        removed = await workflow.remove_build()
        raise_failures(workflow)
        return _done(
            {"removed": list(removed)},
            f"Removed on {', '.join(removed)}." if removed else "There was nothing to remove.",
        )
    if args.install:
        await workflow.install_build(options)
        raise_failures(workflow)
        names = [node.name for node in workflow.state.nodes]
        return _done({"installed": names}, f"Installed on {', '.join(names)}.")
    result = await workflow.build(options)
    raise_failures(workflow)
    assert result is not None
    packages = [package.file for built in result.packages.values() for package in built]
    return _done({"packages": packages}, f"Built: {', '.join(packages)}. `corotui build --install` installs them.")


def _done(document: Mapping[str, object], text: str) -> _Result:
    return _Result({"event": "done", **document}, [text])


def _build_options(args: argparse.Namespace, cluster: Cluster) -> BuildOptions:
    from corotui.source import options_from_cluster
    from corotui.source.releases.manifest import own_release

    own = tuple(own_release(url, sha256) for url, sha256 in zip(args.archive, args.sha256, strict=True))
    from_cluster = options_from_cluster(cluster)
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


def _list_releases(out: Output) -> int:
    from dataclasses import asdict

    from corotui.source import read_manifest

    manifest = read_manifest()
    if out.json:
        out.document([{**asdict(r), "goes_with": dict(manifest.companions(r))} for r in manifest.releases])
        return 0
    for release in manifest.releases:
        line = f"{release.component:17} {release.version:8} {release.sha256 or 'checksum not known: needs --sha256':64}"
        beside = ", ".join(f"{name} {version}" for name, version in manifest.companions(release).items())
        out.data(f"{line}  {f'with {beside}' if beside else ''}".rstrip())
    return 0


_PLATFORM_LABELS = {
    "kind": "system",
    "nodes": "nodes",
    "build_node": "built on",
    "build_account": "built by",
    "form": "package format",
    "build": "built",
    "served": "from the distribution",
    "could_serve": "also in the distribution",
    "packages": "needed for the build",
    "missing": "to be installed first",
}


def platform_lines(platform: Mapping[str, object]) -> list[str]:
    """What would be built for the nodes of one platform: a label and its value a line, without those that are empty."""
    texts = {label: _format_value(platform.get(key, "")) for key, label in _PLATFORM_LABELS.items()}
    return [f"{label:24} {text}" for label, text in texts.items() if text]


def _format_value(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} by {_format_value(packages)}" for name, packages in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
