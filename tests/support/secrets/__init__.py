"""Secrets that are planted in a cluster, and the search for them in all that a run leaves behind."""
