"""Builds the images that nodes start from, and writes what is particular to each node."""
