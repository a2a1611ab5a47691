"""Pure functions from the state of the workflow and a width to lines: no widgets, no terminal, no clock, no files."""
