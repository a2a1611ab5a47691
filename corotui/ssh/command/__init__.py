"""Runs a command over a started process: wrapping, sudo, limits, streams and reports."""
