"""One module per family of faults: each reads a case and yields what it can show."""
