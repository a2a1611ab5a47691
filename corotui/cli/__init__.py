"""The command line: one verb per job, on the same workflow as the console."""
