"""Parsers of the sections of the facts script, one module a subject. None of them raises."""
