"""Verbs about rollouts."""
