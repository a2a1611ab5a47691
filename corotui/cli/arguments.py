"""Arguments that several verbs take."""

from __future__ import annotations

import argparse


def directory_argument(parser: argparse.ArgumentParser) -> None:
    """Adds DIR."""
    parser.add_argument(
        "directory", nargs="?", default=".", metavar="DIR", help="cluster directory (default: this one)"
    )


def connection_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds --accept-new-host-keys."""
    parser.add_argument(
        "--accept-new-host-keys",
        action="store_true",
        help="accept host keys that are not known yet without asking; a changed key is always refused",
    )


def verbose_argument(parser: argparse.ArgumentParser) -> None:
    """Adds -v."""
    parser.add_argument("-v", "--verbose", action="store_true", help="also show each command that runs on a node")


def seconds(text: str) -> float:
    """The type of an argument in seconds, at least 0.1."""
    value = float(text)
    if not 0.1 <= value <= 1e7:
        raise argparse.ArgumentTypeError("at least 0.1 seconds")
    return value
