"""The faults that can be injected into a practice cluster, and how."""
