"""The releases that can be built, what a build needs, and the operator's choice."""
