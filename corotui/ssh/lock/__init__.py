"""The lock on every node of a cluster: one operator at a time changes them."""
