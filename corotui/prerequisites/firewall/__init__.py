"""The node's own firewall: parsers of its rules, an engine that evaluates them, findings and remedies."""
