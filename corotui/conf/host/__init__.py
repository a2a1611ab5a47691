"""The host that corosync runs on, as far as the verdict on a file depends on it."""
