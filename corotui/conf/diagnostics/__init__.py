"""Diagnostics of a file: the daemon's errors and the lints, sorted, each with its place and a fix if one is certain."""
