"""The verbs. Each module is one: `HELP`, `arguments(parser)`, and `run(args, out)`, which returns the exit code.

A module imports other rooms within its functions only, so that `--help` and the other verbs stay fast.
"""
