"""What corosync refuses once the file is parsed: when it is tested, and when it starts."""
