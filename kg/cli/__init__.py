"""The `kg` command: what it prints goes to stdout, progress and complaints to stderr.

Exit codes: 0 done, 1 an error that the message explains, 2 a wrong option, 3 done, but with findings
(`kg check` found faults, `kg diff` found differences).
"""

from kg.cli.main import app, main

__all__ = ["app", "main"]
