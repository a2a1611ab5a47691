"""Verbs that change the nodes."""
