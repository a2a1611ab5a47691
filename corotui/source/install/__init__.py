"""Installs packages on nodes, verifies them, and removes them again."""
