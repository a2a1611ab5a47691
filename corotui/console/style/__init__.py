"""Themes, glyphs, and how numbers and times are written."""
