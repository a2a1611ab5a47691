"""Text on its way out: made visible for a terminal, and without secrets. Pure."""
