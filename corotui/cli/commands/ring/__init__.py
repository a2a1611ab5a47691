"""Verbs on the live ring."""
